"""Projects with flipped bits, as bad disks and bad transfers make them: the same ones for the same seed."""

from __future__ import annotations

import random
from pathlib import Path

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.store.connection import checkpoint

from .rows import Folder, Instance, Picture, Property, describe, fill

#: Each row of every table is in reach of a flip: pages with pictures would take nearly all of them.
PAGE = 512


def small_project(conn: sqlite3.Connection) -> bytes:
    """Fill an empty project with a little of everything, and return its bytes."""
    conn.execute("pragma journal_mode = delete")
    conn.execute(f"pragma page_size = {PAGE}")
    conn.execute("vacuum")
    pictures = [Picture(800, 600, 1000 + n, f"19{n + 10}-05-03T10:00:00") for n in range(30)]
    fill(conn, [Folder("a"), Folder("b", 0), Folder("c", 1), Folder("d")], pictures,
         [Instance(n, n % 4, f"{n}.jpg") for n in range(30)])  # fmt: skip
    describe(conn, [
        Property("Topic", "multi_tags", "image", {n: frozenset({f"t{n % 5}", f"t{n % 3}"}) for n in range(30)},
                 {"t1": frozenset({"t0"}), "t2": frozenset({"t1"})}),
        Property("Likes", "number", "instance", {n: n * 1.5 for n in range(0, 30, 2)}),
        Property("Author", "text", "image", {n: f"Author {n % 4}" for n in range(0, 30, 3)}),
        Property("Seen", "date", "image", {n: f"2020-01-{n + 1:02}" for n in range(30)}),
    ])  # fmt: skip
    conn.execute('update images set metadata = \'{"camera": "Leica", "keywords": ["boat"]}\'')
    conn.execute(
        """insert into saved_views (id, name, query, layout) values (1, 'v', '_group=Topic', '{"_show": "Author"}')"""
    )
    conn.execute(
        "insert into embedding_spaces (id, embedder, revision, params, dimension, metric, modalities)"
        " values (1, 'e', '1', '{}', 2, 'cosine', '[\"image\"]')"
    )
    conn.executemany(
        "insert into _panoptic_embeddings (space_id, image_id, vector) values (1, ?, x'0000803f00000000')",
        [[n + 1] for n in range(30)],
    )
    conn.execute("insert into clusterings (id, name, clusterer, params, query, at) values (7, 'c', 'k', '{}', '', '')")
    conn.execute("insert into clusters values (7, 0, 'heap', 1, 1)")
    conn.executemany("insert into cluster_members values (7, ?, 0, 1, 0)", [[n + 1] for n in range(30)])
    checkpoint(conn)
    return Path(conn.execute("pragma database_list").fetchone()[2]).read_bytes()


def flipped(data: bytes, seed: int) -> bytes:
    """Return a file with a few flipped bits; sometimes a page of other bytes, or a file that ends early."""
    chance = random.Random(seed)
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 8))):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    kind = chance.random()
    if kind < 0.1:
        at = chance.randrange(1, len(changed) // PAGE) * PAGE
        changed[at : at + PAGE] = chance.randbytes(PAGE)
    elif kind < 0.15:
        del changed[chance.randrange(len(changed)) :]
    return bytes(changed)
