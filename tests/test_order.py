"""The law of the query engine: the SQL, the column cache and a naive evaluator find the same ids in the same order."""

from __future__ import annotations

import random
from functools import cmp_to_key

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasette_panoptic.domain.query import MODES, SORT_KEYS, Query, Sort
from datasette_panoptic.query.compile import compile
from datasette_panoptic.query.fields import MULTIPLIER, PRIME
from datasette_panoptic.query.order import KEPT_ORDERS, Orders, shuffle
from tests.rows import Folder, Instance, Picture, empty, fill

NAMES = ("a.jpg", "B.jpg", "b.JPG", "É.jpg", "img2.jpg", "img10.jpg", 'l\'été, "50 %".png', "\n")
FOLDERS = (Folder("Paris"), Folder("rue", 0), Folder("Rue", 0), Folder("été", 1), Folder("paris"), Folder("zoo", 4))


@st.composite
def corpora(draw):
    sizes = st.integers(1, 4)
    dates = st.sampled_from([None, "1890", "2021-05-03T12:00:00", "2021-05-03"])
    pictures = draw(
        st.lists(st.builds(Picture, width=sizes, height=sizes, bytes=sizes, taken_at=dates), min_size=1, max_size=6)
    )
    places = st.integers(0, len(pictures) - 1)
    folders = st.one_of(st.none(), st.integers(0, len(FOLDERS) - 1))
    drawn = draw(st.lists(st.tuples(places, folders, st.sampled_from(NAMES)), max_size=20))
    unique = {(folder, name): Instance(picture, folder, name) for picture, folder, name in drawn}
    return pictures, list(unique.values())


sorts = st.lists(st.builds(Sort, st.sampled_from(SORT_KEYS), st.booleans()), max_size=3, unique_by=lambda s: s.key)
queries = st.builds(
    Query,
    mode=st.sampled_from(MODES),
    folders=st.frozensets(st.integers(0, len(FOLDERS) + 1), max_size=3),
    sorts=sorts.map(tuple),
    seed=st.integers(0, 2**63 - 1),
)


def naive(query: Query, pictures: list[Picture], instances: list[Instance]) -> list[int]:
    """Evaluate a query row by row, in the plainest Python there is."""

    def path(folder: int | None) -> list[int]:
        return [] if folder is None else [*path(FOLDERS[folder].parent), folder]

    def fold(text: str) -> bytes:
        return bytes(byte + 32 if 65 <= byte <= 90 else byte for byte in text.encode())

    def value(number: int, key: str):
        instance = instances[number - 1]
        picture = pictures[instance.picture]
        x = (number % PRIME * MULTIPLIER + query.seed % PRIME) % PRIME
        return {
            "id": number,
            "random": x**3 % PRIME,
            "name": None if instance.folder is None else fold(instance.name),
            "folder": None
            if instance.folder is None
            else fold("/".join(FOLDERS[folder].name for folder in path(instance.folder))),
            "taken_at": None if picture.taken_at is None else fold(picture.taken_at),
            "width": picture.width,
            "height": picture.height,
            "bytes": picture.bytes,
        }[key]

    def compare(a: int, b: int) -> int:
        for sort in query.sorts:
            x, y = value(a, sort.key), value(b, sort.key)
            if x is None or y is None:
                if (x is None) != (y is None):
                    return 1 if x is None else -1
            elif x != y:
                return (1 if x > y else -1) * (-1 if sort.descending else 1)
        return a - b

    found = [
        number
        for number, instance in enumerate(instances, 1)
        if not query.folders or any(folder + 1 in query.folders for folder in path(instance.folder))
    ]
    found.sort(key=cmp_to_key(compare))
    return found if query.mode == "instances" else list(dict.fromkeys(instances[n - 1].picture + 1 for n in found))


@settings(max_examples=150)
@given(corpora(), st.lists(queries, min_size=1, max_size=8))
def test_sql_order_and_naive_evaluation_agree(corpus, questions):
    pictures, instances = corpus
    conn = empty()
    fill(conn, FOLDERS, pictures, instances)
    orders = Orders()
    for query in questions:
        expected = naive(query, pictures, instances)
        sql = compile(query)
        assert [row[0] for row in conn.execute(sql.text, sql.params)] == expected
        assert orders.ids(conn, query)[1].tolist() == expected
    conn.close()


@settings(max_examples=50)
@given(corpora(), st.sampled_from(MODES))
def test_folder_counts_are_the_sizes_of_the_folders_views(corpus, mode):
    pictures, instances = corpus
    conn = empty()
    fill(conn, FOLDERS, pictures, instances)
    orders = Orders()
    counts = orders.folder_counts(conn, Query(mode=mode, folders=frozenset({2})))
    assert counts == {
        folder: len(orders.ids(conn, Query(mode=mode, folders=frozenset({folder})))[1])
        for folder in range(1, len(FOLDERS) + 1)
    }
    conn.close()


@pytest.fixture
def small():
    conn = empty()
    fill(conn, FOLDERS, [Picture()] * 50, [Instance(n, 0, f"{n}.jpg") for n in range(50)])
    yield conn
    conn.close()


def test_a_new_version_is_seen_at_once_and_the_old_order_kept(small):
    orders = Orders()
    version, before = orders.ids(small, Query())
    small.execute("insert into instances (image_id) values (1)")
    small.execute("update _panoptic_settings set value = value + 1 where key = 'corpus_version'")
    newer, after = orders.ids(small, Query())
    assert newer == version + 1
    assert after.tolist() == [*before.tolist(), 51]
    assert orders.kept(version, Query()) is before


def test_orders_kept_are_bounded(small):
    orders = Orders()
    version, _ = orders.ids(small, Query())
    for seed in range(KEPT_ORDERS):
        orders.ids(small, Query(sorts=(Sort("random"),), seed=seed))
    assert orders.kept(version, Query()) is None


def test_seeds_shuffle_differently_and_repeatably(small):
    shuffled = [Orders().ids(small, Query(sorts=(Sort("random"),), seed=seed))[1].tolist() for seed in (1, 1, 2)]
    assert shuffled[0] == shuffled[1]
    assert shuffled[0] != shuffled[2]
    assert sorted(shuffled[0]) == list(range(1, 51))


def test_a_shuffle_has_no_visible_stride():
    """Neighbours in a shuffled order are as far apart as chance has them: a third of the corpus on average."""

    ids = np.arange(1, 10_001, dtype=np.uint32)
    for seed in random.Random(0).choices(range(10**6), k=20):
        steps = np.diff(np.argsort(shuffle(ids, seed)))
        assert 0.31 < np.abs(steps).mean() / len(ids) < 0.355
        assert np.unique(steps, return_counts=True)[1].max() < 12
