"""Keywords of files become tags: a tree, in one changeset, beside the tags that are there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from datasette_panoptic.cli import panoptic
from datasette_panoptic.domain.changes import Selection
from datasette_panoptic.errors import PanopticError
from datasette_panoptic.store import image_metadata, properties
from datasette_panoptic.store.connection import transaction
from datasette_panoptic.store.keyword_tags import make_tags, preview
from datasette_panoptic.store.undo import redo, undo
from tests.conftest import Project
from tests.rows import Folder, Instance, Picture, fill

ALL = Selection("select id from instances", {})
SAID = [
    {"keywords": ["Paris", "boat", "Places"], "hierarchies": ["Places|Paris"]},
    {"keywords": ["Boat", "24/7"], "hierarchies": ["Places|France|Lyon"]},
    {"title": "no keywords"},
    {"keywords": ["x" * 300, "sea"]},
]


@pytest.fixture
def said(project: Project) -> Project:
    pictures = [Picture(bytes=n) for n in range(1, 5)]
    fill(project.conn, [Folder("a")], pictures, [Instance(n, 0, f"{n}.jpg") for n in range(4)])
    with transaction(project.conn):
        for image, metadata in enumerate(SAID, 1):
            project.conn.execute("update images set metadata = ? where id = ?", [json.dumps(metadata), image])
            image_metadata.describe(project.conn, image)
    return project


def tags(project: Project) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for image, name in project.conn.execute("select image_id, name from image_tags join tags on tags.id = tag_id"):
        found.setdefault(image, set()).add(name)
    return found


def parents(project: Project) -> set[tuple[str, str]]:
    return set(
        project.conn.execute(
            "select below.name, above.name from tag_parents join tags as below on below.id = tag_id "
            "join tags as above on above.id = parent_id"
        )
    )


def test_keywords_become_a_tree_of_tags(said: Project) -> None:
    done = make_tags(said.conn, ALL, "Subject", actor=None)
    assert (done.images, done.tags, done.passed_over) == (3, 7, ("x" * 300,))
    assert tags(said) == {1: {"Paris", "boat"}, 2: {"boat", "24/7", "Lyon"}, 4: {"sea"}}
    assert parents(said) == {("Paris", "Places"), ("France", "Places"), ("Lyon", "France")}
    counted = preview(said.conn, ALL)
    assert (counted.images, counted.tags) == (done.images, done.tags)


def test_it_is_one_change_with_its_property(said: Project) -> None:
    done = make_tags(said.conn, ALL, "Subject", actor=None)
    undo(said.conn, actor=None, changeset=done.changeset)
    assert tags(said) == {}
    assert properties.listed(said.conn) == []
    redo(said.conn, actor=None)
    assert tags(said)[1] == {"Paris", "boat"}


def test_once_more_changes_nothing_and_tags_that_are_there_stay(said: Project) -> None:
    make_tags(said.conn, ALL, "Subject", actor=None)
    with transaction(said.conn):
        property_id = properties.named(said.conn, "Subject")[0]
        said.conn.execute(
            "insert into tags (id, property_id, name, name_key) values (99, ?, 'mine', 'mine')", [property_id]
        )
        said.conn.execute("insert into image_tags values (99, 1)")
    before = tags(said)
    again = make_tags(said.conn, ALL, "subject", actor=None)
    assert (again.changed, again.changeset) == (0, None)
    assert tags(said) == before
    assert "mine" in before[1]


def test_slashes_are_levels_where_that_is_asked(said: Project) -> None:
    make_tags(said.conn, ALL, "Subject", ["/"], actor=None)
    assert "7" in tags(said)[2]
    assert ("7", "24") in parents(said)


def test_only_what_is_selected(said: Project) -> None:
    make_tags(said.conn, Selection("select id from instances where id = :n", {"n": 4}), "S", actor=None)
    assert tags(said) == {4: {"sea"}}


def test_a_property_of_another_kind_is_refused_and_nothing_is_written(said: Project) -> None:
    properties.create(said.conn, "note", "text", "image")
    before = said.conn.execute("select count(*) from _panoptic_changesets").fetchone()
    with pytest.raises(PanopticError, match="multi_tags of images"):
        make_tags(said.conn, ALL, "note", actor=None)
    assert said.conn.execute("select count(*) from _panoptic_changesets").fetchone() == before


def test_keywords_that_stand_below_themselves_are_refused(said: Project) -> None:
    with transaction(said.conn):
        said.conn.execute("update images set metadata = ? where id = 1", [json.dumps({"keywords": ["a|b", "b|a"]})])
        image_metadata.describe(said.conn, 1)
    with pytest.raises(PanopticError, match="below"):
        make_tags(said.conn, ALL, "Subject", actor=None)
    assert properties.listed(said.conn) == []


def test_the_command_counts_first_and_then_writes(said: Project, tmp_path: Path) -> None:
    path = str(said.path)
    arguments = ["tags-from-keywords", path, "--property", "Subject", "--query", "keywords__contains=boat", "--json"]
    dry = json.loads(CliRunner().invoke(panoptic, [*arguments, "--dry-run"]).stdout)
    assert (dry["images"], dry["changeset"]) == (2, None)
    assert properties.listed(said.conn) == []
    done = json.loads(CliRunner().invoke(panoptic, arguments).stdout)
    assert done["images"] == 2
    assert done["changeset"]
    assert tags(said) == {1: {"Paris", "boat"}, 2: {"boat", "24/7", "Lyon"}}
