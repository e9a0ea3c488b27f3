"""Cells one by one: what the import found out about them, and texts set in many of them at once, as a paste does."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.changes import Applied, Change, SetTagsEach, SetValues, Value
from datasette_panoptic.domain.fields import Field
from datasette_panoptic.domain.query import Mode
from datasette_panoptic.domain.values import NotAValue, parse, read_tag, split_tags
from datasette_panoptic.errors import BadQuery
from datasette_panoptic.store.changesets import apply

from .annotate import require_few
from .orders import fields
from .sources import JOINS, TREE, source

Said = Value | tuple[str, ...] | None

#: Tags in the cells of one call.
MOST_TAGS = 100_000

#: The instance whose file and folder stand for an image.
INSTANCES = {
    "instances": "instances.id = json_each.value",
    "images": "instances.id = (select min(id) from instances as one where one.image_id = json_each.value)",
}


@dataclass(frozen=True)
class CellText:
    """What somebody wrote into a cell of a table; None erases it."""

    id: int
    name: str
    text: str | None


def system_values(
    conn: sqlite3.Connection, mode: Mode, ids: Sequence[int], names: Iterable[str]
) -> dict[int, dict[str, Value]]:
    """Return what the fields of the system say of cells, by id and name, without what is not known.

    Of an image, which may have several instances, only what describes the image. Raises BadQuery for another name.
    """
    known = fields(conn)
    wanted = [known[name] for name in dict.fromkeys(names)]
    for field in wanted:
        if field.property_id is not None:
            raise BadQuery(f"`{field.name}` is a property, not a system field; its values are always included")
    wanted = [field for field in wanted if mode == "instances" or field.scope == "image"]
    if not wanted:
        return {}
    tables = {table for field in wanted for table in source(field).tables}
    sql = (
        f"{f'with recursive {TREE} ' if 'tree' in tables else ''}"
        f"select json_each.value, {', '.join(source(field).sql for field in wanted)} "
        f"from json_each(:ids) join instances on {INSTANCES[mode]} "
        f"{' '.join(JOINS[table] for table in JOINS if table in tables)}"
    )
    return {
        id_: {field.name: value for field, value in zip(wanted, row, strict=True) if value is not None}
        for id_, *row in conn.execute(sql, {"ids": json.dumps(list(ids))})
    }


def set_cells(
    conn: sqlite3.Connection, mode: Mode, cells: Sequence[CellText], *, actor: str | None, tool: str
) -> Applied:
    """Write texts into cells as one changeset.

    Raises BadQuery where a property, a cell or a text cannot be: it names the row, counted from 1 among the cells that
    are given, and the column. Then nothing is written.
    """
    images = _images(conn, mode, cells)
    rows = {id_: row for row, id_ in enumerate(dict.fromkeys(cell.id for cell in cells), 1)}
    known, tags = fields(conn), 0
    said: dict[Field, dict[int, Said]] = {}
    said_in: dict[tuple[Field, int], int] = {}
    for cell in cells:
        place = f"row {rows[cell.id]}, `{cell.name}`"
        field = known[cell.name]
        if field.property_id is None:
            raise BadQuery(f"{place}: a system field cannot be changed")
        if mode == "images" and field.scope == "instance":
            raise BadQuery(f"{place}: this property describes instances, but this table shows images")
        if cell.id not in images:
            raise BadQuery(f"{place}: row id `{cell.id}` no longer exists; read the view again")
        value = _read(field, cell.text, place)
        subject = images[cell.id] if field.scope == "image" else cell.id
        before = said.setdefault(field, {})
        if subject in before and before[subject] != value:
            other = rows[said_in[field, subject]]
            raise BadQuery(f"{place}: row {other} is the same image and sets a different value")
        before[subject] = value
        tags += len(value) if isinstance(value, tuple) else 0
        said_in.setdefault((field, subject), cell.id)
    require_few(tags, MOST_TAGS)
    return apply(conn, [_change(field, values) for field, values in said.items()], actor=actor, tool=tool)


def _images(conn: sqlite3.Connection, mode: Mode, cells: Sequence[CellText]) -> dict[int, int]:
    """Return the image of each cell that is there."""
    sql = f"select id, {'image_id' if mode == 'instances' else 'id'} from {mode} "
    ids = json.dumps([cell.id for cell in cells])
    return dict(conn.execute(sql + "where id in (select value from json_each(?))", [ids]).fetchall())


def _read(field: Field, text: str | None, place: str) -> Said:
    if text is None:
        return () if field.has_tags else None
    if field.type == "multi_tags":
        return tuple(split_tags(text))
    if field.type == "tag":
        return (tag,) if (tag := read_tag(text)) else ()
    try:
        return parse(text, field.type)
    except NotAValue as error:
        raise BadQuery(f"{place}: {error}") from error


def _change(field: Field, values: dict[int, Said]) -> Change:
    assert field.property_id is not None
    if field.has_tags:
        tags = {subject: value for subject, value in values.items() if isinstance(value, tuple)}
        return SetTagsEach(field.property_id, tags)
    plain = {subject: value for subject, value in values.items() if not isinstance(value, tuple)}
    return SetValues(field.property_id, plain)
