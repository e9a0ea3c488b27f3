"""Make a large project in seconds: real thumbnails of painted pictures, reused for as many images as are wanted.

python -m tests.bench.generate OUT.db --instances 1000000 --images 50000
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
from pathlib import Path

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.ingest.images.pipeline import ImportOptions, import_folders
from datasette_panoptic.store import corpus
from datasette_panoptic.store.connection import checkpoint, connect, transaction
from tests.corpus import picture

#: Different pictures in the project. The other images have thumbnails, sizes and colours of these.
PICTURES = 256

#: Of the pictures, in turn.
SIZES = ((800, 600), (600, 800), (900, 600), (640, 640), (1000, 420))

#: Folders below each folder, on three levels.
BRANCHES = 5

NUMBERS = "with recursive numbers(n) as (select 0 union all select n + 1 from numbers where n + 1 < :count)"


def generate(path: Path, instances: int, images: int) -> None:
    """Write a project with so many instances of so many images, in a tree of 155 folders below one root.

    Every image has at least one instance where there are enough. Only the painted pictures have previews.
    """
    with tempfile.TemporaryDirectory(prefix="panoptic-generate-") as scratch:
        folder = Path(scratch, "corpus")
        folder.mkdir()
        for number in range(min(PICTURES, images)):
            picture(number, SIZES[number % len(SIZES)]).save(folder / f"{number:05}.jpg", quality=85)
        conn = connect(path, create=True)
        import_folders(conn, [folder], options=ImportOptions(workers=2))
    conn.create_function("sha1_of", 1, lambda n: hashlib.sha1(str(n).encode()).hexdigest(), deterministic=True)
    with transaction(conn):
        _multiply_images(conn, images)
        _grow_folders(conn)
        _publish(conn, instances, images)
        conn.execute("update folders set source = null")  # the painted files are gone
        corpus.bump(conn)
    conn.execute("analyze")
    checkpoint(conn)
    conn.close()


def _multiply_images(conn: sqlite3.Connection, images: int) -> None:
    painted = conn.execute("select max(id) from images").fetchone()[0]
    values = {"painted": painted, "count": images}
    conn.execute(
        f"""{NUMBERS}
        insert into images (id, sha1, width, height, format, bytes, average_hash, perceptual_hash, taken_at, mean_color)
        select n + 1, sha1_of(n), width, height, format, bytes + n % 5000, average_hash, perceptual_hash,
          printf('%d-%02d-%02d', 1900 + n % 120, 1 + n % 12, 1 + n % 28), mean_color
        from numbers join images on images.id = n % :painted + 1
        where n >= :painted""",
        values,
    )
    conn.execute(
        f"""{NUMBERS}
        insert into _panoptic_thumbnails (image_id, mime, data)
        select n + 1, mime, data
        from numbers join _panoptic_thumbnails on image_id = n % :painted + 1
        where n >= :painted""",
        values,
    )


def _grow_folders(conn: sqlite3.Connection) -> None:
    root = conn.execute("select id from folders where parent_id is null").fetchone()[0]
    level = [(root, "")]
    for _ in range(3):
        below = []
        for parent, path in level:
            for number in range(BRANCHES):
                name = f"part {number + 1:02}"
                child = f"{path}/{name}".lstrip("/")
                cursor = conn.execute(
                    "insert into folders (parent_id, name, path) values (?, ?, ?)", [parent, name, child]
                )
                below.append((cursor.lastrowid, child))
        level = below


def _publish(conn: sqlite3.Connection, instances: int, images: int) -> None:
    """Spread files over the innermost folders, a run of numbers in each, and make an instance of each file."""
    known, leaves = conn.execute(
        "select (select max(id) from files), (select count(*) from folders where path like '%/%/%')"
    ).fetchone()
    first_leaf = conn.execute("select min(id) from folders where path like '%/%/%'").fetchone()[0]
    values = {"known": known, "count": instances, "images": images, "leaves": leaves, "first": first_leaf}
    conn.execute(
        f"""{NUMBERS}
        insert into files (id, folder_id, name, image_id, bytes, modified_ns)
        select n + 1, :first + n * :leaves / :count, printf('IMG_%07d.jpg', n), n % :images + 1, 99000, 0
        from numbers where n >= :known""",
        values,
    )
    conn.execute(
        "insert into instances (id, image_id, file_id) select id, image_id, id from files where id > :known", values
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.generate", description=__doc__)
    parser.add_argument("out", type=Path, metavar="OUT.db")
    parser.add_argument("--instances", type=int, default=1_000_000)
    parser.add_argument("--images", type=int, default=50_000)
    options = parser.parse_args()
    if options.out.exists():
        parser.error(f"`{options.out}` is there already")
    generate(options.out, options.instances, options.images)


if __name__ == "__main__":
    main()
