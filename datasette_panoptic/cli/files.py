"""Commands about what becomes of files: which show another picture, and what is removed."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import click

from .annotate import ACTOR, tell
from .common import PROJECT, as_json, panoptic, says_what_to_do


@panoptic.command()
@click.argument("project", type=PROJECT)
@click.option("--query", "querystring", help="What to remove: the query string of a page.")
@click.option("--folder", help="Folder to remove with its subfolders: its id, path or directory.")
@as_json
@says_what_to_do
def remove(project: Path, querystring: str | None, folder: str | None, as_json: bool) -> None:
    """Remove images from the corpus; `undo` puts them back with all their annotations.

    No file is touched. Removed images are in no view, count, export or publication, and imports skip them, unless
    run with `--restore-removed`. A removed source is imported again only if its folder is named.

    \b
    Example:
      datasette panoptic remove photos.db --query missing=1
      datasette panoptic remove photos.db --folder Holidays/2019
    """
    from datasette_panoptic.jobs.examples import learnt
    from datasette_panoptic.query.removal import remove_query
    from datasette_panoptic.store import folders
    from datasette_panoptic.store.connection import checkpoint, connect
    from datasette_panoptic.store.removal import remove_folder

    if (querystring is None) == (folder is None):
        raise click.UsageError("choose what to remove: --query or --folder")
    with closing(connect(project)) as conn:
        if folder is not None:
            done = remove_folder(conn, folders.named(conn, folder), actor=ACTOR)
        else:
            done = remove_query(conn, learnt(conn, querystring or ""), actor=ACTOR)
        checkpoint(conn)
    tell(done, as_json=as_json)


@panoptic.command()
@click.argument("project", type=PROJECT)
@click.option(
    "--carry", type=int, multiple=True, metavar="ID", help="Carry annotations over to the new picture of this file."
)
@as_json
@says_what_to_do
def replaced(project: Path, carry: tuple[int, ...], as_json: bool) -> None:
    """List files whose picture was replaced by another, so that annotations were not carried over.

    \b
    Example:
      datasette panoptic replaced photos.db
      datasette panoptic replaced photos.db --carry 3
    """
    from datasette_panoptic.store import replacements
    from datasette_panoptic.store.connection import checkpoint, connect, connect_read_only

    if carry:
        with closing(connect(project)) as conn:
            for number in carry:
                tell(replacements.carry_over(conn, number, actor=ACTOR), as_json=as_json)
            checkpoint(conn)
        return
    with closing(connect_read_only(project)) as conn:
        rows = replacements.listed(conn)
    if as_json:
        click.echo(json.dumps({"rows": [{**asdict(each), "path": each.path} for each in rows]}, indent=2))
        return
    for each in rows:
        state = "annotations can follow" if each.is_said else "nothing was said of it"
        click.echo(f"{each.id}\t{each.at}\t{each.path}\timage {each.image_id}\t{state}")
