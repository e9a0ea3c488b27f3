"""What a grid shows of its cells: names, sizes, thumbnails. Reads only."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.query import Mode

Size = Literal["grid", "preview"]

#: The only types that thumbnails are sent as, whatever a file claims.
THUMBNAIL_TYPES = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})


@dataclass(frozen=True)
class Card:
    """A cell of the grid. `id` is of an instance or, in mode images, of an image; copies: instances of its image."""

    id: int
    image_id: int
    sha1: str
    name: str
    width: int
    height: int
    color: str
    copies: int


CARDS: dict[Mode, str] = {
    "instances": """
        select instances.id, images.id, images.sha1, coalesce(files.name, ''), images.width, images.height,
          images.mean_color, (select count(*) from instances as copies where copies.image_id = images.id)
        from json_each(:ids) as wanted
        join instances on instances.id = wanted.value
        join images on images.id = instances.image_id
        left join files on files.id = instances.file_id
        order by wanted.key""",
    "images": """
        select images.id, images.id, images.sha1,
          coalesce((
            select files.name from instances join files on files.id = instances.file_id
            where instances.image_id = images.id order by instances.id limit 1
          ), ''),
          images.width, images.height, images.mean_color,
          (select count(*) from instances as copies where copies.image_id = images.id)
        from json_each(:ids) as wanted
        join images on images.id = wanted.value
        where exists (select 1 from instances where instances.image_id = images.id)
        order by wanted.key""",
}

THUMBNAILS: dict[Size, str] = {
    "grid": "select image_id, mime, data from _panoptic_thumbnails where image_id in (select value from json_each(?))",
    "preview": """
        select images.id, coalesce(previews.mime, thumbnails.mime), coalesce(previews.data, thumbnails.data)
        from images
        left join _panoptic_previews as previews on previews.image_id = images.id
        left join _panoptic_thumbnails as thumbnails on thumbnails.image_id = images.id
        where images.id in (select value from json_each(?)) and coalesce(previews.data, thumbnails.data) is not null""",
}


def cards(conn: sqlite3.Connection, mode: Mode, ids: Sequence[int]) -> list[Card]:
    """Return the cells in the order of the ids; ids of nothing are left out."""
    return [Card(*row) for row in conn.execute(CARDS[mode], {"ids": json.dumps(list(ids))})]


def thumbnail(conn: sqlite3.Connection, sha1: str, size: Size) -> tuple[str, bytes] | None:
    """Return the type and bytes of an image's thumbnail, or None where there is no such image."""
    image = conn.execute("select id from images where sha1 = ?", [sha1]).fetchone()
    row = image and conn.execute(THUMBNAILS[size], [json.dumps([image[0]])]).fetchone()
    return (row[1], row[2]) if row and row[1] in THUMBNAIL_TYPES else None


def pack(conn: sqlite3.Connection, mode: Mode, ids: Sequence[int], size: Size) -> bytes:
    """Return cells with their thumbnails as one body.

    Little-endian: `PNT1`; uint32 length of the header; the header, JSON padded with spaces to a multiple of 8; then the
    thumbnails. A cell's `offset` counts from the end of the header; cells of one image share their bytes.
    """
    listed = cards(conn, mode, ids)
    images = json.dumps(list({card.image_id for card in listed}))
    places: dict[int, tuple[str, int, int]] = {}
    bodies: list[bytes] = []
    offset = 0
    for image_id, mime, data in conn.execute(THUMBNAILS[size], [images]):
        if mime in THUMBNAIL_TYPES:
            places[image_id] = (mime, offset, len(data))
            bodies.append(data)
            offset += len(data)
    cells = []
    for card in listed:
        mime, start, length = places.get(card.image_id, ("", 0, 0))
        cells.append(asdict(card) | {"mime": mime, "offset": start, "bytes": length})
    text = json.dumps({"cells": cells}, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return b"".join([b"PNT1", len(text).to_bytes(4, "little"), text, *bodies])
