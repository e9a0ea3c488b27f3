"""Thousands of tags in one call: by so many statements as a few take, and with what one after the other would say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasette_panoptic.domain.changes import AddTags, RemoveTags, SetTags
from datasette_panoptic.errors import BadName, BadQuery
from datasette_panoptic.query import text
from datasette_panoptic.query.annotate import MOST_TAGS, Saying, annotate_query
from datasette_panoptic.query.cells import CellText, set_cells
from datasette_panoptic.store import properties, tag_merges, tags
from datasette_panoptic.store.changesets import apply
from datasette_panoptic.store.undo import redo, undo
from tests.rows import Folder, Instance, Picture, empty, fill
from tests.test_changesets import EVERY, state, those


@pytest.fixture
def conn():
    conn = opened()
    yield conn
    conn.close()


def opened():
    conn = empty()
    fill(conn, [Folder("all")], [Picture()] * 3, [Instance(n, 0, f"{n}.jpg") for n in range(3)])
    properties.create(conn, "Topic", "multi_tags", "image")
    return conn


def named(n: int) -> tuple[str, ...]:
    return tuple(f"tag {number}" for number in range(n))


def reads(conn, act) -> int:
    """Count the statements that an act runs, but for those that write a row each."""
    seen: list[str] = []
    conn.set_trace_callback(seen.append)
    act()
    conn.set_trace_callback(None)
    single = ("insert into tags ", "insert into _panoptic_edits ", "update tags set ", "--")
    return sum(not statement.startswith(single) for statement in seen)


def acts(conn, n: int) -> list:
    ids = [tag.id for tag in tags.listed(conn, 1)]
    return [
        lambda: apply(conn, [AddTags(1, named(n))], EVERY, actor=None, tool="stamp"),
        lambda: undo(conn, actor=None),
        lambda: redo(conn, actor=None),
        lambda: apply(conn, [RemoveTags(1, named(n))], EVERY, actor=None, tool="stamp"),
        lambda: apply(conn, [SetTags(1, named(n))], EVERY, actor=None, tool="stamp"),
        lambda: apply(conn, [SetTags(1, ())], EVERY, actor=None, tool="stamp"),
        lambda: undo(conn, actor=None),
        lambda: tag_merges.delete(conn, ids),
    ]


def test_as_many_statements_as_for_a_few():
    counts = []
    for n in (3, 300):
        conn = opened()
        counts.append([reads(conn, act) for act in acts(conn, n)])
        conn.close()
    assert counts[0] == counts[1]


NAMES = ["a", "A", "b", "é", "e\u0301", "  c ", "c"]


@given(
    st.lists(st.sampled_from(NAMES), max_size=4),
    st.lists(st.sampled_from(NAMES), max_size=4, unique=True),
    st.sets(st.integers(1, 3)),
    st.sampled_from([AddTags, RemoveTags]),
)
def test_at_once_is_as_one_after_the_other(there, wanted, ids, act):
    """Some tags are there already, of them every second deleted."""
    states = []
    for calls in ([wanted], [[name] for name in wanted]):
        conn = opened()
        apply(conn, [AddTags(1, tuple(there))], those(1, 2), actor=None, tool="stamp")
        tag_merges.delete(conn, [tag.id for tag in tags.listed(conn, 1)][::2])
        before = state(conn)
        done = [apply(conn, [act(1, tuple(call))], those(0, *ids), actor=None, tool="stamp") for call in calls]
        states.append(state(conn))
        for _ in filter(None, [each.changeset for each in done]):
            undo(conn, actor=None)
        assert state(conn) == before
        conn.close()
    assert states[0] == states[1]


def test_returning_tags_are_spelled_as_they_are_now_and_found_by_their_keys(conn):
    apply(conn, [AddTags(1, ("cat", "dog", "été"), "#ff0000")], EVERY, actor=None, tool="stamp")
    ids = {tag.name: tag.id for tag in tags.listed(conn, 1)}
    tag_merges.delete(conn, [ids["cat"], ids["été"]])
    apply(conn, [AddTags(1, ("CAT", "e\u0301te\u0301", "Dog", "new"), "#00ff00")], EVERY, actor=None, tool="stamp")
    found = {tag.name: (tag.id, tag.color) for tag in tags.listed(conn, 1)}
    assert found == {
        "CAT": (ids["cat"], "#ff0000"),
        "dog": (ids["dog"], "#ff0000"),  # one that was in use keeps its spelling
        "été": (ids["été"], "#ff0000"),
        "new": (max(ids.values()) + 1, "#00ff00"),
    }
    assert conn.execute("select name_key from tags order by id").fetchall() == [("cat",), ("dog",), ("été",), ("new",)]
    undo(conn, actor=None)
    assert [tag.name for tag in tags.listed(conn, 1)] == ["dog"]
    assert conn.execute("select name, name_key from tags where id = ?", [ids["cat"]]).fetchone() == ("cat", "cat")


def test_what_was_changed_since_stays_when_many_are_taken_back(conn):
    apply(conn, [AddTags(1, named(20))], EVERY, actor="ada", tool="stamp")
    ids = {tag.name: tag.id for tag in tags.listed(conn, 1)}
    tags.change(conn, ids["tag 3"], actor="bob", color="#0000ff")
    tags.change(conn, ids["tag 4"], actor="bob", name="four")
    tag_merges.delete(conn, [ids["tag 5"]], actor="bob")
    taken = undo(conn, actor="ada")
    # The deleted one is gone already, with three links; what else bob changed of a tag does not keep it.
    assert taken.conflicts == 4
    rows = conn.execute("select id, name, color, deleted_at is null from tags").fetchall()
    assert {(name, color) for tag_id, name, color, _ in rows if tag_id in (ids["tag 3"], ids["tag 4"])} == {
        ("tag 3", "#0000ff"),
        ("four", None),
    }
    assert not any(in_use for *_, in_use in rows)
    redo(conn, actor="ada")
    assert {tag.name for tag in tags.listed(conn, 1)} == {*named(20), "four"} - {"tag 4", "tag 5"}


def test_one_name_that_cannot_be_leaves_all_as_it_is(conn):
    before = state(conn)
    with pytest.raises(BadName):
        apply(conn, [AddTags(1, (*named(50), "x" * 201))], EVERY, actor=None, tool="stamp")
    assert state(conn) == before
    assert conn.execute("select count(*) from _panoptic_changesets where tool = 'stamp'").fetchone() == (0,)


def test_a_call_has_so_many_tags(conn):
    query, most = text.parse_string("name=0.jpg"), ",".join(named(MOST_TAGS))
    add = Saying("add", "Topic", most)
    for sayings in ([Saying("add", "Topic", f"{most},more")], [add, Saying("remove", "Topic", "b")]):
        with pytest.raises(BadQuery, match="one call takes at most 20,000 tags, not 20,001"):
            annotate_query(conn, query, sayings, actor=None, tool="stamp")
    assert annotate_query(conn, query, [add], actor=None, tool="stamp").changed == 2 * MOST_TAGS
    cells = [CellText(id_, "Topic", ",".join(named(40_000))) for id_ in (1, 2, 3)]
    with pytest.raises(BadQuery, match="one call takes at most 100,000 tags, not 120,000"):
        set_cells(conn, "images", cells, actor=None, tool="table")
