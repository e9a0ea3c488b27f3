"""Commands that serve a project to its owner."""

from __future__ import annotations

import json
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from datasette_panoptic.domain.similar import DEFAULT_EMBEDDER
from datasette_panoptic.errors import PanopticError

from .common import FOLDER, PROJECT, panoptic, progress_bar, says_what_to_do
from .embed import embed_all

if TYPE_CHECKING:
    from datasette.utils.sqlite import sqlite3

#: Clusters of the demo: its kinds of pictures, and a few more.
DEMO_CLUSTERS = 10

port = click.option("--port", type=int, default=0, help="Port to serve on; 0 picks a free one.", show_default=True)


@panoptic.command("open", context_settings={"ignore_unknown_options": True})
@click.argument("project", type=PROJECT)
@port
@click.option("--no-browser", is_flag=True, help="Serve without opening the browser.")
@click.option(
    "--import-root",
    "import_roots",
    type=FOLDER,
    multiple=True,
    help="Directory from which the page may import folders. Default: your home directory.",
)
@click.argument("serve_options", nargs=-1, type=click.UNPROCESSED)
@says_what_to_do
def open_(
    project: Path, port: int, no_browser: bool, import_roots: tuple[Path, ...], serve_options: tuple[str, ...]
) -> None:
    """Serve PROJECT, signed in as its owner, and open the browser.

    Options of `datasette serve` may follow.

    \b
    Example:
      datasette panoptic open photos.db
    """
    from datasette_panoptic.store.connection import connect

    connect(project).close()  # says what is wrong with the file before a server starts
    roots = json.dumps([str(root.absolute()) for root in import_roots or [Path.home()]])
    options = ("--setting", "plugins.datasette-panoptic.import_roots", roots, *serve_options)
    serve(project, port=port, browser=not no_browser, options=options)


@panoptic.command()
@click.argument("project", type=PROJECT, default="panoptic-demo.db")
@port
@click.option("--no-browser", is_flag=True, help="Serve without opening the browser.")
@click.option("--no-serve", is_flag=True, help="Create the project without serving it.")
@says_what_to_do
def demo(project: Path, port: int, no_browser: bool, no_serve: bool) -> None:
    """Create and open a small demo project of photographs and drawings, with embeddings and clusters. Works offline.

    The pictures are written to a folder beside PROJECT. An existing demo is opened unchanged.

    \b
    Example:
      datasette panoptic demo
    """
    from datasette_panoptic.ingest.demo.samples import make_samples
    from datasette_panoptic.ingest.images.pipeline import ImportOptions, import_folders
    from datasette_panoptic.store.connection import checkpoint, connect

    if not project.exists():
        folder = project.with_suffix("")
        click.echo(f"painting pictures into {folder} …", err=True)
        make_samples(folder)
        with closing(connect(project, create=True)) as conn:
            with progress_bar() as progress:
                import_folders(conn, [folder], options=ImportOptions(), progress=progress, cancelled=lambda: False)
            look_alike(conn)
            checkpoint(conn)
    if not no_serve:
        serve(project, port=port, browser=not no_browser, options=())


def look_alike(conn: sqlite3.Connection) -> None:
    """Embed the pictures of a project and put them into clusters; where that cannot be, say so and go on."""
    from datasette_panoptic.jobs.cluster import run
    from datasette_panoptic.jobs.cluster_input import ClusterRequest

    try:
        embed_all(conn, DEFAULT_EMBEDDER, {})
        run(conn, ClusterRequest("kmeans", {"n_clusters": DEMO_CLUSTERS}, name="What they show"))
    except PanopticError as error:
        click.echo(f"without clusters: {error}", err=True)


def serve(project: Path, *, port: int, browser: bool, options: tuple[str, ...]) -> NoReturn:
    """Run Datasette on a project with the owner signed in by the one-time link that it opens."""
    from datasette.cli import serve as datasette_serve

    hosts = ("--setting", "plugins.datasette-panoptic.hosts", json.dumps(own_hosts(options)))
    arguments = [str(project), "--root", "--port", str(port or free_port()), *hosts, *options]
    if browser:
        arguments.append("--open")
    datasette_serve.main(arguments, standalone_mode=False)
    raise SystemExit(0)


def own_hosts(options: tuple[str, ...]) -> list[str]:
    """Return the names that options of `datasette serve` give the server, besides those that every machine has."""
    given = [value for name, value in pairwise(options) if name in ("-h", "--host")]
    return [*given, *(option.partition("=")[2] for option in options if option.startswith("--host="))]


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
