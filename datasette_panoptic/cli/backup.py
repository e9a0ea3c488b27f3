"""The command that copies a project while it is in use."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from .common import PROJECT, answer, as_json, panoptic, says_what_to_do


@panoptic.command()
@click.argument("project", type=PROJECT)
@click.argument("out", type=PROJECT)
@as_json
@says_what_to_do
def backup(project: Path, out: Path, as_json: bool) -> None:
    """Write a consistent copy of PROJECT to OUT, even while a server runs and people work in it.

    The copy has everything, including history, deleted values and private columns. To share a project, use
    `publish-prep`.

    \b
    Example:
      datasette panoptic backup photos.db backups/photos-monday.db
    """
    from contextlib import closing

    from datasette_panoptic.store.backup import backup as copy
    from datasette_panoptic.store.connection import connect_read_only

    def show(done: int, total: int) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r{done / max(total, 1):4.0%}", err=True, nl=done == total)

    with closing(connect_read_only(project)) as conn:
        copy(conn, out, show)
    answer({"backup": str(out), "bytes": out.stat().st_size}, as_json=as_json)
