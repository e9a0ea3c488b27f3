"""Headings of properties: made, renamed, moved and deleted, each undoable, and the order of what stands under them."""

from __future__ import annotations

import pytest

from datasette_panoptic.errors import Conflict, NotThere, PanopticError
from datasette_panoptic.query import renaming
from datasette_panoptic.store import properties, property_groups
from datasette_panoptic.store.undo import redo, undo
from tests.rows import Folder, Instance, Picture, Property, describe, empty, fill

A, B, C, D = 1, 2, 3, 4


@pytest.fixture
def conn():
    conn = empty()
    fill(conn, [Folder("all")], [Picture()], [Instance(0, 0)])
    describe(conn, [Property(name, "text", "image", {0: name}) for name in "ABCD"])
    yield conn
    conn.close()


def panel(conn) -> list[tuple[str | None, str]]:
    """The panel from top to bottom: each heading with the names under it."""
    return [(h.name, "".join(row["name"] for row in h.properties)) for h in property_groups.headings(conn)]


def test_a_group_is_made_renamed_and_deleted_and_each_is_undone(conn):
    dating = property_groups.create(conn, "Dating")
    assert panel(conn) == [(None, "ABCD"), ("Dating", "")]
    property_groups.rename(conn, dating, "Dates")
    renaming.change(conn, C, group="Dates")
    assert panel(conn) == [(None, "ABD"), ("Dates", "C")]
    property_groups.delete(conn, dating)
    assert panel(conn) == [(None, "ABCD")]
    undo(conn, actor=None)
    assert panel(conn) == [(None, "ABD"), ("Dates", "C")]
    for _ in range(3):
        assert undo(conn, actor=None).conflicts == 0
    assert panel(conn) == [(None, "ABCD")]


def test_a_group_is_deleted_with_its_properties_and_comes_back_with_their_values(conn):
    group = property_groups.create(conn, "Dating")
    for property_id in (B, D):
        renaming.change(conn, property_id, group="Dating")
    properties.delete(conn, D)
    property_groups.delete(conn, group, with_properties=True)
    assert panel(conn) == [(None, "AC")]
    assert undo(conn, actor=None).conflicts == 0
    assert panel(conn) == [(None, "AC"), ("Dating", "B")]
    assert conn.execute("select B from corpus").fetchone() == ("B",)
    assert redo(conn, actor=None).conflicts == 0
    assert panel(conn) == [(None, "AC")]


def test_the_whole_panel_is_put_in_order_as_one_changeset(conn):
    first, second = (property_groups.create(conn, name) for name in ("First", "Second"))
    before = panel(conn)
    done = property_groups.arrange(conn, [(second, [D, A]), (first, [C])], actor="anna")
    assert panel(conn) == [(None, "B"), ("Second", "DA"), ("First", "C")]
    assert [row["name"] for row in properties.listed(conn)] == ["B", "D", "A", "C"]
    assert property_groups.arrange(conn, [(second, [D, A])]).changeset is None
    undo(conn, actor="anna", changeset=done.changeset)
    assert panel(conn) == before


FAULTS = {
    "twice": ([(None, [A, A])], PanopticError, "listed twice"),
    "a group twice": ([(None, [A]), (None, [B])], PanopticError, "listed twice"),
    "no property": ([(None, [99])], NotThere, "no property 99"),
    "no group": ([(99, [])], NotThere, "no group 99"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_orders_that_cannot_be_write_nothing(conn, case):
    order, error, message = FAULTS[case]
    before = panel(conn)
    with pytest.raises(error, match=message):
        property_groups.arrange(conn, order)
    assert panel(conn) == before


def test_step_by_step_through_the_groups_and_no_further_than_the_ends(conn):
    property_groups.create(conn, "First")
    last = property_groups.create(conn, "Second")
    steps = [
        ("up", A, [(None, "ABCD"), ("First", ""), ("Second", "")]),
        ("down", A, [(None, "BACD"), ("First", ""), ("Second", "")]),
        ("down", D, [(None, "BAC"), ("First", "D"), ("Second", "")]),
        ("down", D, [(None, "BAC"), ("First", ""), ("Second", "D")]),
        ("down", D, [(None, "BAC"), ("First", ""), ("Second", "D")]),
        ("up", D, [(None, "BAC"), ("First", "D"), ("Second", "")]),
        ("up", D, [(None, "BACD"), ("First", ""), ("Second", "")]),
    ]
    for step, property_id, expected in steps:
        property_groups.move_property(conn, property_id, step)
        assert panel(conn) == expected
    for step, names in (("up", ["Second", "First"]), ("up", ["Second", "First"]), ("down", ["First", "Second"])):
        property_groups.move(conn, last, step)
        assert [name for name, _ in panel(conn)[1:]] == names


def test_names_that_cannot_be(conn):
    group = property_groups.create(conn, "Dating")
    other = property_groups.create(conn, "Other")
    for name in (" ", ""):
        with pytest.raises(PanopticError, match="needs a name"):
            property_groups.create(conn, name)
    with pytest.raises(Conflict, match="there is a property group `Dating` already"):
        property_groups.create(conn, "DATING")
    with pytest.raises(Conflict):
        property_groups.rename(conn, other, "dating")
    property_groups.rename(conn, group, "DATING")
    with pytest.raises(NotThere, match="no property group 99"):
        property_groups.rename(conn, 99, "x")
    with pytest.raises(NotThere, match="there is `DATING`, `Other`"):
        property_groups.named(conn, "Dates")
    assert property_groups.named(conn, "dating") == group


def test_undoing_a_renaming_keeps_the_order_that_was_made_since(conn):
    group, other = (property_groups.create(conn, name) for name in ("First", "Second"))
    renamed = property_groups.rename(conn, group, "Dating", actor="anna")
    property_groups.arrange(conn, [(other, []), (group, [])])
    assert undo(conn, actor="anna", changeset=renamed.changeset).conflicts == 0
    assert [name for name, _ in panel(conn)] == [None, "Second", "First"]
