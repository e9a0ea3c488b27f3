"""`datasette panoptic …`: everything the pages can start, from the command line.

Answers go to standard output, talk and progress to standard error. Every command that has an answer takes `--json`.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from .errors import PanopticError

if TYPE_CHECKING:
    from .domain.corpus import Progress

Command = TypeVar("Command", bound=Callable[..., Any])

#: Cells that `query` lists, from the position that the query string names.
PAGE = 100

PROJECT = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

as_json = click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
port = click.option("--port", type=int, default=0, help="Port to serve on; 0 takes a free one.", show_default=True)


def says_what_to_do(command: Command) -> Command:
    """Show a PanopticError as one line and exit with 1, without a traceback."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except PanopticError as error:
            raise click.ClickException(str(error)) from error

    return run  # type: ignore[return-value]


@click.group()
def panoptic() -> None:
    """Explore and annotate large collections of images, kept in one SQLite file."""


@panoptic.command("import")
@click.argument("project", type=PROJECT)
@click.argument("folders", type=FOLDER, nargs=-1, required=True)
@click.option("--no-recurse", is_flag=True, help="Leave subfolders out.")
@click.option("--store-originals", is_flag=True, help="Keep the files' bytes in the project too, to share one file.")
@click.option("--workers", type=click.IntRange(1), help="Processes that decode; by default one for each processor.")
@as_json
@says_what_to_do
def import_(
    project: Path,
    folders: tuple[Path, ...],
    no_recurse: bool,
    store_originals: bool,
    workers: int | None,
    as_json: bool,
) -> None:
    """Import the images of FOLDERS into PROJECT, which is made if it is not there.

    Run it again to take in what is new, changed, moved or missing; what is stored is not read again.

    \b
    Example:
      datasette panoptic import photos.db ~/Pictures
    """
    from .ingest.pipeline import ImportOptions, import_folders
    from .store.connection import checkpoint, connect

    options = ImportOptions(recurse=not no_recurse, store_originals=store_originals, workers=workers)
    conn = connect(project, create=True)
    with progress_bar() as progress:
        report = import_folders(conn, folders, options=options, progress=progress, cancelled=lambda: False)
    checkpoint(conn)
    conn.close()
    answer(report.as_dict(), as_json=as_json)
    if report.rejected and not as_json:
        click.echo("hint: `select * from _panoptic_rejects` says why files were rejected", err=True)


@panoptic.command("import-video")
@click.argument("project", type=PROJECT)
@click.argument("film", type=FILE)
@click.option("--every", type=click.FloatRange(0, min_open=True), help="Take a frame each so many seconds.")
@click.option("--scenes", is_flag=True, help="Take the first frame of each scene.")
@as_json
@says_what_to_do
def import_video_(project: Path, film: Path, every: float | None, scenes: bool, as_json: bool) -> None:
    """Import frames of FILM into PROJECT, with film name, time code and time as properties.

    \b
    Example:
      datasette panoptic import-video cinema.db film.mp4 --every 5
    """
    if scenes == (every is not None):
        raise click.UsageError("say which frames to take: --every SECONDS or --scenes")

    from .ingest.video import import_video
    from .store.connection import checkpoint, connect

    conn = connect(project, create=True)
    with progress_bar() as progress:
        report = import_video(conn, film, every=every, scenes=scenes, progress=progress, cancelled=lambda: False)
    checkpoint(conn)
    conn.close()
    answer(report.as_dict(), as_json=as_json)


@panoptic.command("query")
@click.argument("project", type=PROJECT)
@click.argument("querystring", default="")
@click.option("--ids", "wanted", flag_value="ids", help="Print the ids in order, one a line.")
@click.option("--sql", "wanted", flag_value="sql", help="Print the SQL that the query stands for.")
@click.option("--count", "wanted", flag_value="count", help="Print the number of cells.")
@click.option("--json", "wanted", flag_value="json", help="Print counts and the cells of the page as JSON.")
@says_what_to_do
def query_(project: Path, querystring: str, wanted: str | None) -> None:
    """Print what the grid page shows for QUERYSTRING, the part of its address after `?`.

    Ids are instances', or images' where the query says `_mode=images`. Without an option: a line per cell of the page.

    \b
    Example:
      datasette panoptic query photos.db '_sort_desc=taken_at' --ids
    """
    from .query import compile, order, text
    from .store.cards import cards
    from .store.connection import connect_read_only

    query = text.parse_string(querystring)
    if wanted == "sql":
        click.echo(compile.compile(query).literal() + ";")
        return
    conn = connect_read_only(project)
    orders = order.Orders()
    _, ids = orders.ids(conn, query)
    if wanted == "count":
        click.echo(len(ids))
    elif wanted == "ids":
        click.echo("".join(f"{cell}\n" for cell in ids.tolist()), nl=False)
    else:
        start = text.position(querystring)
        rows = cards(conn, query.mode, ids[start : start + PAGE].tolist())
        if wanted == "json":
            counts = order.totals(conn, orders, query)
            described = {"query": text.to_string(query), "mode": query.mode, "count": len(ids), **counts}
            click.echo(json.dumps({**described, "at": start, "rows": [asdict(card) for card in rows]}, indent=2))
        else:
            for card in rows:
                click.echo(f"{card.id}\t{card.width}×{card.height}\t{card.name}")
    conn.close()


@panoptic.command()
@click.argument("project", type=PROJECT, required=False)
@as_json
@says_what_to_do
def check(project: Path | None, as_json: bool) -> None:
    """Check this installation, and PROJECT if one is named: file, references, counts, missing files.

    \b
    Example:
      datasette panoptic check photos.db
    """
    from .store.check import installation, problems, project_facts

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
@click.option("--keep-originals", is_flag=True, help="Keep the original images that the project stores.")
@as_json
@says_what_to_do
def publish_prep(project: Path, out: Path, keep_originals: bool, as_json: bool) -> None:
    """Write OUT, a compact copy of PROJECT to publish: no absolute paths, no jobs, ready for read-only disks.

    \b
    Example:
      datasette panoptic publish-prep photos.db public.db
      datasette serve -i public.db
    """
    from .store.publish import prepare

    answer(prepare(project, out, keep_originals=keep_originals), as_json=as_json)
    if not as_json:
        click.echo(f"hint: `datasette serve -i {out}` serves it read-only", err=True)


@panoptic.command("open", context_settings={"ignore_unknown_options": True})
@click.argument("project", type=PROJECT)
@port
@click.option("--no-browser", is_flag=True, help="Serve without opening the browser.")
@click.option(
    "--import-root",
    "import_roots",
    type=FOLDER,
    multiple=True,
    help="Directory to import folders from in the page; your home directory, if none is named.",
)
@click.argument("serve_options", nargs=-1, type=click.UNPROCESSED)
@says_what_to_do
def open_(
    project: Path, port: int, no_browser: bool, import_roots: tuple[Path, ...], serve_options: tuple[str, ...]
) -> None:
    """Serve PROJECT with you signed in as its owner, and open the browser.

    Options of `datasette serve` may follow.

    \b
    Example:
      datasette panoptic open photos.db
    """
    from .store.connection import connect

    connect(project).close()  # says what is wrong with the file before a server starts
    roots = json.dumps([str(root.absolute()) for root in import_roots or [Path.home()]])
    options = ("--setting", "plugins.datasette-panoptic.import_roots", roots, *serve_options)
    serve(project, port=port, browser=not no_browser, options=options)


@panoptic.command()
@click.argument("project", type=PROJECT, default="panoptic-demo.db")
@port
@click.option("--no-browser", is_flag=True, help="Serve without opening the browser.")
@click.option("--no-serve", is_flag=True, help="Only make the project.")
@says_what_to_do
def demo(project: Path, port: int, no_browser: bool, no_serve: bool) -> None:
    """Make a small project of real and painted pictures, and open it. Needs no network.

    The pictures go into a folder beside PROJECT; a demo that is there already is opened as it is.

    \b
    Example:
      datasette panoptic demo
    """
    from .ingest.pipeline import ImportOptions, import_folders
    from .ingest.samples import make_samples
    from .store.connection import checkpoint, connect

    if not project.exists():
        folder = project.with_suffix("")
        click.echo(f"painting pictures into {folder} …", err=True)
        make_samples(folder)
        conn = connect(project, create=True)
        with progress_bar() as progress:
            import_folders(conn, [folder], options=ImportOptions(), progress=progress, cancelled=lambda: False)
        checkpoint(conn)
        conn.close()
    if not no_serve:
        serve(project, port=port, browser=not no_browser, options=())


def serve(project: Path, *, port: int, browser: bool, options: tuple[str, ...]) -> NoReturn:
    """Run Datasette on a project with the owner signed in by the one-time link that it opens."""
    from datasette.cli import serve as datasette_serve

    arguments = [str(project), "--root", "--port", str(port or free_port()), *options]
    if browser:
        arguments.append("--open")
    datasette_serve.main(arguments, standalone_mode=False)
    raise SystemExit(0)


def free_port() -> int:
    """Prefer Datasette's own port; take any where it is in use."""
    import socket

    for candidate in (8001, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", candidate))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise click.ClickException("no free port on 127.0.0.1")


@contextmanager
def progress_bar() -> Iterator[Callable[[Progress], None]]:
    """Show how far an import is, its rate and the time that remains on standard error."""
    if not sys.stderr.isatty():
        yield Log().show
        return
    with click.progressbar(length=1, label="importing", file=sys.stderr) as bar:

        def show(progress: Progress) -> None:
            bar.length = max(progress.total or 0, progress.done, 1)
            bar.label = f"{progress.done:,} images, {progress.rate:,.0f}/s"
            bar.update(progress.done - bar.pos)

        yield show


class Log:
    """Progress where no terminal can redraw a bar: a line now and then."""

    EVERY = 5.0  # seconds

    def __init__(self) -> None:
        self.told = time.monotonic()

    def show(self, progress: Progress) -> None:
        now, finished = time.monotonic(), progress.done == progress.total
        if now - self.told < self.EVERY and not finished:
            return
        self.told = now
        line = f"{progress.done:,} of {progress.total or 0:,} images, {progress.rate:,.0f}/s"
        if not finished and progress.rate and progress.total:
            line += f", {(progress.total - progress.done) / progress.rate:,.0f} s left"
        click.echo(line, err=True)


def answer(facts: dict[str, Any], *, as_json: bool) -> None:
    """Print facts as JSON, or as lines of name and value."""
    if as_json:
        click.echo(json.dumps(facts, indent=2))
        return
    width = max(map(len, facts))
    for name, value in facts.items():
        shown = "\n".join(value) or "none" if isinstance(value, list) else value
        click.echo(f"{name:<{width}}  {shown}")
