"""Read a project of Panoptic 1.0: `data.db`, `media.db` and `project.db`.

Its tables have the state that its history amounts to: what was deleted or taken back is a row whose operation says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.fields import FIELD_TYPES, TAG_TYPES
from datasette_panoptic.domain.old import (
    Anchor,
    OldFolder,
    OldInstance,
    OldPicture,
    OldProject,
    OldProperty,
    OldTab,
    OldTag,
)

from .panoptic07 import color_of, field_type, in_order, parents_of, parse, vector_of, vector_types

#: Rows that stand: neither deleted nor taken back.
ALIVE = "coalesce(operation, 1) <> -1"

#: Instances that no file is known of.
BARE = """
select count(*) from instances
where file_id is null or file_id not in (select id from files where name is not null and folder_id is not null)
"""

ANCHORS: dict[str, Anchor] = {"sha1": "image", "file": "file"}

#: Where values and tags are, and by which column.
KEYS = {"instance": ("instance", "instance_id"), "image": ("sha1", "sha1"), "file": ("file", "file_id")}


def read(
    path: str,
    conn: sqlite3.Connection,
    media: sqlite3.Connection,
    project: sqlite3.Connection,
    require_unchanged: Callable[[], None],
) -> OldProject:
    maps = [row[0] for row in media.execute("select name from maps order by id")]
    (commits,) = conn.execute("select count(*) from commits").fetchone()
    (bare,) = conn.execute(BARE).fetchone()
    (remote,) = conn.execute("select count(*) from files where name like '%://%'").fetchone()
    return OldProject(
        path=path,
        version="1.0",
        real_sha1=True,
        folders=tuple(_folders(conn)),
        properties=tuple(in_order(_properties(conn), _order(project), _groups(conn))),
        system=dict(conn.execute("select id, system_key from properties where system_key is not null").fetchall()),
        tabs=tuple(_tabs(project)),
        vectors=vector_types(media, "vector_types"),
        vector=lambda vectors, sha1: vector_of(media, vectors, sha1),
        left=(
            *([f"{bare:,} instances without a file"] if bare else []),
            *([f"{remote:,} images are elsewhere on the network: their thumbnails are carried"] if remote else []),
            *([f"maps: {', '.join(maps)}"] if maps else []),
            *([f"history: {commits:,} commits (what they amount to is carried)"] if commits else []),
        ),
        instances=lambda: _instances(conn),
        values=lambda described: _values(conn, described),
        picture=lambda sha1: _picture(media, sha1),
        require_unchanged=require_unchanged,
    )


def _folders(conn: sqlite3.Connection) -> Iterator[OldFolder]:
    rows = conn.execute("select id, parent, path, name from folders order by path, id")
    for id_, parent, path, name in rows:
        yield OldFolder(id_, parent, path or name or f"folder {id_}")


def _groups(conn: sqlite3.Connection) -> dict[int, str]:
    return dict(conn.execute(f"select id, name from property_groups where {ALIVE}").fetchall())


def _properties(conn: sqlite3.Connection) -> list[tuple[OldProperty, int | None]]:
    tags: dict[int, list[OldTag]] = {}
    for id_, list_id, name, parents, color in conn.execute(
        f"select id, list_id, value, parents, color from tags where {ALIVE} order by id"
    ):
        tags.setdefault(list_id, []).append(OldTag(id_, name or "", color_of(color), parents_of(parents)))
    rows = conn.execute(
        "select id, name, dtype, mode, property_group_id, tag_list_id from properties "
        f"where system_key is null and {ALIVE} order by id"
    )
    return [
        (
            OldProperty(
                id_,
                name or "",
                field_type(type_),
                ANCHORS.get(mode, "instance"),
                tags=tuple(tags.get(id_ if list_id is None else list_id, ())) if type_ in TAG_TYPES else (),
                was="" if type_ in FIELD_TYPES else str(type_),
            ),
            group,
        )
        for id_, name, type_, mode, group, list_id in rows
    ]


def _order(project: sqlite3.Connection) -> dict[str, Any]:
    rows = project.execute("select data from user_defaults where key = 'propertyOrder' order by user_id")
    return next((setting for (raw,) in rows if isinstance(setting := parse(raw), dict)), {})


def _tabs(project: sqlite3.Connection) -> Iterator[OldTab]:
    """Yield a tab for each collection of images that a tab's views show: a split view may show two."""
    for (raw,) in project.execute("select state from tab_data order by rowid"):
        try:
            state = parse(raw)
        except ValueError:
            continue
        if not isinstance(state, dict):
            continue
        name = str(state.get("name") or "Tab")
        views = [view for view in state.get("views") or [] if isinstance(view, dict)]
        collections = {each.get("id"): each for each in state.get("collections") or [] if isinstance(each, dict)}
        shown = {view.get("collectionId"): view for view in reversed(views if state.get("splitView") else views[:1])}
        wanted = [id_ for id_ in collections if id_ in shown] or list(collections)[:1]
        for number, id_ in enumerate(wanted, 1):
            view = shown.get(id_) or {}
            layout = {"display": view.get("type"), "imageSize": view.get("imageSize")}
            told = {**collections[id_], **layout, "visibleProperties": state.get("visibleProperties")}
            yield OldTab(name if number == 1 else f"{name} ({number})", told)


def _instances(conn: sqlite3.Connection) -> Iterator[OldInstance]:
    rows = conn.execute(
        """
        select instances.id, files.folder_id, files.name, files.id, coalesce(instances.sha1, files.sha1, ''), width,
          height, format
        from instances join files on files.id = file_id
        where files.name is not null and files.folder_id is not null
        order by files.folder_id, files.name, instances.id
        """
    )
    for id_, folder, name, *rest in rows:
        yield OldInstance(id_, folder, _file_name(name), *rest)


def _file_name(name: str) -> str:
    """Return the name of a file; one of a remote source is called by its address, which here would be a path."""
    return name.partition("://")[2].replace("/", "_") if "://" in name else name


def _values(conn: sqlite3.Connection, described: OldProperty) -> Iterator[tuple[int | str, object]]:
    table, key = KEYS[described.anchor]
    if described.type in TAG_TYPES:
        if described.anchor == "file":
            return  # it has no table for tags of files
        rows = conn.execute(
            f"select {key}, tag_id from {table}_tag_values where property_id = ? and {ALIVE} order by {key}",
            [described.id],
        )
        for anchor, pairs in groupby(rows, key=itemgetter(0)):
            yield anchor, [tag for _, tag in pairs]
        return
    for anchor, raw in conn.execute(
        f"select {key}, value from {table}_values where property_id = ? and {ALIVE}", [described.id]
    ):
        try:
            value = parse(raw)
        except ValueError:
            value = raw
        if value is not None and value != "":
            yield anchor, value


def _picture(media: sqlite3.Connection, sha1: str) -> OldPicture | None:
    row = media.execute(
        """
        select data from images join image_types on image_types.id = type_id where sha1 = ? and length(data) > 0
        order by coalesce(max(image_types.width, image_types.height), image_types.width, image_types.height, 1e9) desc,
          length(data) desc limit 1
        """,
        [sha1],
    ).fetchone()
    return OldPicture(row[0], whole=False) if row else None
