"""Nothing that a query, a search or a request says can take all of the server: each has a bound that says so."""

from __future__ import annotations

import pytest

from datasette_panoptic.domain.query import MOST_LEVELS, Condition, Grouping, Query
from datasette_panoptic.errors import BadQuery
from datasette_panoptic.query import groups, search, text
from datasette_panoptic.query.columns import KEPT_ASKED, Columns
from datasette_panoptic.query.order import order
from datasette_panoptic.query.orders import Orders, fields
from datasette_panoptic.query.tally import tally
from tests.rows import Folder, Instance, Picture, Property, describe, empty, fill

TOO_MUCH = {
    "&".join(["_group=width"] * (MOST_LEVELS + 1)): "11 times; a view has 10 levels",
    "&".join(f"_folder={n}" for n in range(5001)): "5,000 keys at most, not 5,001",
    "&".join(["width__gt=1"] * 1001): "1,000 conditions at most, not 1,001",
    f"_where=any({';'.join(['width__gt=1'] * 1000)})": "1,000 conditions at most, not 1,001",
    f"id__any={','.join(map(str, range(20_001)))}": "20,000 values at most, not 20,001",
    "&".join([f"id__any={','.join(map(str, range(7000)))}"] * 3): "20,000 values at most, not 21,000",
    f"_folder={'9' * 20}": "`_folder` takes a whole number",
    f"_in={'1' * 5000}": "`_in` takes a whole number",
    f"_seed={'0' * 5000}1": "`_seed` takes a whole number",
    f"_similar=image:1&_space={2**63}": "`_space` takes a whole number",
}


@pytest.mark.parametrize("query", TOO_MUCH, ids=lambda query: query[:40])
def test_a_query_beyond_a_bound_says_which(query):
    with pytest.raises(BadQuery, match=TOO_MUCH[query]):
        text.parse_string(query)


def test_a_query_at_its_bounds_is_read():
    query = "&".join(["_group=width"] * MOST_LEVELS + ["width__gt=1"] * 1000)
    assert len(text.parse_string(query).groups) == MOST_LEVELS
    assert text.parse_string(f"_folder={2**63 - 1}").folders == {2**63 - 1}


@pytest.fixture
def tagged():
    """Ten instances that have all of thirty tags each, of a property of images and of one of instances."""
    conn = empty()
    tags = frozenset(f"tag {n}" for n in range(30))
    properties = [
        Property("of images", "multi_tags", "image", dict.fromkeys(range(10), tags)),
        Property("of instances", "multi_tags", "instance", dict.fromkeys(range(10), tags)),
    ]
    pictures, instances = [Picture(100 + n) for n in range(10)], [Instance(n, 0, f"{n}.jpg") for n in range(10)]
    fill(conn, [Folder("all")], pictures, instances)
    describe(conn, properties)
    yield conn
    conn.close()


@pytest.mark.parametrize("names", [["of images"] * 3, ["of images", "width", "of instances", "of images"]])
def test_groups_of_too_many_cells_are_refused_before_they_are_made(tagged, monkeypatch, names):
    monkeypatch.setattr(groups, "MOST_CELLS", 20_000)
    query = Query(groups=tuple(map(Grouping, names)))
    with pytest.raises(BadQuery, match=r"with the level `of images` .* 270,000 cells, more than the limit of 20,000"):
        order(tagged, Columns(), fields(tagged), query)
    monkeypatch.setattr(groups, "MOST_CELLS", 270_000)
    assert len(order(tagged, Columns(), fields(tagged), query).ids) == 270_000


def test_what_is_grouped_may_be_so_many_times_itself(tagged, monkeypatch):
    """A large project is not refused what a small one may."""
    monkeypatch.setattr(groups, "MOST_CELLS", 0)
    monkeypatch.setattr(groups, "MOST_PLACES", 30)
    assert len(order(tagged, Columns(), fields(tagged), Query(groups=(Grouping("of images"),))).ids) == 300


def test_a_search_has_so_many_words(tagged):
    words = [f"w{n}" for n in range(search.MOST_WORDS)]
    assert len(search.parse(" ".join(words)).parts) == search.MOST_WORDS
    for text_ in (" ".join([*words, "more"]), "(" + " OR ".join([*words, "NOT more"]) + ")", '"a phrase" ' * 101):
        with pytest.raises(BadQuery, match="`_search` takes 100 words at most"):
            search.parse(text_)


def test_what_people_ask_is_not_kept_for_ever(tagged):
    orders = Orders()
    for n in range(3 * KEPT_ASKED):
        orders.folder_counts(tagged, Query(search=str(n)))
        tally(tagged, orders, Query(where=(Condition("name", "contains", (str(n),)),)))
        order(tagged, orders.state(tagged).columns, fields(tagged), Query(groups=(Grouping("width", f"1.{n}"),)))
    held = orders.state(tagged).columns
    assert len(held._asked) == KEPT_ASKED
    assert len(held._read) < 30


def test_what_people_ask_is_answered_from_what_is_kept():
    held, read = Columns(), []
    for name in ["a", "b", "a", *map(str, range(KEPT_ASKED - 1)), "a", "b"]:
        held.asked(name, lambda name=name: read.append(name))
    assert [name for name in read if name in "ab"] == ["a", "b", "b"]
