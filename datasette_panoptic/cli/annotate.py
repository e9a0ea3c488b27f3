"""Commands that annotate: properties, tags, values, history, undo and redo."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from datasette_panoptic.domain.fields import SCOPES

from .common import PROJECT, answer, as_json, pair, panoptic, says_what_to_do

if TYPE_CHECKING:
    from datasette_panoptic.domain.changes import Applied

#: Who annotates on the command line: nobody is signed in there.
ACTOR = None


@panoptic.command()
@click.argument("project", type=PROJECT)
@click.option("--query", "querystring", default="", help="What to annotate: a page's query string. All, if not given.")
@click.option("--set", "set_", multiple=True, metavar="NAME=VALUE", help="Give a property a value, or its only tags.")
@click.option("--add", multiple=True, metavar="NAME=TAG", help="Add a tag; one that is not there yet is made.")
@click.option("--remove", multiple=True, metavar="NAME=TAG", help="Take a tag away.")
@click.option("--erase", multiple=True, metavar="NAME", help="Take a property's value or tags away.")
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
    """Say something of everything that a query finds, as one changeset that `undo` takes back.

    \b
    Example:
      datasette panoptic annotate photos.db --query 'width__gt=1000' --add topic=big
    """
    from datasette_panoptic.query import text
    from datasette_panoptic.query.annotate import Saying, annotate_query
    from datasette_panoptic.store.connection import checkpoint, connect

    sayings = [
        *(Saying("set", *pair("--set", given)) for given in set_),
        *(Saying("add", *pair("--add", given)) for given in add),
        *(Saying("remove", *pair("--remove", given)) for given in remove),
        *(Saying("erase", name) for name in erase),
    ]
    if not sayings:
        raise click.UsageError("say what to write: --set, --add, --remove or --erase")
    conn = connect(project)
    query = replace(text.parse_string(querystring), sorts=(), groups=())
    done = annotate_query(conn, query, sayings, actor=ACTOR, tool="annotate")
    checkpoint(conn)
    conn.close()
    tell(done, as_json=as_json)


@panoptic.command()
@click.argument("project", type=PROJECT)
@click.argument("changeset", type=int, required=False)
@as_json
@says_what_to_do
def undo(project: Path, changeset: int | None, as_json: bool) -> None:
    """Take back a changeset of any age; without a number, the last one made on the command line.

    What somebody changed since is left alone and counted as a conflict.

    \b
    Example:
      datasette panoptic undo photos.db
    """
    from datasette_panoptic.store.connection import connect
    from datasette_panoptic.store.undo import undo

    conn = connect(project)
    done = undo(conn, actor=ACTOR, changeset=changeset)
    conn.close()
    tell(done, as_json=as_json)


@panoptic.command()
@click.argument("project", type=PROJECT)
@click.argument("changeset", type=int, required=False)
@as_json
@says_what_to_do
def redo(project: Path, changeset: int | None, as_json: bool) -> None:
    """Take back an undo; without a number, the last one made on the command line.

    \b
    Example:
      datasette panoptic redo photos.db
    """
    from datasette_panoptic.store.connection import connect
    from datasette_panoptic.store.undo import redo

    conn = connect(project)
    done = redo(conn, actor=ACTOR, changeset=changeset)
    conn.close()
    tell(done, as_json=as_json)


@panoptic.command()
@click.argument("project", type=PROJECT)
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="Changesets to list.")
@click.option("--actor", help="Only this actor's.")
@click.option("--property", "property_name", help="Only those that touch this property.")
@click.option("--image", type=int, help="Only those that touch this image or its instances.")
@as_json
@says_what_to_do
def history(
    project: Path, limit: int, actor: str | None, property_name: str | None, image: int | None, as_json: bool
) -> None:
    """List who changed what and when, the latest first.

    \b
    Example:
      datasette panoptic history photos.db --property topic
    """
    from datasette_panoptic.store import properties
    from datasette_panoptic.store.connection import connect_read_only
    from datasette_panoptic.store.history import history

    conn = connect_read_only(project)
    property_id = properties.named(conn, property_name)[0] if property_name else None
    entries = history(conn, actor=actor, property_id=property_id, image_id=image, limit=limit)
    conn.close()
    if as_json:
        click.echo(json.dumps({"rows": [asdict(entry) for entry in entries]}, indent=2))
        return
    for entry in entries:
        state = f"undone by {entry.undone_by}" if entry.undone_by else ""
        who = entry.actor or "command line"
        click.echo(f"{entry.id}\t{entry.at}\t{who}\t{entry.tool}\t{entry.changed}\t{entry.properties}\t{state}")


@panoptic.group("property")
def property_() -> None:
    """Make, list, rename and delete properties.

    \b
    Example:
      datasette panoptic property create photos.db topic --type multi_tags --scope image
    """


@property_.command("create")
@click.argument("project", type=PROJECT)
@click.argument("name")
@click.option(
    "--type",
    "type_",
    default="text",
    show_default=True,
    help="text, number, date, tag, multi_tags, url, color, checkbox",
)
@click.option("--scope", type=click.Choice(SCOPES), default="image", show_default=True, help="What it describes.")
@click.option("--description", help="What the property means.")
@as_json
@says_what_to_do
def property_create(project: Path, name: str, type_: str, scope: str, description: str | None, as_json: bool) -> None:
    """Make a property."""
    from datasette_panoptic.store import properties
    from datasette_panoptic.store.connection import connect

    conn = connect(project)
    property_id = properties.create(conn, name, type_, scope, description, actor=ACTOR)
    conn.close()
    answer({"id": property_id, "name": name, "type": type_, "scope": scope}, as_json=as_json)


@property_.command("list")
@click.argument("project", type=PROJECT)
@as_json
@says_what_to_do
def property_list(project: Path, as_json: bool) -> None:
    """List the properties."""
    from datasette_panoptic.store import properties
    from datasette_panoptic.store.connection import connect_read_only

    conn = connect_read_only(project)
    found = properties.listed(conn)
    conn.close()
    if as_json:
        click.echo(json.dumps({"rows": found}, indent=2))
        return
    for row in found:
        click.echo(f"{row['name']}\t{row['type']}\t{row['scope']}\t{row['description'] or ''}")


@property_.command("rename")
@click.argument("project", type=PROJECT)
@click.argument("name")
@click.argument("new_name")
@as_json
@says_what_to_do
def property_rename(project: Path, name: str, new_name: str, as_json: bool) -> None:
    """Rename a property."""
    from datasette_panoptic.store import properties
    from datasette_panoptic.store.connection import connect

    conn = connect(project)
    done = properties.change(conn, properties.named(conn, name)[0], name=new_name, actor=ACTOR)
    conn.close()
    tell(done, as_json=as_json)


@property_.command("delete")
@click.argument("project", type=PROJECT)
@click.argument("name")
@as_json
@says_what_to_do
def property_delete(project: Path, name: str, as_json: bool) -> None:
    """Delete a property with its values; `undo` brings both back."""
    from datasette_panoptic.store import properties
    from datasette_panoptic.store.connection import connect

    conn = connect(project)
    done = properties.delete(conn, properties.named(conn, name)[0], actor=ACTOR)
    conn.close()
    tell(done, as_json=as_json)


@panoptic.group("tag")
def tag_() -> None:
    """List, add, merge and order tags.

    \b
    Example:
      datasette panoptic tag parent photos.db topic cat animal
    """


@tag_.command("list")
@click.argument("project", type=PROJECT)
@click.argument("name")
@as_json
@says_what_to_do
def tag_list(project: Path, name: str, as_json: bool) -> None:
    """List the tags of property NAME with how often they are used, alone and with those below them."""
    from datasette_panoptic.store import properties, tags
    from datasette_panoptic.store.connection import connect_read_only

    conn = connect_read_only(project)
    found = tags.listed(conn, properties.named(conn, name)[0])
    conn.close()
    if as_json:
        click.echo(json.dumps({"rows": [asdict(tag) for tag in found]}, indent=2))
        return
    for tag in found:
        click.echo(f"{tag.name}\t{tag.count}\t{tag.count_below}\t{', '.join(tag.parents)}")


@tag_.command("add")
@click.argument("project", type=PROJECT)
@click.argument("name")
@click.argument("tag")
@click.option("--color", help="#rrggbb")
@as_json
@says_what_to_do
def tag_add(project: Path, name: str, tag: str, color: str | None, as_json: bool) -> None:
    """Add TAG to the vocabulary of property NAME."""
    from datasette_panoptic.store import properties, tags
    from datasette_panoptic.store.connection import connect

    conn = connect(project)
    tag_id = tags.create(conn, properties.tagged(conn, name), tag, color, actor=ACTOR)
    conn.close()
    answer({"id": tag_id, "name": tag}, as_json=as_json)


@tag_.command("merge")
@click.argument("project", type=PROJECT)
@click.argument("name")
@click.argument("merged", nargs=-1, required=True)
@click.option("--into", required=True, help="The tag that takes their place.")
@as_json
@says_what_to_do
def tag_merge(project: Path, name: str, merged: tuple[str, ...], into: str, as_json: bool) -> None:
    """Give everything that has one of the MERGED tags of property NAME the tag --into instead."""
    from datasette_panoptic.store import properties, tags
    from datasette_panoptic.store.connection import connect

    conn = connect(project)
    property_id = properties.tagged(conn, name)
    ids = [tags.named(conn, property_id, tag) for tag in merged]
    done = tags.merge(conn, ids, tags.named(conn, property_id, into), actor=ACTOR)
    conn.close()
    tell(done, as_json=as_json)


@tag_.command("parent")
@click.argument("project", type=PROJECT)
@click.argument("name")
@click.argument("tag")
@click.argument("parent")
@click.option("--remove", is_flag=True, help="Take it from below PARENT instead.")
@as_json
@says_what_to_do
def tag_parent(project: Path, name: str, tag: str, parent: str, remove: bool, as_json: bool) -> None:
    """Put TAG of property NAME below PARENT."""
    from datasette_panoptic.store import properties, tags
    from datasette_panoptic.store.connection import connect

    conn = connect(project)
    property_id = properties.tagged(conn, name)
    tag_id, parents = tags.named(conn, property_id, tag), [tags.named(conn, property_id, parent)]
    if remove:
        done = tags.move(conn, tag_id, away_from=parents, actor=ACTOR)
    else:
        done = tags.move(conn, tag_id, below_tags=parents, actor=ACTOR)
    conn.close()
    tell(done, as_json=as_json)


def tell(done: Applied, *, as_json: bool) -> None:
    """Print what a changeset did."""
    answer(asdict(done), as_json=as_json)
