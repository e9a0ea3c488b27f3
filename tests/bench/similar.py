"""Measure rankings by similarity: `python -m tests.bench.similar [--images 100000 1000000]`.

Baselines of the same run: faiss's IndexFlatIP, where `pip install faiss-cpu` was done; one product of the matrix in
numpy; one sum over it, which is what memory can do; and for SQL a loop in Python over the rows of the table.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from statistics import median

import numpy as np
from datasette.utils.sqlite import sqlite3
from numpy.typing import NDArray

from datasette_panoptic.domain.query import Condition, Query, Sort
from datasette_panoptic.domain.similar import Example, Similar
from datasette_panoptic.query.orders import Orders
from datasette_panoptic.query.ranking import counts, ranking
from datasette_panoptic.store import corpus, embeddings
from datasette_panoptic.store.connection import connect, transaction
from datasette_panoptic.store.matrices import Matrix
from datasette_panoptic.store.similarity import similarity
from datasette_panoptic.store.vector_cache import VectorCache
from datasette_panoptic.web.similar.recipes import RECIPES

from .figures import Figure, table

DIMENSION, REPEATS, NEAREST = 512, 9, 100
#: Milliseconds for all scores of 100,000 images and of a million, warm: the design's budgets.
BUDGETS = {100_000: 15.0, 1_000_000: 150.0}
#: What all scores may take, in times that memory takes to hand over the matrix.
BANDWIDTH = 1.3
#: Datasette's limit for a statement.
LIMIT = 1_000.0

IMAGES = """
with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < ?)
insert into images (id, sha1, width, height, format, bytes, average_hash, perceptual_hash, mean_color)
select n, printf('%040x', n), 800, 600, 'jpeg', 1000, printf('%016x', n), printf('%016x', n), '#808080' from numbers"""


def run(images: tuple[int, ...] = (100_000,)) -> list[Figure]:
    """Measure at each size, on projects made for it."""
    return [figure for count in images for figure in measure(count)]


def measure(count: int) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="panoptic-bench-") as scratch:
        vectors = VectorCache()
        conn = connect(Path(scratch, "project.db"), create=True, vectors=vectors)
        fill(conn, count)
        read = milliseconds(lambda: loaded(conn, vectors), 1)
        kept = loaded(conn, vectors)
        figures = [
            Figure(f"{count // 1000}k: vectors read, once", read, "ms"),
            Figure(
                f"{count // 1000}k: kept in memory, of what the vectors are", megabytes(kept, count), "×", at_most=1.1
            ),
            *rankings(conn, vectors, kept, count),
            *views(conn, vectors, count),
            *statements(conn, count),
        ]
        conn.close()
    return figures


def fill(conn: sqlite3.Connection, count: int) -> None:
    """Make images with an instance and a vector each."""
    random = np.random.default_rng(3)
    with transaction(conn):
        conn.execute(IMAGES, [count])
        conn.execute("insert into instances (id, image_id) select id, id from images")
        space = embeddings.space(conn, "bench", "1", {}, DIMENSION)
        for start in range(0, count, 10_000):
            rows = random.standard_normal((min(10_000, count - start), DIMENSION), np.float32)
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
            embeddings.add(conn, space, ((start + n, row.tobytes()) for n, row in enumerate(rows, 1)))
        corpus.bump(conn)
        corpus.bump_derived(conn)


def loaded(conn: sqlite3.Connection, vectors: VectorCache) -> Matrix:
    found = vectors.matrix(conn, 1)
    assert found is not None
    return found


def megabytes(kept: Matrix, count: int) -> float:
    """How much more than the vectors themselves is kept."""
    return (kept.vectors.nbytes + kept.ids.nbytes) / (4 * DIMENSION * count)


def rankings(conn: sqlite3.Connection, vectors: VectorCache, kept: Matrix, count: int) -> list[Figure]:
    name = f"{count // 1000}k × {DIMENSION}"
    asked = examples()
    ours = milliseconds(lambda: similarity(conn, vectors, next(asked)))
    product = milliseconds(lambda: kept.vectors @ kept.vectors[5])
    memory = milliseconds(lambda: kept.vectors.sum())
    orders = Orders(vectors)
    first = milliseconds(lambda: ranking(conn, orders, Query(), next(asked), NEAREST))
    return [
        Figure(f"{name}: scores of all, warm", ours, "ms", at_most=BUDGETS.get(count)),
        Figure(f"{name}: scores of all by memory's bandwidth", ours / memory, "×", at_most=BANDWIDTH),
        Figure(f"{name}: scores of all by the product alone", ours / product, "×"),
        Figure(f"{name}: the {NEAREST} nearest", first, "ms"),
        *by_faiss(name, kept.vectors, ours, first),
    ]


def by_faiss(name: str, rows: NDArray[np.float32], ours: float, nearest: float) -> list[Figure]:
    try:
        faiss = import_module("faiss")
    except ImportError:
        print("faiss is not installed: `pip install faiss-cpu` compares with it", flush=True)
        return []
    index = faiss.IndexFlatIP(DIMENSION)
    index.add(rows)
    every = milliseconds(lambda: index.search(rows[5:6], len(rows)), 3)
    first = milliseconds(lambda: index.search(rows[5:6], NEAREST))
    return [
        Figure(f"{name}: scores of all by faiss IndexFlatIP", ours / every, "×", at_most=1.0),
        Figure(f"{name}: the {NEAREST} nearest by faiss IndexFlatIP", nearest / first, "×"),
    ]


def views(conn: sqlite3.Connection, vectors: VectorCache, count: int) -> list[Figure]:
    """What the grid asks for: a view sorted and filtered by scores, and the counts of its slider."""
    asked, orders = examples(), Orders(vectors)
    orders.order(conn, Query())

    def view() -> Query:
        where = (Condition("similarity", "gte", ("0",)),)
        return Query(similar=next(asked), where=where, sorts=(Sort("similarity", descending=True),))

    name = f"{count // 1000}k"
    return [
        Figure(f"{name}: a view of what is similar", milliseconds(lambda: orders.order(conn, view())), "ms"),
        Figure(f"{name}: counts for its slider", milliseconds(lambda: counts(conn, orders, view())), "ms"),
    ]


def statements(conn: sqlite3.Connection, count: int) -> list[Figure]:
    """SQL recipes, against a loop in Python over the same rows."""
    figures = []
    looped = milliseconds(lambda: loop(conn), 1)
    for recipe in RECIPES:
        if "image" in recipe.parameters:
            given = {"image": "5", "space": ""}
            taken = milliseconds(lambda sql=recipe.sql, given=given: conn.execute(sql, given).fetchall(), 3)  # type: ignore[misc]
            budget = LIMIT if count <= 100_000 else None
            figures.append(Figure(f"{count // 1000}k: SQL `{recipe.name}`", taken, "ms", at_most=budget))
            figures.append(Figure(f"{count // 1000}k: SQL `{recipe.name}` by a loop in Python", taken / looped, "×"))
    return figures


def loop(conn: sqlite3.Connection) -> list[tuple[int, float]]:
    """Rank all images as one would write it without us."""
    sql = "select image_id, vector from _panoptic_embeddings where space_id = 1"
    target = np.frombuffer(conn.execute(f"{sql} and image_id = 5").fetchone()[1], "<f4")
    scores = [(float(np.frombuffer(vector, "<f4") @ target), image) for image, vector in conn.execute(sql)]
    return [(image, score) for score, image in sorted(scores, reverse=True)[:NEAREST]]


def examples() -> Iterator[Similar]:
    """Another image each time, so that no score is there already."""
    for image in itertools.count(1):
        yield Similar((Example("image", str(image)),), 1)


def milliseconds(act: Callable[[], object], repeats: int = REPEATS) -> float:
    """Time something several times and return the median."""
    taken = []
    for _ in range(repeats):
        started = time.perf_counter()
        act()
        taken.append(1000 * (time.perf_counter() - started))
    return median(taken)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.similar", description=__doc__)
    parser.add_argument("--images", type=int, nargs="+", default=[100_000])
    print(table(run(tuple(parser.parse_args().images))))


if __name__ == "__main__":
    main()
