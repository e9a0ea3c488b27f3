"""Commands that fill, look at and publish a project."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from datasette_panoptic.domain.similar import DEFAULT_EMBEDDER

from .annotate import ACTOR
from .common import FILE, FOLDER, PROJECT, answer, as_json, panoptic, progress_bar, says_what_to_do
from .embed import embed_all

#: Cells that `query` lists, from the position that the query string names.
PAGE = 100


@panoptic.command("import")
@click.argument("project", type=PROJECT)
@click.argument("folders", type=FOLDER, nargs=-1, required=True)
@click.option("--no-recurse", is_flag=True, help="Skip subfolders.")
@click.option(
    "--store-originals", is_flag=True, help="Also store the original files in the project, to share it as one file."
)
@click.option("--restore-removed", is_flag=True, help="Put back removed instances whose files still exist.")
@click.option("--workers", type=click.IntRange(1), help="Number of decoding processes. Default: one per processor.")
@click.option(
    "--from-names", "pattern", metavar="PATTERN", help="Then fill properties from file names, as `from-names` does."
)
@click.option(
    "--exclude",
    "patterns",
    multiple=True,
    metavar="GLOB",
    help="Pass over files and folders with this name, or this path in the source. Repeatable, remembered.",
)
@click.option("--no-exclude", is_flag=True, help="Forget the patterns remembered for the source.")
@click.option(
    "--include-hidden/--no-include-hidden",
    default=None,
    help="Import hidden files and folders too, or pass over them (the default). Remembered for the source.",
)
@click.option(
    "--embed",
    "embedder",
    is_flag=False,
    flag_value=DEFAULT_EMBEDDER,
    metavar="[EMBEDDER]",
    help=f"Then compute embeddings, as `embed` does. Default: {DEFAULT_EMBEDDER}.",
)
@as_json
@says_what_to_do
def import_(
    project: Path,
    folders: tuple[Path, ...],
    no_recurse: bool,
    store_originals: bool,
    restore_removed: bool,
    patterns: tuple[str, ...],
    no_exclude: bool,
    include_hidden: bool | None,
    workers: int | None,
    pattern: str | None,
    embedder: str | None,
    as_json: bool,
) -> None:
    """Import the images of FOLDERS into PROJECT, created if it is missing.

    Run it again to import new, changed, moved and missing files; unchanged files are not read again.

    Hidden files and folders, and those in which systems keep thumbnails and what was deleted (@eaDir, #recycle,
    $RECYCLE.BIN, __MACOSX …), are passed over and counted.

    \b
    Example:
      datasette panoptic import photos.db ~/Pictures
      datasette panoptic import photos.db ~/Pictures --exclude drafts --exclude '2020/raw/*'
    """
    if patterns and no_exclude:
        raise click.UsageError("--exclude and --no-exclude contradict each other; say one of them")
    from datasette_panoptic.domain.name_patterns import parse
    from datasette_panoptic.ingest.images.pipeline import ImportOptions, import_folders
    from datasette_panoptic.ingest.images.scan import roots
    from datasette_panoptic.store.connection import checkpoint, connect
    from datasette_panoptic.store.file_names import below, fill
    from datasette_panoptic.store.folders import Folders

    if pattern is not None:
        parse(pattern)  # what is wrong with it is said before the import
    options = ImportOptions(
        recurse=not no_recurse,
        store_originals=store_originals,
        restore_removed=restore_removed,
        exclude=patterns or (() if no_exclude else None),
        include_hidden=include_hidden,
        workers=workers,
    )
    with closing(connect(project, create=True)) as conn:
        with progress_bar() as progress:
            report = import_folders(conn, folders, options=options, progress=progress, cancelled=lambda: False)
        facts: dict[str, Any] = report.as_dict()
        if pattern is not None:
            tree = Folders(conn)
            imported = [tree.find(place) for place in roots(folders)]
            filled = fill(conn, below([each for each in imported if each]), pattern, actor=ACTOR)
            facts |= {"names_matched": filled.matched, "names_unmatched": filled.unmatched, "filled": filled.changed}
            facts |= {"unmatched_names": list(filled.unmatched_names)} if filled.unmatched else {}
        if embedder:
            facts["embedded"] = embed_all(conn, embedder, {}).embedded
        checkpoint(conn)
    answer(facts, as_json=as_json)
    if (report.hidden or report.excluded) and not as_json:
        click.echo(f"passed over: {report.hidden:,} hidden, {report.excluded:,} excluded", err=True)
    if report.left and not as_json:
        click.echo("hint: what left the corpus keeps all that was said of it; `undo` puts it back", err=True)
    if report.rejected and not as_json:
        click.echo("hint: `select * from _panoptic_rejects` says why files were rejected", err=True)


@panoptic.command("import-video")
@click.argument("project", type=PROJECT)
@click.argument("film", type=FILE)
@click.option("--every", type=click.FloatRange(0, min_open=True), help="Import one frame per this many seconds.")
@click.option("--scenes", is_flag=True, help="Import the first frame of each scene.")
@as_json
@says_what_to_do
def import_video_(project: Path, film: Path, every: float | None, scenes: bool, as_json: bool) -> None:
    """Import frames of the video FILM into PROJECT, with the film's name, time code and time as properties.

    \b
    Example:
      datasette panoptic import-video cinema.db film.mp4 --every 5
    """
    if scenes == (every is not None):
        raise click.UsageError("choose the frames to import: --every SECONDS or --scenes")

    from datasette_panoptic.ingest.images.video import import_video
    from datasette_panoptic.store.connection import checkpoint, connect

    with closing(connect(project, create=True)) as conn:
        with progress_bar() as progress:
            report = import_video(conn, film, every=every, scenes=scenes, progress=progress, cancelled=lambda: False)
        checkpoint(conn)
    answer(report.as_dict(), as_json=as_json)


@panoptic.command("query")
@click.argument("project", type=PROJECT)
@click.argument("querystring", default="")
@click.option("--ids", "wanted", flag_value="ids", help="Print the ids in order, one per line.")
@click.option("--sql", "wanted", flag_value="sql", help="Print the SQL of the query.")
@click.option("--count", "wanted", flag_value="count", help="Print the number of cells.")
@click.option("--json", "wanted", flag_value="json", help="Print counts and the cells of the page as JSON.")
@says_what_to_do
def query_(project: Path, querystring: str, wanted: str | None) -> None:
    """Print what the grid page shows for QUERYSTRING, the part of its address after `?`.

    Ids are those of instances, or of images if the query has `_mode=images`. Without an option it prints a line per
    cell of the page and, before each group, a line with `#`, the group's value and its number of cells. The SQL runs
    in any SQLite; if it sorts or searches texts or compares images, it needs Datasette with this plugin.

    \b
    Example:
      datasette panoptic query photos.db '_sort_desc=taken_at' --ids
    """
    from datasette_panoptic.jobs.examples import learnt
    from datasette_panoptic.query import compile, text
    from datasette_panoptic.query.orders import Orders
    from datasette_panoptic.query.view import flat
    from datasette_panoptic.store.cards import cards
    from datasette_panoptic.store.connection import reading

    query, start, orders = text.parse_string(querystring), text.position(querystring), Orders()
    with reading(project, vectors=orders.vectors) as conn:
        sql = compile.compile(query, orders.state(conn).fields)
        if wanted == "sql":
            _show_sql(sql)
            return
        learnt(conn, querystring, orders.vectors)
        order = orders.order(conn, query)[1]
        ids = order.ids
        rows = cards(conn, query.mode, ids[start : start + PAGE].tolist()) if wanted in (None, "json") else []
        counts = orders.totals(conn, query) if wanted == "json" else {}
    if wanted == "count":
        click.echo(len(ids))
    elif wanted == "ids":
        click.echo("".join(f"{cell}\n" for cell in ids.tolist()), nl=False)
    elif wanted == "json":
        described = {"query": text.to_string(query), "mode": query.mode, "count": len(ids), **counts}
        if query.groups:
            keys = ("depth", "value", "first", "count", "level")
            described["groups"] = [dict(zip(keys, row, strict=True)) for row in flat(order.groups, query.groups)]
        click.echo(json.dumps({**described, "at": start, "rows": [asdict(card) for card in rows]}, indent=2))
    else:
        above: dict[int, list[str]] = {}
        for depth, value, first, count, _ in flat(order.groups, query.groups):
            said = "(without a value)" if value is None else value
            if first + count > start:
                above.setdefault(max(first, start), []).append(f"{'#' * (depth + 1)} {said}\t{count}")
        for at, card in enumerate(rows, start):
            for heading in above.get(at, ()):
                click.echo(heading)
            click.echo(f"{card.id}\t{card.width}×{card.height}\t{card.name}")


def _show_sql(sql: Any) -> None:
    """Print SQL, and where it runs."""
    click.echo(sql.literal() + ";")
    if sql.needs_our_functions or sql.compares_vectors:
        click.echo(
            "note: it uses `panoptic…` functions or collation, so it runs in Datasette with this plugin, "
            "and not in a bare `sqlite3`",
            err=True,
        )


@panoptic.command()
@click.argument("project", type=PROJECT, required=False)
@as_json
@says_what_to_do
def check(project: Path | None, as_json: bool) -> None:
    """Check this installation and, if given, the file, references, counts and missing files of PROJECT.

    \b
    Example:
      datasette panoptic check photos.db
    """
    from datasette_panoptic.store.check import installation, project_facts
    from datasette_panoptic.store.problems import problems

    found: dict[str, Any] = installation()
    wrong: list[str] = []
    if project:
        found |= project_facts(project)
        wrong = problems(project)
        found["problems"] = wrong
    answer(found, as_json=as_json)
    if wrong:
        raise click.exceptions.Exit(1)


@panoptic.command("publish-prep")
@click.argument("project", type=FILE)
@click.argument("out", type=PROJECT)
@click.option("--keep-originals", is_flag=True, help="Include the original files stored in the project.")
@click.option("--dry-run", is_flag=True, help="Print what would be public, table by table, without writing.")
@as_json
@says_what_to_do
def publish_prep(project: Path, out: Path, keep_originals: bool, dry_run: bool, as_json: bool) -> None:
    """Write the public data of PROJECT to OUT, a compact copy for read-only publication.

    Deleted properties and tags, overwritten values, the history, names of people, absolute paths, jobs, images that no
    instance shows and tables of other programs are not copied.

    \b
    Example:
      datasette panoptic publish-prep photos.db public.db --dry-run
      datasette panoptic publish-prep photos.db public.db
      datasette serve -i public.db
    """
    from datasette_panoptic.query.publishable import publishable
    from datasette_panoptic.store.publish import preview, publish

    if dry_run:
        publication = preview(project, publishable, keep_originals=keep_originals)
        if as_json:
            answer(publication, as_json=True)
        else:
            print_publication(publication)
        return
    publication = publish(project, out, publishable, keep_originals=keep_originals)
    if as_json:
        answer(publication, as_json=True)
        return
    answer({name: value for name, value in publication.items() if name not in ("tables", "not_copied")}, as_json=False)
    click.echo(f"hint: `datasette serve -i {out}` serves it read-only", err=True)


def print_publication(publication: dict[str, Any]) -> None:
    """Print what a published copy would have and would not have."""
    width = max(len(each["table"]) for each in [*publication["tables"], *publication["not_copied"]])
    click.echo("public:")
    for each in publication["tables"]:
        left_out = each["rows_before"] - each["rows"]
        note = f"  ({left_out:,} left out)" if left_out else ""
        click.echo(f"  {each['table']:<{width}}  {each['rows']:>12,} rows{note}")
        click.echo(f"    {', '.join(each['columns'])}")
    click.echo("not copied:")
    for each in publication["not_copied"]:
        click.echo(f"  {each['table']:<{width}}  {each['rows']:>12,} rows  ({each['reason']})")
    for name in publication["views_left_out"]:
        click.echo(f"  saved view `{name}`: it asks for what is not in the copy")
