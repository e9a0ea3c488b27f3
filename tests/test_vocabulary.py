"""Vocabularies: merged, split, ordered without circles, and planted from descriptions."""

from __future__ import annotations

import pytest

from datasette_panoptic.domain.changes import SetTagsEach
from datasette_panoptic.domain.descriptions import DescribedTag
from datasette_panoptic.errors import Conflict, NotThere, PanopticError
from datasette_panoptic.ingest.vocabulary import import_tags
from datasette_panoptic.query import text
from datasette_panoptic.query.annotate import selection_of
from datasette_panoptic.query.orders import fields
from datasette_panoptic.store import history, properties, tag_merges, tags
from datasette_panoptic.store.changesets import apply
from datasette_panoptic.store.undo import redo, undo
from datasette_panoptic.store.vocabulary import Planted
from tests.serving import fill_sample

TOPIC, KIND = 1, 2


@pytest.fixture
def conn(project):
    """Images 1 to 3 in five instances: 1 and 4 show image 1, 2 and 5 show image 2, 3 shows image 3."""
    fill_sample(project.conn)
    properties.create(project.conn, "Topic", "multi_tags", "image")
    properties.create(project.conn, "Kind", "tag", "instance")
    tree = [DescribedTag("animal", "#00ff00"), DescribedTag("cat", "#ff0000", parents=("animal",)), DescribedTag("sea")]
    import_tags(project.conn, TOPIC, tree)
    given = {1: ("cat", "sea"), 2: ("cat",), 3: ("sea",)}
    kinds = dict.fromkeys(range(1, 6), ("print",))
    apply(project.conn, [SetTagsEach(TOPIC, given), SetTagsEach(KIND, kinds)], actor=None, tool="annotate")
    return project.conn


def had(conn, property_id: int = TOPIC) -> dict[str, set[int]]:
    """What has each tag, by name."""
    scope = "image" if property_id == TOPIC else "instance"
    found: dict[str, set[int]] = {tag.name: set() for tag in tags.listed(conn, property_id)}
    links = f"select name, {scope}_id from {scope}_tags join tags on tags.id = tag_id where property_id = ?"
    for name, subject in conn.execute(links, [property_id]):
        found[name].add(subject)
    return found


def split(conn, name: str, new: str, query: str, property_id: int = TOPIC) -> int:
    asked = text.parse_string(query)
    selection = selection_of(asked, fields(conn))
    made, _ = tag_merges.split(conn, tags.named(conn, property_id, name), new, selection, actor="ada", query=query)
    return made


def test_a_split_gives_those_that_a_query_finds_the_new_tag_with_colour_and_parents(conn):
    before = had(conn)
    made = split(conn, "cat", "sea cat", "Topic=sea")
    assert had(conn) == {"animal": set(), "cat": {2}, "sea": {1, 3}, "sea cat": {1}}
    found = {tag.name: tag for tag in tags.listed(conn, TOPIC)}
    assert (found["sea cat"].id, found["sea cat"].color, found["sea cat"].parents) == (made, "#ff0000", ("animal",))
    (entry, *_) = history.history(conn)
    assert (entry.actor, entry.tool, entry.query) == ("ada", "tag", "Topic=sea")
    undo(conn, actor="ada")
    assert had(conn) == before
    redo(conn, actor="ada")
    assert had(conn)["sea cat"] == {1}


def test_a_split_of_an_instance_property_divides_instances_and_an_image_with_any_instance(conn):
    split(conn, "print", "etching", "id__lte=2", KIND)
    assert had(conn, KIND) == {"print": {3, 4, 5}, "etching": {1, 2}}
    split(conn, "cat", "first", "id=4")
    assert had(conn)["first"] == {1}


def test_a_split_that_cannot_be_leaves_all_as_it_is(conn):
    before, entries = had(conn), len(history.history(conn))
    for new, query, error, message in [
        ("sea", "", Conflict, "there is a tag `sea` already"),
        ("tom", "id=3", PanopticError, "nothing selected has the tag `cat`"),
        (" ", "", PanopticError, "a tag needs a name"),
    ]:
        with pytest.raises(error, match=message):
            split(conn, "cat", new, query)
    with pytest.raises(NotThere, match="no tag 99"):
        tag_merges.split(conn, 99, "x", selection_of(text.parse_string(""), fields(conn)))
    assert (had(conn), len(history.history(conn))) == (before, entries)


def test_a_deleted_tag_of_that_name_comes_back_as_the_new_one(conn):
    tag_merges.delete(conn, [tags.named(conn, TOPIC, "sea")])
    split(conn, "cat", "sea", "id=2")
    assert had(conn) == {"animal": set(), "cat": {1}, "sea": {2}}
    assert {tag.name: tag.color for tag in tags.listed(conn, TOPIC)}["sea"] == "#ff0000"


def test_several_are_merged_and_deleted_as_one_changeset(conn):
    ids = {name: tags.named(conn, TOPIC, name) for name in ("animal", "cat", "sea")}
    before = had(conn)
    tag_merges.merge(conn, [ids["cat"], ids["sea"]], ids["sea"], actor="ada")
    assert had(conn) == {"animal": set(), "sea": {1, 2, 3}}
    undo(conn, actor="ada")
    tag_merges.delete(conn, [ids["cat"], ids["sea"]], actor="ada")
    assert had(conn) == {"animal": set()}
    undo(conn, actor="ada")
    assert had(conn) == before


def test_undoing_makes_no_circle(conn):
    """Somebody put the parent below the child since the child was taken from below it."""
    animal, cat = tags.named(conn, TOPIC, "animal"), tags.named(conn, TOPIC, "cat")
    taken = tags.move(conn, [cat], away_from=[animal], actor="ada")
    tags.move(conn, [animal], below_tags=[cat], actor="bob")
    with pytest.raises(Conflict, match="nothing was undone"):
        undo(conn, actor="ada", changeset=taken.changeset)
    assert {tag.name: tag.parents for tag in tags.listed(conn, TOPIC)} == {"animal": ("cat",), "cat": (), "sea": ()}


def test_counts_count_what_has_several_tags_below_once(conn):
    tags.move(conn, [tags.named(conn, TOPIC, "sea")], below_tags=[tags.named(conn, TOPIC, "animal")])
    found = {tag.name: (tag.count, tag.count_below) for tag in tags.listed(conn, TOPIC)}
    assert found == {"animal": (0, 3), "cat": (2, 2), "sea": (2, 2)}


def test_planting_keeps_what_there_is_and_joins_parents(conn):
    described = [
        DescribedTag("cat", "#0000ff", "a pet", "urn:cat", ("sea",)),
        DescribedTag("animal"),
        DescribedTag("dog", parents=("animal", "pet")),
    ]
    changeset, planted = import_tags(conn, TOPIC, described, actor="ada")
    assert planted == Planted(created=2, changed=1, unchanged=2)
    found = {tag.name: tag for tag in tags.listed(conn, TOPIC)}
    assert (found["cat"].color, found["cat"].description, found["cat"].uri) == ("#ff0000", "a pet", "urn:cat")
    assert (found["cat"].parents, found["dog"].parents) == (("animal", "sea"), ("animal", "pet"))
    assert import_tags(conn, TOPIC, described) == (None, Planted(0, 0, 5))
    undo(conn, actor="ada", changeset=changeset)
    assert {tag.name: tag.parents for tag in tags.listed(conn, TOPIC)} == {"animal": (), "cat": ("animal",), "sea": ()}


@pytest.mark.parametrize(
    ("described", "named"),
    [
        ([("a", "b"), ("b", "c"), ("c", "a")], {"a", "b", "c"}),
        ([("animal", "new"), ("new", "cat")], {"animal", "new", "cat"}),
        ([("x", "x")], {"x"}),
    ],
)
def test_a_circle_is_refused_by_the_names_on_it_and_nothing_is_written(conn, described, named):
    before, entries = tags.listed(conn, TOPIC), len(history.history(conn))
    with pytest.raises(PanopticError, match="cannot be below itself") as fault:
        import_tags(conn, TOPIC, [DescribedTag(name, parents=(parent,)) for name, parent in described])
    assert set(str(fault.value).split("`")[1::2]) == named
    assert (tags.listed(conn, TOPIC), len(history.history(conn))) == (before, entries)
