"""The law of facets: the count beside a value is what the view shows once it asks for that value."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasette_panoptic.domain.query import Combined, Condition, Query
from datasette_panoptic.query.columns import Columns
from datasette_panoptic.query.compile import compile
from datasette_panoptic.query.facets import about, arranged, tallies
from tests.rows import Instance, Picture, Property, describe, empty, fill
from tests.serving import NASTY, serving

from .naive import Corpus
from .test_order import FIELDS, FOLDERS, NO_DATES, PARENTS, TAGS, corpora, opened, queries

ASKED = [field for field in FIELDS.values() if field.name not in ("average_hash", "perceptual_hash", "sha1")]
names = st.lists(st.sampled_from([field.name for field in ASKED]), min_size=1, max_size=4, unique=True)


def cells(conn, query: Query) -> int:
    sql = compile(replace(query, groups=(), sorts=()), FIELDS)
    return conn.execute(f"select count(*) from ({sql.text})", sql.params).fetchone()[0]


@settings(max_examples=150, deadline=None)
@given(corpora(), queries(), names)
def test_a_count_is_what_the_view_shows_that_asks_for_the_value(corpus: Corpus, query, asked):
    conn = opened(corpus)
    columns = Columns()
    for found in tallies(conn, columns, FIELDS, query, asked):
        field = found.field
        others = replace(query, where=tuple(where for where in query.where if not about(where, field)), groups=())

        def finds(operator: str, *operands: str, others=others, field=field) -> tuple[int, int]:
            asked = replace(others, where=(*others.where, Condition(field.name, operator, operands)))
            return cells(conn, asked), len(corpus.evaluate(asked))

        assert (found.blank, found.blank) == finds("isblank")
        for value, count in zip(found.values, found.counts.tolist(), strict=True):
            if value in NO_DATES:
                continue  # nobody can ask for these
            if field.type == "checkbox":
                value = "true" if value else "false"
            assert (count, count) == finds("exact", str(value))
        if not (field.has_tags or field.has_names):
            assert sum(found.counts.tolist()) >= finds("notblank")[0]
    conn.close()


def test_only_conditions_on_the_field_alone_leave_its_facet_as_wide_as_it_was():
    topic, other = Condition("topic", "exact", ("cat",)), Condition("Likes", "gt", ("1",))
    field = FIELDS["Topic"]
    assert about(topic, field)
    assert about(Combined("any", (topic, Combined("not", (topic,)))), field)
    assert not about(other, field)
    assert not about(Combined("any", (topic, other)), field)
    assert not about(Combined("all", ()), field)


def described(**tags: frozenset[str]):
    """Return a project of one instance for each picture, with the topics of each."""
    conn = empty()
    fill(conn, FOLDERS, [Picture()] * len(tags), [Instance(n, 0, f"{n}.jpg") for n in range(len(tags))])
    parents = {name: frozenset(above) for name, above in PARENTS.items()}
    values = dict(enumerate(tags.values()))
    for field in [field for field in FIELDS.values() if field.property_id]:
        given = values if field.name == "Topic" else {}
        describe(conn, [Property(field.name, field.type, field.scope, given, parents if field.has_tags else {})])
    return conn


def test_tags_stand_under_those_above_them_the_most_frequent_first():
    conn = described(a=frozenset({"cat"}), b=frozenset({"cat", "dog"}), c=frozenset({"tom"}), d=frozenset({"10"}))
    columns = Columns()
    (found,) = tallies(conn, columns, FIELDS, Query(), ["Topic"])
    listed = arranged(conn, columns, found, found.top(50))
    assert [(tag.name, tag.count, tag.depth) for tag in listed] == [
        ("animal", 3, 0), ("cat", 3, 1), ("tom", 1, 2), ("dog", 1, 1), ("2", 1, 0), ("tom", 1, 1), ("10", 1, 0),
    ]  # fmt: skip
    assert set(TAGS) >= {tag.name for tag in listed}
    conn.close()


def test_the_most_frequent_values_come_first_and_chosen_ones_are_never_left_out():
    conn = empty()
    pictures = [Picture(width=width) for width in (1, 2, 2, 3, 3, 3, 4)]
    fill(conn, FOLDERS, pictures, [Instance(n, 0, f"{n}.jpg") for n in range(7)])
    for field in [field for field in FIELDS.values() if field.property_id]:
        describe(conn, [Property(field.name, field.type, field.scope, {})])
    (found,) = tallies(conn, Columns(), FIELDS, Query(where=(Condition("width", "exact", ("4",)),)), ["width"])
    assert found.distinct == 4
    assert [found.values[place] for place in found.top(2)] == [3, 2]
    assert [found.values[place] for place in found.top(2, keep={"4"})] == [3, 2, 4]
    (found,) = tallies(conn, Columns(), FIELDS, Query(), ["name"])
    assert [found.values[place] for place in found.top(9, find="3.J")] == ["3.jpg"]
    conn.close()


@pytest.fixture
def sample(project):
    """Four images in five instances; tags with some above them, a name that must be escaped."""
    pictures = [Picture(width=width, taken_at=date) for width, date in ((1, "1968"), (2, "1969"), (3, None), (4, None))]
    fill(
        project.conn, FOLDERS, pictures, [*(Instance(n, 0, f"{n}.jpg") for n in range(4)), Instance(0, 1, "again.jpg")]
    )
    topics = {0: frozenset({"cat"}), 1: frozenset({"cat", "dog"}), 2: frozenset({NASTY})}
    parents = {"cat": frozenset({"animal"}), "dog": frozenset({"animal"})}
    describe(project.conn, [Property("Topic", "multi_tags", "image", topics, parents)])
    describe(project.conn, [Property("Seen", "checkbox", "instance", {0: 1, 1: 0})])
    project.conn.execute("update tags set color = '#e03131' where name = 'dog'")
    return project


def told(facet) -> list[tuple]:
    return [(value["value"], value["count"], value.get("depth", 0)) for value in facet["values"]]


@pytest.mark.asyncio
async def test_facets_over_http(sample):
    async with serving(sample.path) as datasette:

        async def ask(query: str):
            return (await datasette.client.get(f"/project/-/panoptic/facets.json?{query}")).json()

        answer = await ask("_facets=Topic,Seen,taken_at&_thumb=100")
        topic, seen, taken = answer["facets"]
        assert told(topic) == [("animal", 3, 0), ("cat", 3, 1), ("dog", 1, 1), (NASTY, 1, 0), (None, 1, 0)]
        assert [value.get("color") for value in topic["values"]] == [None, None, "#e03131", None, None]
        assert told(seen) == [("false", 1, 0), ("true", 1, 0), (None, 3, 0)]
        assert taken["svg"].startswith("<svg")
        assert told(taken) == [(None, 2, 0)]
        (topic,) = (await ask("_facets=Topic&Topic__any=cat&_mode=images"))["facets"]
        assert told(topic)[:2] == [("animal", 2, 0), ("cat", 2, 1)]
        assert [value.get("state") for value in topic["values"]][:2] == [None, "in"]
        (topic,) = (await ask("_facets=Topic&_top=1&Topic__none=dog"))["facets"]
        assert (told(topic), topic["more"]) == ([("animal", 3, 0), ("dog", 1, 1), (None, 1, 0)], 2)
        assert told((await ask("_facets=Topic&_find=DO"))["facets"][0]) == [("dog", 1, 0)]
        assert (await ask("_facets=Topic,Topic,Gone"))["facets"] == (await ask("_facets=topic"))["facets"]
        counts = (await datasette.client.get("/project/-/panoptic/count.json?Topic=cat")).json()
        assert counts == {"images": 2, "instances": 3}


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("facets.json?_facets=Topic&_top=many", "_top"),
        ("facets.json?_facets=" + ",".join(f"a{n}" for n in range(21)), "up to 20 fields"),
        ("facets.json?Gone=1&_facets=Topic", "no property `Gone`"),
        ("count.json?_group=Seen:year", "no step `year`"),
        ("count.json?_sort=Gone", "no property `Gone`"),
        ("chart.svg", "`_field` is missing"),
        ("chart.svg?_field=Topic", "takes a number or a date"),
    ],
)
async def test_what_cannot_be_counted_is_said(sample, address, said):
    async with serving(sample.path) as datasette:
        response = await datasette.client.get(f"/project/-/panoptic/{address}")
        assert response.status_code == 400
        assert said in response.text


@pytest.mark.asyncio
async def test_the_page_has_the_facets_as_links(sample):
    async with serving(sample.path) as datasette:
        page = await datasette.client.get("/project/-/panoptic?_facets=Topic,taken_at&Seen=true&_thumb=100")
        links = re.findall(r'class="take" href="([^"]*)"', page.text)
        assert html.unescape(links[0]) == (
            "/project/-/panoptic?Seen=true&Topic__any=animal&_thumb=100&_facets=Topic%2Ctaken_at"
        )
        page = await datasette.client.get("/project/-/panoptic?_facets=Topic,taken_at&Seen__isblank=1&_thumb=100")
        assert NASTY not in page.text
        assert html.escape(NASTY, quote=False).partition('"')[0] in page.text
        assert '<svg xmlns="http://www.w3.org/2000/svg" class="chart"' in page.text
        removed = re.search(r'class="remove" href="([^"]*)"', page.text)
        assert html.unescape(removed[1]) == "/project/-/panoptic?Seen__isblank=1&_thumb=100&_facets=taken_at"
        added = await datasette.client.get("/project/-/panoptic?Seen=true&_facets=Topic&_add_facet=name")
        assert added.headers["location"] == "/project/-/panoptic?Seen=true&_facets=Topic%2Cname"


def test_texts_in_two_unicode_forms_are_one_value():
    names = ["\u00c9.jpg", "E\u0301.jpg", "e.jpg", "\u00c9.jpg"]
    conn = empty()
    fill(conn, FOLDERS, [Picture()] * 4, [Instance(n, n, name) for n, name in enumerate(names)])
    (tally,) = tallies(conn, Columns(), FIELDS, Query(), ["name"])
    assert dict(zip(tally.values, tally.counts.tolist(), strict=True)) == {"E\u0301.jpg": 3, "e.jpg": 1}
    assert cells(conn, Query(where=(Condition("name", "exact", ("\u00c9.jpg",)),))) == 3
    conn.close()
