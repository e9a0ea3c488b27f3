"""Projects of flat pictures, one colour each, for tests of what looks at stored pictures."""

from __future__ import annotations

import io
from collections.abc import Sequence

from datasette.utils.sqlite import sqlite3
from PIL import Image

from tests.rows import Instance, Picture, fill

Color = tuple[int, int, int]


def colors(count: int) -> list[Color]:
    """Return colours that differ, none of them red."""
    return [(n * 7 % 200, n * 13 % 256, n * 29 % 256) for n in range(count)]


def fill_pictures(conn: sqlite3.Connection, shown: Sequence[Color]) -> None:
    """Put a picture of each colour into an empty project."""
    fill(conn, [], [Picture() for _ in shown], [Instance(n) for n in range(len(shown))])
    for n, color in enumerate(shown, 1):
        conn.execute("update _panoptic_thumbnails set data = ? where image_id = ?", [encoded(color), n])


def add_picture(conn: sqlite3.Connection, color: Color) -> int:
    """Add a picture as an import does while something else runs, and return its id."""
    image: int = conn.execute(
        """insert into images (sha1, width, height, format, bytes, average_hash, perceptual_hash, mean_color)
           select printf('%040x', 1000 + count(*)), 8, 8, 'jpeg', 100, ?1, ?1, '#808080' from images""",
        [f"{7:016x}"],
    ).lastrowid
    conn.execute("insert into _panoptic_thumbnails values (?, 'image/png', ?)", [image, encoded(color)])
    conn.execute("insert into instances (image_id) values (?)", [image])
    return image


def encoded(color: Color) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), color).save(out, "PNG")
    return out.getvalue()
