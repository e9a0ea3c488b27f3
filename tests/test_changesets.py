"""The laws of changesets: undo takes back exactly what was done, a second time changes nothing, nothing is lost."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasette_panoptic.domain.changes import AddTags, RemoveTags, Selection, SetTags, SetTagsEach, SetValue, SetValues
from datasette_panoptic.errors import NotThere, PanopticError
from datasette_panoptic.query import renaming
from datasette_panoptic.store import properties, tag_merges, tags
from datasette_panoptic.store.changesets import apply
from datasette_panoptic.store.undo import redo, undo
from tests.rows import Folder, Instance, Picture, Property, describe, empty, fill

INSTANCES = [Instance(0, 0, "a"), Instance(1, 0, "b"), Instance(0, 0, "c"), Instance(2)]
PROPERTIES = [
    Property("Author", "text", "instance", {0: "Anna", 1: ""}),
    Property("Note", "text", "image", {0: "x"}),
    Property("Topic", "multi_tags", "image", {0: frozenset({"cat"})}, {"tom": frozenset({"cat"})}),
    Property("Kind", "tag", "instance", {1: frozenset({"red"})}, {}),
]
AUTHOR, NOTE, TOPIC, KIND = 1, 2, 3, 4


@pytest.fixture
def conn():
    conn = opened()
    yield conn
    conn.close()


def opened():
    conn = empty()
    fill(conn, [Folder("all")], [Picture()] * 3, INSTANCES)
    describe(conn, PROPERTIES)
    return conn


def those(*ids: int) -> Selection:
    return Selection(f"select id as instance_id from instances where id in ({', '.join(map(str, ids))})", {})


EVERY = Selection("select id as instance_id from instances", {})


def state(conn) -> dict[str, list]:
    """Everything that annotations are: values, links, vocabulary."""
    tables = ("image_values", "instance_values", "image_tags", "instance_tags", "tag_parents")
    found = {table: sorted(map(repr, conn.execute(f"select * from {table}"))) for table in tables}
    # A row without any value says nothing.
    for table in ("image_values", "instance_values"):
        rows = conn.execute(f"select * from {table}")
        found[table] = sorted(repr(row) for row in rows if any(value is not None for value in row[1:]))
    found["tags"] = conn.execute("select property_id, name from tags where deleted_at is null order by 1, 2").fetchall()
    found["properties"] = conn.execute(
        "select name, type from properties where deleted_at is null order by 1"
    ).fetchall()
    return found


names = st.lists(st.sampled_from(["cat", "tom", "red", "new", "été, 2"]), max_size=3, unique=True).map(tuple)
one = st.lists(st.sampled_from(["cat", "red", "new"]), max_size=1).map(tuple)
texts = st.none() | st.sampled_from(["Anna", "", "0", "🐈"])
changes = st.one_of(
    st.builds(SetValue, st.sampled_from([AUTHOR, NOTE]), texts),
    st.builds(SetValues, st.just(AUTHOR), st.dictionaries(st.integers(1, 4), texts)),
    st.builds(SetValues, st.just(NOTE), st.dictionaries(st.integers(1, 3), texts)),
    st.builds(AddTags, st.just(TOPIC), names),
    st.builds(RemoveTags, st.sampled_from([TOPIC, KIND]), names),
    st.builds(SetTags, st.just(TOPIC), names),
    st.builds(AddTags, st.just(KIND), one),
    st.builds(SetTags, st.just(KIND), one),
    st.builds(SetTagsEach, st.just(TOPIC), st.dictionaries(st.integers(1, 3), names)),
    st.builds(SetTagsEach, st.just(KIND), st.dictionaries(st.integers(1, 4), one)),
)
batches = st.tuples(
    st.lists(changes, min_size=1, max_size=4), st.sets(st.integers(1, 4)).map(lambda ids: those(0, *ids))
)


@settings(deadline=None, max_examples=150)
@given(st.lists(batches, min_size=1, max_size=5))
def test_undoing_everything_gives_back_each_state_and_redoing_leads_forward(steps):
    conn = opened()
    states = [state(conn)]
    for step, selection in steps:
        done = apply(conn, step, selection, actor="anna", tool="stamp")
        logged = conn.execute("select count(*) from _panoptic_changes where changeset_id = ?", [done.changeset])
        edited = conn.execute("select count(*) from _panoptic_edits where changeset_id = ?", [done.changeset])
        assert done.changed == logged.fetchone()[0] + edited.fetchone()[0]
        if done.changeset:
            states.append(state(conn))
        else:
            assert state(conn) == states[-1]
    forward = list(states)
    while len(states) > 1:
        states.pop()
        assert undo(conn, actor="anna").conflicts == 0
        assert state(conn) == states[-1]
    with pytest.raises(NotThere, match="nothing to undo"):
        undo(conn, actor="anna")
    for expected in forward[1:]:
        assert redo(conn, actor="anna").conflicts == 0
        assert state(conn) == expected
    with pytest.raises(NotThere, match="nothing to redo"):
        redo(conn, actor="anna")
    kinds = conn.execute(
        """select image_id from instance_tags join instances on instances.id = instance_id
           join tags on tags.id = tag_id where property_id = ? group by instance_id having count(*) > 1""",
        [KIND],
    )
    assert kinds.fetchall() == []
    conn.close()


@settings(deadline=None, max_examples=60)
@given(batches)
def test_the_same_again_changes_nothing_where_each_property_is_spoken_of_once(batch):
    step, selection = batch
    step = list({change.property_id: change for change in step}.values())
    conn = opened()
    apply(conn, step, selection, actor=None, tool="stamp")
    before = state(conn)
    again = apply(conn, step, selection, actor=None, tool="stamp")
    assert (again.changeset, again.changed) == (None, 0)
    assert state(conn) == before
    conn.close()


def test_an_image_property_is_said_of_the_image_once(conn):
    done = apply(conn, [SetValue(NOTE, "y")], those(1, 3), actor=None, tool="stamp")
    assert done.changed == 1
    assert conn.execute("select value from annotations where property = 'Note'").fetchall() == [("y",)]


def test_each_value_knows_who_said_it_and_when(conn):
    apply(conn, [SetValue(AUTHOR, "Bo")], those(4), actor="anna", tool="stamp")
    apply(conn, [AddTags(TOPIC, ("cat",))], those(2), actor="bo", tool="stamp")
    said = conn.execute("select property, subject_id, value, actor from annotations where actor is not null order by 1")
    assert said.fetchall() == [("Author", 4, "Bo", "anna"), ("Topic", 2, "cat", "bo")]


def test_what_somebody_changed_since_is_left_alone_and_counted(conn):
    first = apply(conn, [SetValue(AUTHOR, "Bo")], EVERY, actor="anna", tool="stamp")
    apply(conn, [SetValue(AUTHOR, "Cleo")], those(2), actor="bo", tool="cell")
    undone = undo(conn, actor="anna", changeset=first.changeset)
    assert (undone.changed, undone.conflicts) == (3, 1)
    authors = conn.execute("select instance_id, Author from instance_values where Author is not null order by 1")
    assert authors.fetchall() == [(1, "Anna"), (2, "Cleo")]


def test_a_tag_put_back_never_makes_two_where_one_is_allowed(conn):
    first = apply(conn, [SetTags(KIND, ("blue",))], those(2), actor="anna", tool="cell")
    apply(conn, [SetTags(KIND, ("green",))], those(2), actor="bo", tool="cell")
    assert undo(conn, actor="anna", changeset=first.changeset).conflicts == 2
    tags_now = "select name from instance_tags join tags on tags.id = tag_id where instance_id = 2"
    assert conn.execute(tags_now).fetchall() == [("green",)]


def test_undo_is_each_actors_own(conn):
    apply(conn, [SetValue(AUTHOR, "Bo")], those(1), actor="anna", tool="cell")
    apply(conn, [SetValue(AUTHOR, "Cleo")], those(2), actor="bo", tool="cell")
    undo(conn, actor="anna")
    authors = conn.execute("select instance_id, Author from instance_values order by 1")
    assert authors.fetchall()[:2] == [(1, "Anna"), (2, "Cleo")]
    with pytest.raises(NotThere):
        undo(conn, actor="anna")


def test_a_changeset_is_undone_once(conn):
    done = apply(conn, [SetValue(AUTHOR, "Bo")], those(1), actor="anna", tool="cell")
    undo(conn, actor="anna", changeset=done.changeset)
    with pytest.raises(PanopticError, match="already undone"):
        undo(conn, actor="anna", changeset=done.changeset)
    with pytest.raises(NotThere, match="no changeset 99"):
        undo(conn, actor="anna", changeset=99)


def test_a_new_change_ends_redo(conn):
    apply(conn, [SetValue(AUTHOR, "Bo")], those(1), actor="anna", tool="cell")
    undo(conn, actor="anna")
    apply(conn, [SetValue(AUTHOR, "Cleo")], those(1), actor="anna", tool="cell")
    with pytest.raises(NotThere, match="nothing to redo"):
        redo(conn, actor="anna")


FAULTS = {
    "unknown property": ([SetValue(99, "x")], NotThere, "no property 99"),
    "tags into a text": ([AddTags(AUTHOR, ("x",))], PanopticError, "takes a value"),
    "a value into tags": ([SetValue(TOPIC, "x")], PanopticError, "takes tags"),
    "two tags where one fits": ([SetTags(KIND, ("a", "b"))], PanopticError, "holds one tag"),
    "two tags for one where one fits": ([SetTagsEach(KIND, {1: ("a", "b")})], PanopticError, "holds one tag"),
    "a tag without a name": ([AddTags(TOPIC, (" ",))], PanopticError, "needs a name"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_leaves_everything_as_it_was(conn, fault):
    change, error, message = FAULTS[fault]
    before = state(conn)
    with pytest.raises(error, match=message):
        apply(conn, [SetValue(AUTHOR, "lost"), *change], EVERY, actor=None, tool="stamp")
    assert state(conn) == before
    assert conn.execute("select count(*) from _panoptic_changes").fetchone() == (0,)
    apply(conn, [SetValue(AUTHOR, "kept")], EVERY, actor=None, tool="stamp")


def test_properties_are_renamed_deleted_and_brought_back_with_their_values(conn):
    before = state(conn)
    renaming.change(conn, AUTHOR, name="Written by", actor="anna")
    assert conn.execute('select "Written by" from corpus where instance_id = 1').fetchone() == ("Anna",)
    properties.delete(conn, AUTHOR, actor="anna")
    assert "Written by" not in [column[0] for column in conn.execute("select * from corpus").description]
    again = properties.create(conn, "written BY", "tag", "image", actor="anna")
    assert properties.named(conn, "Written by")[0] == again
    for _ in range(3):
        assert undo(conn, actor="anna").conflicts == 0
    assert state(conn) == before
    for _ in range(3):
        assert redo(conn, actor="anna").conflicts == 0
    assert properties.named(conn, "Written by")[0] == again


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "needs a name"),
        ("  ", "needs a name"),
        ("id", "reserved name"),
        ("WIDTH", "reserved name"),
        ("image_id", "reserved name"),
        ("author", "there is a property `Author` already"),
        ("a\0b", "control character"),
    ],
)
def test_names_that_cannot_be_are_refused(conn, name, reason):
    before = state(conn)
    with pytest.raises(PanopticError, match=reason):
        properties.create(conn, name, "text", "image")
    assert state(conn) == before


@pytest.mark.parametrize(
    "name", ['with "quotes"', "with space", "été", "a; drop table tags --", "select", "[x]", "%s", ":p"]
)
def test_any_other_name_works(conn, name):
    property_id = properties.create(conn, name, "number", "instance")
    apply(conn, [SetValue(property_id, 2**62 + 1)], EVERY, actor=None, tool="stamp")
    quoted = name.replace('"', '""')
    assert conn.execute(f'select distinct "{quoted}" from corpus').fetchall() == [(2**62 + 1,)]
    undo(conn, actor=None)


def test_merging_tags_moves_what_they_are_on_and_undo_brings_all_back(conn):
    apply(conn, [AddTags(TOPIC, ("tom",))], those(2), actor="anna", tool="stamp")
    before = state(conn)
    cat, tom = tags.named(conn, TOPIC, "cat"), tags.named(conn, TOPIC, "tom")
    tag_merges.merge(conn, [tom], cat, actor="anna")
    assert conn.execute("select image_id from image_tags where tag_id = ? order by 1", [cat]).fetchall() == [(1,), (2,)]
    with pytest.raises(NotThere):
        tags.named(conn, TOPIC, "tom")
    undo(conn, actor="anna")
    assert state(conn) == before


def test_deleting_a_tag_is_undone_with_its_place_in_the_tree(conn):
    before = state(conn)
    tag_merges.delete(conn, [tags.named(conn, TOPIC, "cat")], actor="anna")
    assert conn.execute("select count(*) from image_tags").fetchone() == (0,)
    assert state(conn)["tag_parents"] == []
    undo(conn, actor="anna")
    assert state(conn) == before


def test_no_tag_comes_below_itself(conn):
    cat, tom = tags.named(conn, TOPIC, "cat"), tags.named(conn, TOPIC, "tom")
    with pytest.raises(PanopticError, match="below itself"):
        tags.move(conn, [cat], below_tags=[tom])
    with pytest.raises(PanopticError, match="below itself"):
        tags.move(conn, [cat], below_tags=[cat])
    assert tags.move(conn, [tom], away_from=[cat]).changed == 1
    assert tags.move(conn, [cat], below_tags=[tom]).changed == 1
