"""Commands for embeddings: computed, listed, deleted."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from contextlib import closing, redirect_stdout
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from datasette_panoptic.domain.similar import DEFAULT_EMBEDDER

from .common import PROJECT, answer, as_json, panoptic, progress_bar, says_what_to_do
from .plugin_command import PluginCommand, param, settings_of

if TYPE_CHECKING:
    from datasette.utils.sqlite import sqlite3

    from datasette_panoptic.jobs.embed import EmbedReport
    from datasette_panoptic.jobs.embed_batches import Executor
    from datasette_panoptic.jobs.embedders import Made

#: Images per batch.
BATCH = 32
#: Failures that are printed.
SHOWN = 3
#: What a person is told of a report.
TOLD = ("space", "embedder", "embedded", "failed", "missing", "seconds")


@panoptic.command(cls=PluginCommand, role="embedder", default=DEFAULT_EMBEDDER)
@click.argument("project", type=PROJECT)
@click.option("--embedder", default=DEFAULT_EMBEDDER, show_default=True, metavar="ID", help="Embedder to use.")
@param
@click.option("--batch", type=click.IntRange(1, 1024), default=BATCH, show_default=True, help="Images per batch.")
@click.option(
    "--dask", metavar="tcp://…", help="Compute on the workers of the Dask cluster with this scheduler address."
)
@as_json
@click.pass_context
@says_what_to_do
def embed(
    ctx: click.Context,
    /,
    project: Path,
    embedder: str,
    params: tuple[str, ...],
    batch: int,
    dask: str | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Compute an embedding for each image of PROJECT that lacks one, for similarity, search and clusters.

    You can stop it at any time; the next run continues. Each embedder has its own options,
    which `--embedder ID --help` shows; embeddings with other settings are kept side by side.

    \b
    Example:
      datasette panoptic embed photos.db
    """
    from datasette_panoptic.store.connection import checkpoint, connect

    with closing(connect(project)) as conn:
        report = embed_all(conn, embedder, settings_of(ctx, options, params), batch=batch, dask=dask)
        checkpoint(conn)
    if as_json:
        answer(report.as_dict(), as_json=True)
        return
    answer({name: getattr(report, name) for name in TOLD}, as_json=False)
    for notice in report.notices:
        click.echo(f"{notice['level']}: {notice['text']}", err=True)
    for error in report.errors[:SHOWN]:
        click.echo(f"image {error['image_id']}: {error['message']}", err=True)


def embed_all(
    conn: sqlite3.Connection, embedder: str, params: Mapping[str, Any], *, batch: int = BATCH, dask: str | None = None
) -> EmbedReport:
    """Run the same as the job `embed` does, here and now, and show how far it is."""
    from datasette_panoptic.jobs.embed import embed
    from datasette_panoptic.jobs.embed_batches import BatchSystem, Local
    from datasette_panoptic.jobs.embedders import make

    # What plugins print is talk: the answer alone goes to standard output.
    with progress_bar("embedding") as progress, redirect_stdout(sys.stderr):
        made = make(embedder, params)

        def executor(made: Made) -> Executor:
            return BatchSystem(dask, made) if dask else Local(made)

        return embed(conn, made, batch=batch, executor=executor, progress=progress)


@panoptic.command("spaces")
@click.argument("project", type=PROJECT)
@click.option("--delete", type=int, metavar="ID", help="Delete a space with its embeddings.")
@as_json
@says_what_to_do
def spaces_(project: Path, delete: int | None, as_json: bool) -> None:
    """List the embedding spaces of PROJECT: id, embedder, settings, numbers of images with and without an embedding.

    \b
    Example:
      datasette panoptic spaces photos.db
    """
    from datasette_panoptic.store import embeddings, spaces
    from datasette_panoptic.store.connection import connect, reading, transaction

    if delete is not None:
        with closing(connect(project)) as conn, transaction(conn):
            vectors = embeddings.delete_space(conn, delete)
        answer({"deleted": delete, "vectors": vectors}, as_json=as_json)
        return
    with reading(project) as conn:
        rows = spaces.listed(conn)
    if as_json:
        click.echo(json.dumps({"rows": [asdict(space) for space in rows]}, indent=2, ensure_ascii=False))
        return
    for space in rows:
        settings = " ".join(f"{name}={value}" for name, value in space.params.items())
        texts = "texts too" if space.reads_texts else ""
        click.echo(f"{space.id}\t{space.embedder}\t{settings}\t{space.images:,}\t{space.missing:,} missing\t{texts}")
