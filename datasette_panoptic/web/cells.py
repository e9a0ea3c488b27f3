"""Thumbnails in the cells of Datasette's own table and query pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from markupsafe import Markup, escape

from .http.server import Project, server_of

#: Columns that name an image, with the table that their ids are of; a SHA-1 names it by itself.
COLUMNS = {"image_id": "images", "instance_id": "instances", "sha1": None}
LENGTH_OF_SHA1 = 40
HEXADECIMAL = frozenset("0123456789abcdef")

#: Ids looked up at once: the rows of a page are mostly neighbours.
BLOCK = 256
BLOCKS = {
    "images": "select id, id, sha1 from images where id between ? and ?",
    "instances": """
        select instances.id, images.id, images.sha1 from instances join images on images.id = instances.image_id
        where instances.id between ? and ?""",
}
LARGEST_ID = 2**63 - BLOCK

#: Height of a thumbnail in a cell, in pixels.
HEIGHT = 72

ImagesById = Mapping[int, tuple[int, str]]


def render(
    row: Any, value: Any, column: str, table: str | None, database: str, datasette: Any, request: Any
) -> Markup | Callable[[], Awaitable[Markup | None]] | None:
    """Show an image where a cell names one. Called for every cell of every page: most calls end on the first line."""
    if column not in COLUMNS or value is None or not hasattr(datasette, "_panoptic"):
        return None
    project = server_of(datasette).known(database)
    if project is None:
        return None
    base = f"{datasette.urls.database(database)}/-/panoptic"
    if column == "sha1":
        return _by_sha1(base, value, row)
    number = value.get("value") if isinstance(value, dict) else value  # a foreign key with its label
    if type(number) is not int or not 0 < number < LARGEST_ID:
        return None
    return lambda: _by_id(project, request, base, COLUMNS[column] or "", number)


def _by_sha1(base: str, value: Any, row: Any) -> Markup | None:
    if not isinstance(value, str) or len(value) != LENGTH_OF_SHA1 or not HEXADECIMAL.issuperset(value):
        return None
    keys = row.keys()
    # In the table of images the row's own id leads to the image page, elsewhere `image_id` does where there is one.
    named = "image_id" if "image_id" in keys else "id" if "average_hash" in keys and "id" in keys else None
    image_id = row[named] if named else None
    href = f"{base}/image/{image_id}" if type(image_id) is int else f"{base}/thumb/{value}-preview"
    return _thumbnail(base, href, value, f"{value[:8]}…", value)


async def _by_id(project: Project, request: Any, base: str, table: str, number: int) -> Markup | None:
    image = (await _block(project, request, table, number // BLOCK)).get(number)
    if image is None:
        return None
    image_id, sha1 = image
    instance = f"?_instance={number}" if table == "instances" else ""
    return _thumbnail(base, f"{base}/image/{image_id}{instance}", sha1, str(number), "")


async def _block(project: Project, request: Any, table: str, block: int) -> ImagesById:
    """Look up a block of neighbouring ids, once per request."""
    known: dict[tuple[str, str, int], ImagesById] = request.scope.setdefault("panoptic_cells", {}) if request else {}
    key = (project.name, table, block)
    if key not in known:
        limits = [block * BLOCK, block * BLOCK + BLOCK - 1]
        rows = await project.database.execute_fn(lambda conn: conn.execute(BLOCKS[table], limits).fetchall())
        known[key] = {number: (image_id, sha1) for number, image_id, sha1 in rows}
    return known[key]


def _thumbnail(base: str, href: str, sha1: str, label: str, title: str) -> Markup:
    return Markup(
        '<a href="{href}" title="{title}" class="panoptic-cell">'
        '<img src="{base}/thumb/{sha1}-grid" alt="" loading="lazy" height="{height}"'
        ' style="display: block; max-width: 160px; object-fit: contain; object-position: left"> {label}</a>'
    ).format(href=href, title=title, base=escape(base), sha1=sha1, label=label, height=HEIGHT)
