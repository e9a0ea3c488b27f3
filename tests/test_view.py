"""The bytes of a view, read back as the page reads them."""

from __future__ import annotations

import json
import struct
import zlib

import pytest

from datasette_panoptic.domain.changes import AddTags, Selection, SetValues
from datasette_panoptic.domain.query import Condition, Grouping, Query, Sort
from datasette_panoptic.errors import BadQuery, StaleView
from datasette_panoptic.query import view
from datasette_panoptic.query.orders import KEPT_ORDERS, Orders
from datasette_panoptic.store import properties, tags
from datasette_panoptic.store.changesets import apply
from datasette_panoptic.store.undo import undo
from tests.rows import Folder, Instance, Picture, Property, describe, empty, fill


@pytest.fixture
def conn():
    conn = empty()
    pictures = [Picture(800, 400, color="#102030"), Picture(100, 100, color="#ffffff"), Picture(1, 60_000)]
    instances = [Instance(n % 3, 0, f"{n}.jpg") for n in range(600)]
    fill(conn, [Folder("all")], pictures, [*instances, Instance(0)])
    yield conn
    conn.close()


def read(answer: bytes) -> tuple[dict, list[tuple[int, int]]]:
    assert answer[:4] == b"PNV1"
    (length,) = struct.unpack("<I", answer[4:8])
    assert (8 + length) % 8 == 0
    return json.loads(answer[8 : 8 + length]), list(struct.iter_unpack("<II", answer[8 + length :]))


def bump(conn):
    conn.execute("update _panoptic_settings set value = value + 1 where key = 'corpus_version'")


def test_the_first_part_says_what_there_is(conn):
    header, records = read(view.first(conn, Orders(), Query()))
    assert header == {
        "version": "1.0.0",
        "mode": "instances",
        "count": 601,
        "images": 3,
        "instances": 601,
        "first": 512,
        "chunk": view.CHUNK,
        "order": zlib.crc32(struct.pack("<601I", *range(1, 602))),
        "groups": [],
    }
    assert [cell for cell, _ in records] == list(range(1, 513))
    assert [look for _, look in records[:3]] == [0x102030_A0, 0xFFFFFF_80, 0x808080_00]


def test_images_are_cells_once(conn):
    header, records = read(view.first(conn, Orders(), Query(mode="images", sorts=(Sort("width", descending=True),))))
    assert (header["count"], header["instances"]) == (3, 601)
    assert [cell for cell, _ in records] == [1, 2, 3]


def test_parts_join_to_the_whole(conn):
    orders, query = Orders(), Query(sorts=(Sort("random"),), seed=5)
    _, records = read(view.first(conn, orders, query))
    rest = view.part(conn, orders, query, 512, 100_000 - 65_536 + 512, "1.0.0")
    ids = [cell for cell, _ in [*records, *struct.iter_unpack("<II", rest)]]
    assert ids == orders.order(conn, query)[1].ids.tolist()


def test_a_reader_keeps_the_order_that_it_has(conn):
    orders = Orders()
    view.first(conn, orders, Query())
    conn.execute("insert into instances (id, image_id) values (602, 1)")
    bump(conn)
    assert len(view.part(conn, orders, Query(), 600, 700, "1.0.0")) == 8
    assert len(view.part(conn, orders, Query(), 600, 700, "2.0.0")) == 16


def test_an_order_that_is_gone_is_said_to_be(conn):
    orders = Orders()
    view.first(conn, orders, Query())
    bump(conn)
    for seed in range(KEPT_ORDERS):
        orders.order(conn, Query(sorts=(Sort("random"),), seed=seed))
    with pytest.raises(StaleView):
        view.part(conn, orders, Query(), 0, 10, "1.0.0")
    with pytest.raises(StaleView):
        view.part(conn, orders, Query(), 0, 10, "no number")


@pytest.mark.parametrize("span", [(-1, 5), (5, 4), (0, 65_537)])
def test_a_span_out_of_bounds_is_refused(conn, span):
    with pytest.raises(BadQuery):
        view.part(conn, Orders(), Query(), *span, "1")


def test_groups_say_where_they_begin(conn):
    query = Query(groups=(Grouping("width", descending=True),), sorts=(Sort("id", descending=True),))
    header, records = read(view.first(conn, Orders(), query))
    assert header["groups"] == [[0, 800, 0, 201, 0], [0, 100, 201, 200, 0], [0, 1, 401, 200, 0]]
    assert [cell for cell, _ in records[:2]] == [601, 598]


def test_an_annotation_makes_a_new_version(conn):
    orders = Orders()
    author = properties.create(conn, "Author", "text", "instance")
    query = Query(where=(Condition("Author", "exact", ("Anna",)),))
    assert len(orders.order(conn, query)[1].ids) == 0
    before, _ = orders.order(conn, query)
    apply(conn, [SetValues(author, {5: "Anna", 7: "Anna"})], actor=None, tool="cell")
    after, order = orders.order(conn, query)
    assert (before.corpus, order.ids.tolist()) == (after.corpus, [5, 7])
    undo(conn, actor=None)
    assert len(orders.order(conn, query)[1].ids) == 0


def test_a_renamed_tag_is_a_new_version_too(conn):
    orders = Orders()
    topic = properties.create(conn, "Topic", "multi_tags", "instance")
    apply(conn, [AddTags(topic, ("cat",))], Selection("select 5 as instance_id", {}), actor=None, tool="stamp")
    query = Query(groups=(Grouping("Topic"),))
    assert orders.order(conn, query)[1].groups[0].value(0) == "cat"
    tags.change(conn, 1, name="tom")
    assert orders.order(conn, query)[1].groups[0].value(0) == "tom"
    assert len(orders.order(conn, Query(where=(Condition("Topic", "exact", ("cat",)),)))[1].ids) == 0


def test_an_empty_project_has_an_empty_view():
    conn = empty()
    header, records = read(view.first(conn, Orders(), Query(mode="images")))
    assert (header["count"], records) == (0, [])
    conn.close()


def test_paths_of_a_tree_are_groups_below_each_other(conn):
    parents = {"cat": frozenset({"animal"}), "dog": frozenset({"animal"}), "tom": frozenset({"cat"})}
    values = {0: frozenset({"tom"}), 1: frozenset({"animal", "dog"}), 2: frozenset({"zoo"})}
    describe(conn, [Property("Topic", "multi_tags", "image", values, parents)])
    header, _ = read(view.first(conn, Orders(), Query(mode="images", groups=(Grouping("Topic", "tree"),))))
    assert header["groups"] == [
        [0, "animal", 0, 3, 0],  # image 2 by itself, then the groups within
        [1, "cat", 1, 1, 0],
        [2, "tom", 1, 1, 0],
        [1, "dog", 2, 1, 0],
        [0, "zoo", 3, 1, 0],
    ]


def test_a_tree_within_groups_begins_anew_in_each(conn):
    describe(conn, [Property("Topic", "tag", "image", {0: frozenset({"cat"}), 1: frozenset({"cat"})},
                             {"cat": frozenset({"animal"})})])  # fmt: skip
    groups = (Grouping("width"), Grouping("Topic", "tree"), Grouping("format"))
    header, _ = read(view.first(conn, Orders(), Query(mode="images", groups=groups)))
    assert header["groups"] == [
        [0, 1, 0, 1, 0],
        [1, None, 0, 1, 1],
        [2, "jpeg", 0, 1, 2],
        [0, 100, 1, 1, 0],
        [1, "animal", 1, 1, 1],
        [2, "cat", 1, 1, 1],
        [3, "jpeg", 1, 1, 2],
        [0, 800, 2, 1, 0],
        [1, "animal", 2, 1, 1],
        [2, "cat", 2, 1, 1],
        [3, "jpeg", 2, 1, 2],
    ]


def test_groups_count_images_and_instances(conn):
    describe(conn, [Property("Topic", "tag", "image", {0: frozenset({"cat"}), 1: frozenset({"animal"})},
                             {"cat": frozenset({"animal"})})])  # fmt: skip
    groups = (Grouping("Topic", "tree", "value"), Grouping("width", "", "size", descending=True))
    instances = Query(groups=groups, sorts=(Sort("id", descending=True),))
    images = Query(mode="images", groups=groups)
    orders = Orders()
    assert [count for _, _, _, count, _ in read(view.first(conn, orders, instances))[0]["groups"]] == view.others(
        conn, orders, images
    )
    assert view.others(conn, orders, instances) == [2, 1, 1, 1, 1, 1]
