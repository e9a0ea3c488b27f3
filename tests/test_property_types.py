"""Change of type: what converts is carried over, what does not is told before, and undo gives back each value."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasette_panoptic.domain.changes import AddTags, SetTags, SetTagsEach, SetValue
from datasette_panoptic.domain.fields import FIELD_TYPES, TAG_TYPES
from datasette_panoptic.errors import BadQuery, Conflict, NotThere
from datasette_panoptic.query import renaming
from datasette_panoptic.query.orders import Orders
from datasette_panoptic.query.text import parse_string
from datasette_panoptic.store import properties, tags
from datasette_panoptic.store.changesets import apply
from datasette_panoptic.store.history import history
from datasette_panoptic.store.property_types import Failing, change_type, preview, targets
from datasette_panoptic.store.undo import redo, undo
from tests.rows import Folder, Instance, Picture, Property, describe, empty, fill
from tests.test_changesets import EVERY, those

PAIRS = [(old, new) for old in FIELD_TYPES for new in targets(old)]

#: Values of each type, among them some that most other types cannot hold.
VALUES = {
    "text": ["", " ", "12", "1.5", "1890", "03/05/1890", "#FF0000", "yes", "non", "cat", "cat, tom", '"a, b"', "été"],
    "url": ["", "https://example.org/a,b", "x"],
    "number": [0, 1, 1890, 1890.5, 12345, -3, 2**53, 1.0],
    "date": ["1890", "1890-05", "1890-05-03T14:30"],
    "color": ["#ff0000", "#00ff00"],
    "checkbox": [0, 1],
}
NAMES = ["cat", "tom", "a, b", 'say "x"', "été"]


def opened(type_, scope, values):
    conn = empty()
    fill(conn, [Folder("all")], [Picture()] * 4, [Instance(n % 4, 0, f"{n}.jpg") for n in range(6)])
    describe(conn, [Property("Before", "text", scope, {0: "x"}), Property("It", type_, scope, values)])
    return conn


def it(conn) -> int:
    return properties.named(conn, "It")[0]


def state(conn) -> dict[str, object]:
    """What people see of a project: its properties, what is said, and the vocabulary with its tree."""
    found: dict[str, object] = {
        "properties": properties.listed(conn),
        "said": sorted(conn.execute("select scope, subject_id, property, value from annotations").fetchall()),
        "corpus": conn.execute("select * from corpus order by instance_id").fetchall(),
    }
    for row in properties.listed(conn):
        if row["type"] in TAG_TYPES:
            found[row["name"]] = tags.listed(conn, row["id"])
    return found


def values_of(type_):
    if type_ == "tag":
        return st.sampled_from(NAMES).map(lambda name: frozenset({name}))
    if type_ == "multi_tags":
        return st.frozensets(st.sampled_from(NAMES), min_size=1)
    return st.sampled_from(VALUES[type_])


@pytest.mark.parametrize(("old", "new"), PAIRS, ids=lambda type_: str(type_))
@settings(deadline=None, max_examples=15)
@given(st.data())
def test_undo_gives_back_every_value_and_redo_the_new_ones(old, new, data):
    scope = data.draw(st.sampled_from(["image", "instance"]))
    given_values = data.draw(st.dictionaries(st.integers(0, 3), values_of(old)))
    conn = opened(old, scope, given_values)
    before = state(conn)
    seen = preview(conn, it(conn), new)
    assert seen.converts + seen.failing == len(given_values)
    assert sum(failing.count for failing in seen.fails) == seen.failing
    if seen.failing:
        with pytest.raises(Conflict, match=rf"`It` has values that are no {new} \({seen.failing}\)"):
            change_type(conn, it(conn), new)
        assert state(conn) == before
    property_id, _ = change_type(conn, it(conn), new, failing="erase", actor="anna")
    after = state(conn)
    row = properties.get(conn, property_id)
    assert (row["name"], row["type"], row["position"]) == ("It", new, 1)
    assert properties.count_values(conn, row) == seen.converts
    assert undo(conn, actor="anna").conflicts == 0
    assert state(conn) == before
    assert redo(conn, actor="anna").conflicts == 0
    assert state(conn) == after
    (last,) = conn.execute("select max(id) from _panoptic_changesets").fetchone()
    assert undo(conn, actor="anna", changeset=last).conflicts == 0
    assert state(conn) == before
    conn.close()


#: Of some values, what each becomes; None: it cannot be one.
CASES = {
    ("text", "number"): {"12": 12, "1.5": 1.5, " 3 ": 3, "": None, "a": None, "1e999": None},
    ("text", "date"): {"1890": "1890", "03/05/1890": "1890-05-03", "vers 1890": None},
    ("text", "color"): {"#FF0000": "#ff0000", "red": "#e03131", "rot": None},
    ("text", "checkbox"): {"oui": 1, "FALSE": 0, "maybe": None},
    ("text", "tag"): {"cat, tom": ["cat, tom"], " cat ": ["cat"], " ": None},
    ("text", "multi_tags"): {"cat, tom": ["cat", "tom"], '"a, b"': ["a, b"], ",": None},
    ("text", "url"): {"": "", "not one": "not one"},
    ("number", "text"): {0: "0", 1.5: "1.5", 2**53: "9007199254740992"},
    ("number", "checkbox"): {0: 0, 1: 1, 2: None, 0.5: None},
    ("number", "date"): {1890: "1890", 999: None, 10000: None, 1890.5: None},
    ("date", "text"): {"1890-05": "1890-05"},
    ("color", "text"): {"#ff0000": "#ff0000"},
    ("checkbox", "text"): {0: "false", 1: "true"},
    ("checkbox", "number"): {0: 0, 1: 1},
    ("checkbox", "tag"): {0: ["false"], 1: ["true"]},
    ("tag", "text"): {frozenset({"a, b"}): "a, b"},
    ("multi_tags", "text"): {frozenset({"tom", "a, b", "cat"}): '"a, b",cat,tom'},
    ("multi_tags", "tag"): {frozenset({"cat"}): ["cat"], frozenset({"cat", "tom"}): None},
    ("tag", "multi_tags"): {frozenset({"cat"}): ["cat"]},
    ("url", "text"): {"https://example.org": "https://example.org"},
}


def test_every_way_has_a_case():
    assert set(CASES) == set(PAIRS)


@pytest.mark.parametrize(("old", "new"), CASES, ids=lambda type_: str(type_))
def test_what_values_become(old, new):
    for value, expected in CASES[old, new].items():
        conn = opened(old, "image", {0: value})
        assert preview(conn, it(conn), new).failing == (expected is None)
        change_type(conn, it(conn), new, failing="erase")
        if new in TAG_TYPES:
            rows = conn.execute(
                "select name from image_tags join tags on tags.id = tag_id where property_id = ? order by 1",
                [it(conn)],
            )
            assert [name for (name,) in rows] == (expected or [])
        else:
            found = conn.execute('select "It" from image_values where image_id = 1').fetchone()[0]
            assert (found, type(found)) == (expected, type(expected))
        conn.close()


def test_a_preview_names_the_values_that_stand_most_in_the_way():
    values = {0: "12", 1: "ten", 2: "ten", 3: "9 or 10"}
    conn = opened("text", "instance", values)
    seen = preview(conn, it(conn), "number")
    assert (seen.converts, seen.failing, seen.tags) == (1, 3, 0)
    assert seen.fails == (Failing("ten", 2, "`ten` is no number"), Failing("9 or 10", 1, "`9 or 10` is no number"))
    assert preview(conn, it(conn), "multi_tags").tags == 3


def test_types_that_it_cannot_become_and_properties_that_are_not_there():
    conn = opened("date", "image", {})
    with pytest.raises(BadQuery, match="of type date, which can become text, not color"):
        preview(conn, it(conn), "color")
    with pytest.raises(BadQuery, match="not date"):
        change_type(conn, it(conn), "date")
    with pytest.raises(NotThere, match="no property 99"):
        change_type(conn, 99, "text")


def test_tags_keep_their_ids_colours_and_tree_between_one_and_several():
    conn = opened("tag", "image", {0: frozenset({"cat"})})
    tags.create(conn, it(conn), "animal", "#00ff00")
    tags.move(conn, [1], below_tags=[2])
    before = tags.listed(conn, it(conn))
    property_id, _ = change_type(conn, it(conn), "multi_tags")
    assert property_id == 2
    assert tags.listed(conn, it(conn)) == before


def test_a_property_is_not_of_one_tag_again_where_several_were_given_since():
    conn = opened("tag", "image", {0: frozenset({"cat"})})
    _, done = change_type(conn, it(conn), "multi_tags", actor="anna")
    given_since = apply(conn, [AddTags(it(conn), ("tom",))], those(1), actor="bo", tool="stamp")
    with pytest.raises(Conflict):
        undo(conn, actor="anna", changeset=done.changeset)
    assert properties.get(conn, it(conn))["type"] == "multi_tags"
    undo(conn, actor="bo", changeset=given_since.changeset)
    assert change_type(conn, it(conn), "tag")[1].changed == 1


def test_several_tags_of_old_never_come_back_where_one_is_allowed():
    conn = opened("multi_tags", "image", {0: frozenset({"cat", "tom"})})
    taken = apply(conn, [SetTags(it(conn), ())], those(1), actor="anna", tool="stamp")
    change_type(conn, it(conn), "tag")
    with pytest.raises(Conflict):
        undo(conn, actor="anna", changeset=taken.changeset)
    assert conn.execute("select count(*) from image_tags").fetchone() == (0,)


def test_what_happened_to_the_property_since_is_kept_when_the_type_comes_back():
    conn = opened("text", "image", {0: "12"})
    _, done = change_type(conn, it(conn), "number", actor="anna")
    renaming.change(conn, it(conn), position=7, description="moved")
    assert undo(conn, actor="anna", changeset=done.changeset).conflicts == 0
    assert conn.execute('select "It" from corpus where instance_id = 1').fetchone() == ("12",)
    assert [row["type"] for row in properties.listed(conn)] == ["text", "text"]


def test_the_history_names_the_property_once():
    conn = opened("text", "image", {0: "12"})
    change_type(conn, it(conn), "number")
    assert history(conn, limit=1)[0].properties == "It"


def test_values_given_since_come_back_with_the_new_type():
    conn = opened("text", "image", {0: "12"})
    _, done = change_type(conn, it(conn), "number", actor="anna")
    apply(conn, [SetValue(it(conn), 5)], those(2), actor="bo", tool="cell")
    undo(conn, actor="anna", changeset=done.changeset)
    said = "select value from annotations where property = 'It' order by 1"
    assert conn.execute(said).fetchall() == [("12",)]
    redo(conn, actor="anna")
    assert conn.execute(said).fetchall() == [("12",), ("5",)]


def test_a_view_that_is_open_follows_the_type():
    orders = Orders()
    conn = opened("text", "instance", {0: "9", 1: "10"})
    assert orders.order(conn, parse_string("It=10"))[1].ids.tolist() == [2]
    change_type(conn, it(conn), "number")
    assert orders.order(conn, parse_string("It__gt=9"))[1].ids.tolist() == [2]
    undo(conn, actor=None)
    change_type(conn, it(conn), "tag")
    change_type(conn, it(conn), "multi_tags")
    orders.order(conn, parse_string("It=9"))
    apply(conn, [SetTagsEach(it(conn), {1: ("9", "10")})], EVERY, actor=None, tool="stamp")
    assert orders.order(conn, parse_string("It__all=9,10"))[1].ids.tolist() == [1]
    assert {tag.name for tag in tags.listed(conn, it(conn))} == {"9", "10"}
