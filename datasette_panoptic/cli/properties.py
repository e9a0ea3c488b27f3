"""Commands for properties and their groups: made, listed, changed, put in order, given another type, deleted."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import click

from datasette_panoptic.domain.fields import FIELD_TYPES, SCOPES, FieldType
from datasette_panoptic.domain.names import tidied

from .annotate import ACTOR, tell
from .common import PROJECT, answer, as_json, panoptic, says_what_to_do

TYPE = click.Choice(FIELD_TYPES)


@panoptic.group("property")
def property_() -> None:
    """Create, list, change, order and delete properties; `property group` manages their groups.

    \b
    Example:
      datasette panoptic property create photos.db topic --type multi_tags --scope image
    """


@property_.command("create")
@click.argument("project", type=PROJECT)
@click.argument("name")
@click.option("--type", "type_", type=TYPE, default="text", show_default=True, help="Type of its values.")
@click.option("--scope", type=click.Choice(SCOPES), default="image", show_default=True, help="What it describes.")
@click.option("--description", help="Description of the property.")
@click.option("--group", "heading", help="Its group, created if missing.")
@as_json
@says_what_to_do
def property_create(
    project: Path, name: str, type_: str, scope: str, description: str | None, heading: str | None, as_json: bool
) -> None:
    """Create a property."""
    from datasette_panoptic.store import properties
    from datasette_panoptic.store.connection import connect

    with closing(connect(project)) as conn:
        property_id = properties.create(conn, name, type_, scope, description, heading=heading, actor=ACTOR)
    answer({"id": property_id, "name": tidied(name), "type": type_, "scope": scope}, as_json=as_json)


@property_.command("list")
@click.argument("project", type=PROJECT)
@as_json
@says_what_to_do
def property_list(project: Path, as_json: bool) -> None:
    """List the properties in order."""
    from datasette_panoptic.store import properties
    from datasette_panoptic.store.connection import reading

    with reading(project) as conn:
        rows = properties.listed(conn)
    if as_json:
        click.echo(json.dumps({"rows": rows}, indent=2))
        return
    for row in rows:
        click.echo(f"{row['name']}\t{row['type']}\t{row['scope']}\t{row['group'] or ''}\t{row['description'] or ''}")


@property_.command("rename")
@click.argument("project", type=PROJECT)
@click.argument("name")
@click.argument("new_name")
@as_json
@says_what_to_do
def property_rename(project: Path, name: str, new_name: str, as_json: bool) -> None:
    """Rename a property."""
    _change(project, name, {"name": new_name}, as_json=as_json)


@property_.command("change")
@click.argument("project", type=PROJECT)
@click.argument("name")
@click.option("--name", "new_name", help="New name.")
@click.option("--description", help="Description; an empty one removes it.")
@click.option("--group", "heading", help="Its group, created if missing; an empty name means no group.")
@as_json
@says_what_to_do
def property_change(
    project: Path, name: str, new_name: str | None, description: str | None, heading: str | None, as_json: bool
) -> None:
    """Rename or describe property NAME, or put it into a group."""
    given = {"name": new_name, "description": description, "group": heading}
    columns = {key: value or None for key, value in given.items() if value is not None}
    if not columns:
        raise click.UsageError("nothing to change; give --name, --description or --group")
    _change(project, name, columns, as_json=as_json)


def _change(project: Path, name: str, columns: dict[str, str | None], *, as_json: bool) -> None:
    from datasette_panoptic.query import renaming
    from datasette_panoptic.store import properties
    from datasette_panoptic.store.connection import connect

    with closing(connect(project)) as conn:
        done = renaming.change(conn, properties.named(conn, name)[0], actor=ACTOR, **columns)
    tell(done, as_json=as_json)


@property_.command("type")
@click.argument("project", type=PROJECT)
@click.argument("name")
@click.argument("type_", metavar="TYPE", type=TYPE)
@click.option("--erase-failing", is_flag=True, help="Erase values that do not fit the type; `undo` restores them.")
@click.option(
    "--dry-run", is_flag=True, help="Show what would change, with up to twenty values that do not fit, without writing."
)
@as_json
@says_what_to_do
def property_type(
    project: Path, name: str, type_: FieldType, erase_failing: bool, dry_run: bool, as_json: bool
) -> None:
    """Change the type of property NAME and convert its values; fails if any value does not fit."""
    from datasette_panoptic.store import properties, property_types
    from datasette_panoptic.store.connection import checkpoint, connect, reading

    if dry_run:
        with reading(project) as conn:
            seen = property_types.preview(conn, properties.named(conn, name)[0], type_)
        fails = [f"{failing.count} × {failing.value}: {failing.reason}" for failing in seen.fails]
        answer(asdict(seen) if as_json else {**asdict(seen), "fails": fails}, as_json=as_json)
        return
    with closing(connect(project)) as conn:
        property_id = properties.named(conn, name)[0]
        failing: property_types.OnFailing = "erase" if erase_failing else "refuse"
        new_id, done = property_types.change_type(conn, property_id, type_, failing=failing, actor=ACTOR)
        checkpoint(conn)
    answer({"id": new_id, **asdict(done)}, as_json=as_json)


@property_.command("order")
@click.argument("project", type=PROJECT)
@click.argument("names", nargs=-1, required=True)
@click.option("--group", "heading", help="Move them into this group. Default: no group.")
@as_json
@says_what_to_do
def property_order(project: Path, names: tuple[str, ...], heading: str | None, as_json: bool) -> None:
    """Put properties in this order; unnamed properties of the group follow."""
    from datasette_panoptic.store import properties, property_groups
    from datasette_panoptic.store.connection import connect

    with closing(connect(project)) as conn:
        group_id = property_groups.named(conn, heading) if heading else None
        ids = [properties.named(conn, name)[0] for name in names]
        done = property_groups.arrange(conn, [(group_id, ids)], actor=ACTOR)
    tell(done, as_json=as_json)


@property_.command("delete")
@click.argument("project", type=PROJECT)
@click.argument("name")
@as_json
@says_what_to_do
def property_delete(project: Path, name: str, as_json: bool) -> None:
    """Delete a property with its values; `undo` restores both."""
    from datasette_panoptic.store import properties
    from datasette_panoptic.store.connection import connect

    with closing(connect(project)) as conn:
        done = properties.delete(conn, properties.named(conn, name)[0], actor=ACTOR)
    tell(done, as_json=as_json)


@property_.group("group")
def group_() -> None:
    """Create, list, rename and delete groups of properties.

    \b
    Example:
      datasette panoptic property group create photos.db Provenance
    """


@group_.command("create")
@click.argument("project", type=PROJECT)
@click.argument("name")
@as_json
@says_what_to_do
def group_create(project: Path, name: str, as_json: bool) -> None:
    """Create a group."""
    from datasette_panoptic.store import property_groups
    from datasette_panoptic.store.connection import connect

    with closing(connect(project)) as conn:
        group_id = property_groups.create(conn, name, actor=ACTOR)
    answer({"id": group_id, "name": tidied(name)}, as_json=as_json)


@group_.command("list")
@click.argument("project", type=PROJECT)
@as_json
@says_what_to_do
def group_list(project: Path, as_json: bool) -> None:
    """List the groups in order with their properties; properties without a group come first."""
    from datasette_panoptic.store import property_groups
    from datasette_panoptic.store.connection import reading

    with reading(project) as conn:
        headings = property_groups.headings(conn)
    if as_json:
        click.echo(json.dumps({"rows": [asdict(heading) for heading in headings]}, indent=2))
        return
    for heading in headings:
        click.echo(f"{heading.name or ''}\t{', '.join(row['name'] for row in heading.properties)}")


@group_.command("rename")
@click.argument("project", type=PROJECT)
@click.argument("name")
@click.argument("new_name")
@as_json
@says_what_to_do
def group_rename(project: Path, name: str, new_name: str, as_json: bool) -> None:
    """Rename a group."""
    from datasette_panoptic.store import property_groups
    from datasette_panoptic.store.connection import connect

    with closing(connect(project)) as conn:
        done = property_groups.rename(conn, property_groups.named(conn, name), new_name, actor=ACTOR)
    tell(done, as_json=as_json)


@group_.command("delete")
@click.argument("project", type=PROJECT)
@click.argument("name")
@click.option("--with-properties", is_flag=True, help="Also delete its properties; otherwise they lose their group.")
@as_json
@says_what_to_do
def group_delete(project: Path, name: str, with_properties: bool, as_json: bool) -> None:
    """Delete a group; `undo` restores it."""
    from datasette_panoptic.store import property_groups
    from datasette_panoptic.store.connection import connect

    with closing(connect(project)) as conn:
        group_id = property_groups.named(conn, name)
        done = property_groups.delete(conn, group_id, with_properties=with_properties, actor=ACTOR)
    tell(done, as_json=as_json)
