"""The command that fills properties with what the names of files say."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .annotate import ACTOR
from .common import PROJECT, answer, as_json, panoptic, says_what_to_do

if TYPE_CHECKING:
    from datasette_panoptic.store.file_names import NamesRead


@panoptic.command("from-names")
@click.argument("project", type=PROJECT)
@click.argument("pattern")
@click.option("--query", "querystring", default="", help="Images to fill: the query string of a page. Default: all.")
@click.option("--overwrite", is_flag=True, help="Replace values that are there already.")
@click.option("--dry-run", is_flag=True, help="Print what would be filled, without writing.")
@as_json
@says_what_to_do
def from_names(project: Path, pattern: str, querystring: str, overwrite: bool, dry_run: bool, as_json: bool) -> None:
    """Fill properties with what the names of files say, as one changeset that `undo` can undo.

    PATTERN is a name without extension, with placeholders in braces: {film}_{h}h_{m}m_{s}s fills the properties
    film and Time code. A slash separates folders: {year}-{place}/{name}. {shot:number} and {day:date} say a type,
    {year:4} a number of characters; {} stands for anything. Missing properties are created.

    \b
    Example:
      datasette panoptic from-names cinema.db '{film}_{h}h_{m}m_{s}s' --dry-run
    """
    from datasette_panoptic.jobs.examples import learnt
    from datasette_panoptic.query.annotate import selection_of
    from datasette_panoptic.query.orders import fields
    from datasette_panoptic.store.connection import checkpoint, connect
    from datasette_panoptic.store.file_names import fill, preview

    with closing(connect(project)) as conn:
        selection = selection_of(learnt(conn, querystring), fields(conn))
        if dry_run:
            done = preview(conn, selection, pattern, overwrite=overwrite)
        else:
            done = fill(conn, selection, pattern, overwrite=overwrite, actor=ACTOR, query=querystring or None)
            checkpoint(conn)
    if as_json:
        answer(asdict(done), as_json=True)
    else:
        print_names(done, is_dry=dry_run)


def print_names(done: NamesRead, *, is_dry: bool) -> None:
    """Print what names say: the first of them as a table, then counts, then examples of what does not fit."""
    if is_dry and done.rows:
        table = [["", *(column.name for column in done.columns)], *([path, *texts] for path, texts in done.rows)]
        widths = [max(map(len, cells)) for cells in zip(*table, strict=True)]
        for row in table:
            click.echo("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())
        click.echo()
    click.echo(f"{done.matched:,} names match, {done.unmatched:,} do not")
    for name in done.unmatched_names:
        click.echo(f"  does not match: {name}")
    for column in done.columns:
        if column.is_known:
            click.echo(f"{column.name}: not filled, every project has this field")
            continue
        state = ", new" if column.is_new else ""
        counts = [f"{column.filled:,} to fill" if is_dry else f"{column.filled:,} filled"]
        counts += [f"{column.kept:,} have a value already"] if column.kept else []
        counts += [f"{column.unfit_count:,} are no {column.type}"] if column.unfit_count else []
        counts += [f"{column.disagreeing:,} images have files that disagree"] if column.disagreeing else []
        click.echo(f"{column.name} ({column.type} of each {column.scope}{state}): {', '.join(counts)}")
        for text in column.unfit:
            click.echo(f"  no {column.type}: {text}")
    if not is_dry:
        click.echo(f"changed {done.changed:,}" + (f" in changeset {done.changeset}" if done.changeset else ""))
