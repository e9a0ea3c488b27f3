"""The law of the query engine: SQL, column cache and a naive evaluator find the same cells in the same order."""

from __future__ import annotations

import struct
from dataclasses import replace

from datasette.utils.sqlite import sqlite3
from hypothesis import given, note, settings
from hypothesis import strategies as st

from datasette_panoptic.domain.changes import Selection
from datasette_panoptic.domain.fields import SYSTEM_FIELDS, Field, Fields
from datasette_panoptic.domain.query import (
    AGGREGATES,
    ANYWHERE,
    GROUP_ORDERS,
    KINDS,
    MODES,
    Combined,
    Condition,
    Grouping,
    Query,
    Sort,
)
from datasette_panoptic.domain.similar import Example, Similar
from datasette_panoptic.query.columns import Columns
from datasette_panoptic.query.compile import compile
from datasette_panoptic.query.groups import ViewGroups
from datasette_panoptic.query.operators import TABLE, Operator
from datasette_panoptic.query.order import count_folders, order
from datasette_panoptic.query.steps import DATE_STEPS, TREE
from datasette_panoptic.store import embeddings
from datasette_panoptic.store.removal import remove
from datasette_panoptic.store.selections import keep
from tests.naive import TEXTS_OF_FILES, Corpus
from tests.rows import Folder, Instance, Picture, Property, describe, empty, fill

NAMES = ("a.jpg", "B.jpg", "b.JPG", "É.jpg", "E\u0301.jpg", "img2.jpg", "img10.jpg", 'l\'été, "50 %".png', "\n")
FOLDERS = (Folder("Paris"), Folder("rue", 0), Folder("Rue", 0), Folder("été", 1), Folder("paris"), Folder("zoo", 4))
PATTERNS = ("^c", "(?i)CAT$", "[0-9]{2}", "", "\\.jpg", "é|t", "^$", "ada")
DATES = (
    "1890", "1890-05", "1890-12-31", "2021-01-03T09:30", "2021-05-03T12:00:05", "2021-05-03",
    "2021-05-03T12:00:05+02:00", "2021-05-03T12:00+02:00", "2021-05-03T12:00:05.25Z", "1890?", "189X", "18XX",
    "1890/1895", "../1890", "1890-05-03/..", "1890-21", "1890-05-XX", "-0043-03-15", "-004X", "Y17000", "Y-12345",
)  # fmt: skip
#: What an older release, or another program, may have stored.
NO_DATES = ("2022-02-30", "2022-02-30T10:00:00", "05")
STORED = (*DATES, *NO_DATES)
TEXTS = (
    "",
    "cat",
    "Cat",
    "chat, noir",
    "50 %_",
    "été",
    "e\u0301te\u0301",
    "0",
    "img2",
    "img10",
    "عربي",
    "🐈",
    "(",
    "a\x1fb",
)
NUMBERS = (0, -1, 7, 2**62 + 1, 2**62, -2.5, 0.1)
LINKS = ("https://a.example/", "https://b.example/é")
TAGS = ("animal", "cat", "dog", "tom", "été", "10", "2")
PARENTS = {"cat": {"animal"}, "dog": {"animal"}, "tom": {"cat", "2"}}

#: Other spellings of some tags.
SPELLINGS = ("Cat", "E\u0301TE\u0301", " \u00a0Dog")
PEOPLE = ("ada", "Bob", "é", "10")
#: Ids of the changesets that tests make begin above it.
CHANGESETS = 1000

FIELDS = Fields(
    [
        Field("Author", "text", "instance", 1),
        Field("Likes", "number", "instance", 2),
        Field("Said at", "date", "instance", 3),
        Field("Topic", "multi_tags", "image", 4),
        Field("Kind", "tag", "instance", 5),
        Field("Seen", "checkbox", "image", 6),
        Field("Tint", "color", "image", 7),
        Field("Link", "url", "image", 8),
    ],
    clusterings={1: ""},
)
VALUES = {
    "text": st.sampled_from(TEXTS),
    "url": st.sampled_from(LINKS),
    "number": st.sampled_from(NUMBERS),
    "date": st.sampled_from(STORED),
    "checkbox": st.sampled_from((0, 1)),
    "color": st.sampled_from(("#ff0000", "#00ff00")),
    "multi_tags": st.frozensets(st.sampled_from(TAGS), min_size=1, max_size=3),
    "tag": st.frozensets(st.sampled_from(TAGS), min_size=1, max_size=1),
}
#: Unit vectors whose products are exact.
UNITS = ((1.0, 0.0, 0.0, 0.0), (0.5, 0.5, 0.5, 0.5), (0.5, -0.5, 0.5, -0.5), (0.0, 0.0, 0.0, -1.0))
#: What is read as other fields are that are asked.
ALIKE = ("sha1", "average_hash", "perceptual_hash", "description", "creator", "rights", "camera", "lens")
ASKED = [field for field in FIELDS.values() if field.name not in ALIKE]


@st.composite
def corpora(draw, *, full=False):
    """Draw a project; a full one has many cells that most properties describe."""
    sizes = st.integers(1, 4)
    dates = st.none() | st.sampled_from(STORED)
    least, most = (5, len(TEXTS_OF_FILES)) if full else (0, 3)
    said = st.dictionaries(st.sampled_from(TEXTS_OF_FILES), st.sampled_from(TEXTS), min_size=least, max_size=most)
    words = st.frozensets(st.sampled_from([*TAGS, "Tom", "Zoo", "chat, noir"]), max_size=3)
    picture = st.builds(Picture, width=sizes, height=sizes, bytes=sizes, taken_at=dates, texts=said, keywords=words)
    pictures = draw(st.lists(picture, min_size=4 if full else 1, max_size=6))
    places = st.integers(0, len(pictures) - 1)
    folders = st.none() | st.integers(0, len(FOLDERS) - 1)
    file = st.tuples(places, folders, st.sampled_from(NAMES), st.booleans())
    drawn = draw(st.lists(file, min_size=8 if full else 0, max_size=14))
    # What queries are measured from is always there: a project may have nothing else.
    drawn.insert(0, (0, draw(folders), "first.jpg", False))
    instances = list(
        {(folder, name): Instance(picture, folder, name, gone) for picture, folder, name, gone in drawn}.values()
    )
    properties = []
    for field in FIELDS.values():
        if field.property_id:
            count = len(pictures) if field.scope == "image" else len(instances)
            least = count * 2 // 3 if full else 0
            described = st.dictionaries(st.integers(0, count - 1), VALUES[field.type], min_size=least, max_size=10)
            values = draw(described) if count else {}
            parents = {name: frozenset(above) for name, above in PARENTS.items()} if field.has_tags else {}
            properties.append(Property(field.name, field.type, field.scope, values, parents))
    changed = []
    for n in range(draw(st.integers(8, 10) if full else st.integers(0, 6)) if instances else 0):
        changed_property = draw(st.sampled_from(properties))
        count = len(pictures) if changed_property.scope == "image" else len(instances)
        place, actor = draw(st.integers(0, count - 1)), draw(st.sampled_from([None, *PEOPLE]))
        changed.append((f"2026-01-02T10:00:{n:02}", actor, changed_property.name, place))
    several = {"min_size": len(pictures), "max_size": len(pictures)}
    vectors = draw(st.lists(st.none() | st.sampled_from(UNITS), **several))
    vectors[0] = vectors[0] or UNITS[0]  # what queries are measured from
    clusters = draw(st.lists(st.none() | st.tuples(st.integers(-1, 2), st.sampled_from((0.25, 0.5, 1.0))), **several))
    selections = {1: [2, 3, 5, 8], 2: [1]}
    removed = draw(st.frozensets(st.integers(1, len(instances) - 1), max_size=4)) if len(instances) > 1 else ()
    return Corpus(FOLDERS, pictures, instances, properties, changed, selections, vectors, clusters, removed)


#: Each field with each operator that it takes; what the last days are depends on the day.
CONDITIONS = [(field, o) for field in ASKED for o in TABLE if field.type in o.types and o.key != "lastdays"]


@st.composite
def conditions(draw):
    if draw(st.integers(0, 9)) == 0:
        return Condition(ANYWHERE, draw(st.sampled_from(["contains", "notcontains"])), (draw(st.sampled_from(TEXTS)),))
    return draw(condition(*draw(st.sampled_from(CONDITIONS))))


@st.composite
def condition(draw, field: Field, operator: Operator):
    count = {"none": st.just(0), "one": st.just(1), "two": st.just(2), "list": st.integers(0, 3)}[operator.operands]
    operand = {
        "number": st.sampled_from([*map(str, NUMBERS), "1", "2", "3", "0.5"]),
        "date": st.sampled_from([*DATES, "2021", "1890-01-01", "1890-05-01T00:00", "1890-05-31"]),
        "checkbox": st.sampled_from(["true", "false"]),
        "color": VALUES["color"],
        "multi_tags": st.sampled_from([*TAGS, *SPELLINGS, "no such tag"]),
        "tag": st.sampled_from([*TAGS, *SPELLINGS, "no such tag"]),
    }.get(
        field.type,
        st.sampled_from(PATTERNS)
        if operator.key == "matches"
        else st.sampled_from(
            [*TAGS, "Tom", "Zoo", "TOM"]
            if field.name == "keywords"
            else [*TEXTS, *NAMES, "paris", "jpeg", "E", "https", *PEOPLE, *LINKS]
        ),
    )
    some = draw(count)
    return Condition(field.name, operator.key, tuple(draw(st.lists(operand, min_size=some, max_size=some))))


wheres = st.recursive(
    conditions(),
    lambda parts: st.builds(Combined, st.sampled_from(KINDS), st.lists(parts, max_size=3).map(tuple)),
    max_leaves=4,
)


@st.composite
def groupings(draw):
    field = draw(st.sampled_from(ASKED))
    step = ""
    if field.type == "date":
        step = draw(st.sampled_from(["", *DATE_STEPS]))
    elif field.name in ("width", "bytes", "id"):
        step = draw(st.sampled_from(["", "2", "0.5", "1000", "q2", "q3", "e2_3", "e-1.5_0_2.5"]))
    elif field.name == "Likes":
        step = draw(st.sampled_from(["", "q2", "q9", "e-2.5_0.05_4611686018427387905"]))
    elif field.has_tags or field.name == "folder":
        step = draw(st.sampled_from(["", TREE]))
    if step == TREE:
        return Grouping(field.name, step)
    order, of = draw(st.sampled_from(GROUP_ORDERS)), ""
    if order in AGGREGATES:
        # Of fields whose sums are exact: elsewhere SQLite and numpy may round differently.
        of = draw(
            st.sampled_from(["width", "bytes", "fit_1", *(["taken_at", "Likes"] if order in ("min", "max") else [])])
        )
    return Grouping(field.name, step, order, of, draw(st.booleans()))


sorts = st.builds(Sort, st.sampled_from([*(field.name for field in ASKED), "random"]), st.booleans())
SEARCHES = ("cat", "CHAT", '"chat, noir"', "cat OR ete", "-jpg", "img -cat", "https", '"(" OR -10')


def seldom(strategy: st.SearchStrategy, nothing: object) -> st.SearchStrategy:
    """Draw nothing in three of four: queries that narrow by everything at once find nothing to put in order."""
    return st.integers(0, 3).flatmap(lambda n: strategy if n == 2 else st.just(nothing))


plain_queries = st.builds(
    Query,
    mode=st.sampled_from(MODES),
    within=seldom(st.sampled_from([1, 2]), None),
    search=seldom(st.sampled_from(SEARCHES), ""),
    folders=seldom(st.frozensets(st.integers(0, len(FOLDERS) + 1), min_size=1, max_size=3), frozenset()),
    where=seldom(st.lists(wheres, min_size=1, max_size=2).map(tuple), ()),
    groups=seldom(st.lists(groupings(), min_size=1, max_size=2, unique_by=lambda g: g.field).map(tuple), ()),
    sorts=st.lists(sorts, min_size=1, max_size=3, unique_by=lambda s: s.key).map(tuple),
    seed=st.integers(0, 2**63 - 1),
)


@st.composite
def queries(draw):
    """A query, of which some have an example and ask for the similarity to it."""
    query = draw(plain_queries)
    if draw(st.booleans()):
        return query
    asked = Condition("similarity", draw(st.sampled_from(["gte", "lt", "isblank"])), ("0.5",))
    if asked.operator == "isblank":
        asked = replace(asked, operands=())
    return replace(
        query,
        similar=Similar((Example("image", "1"),), draw(st.sampled_from([None, 1]))),
        where=(*query.where, *([asked] if draw(st.booleans()) else [])),
        sorts=(Sort("similarity", draw(st.booleans())), *query.sorts) if draw(st.booleans()) else query.sorts,
        groups=(*query.groups, Grouping("similarity", "0.5", draw(st.sampled_from(["value", "size"]))))
        if draw(st.booleans())
        else query.groups,
    )


def opened(corpus: Corpus):
    conn = empty()
    fill(conn, corpus.folders, corpus.pictures, corpus.instances)
    describe(conn, corpus.properties)
    for n, (at, actor, name, place) in enumerate(corpus.changed, 1):
        conn.execute("delete from _panoptic_changesets where id = ?", [CHANGESETS + n])
        conn.execute(
            "insert into _panoptic_changesets (id, actor, tool, at) values (?, ?, 'stamp', ?)",
            [CHANGESETS + n, actor, f"{at}Z"],
        )
        conn.execute(
            "insert into _panoptic_changes (changeset_id, property_id, subject_id, new) "
            "select ?, id, ?, 1 from properties where name = ?",
            [CHANGESETS + n, place + 1, name],
        )
    space = embeddings.space(conn, "test", "1", {}, 4)
    for n, vector in enumerate(corpus.vectors, 1):
        if vector:
            embeddings.add(conn, space, [(n, struct.pack("<4f", *vector))])
    conn.execute(
        "insert into clusterings (id, name, clusterer, params, query, at) values (1, '', 'test', '{}', '', '')"
    )
    for n, cluster in enumerate(corpus.clusters, 1):
        if cluster:
            conn.execute("insert into cluster_members values (1, ?, ?, ?, ?)", [n, *cluster, cluster[0]])
    chosen = ", ".join(str(n + 1) for n in corpus.removed)
    apart = Selection(f"select id as instance_id from instances where id in ({chosen})", {})
    remove(conn, apart, actor=None)
    assert [keep(conn, ids) for ids in corpus.selections.values()] == [*corpus.selections]
    return conn


def flattened(levels: tuple[ViewGroups, ...], cells: int) -> list[tuple]:
    """Return the path of each cell, from the groups of each level."""
    paths: list[tuple] = [()] * cells
    for level in levels:
        assert int(level.counts.sum()) == cells
        for number, (start, count) in enumerate(zip(level.starts, level.counts, strict=True)):
            assert start == 0 or level.starts[number - 1] + level.counts[number - 1] == start
            for cell in range(start, start + count):
                paths[cell] = (*paths[cell], level.value(number))
    return paths


def answered(corpus: Corpus, conn: sqlite3.Connection, columns: Columns, query: Query) -> list[tuple]:
    """Return the naive evaluation of a query, after SQL and column cache have given the same."""
    note(f"asked: {query}")
    expected = corpus.evaluate(query)
    sql = compile(query, FIELDS)
    assert conn.execute(sql.text, sql.params).fetchall() == expected
    assert conn.execute(sql.literal()).fetchall() == expected
    found = order(conn, columns, FIELDS, query)
    assert found.ids.tolist() == [cell for cell, *_ in expected]
    if query.groups:
        assert flattened(found.groups, len(expected)) == [tuple(path) for _, *path in expected]
    return expected


@settings(max_examples=120, deadline=None)
@given(corpora() | corpora(full=True), st.lists(queries(), min_size=1, max_size=6))
def test_sql_order_and_naive_evaluation_agree(corpus, questions):
    conn = opened(corpus)
    columns = Columns()
    for query in questions:
        answered(corpus, conn, columns, query)
    conn.close()


@settings(max_examples=50, deadline=None)
@given(corpora(), queries())
def test_folder_counts_are_the_sizes_of_the_folders_views(corpus, query):
    conn = opened(corpus)
    columns = Columns()
    query = replace(query, groups=())
    assert count_folders(conn, columns, FIELDS, query) == {
        folder: len(order(conn, columns, FIELDS, replace(query, folders=frozenset({folder}))).ids)
        for folder in range(1, len(FOLDERS) + 1)
    }
    conn.close()


def test_every_operator_of_every_type_is_asked():
    """The strategy above reaches the whole table; a new operator that the oracle lacks fails there."""
    assert {o.key for o in TABLE} - {"lastdays"} >= {"exact", "not", "all", "within", "between", "isblank"}
    assert {type_ for o in TABLE for type_ in o.types} == {field.type for field in ASKED}
    assert {field.name for field in SYSTEM_FIELDS} >= {"folder", "path", "copies"}
