"""Commands that annotate: values, history, undo and redo."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .common import PROJECT, answer, as_json, named_pair, panoptic, says_what_to_do

if TYPE_CHECKING:
    from datasette_panoptic.domain.changes import Applied

#: Who annotates on the command line: nobody is signed in there.
ACTOR = None


@panoptic.command()
@click.argument("project", type=PROJECT)
@click.option(
    "--query", "querystring", default="", help="What to annotate: the query string of a page. Default: everything."
)
@click.option("--set", "set_", multiple=True, metavar="NAME=VALUE", help="Set a property's value, or replace its tags.")
@click.option("--add", multiple=True, metavar="NAME=TAG", help="Add a tag, created if it is missing.")
@click.option("--remove", multiple=True, metavar="NAME=TAG", help="Remove a tag.")
@click.option("--erase", multiple=True, metavar="NAME", help="Erase a property's value or tags.")
@as_json
@says_what_to_do
def annotate(
    project: Path,
    querystring: str,
    set_: tuple[str, ...],
    add: tuple[str, ...],
    remove: tuple[str, ...],
    erase: tuple[str, ...],
    as_json: bool,
) -> None:
    """Annotate everything that a query finds, as one changeset that `undo` can undo.

    Missing tags are created; missing properties are not: use `property create`.

    \b
    Example:
      datasette panoptic annotate photos.db --query 'width__gt=1000' --add topic=big
    """
    from datasette_panoptic.jobs.examples import learnt
    from datasette_panoptic.query.annotate import Saying, annotate_query
    from datasette_panoptic.store.connection import checkpoint, connect

    sayings = [
        *(Saying("set", *named_pair("--set", given)) for given in set_),
        *(Saying("add", *named_pair("--add", given)) for given in add),
        *(Saying("remove", *named_pair("--remove", given)) for given in remove),
        *(Saying("erase", name) for name in erase),
    ]
    if not sayings:
        raise click.UsageError("nothing to write; give --set, --add, --remove or --erase")
    with closing(connect(project)) as conn:
        query = replace(learnt(conn, querystring), sorts=(), groups=())
        done = annotate_query(conn, query, sayings, actor=ACTOR, tool="annotate")
        checkpoint(conn)
    tell(done, as_json=as_json)


@panoptic.command()
@click.argument("project", type=PROJECT)
@click.argument("changeset", type=int, required=False)
@as_json
@says_what_to_do
def undo(project: Path, changeset: int | None, as_json: bool) -> None:
    """Undo a changeset of any age. Default: the last one of the command line.

    Values that somebody has changed since are kept and counted as conflicts.

    \b
    Example:
      datasette panoptic undo photos.db
    """
    from datasette_panoptic.store.undo import undo

    _travel(undo, project, changeset, as_json=as_json)


@panoptic.command()
@click.argument("project", type=PROJECT)
@click.argument("changeset", type=int, required=False)
@as_json
@says_what_to_do
def redo(project: Path, changeset: int | None, as_json: bool) -> None:
    """Redo an undone changeset. Default: the last undo on the command line.

    \b
    Example:
      datasette panoptic redo photos.db
    """
    from datasette_panoptic.store.undo import redo

    _travel(redo, project, changeset, as_json=as_json)


def _travel(step: Callable[..., Applied], project: Path, changeset: int | None, *, as_json: bool) -> None:
    """Undo or redo a changeset, and tell of it."""
    from datasette_panoptic.store.connection import connect

    with closing(connect(project)) as conn:
        done = step(conn, actor=ACTOR, changeset=changeset)
    tell(done, as_json=as_json)


@panoptic.command()
@click.argument("project", type=PROJECT)
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="Number of changesets to list.")
@click.option("--actor", help="Only changesets by this actor.")
@click.option("--property", "property_name", help="Only changesets of this property.")
@click.option("--image", type=int, help="Only changesets of this image or its instances.")
@as_json
@says_what_to_do
def history(
    project: Path, limit: int, actor: str | None, property_name: str | None, image: int | None, as_json: bool
) -> None:
    """List who changed what and when, latest first.

    \b
    Example:
      datasette panoptic history photos.db --property topic
    """
    from datasette_panoptic.store import properties
    from datasette_panoptic.store.connection import reading
    from datasette_panoptic.store.history import history

    with reading(project) as conn:
        property_id = properties.named(conn, property_name)[0] if property_name else None
        entries = history(conn, actor=actor, property_id=property_id, image_id=image, limit=limit)
    if as_json:
        click.echo(json.dumps({"rows": [asdict(entry) for entry in entries]}, indent=2))
        return
    for entry in entries:
        state = f"undone by {entry.undone_by}" if entry.undone_by else ""
        who = entry.actor or "command line"
        click.echo(f"{entry.id}\t{entry.at}\t{who}\t{entry.tool}\t{entry.changed}\t{entry.properties}\t{state}")


def tell(done: Applied, *, as_json: bool) -> None:
    """Print what a changeset did."""
    answer(asdict(done), as_json=as_json)
