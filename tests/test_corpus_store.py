"""Look-ups of the corpus, the folder tree, properties and recorded values."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from datasette_panoptic.domain.changes import Applied, SetTagsEach, SetValues
from datasette_panoptic.domain.corpus import Place
from datasette_panoptic.domain.fields import SCOPES
from datasette_panoptic.errors import NotThere, PanopticError
from datasette_panoptic.ingest.images.pipeline import ImportOptions
from datasette_panoptic.store import corpus, properties
from datasette_panoptic.store.changelog import subjects_with
from datasette_panoptic.store.changesets import apply
from datasette_panoptic.store.connection import transaction
from datasette_panoptic.store.folders import Folders, directory_of, names_below
from tests.conftest import Project
from tests.corpus import paint
from tests.imports import run


def test_where_a_file_is(project: Project, tmp_path: Path) -> None:
    paths = [*paint(tmp_path / "root" / "a" / "b", 1), *paint(tmp_path / "root", 1, first=1)]
    odd = os.path.join(os.fsencode(tmp_path), b"root", b"\xff")
    os.makedirs(odd)
    os.link(paths[0], odd + b"/\xfe.jpg")
    run(project, tmp_path / "root")
    found = {corpus.file_path(project.conn, row[0]) for row in project.conn.execute("select id from files")}
    assert found == {*(os.fsencode(path) for path in paths), odd + b"/\xfe.jpg"}


def test_uploads_are_nowhere(project: Project, tmp_path: Path) -> None:
    paint(tmp_path / "temporary", 1)
    run(project, tmp_path / "temporary", options=ImportOptions(source="Uploads"))
    assert corpus.file_path(project.conn, 1) is None
    assert directory_of(project.conn, 1) is None


def test_a_published_project_knows_no_places(project: Project, tmp_path: Path) -> None:
    paint(tmp_path / "root" / "a", 1)
    run(project, tmp_path / "root")
    project.conn.execute("update folders set source = null")
    assert corpus.file_path(project.conn, 1) is None


def test_folders_are_made_when_asked_for(project: Project) -> None:
    folders = Folders(project.conn)
    root = Place(b"/r")
    leaf = Place(b"/r/a/b", Place(b"/r/a", root))
    assert folders.find(leaf) is None
    with transaction(project.conn):
        made = folders.make(leaf)
    assert folders.find(leaf) == Folders(project.conn).find(leaf) == made
    assert project.conn.execute("select name, path, parent_id from folders").fetchall() == [
        ("r", "", None),
        ("a", "a", 1),
        ("b", "a/b", 2),
    ]
    assert directory_of(project.conn, made) == b"/r/a/b"


PATHS = {
    (b"/a/b/c", b"/a"): [b"b", b"c"],
    (b"/a", b"/a"): [],
    (b"/ab", b"/a"): [],
    (b"/a", b"/"): [b"a"],
    (b"/a/b", b"film:/a"): [],
}


@pytest.mark.parametrize("pair", PATHS)
def test_names_below(pair: tuple[bytes, bytes]) -> None:
    assert names_below(*pair) == PATHS[pair]


def test_many_images_of_one_size_are_not_compared(project: Project, tmp_path: Path) -> None:
    paint(tmp_path / "bitmaps", 4, suffix=".bmp")
    run(project, tmp_path / "bitmaps")
    size = next((tmp_path / "bitmaps").iterdir()).stat().st_size
    assert len(corpus.sha1s_of_size(project.conn, size, 4)) == 4
    assert corpus.sha1s_of_size(project.conn, size, 3) == ()
    assert corpus.sha1s_of_size(project.conn, size + 1, 3) == ()


def test_a_big_folder_is_gone_through_in_parts(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paint(tmp_path / "root", 7)
    run(project, tmp_path / "root")
    monkeypatch.setattr(corpus, "BATCH", 3)
    batches = list(corpus.present_files(project.conn, 1))
    assert [len(batch) for batch in batches] == [3, 3, 1]
    assert {name for batch in batches for _, name, _ in batch} == {f"0000{n}.jpg" for n in range(7)}


def test_a_property_is_a_column_and_in_the_views(project: Project, tmp_path: Path) -> None:
    paint(tmp_path / "root", 2)
    run(project, tmp_path / "root")
    year = properties.create(project.conn, 'the "year"', "number", "instance", "When")
    properties.create(project.conn, "Subject", "multi_tags", "image")
    done = apply(project.conn, [SetValues(year, {1: 1890, 2: 1891.5})], actor="ada", tool="test")
    assert project.conn.execute('select instance_id, "the ""year""" from corpus').fetchall() == [(1, 1890), (2, 1891.5)]
    assert project.conn.execute("select value, actor from annotations order by subject_id").fetchall() == [
        ("1890", "ada"),
        ("1891.5", "ada"),
    ]
    assert project.conn.execute("select position from properties order by id").fetchall() == [(0,), (1,)]
    assert done == Applied(3, 2)  # after those that made the properties
    assert subjects_with(project.conn, year) == {1, 2}


def test_every_value_that_changes_is_logged_once(project: Project, tmp_path: Path) -> None:
    paint(tmp_path / "root", 3)
    run(project, tmp_path / "root")
    note = properties.create(project.conn, "Note", "text", "instance")
    apply(project.conn, [SetValues(note, {1: "a", 2: ""})], tool="first", actor=None)
    apply(project.conn, [SetValues(note, {1: "a", 2: "b", 3: None})], tool="second", actor=None)
    logged = project.conn.execute(
        "select tool, subject_id, old, new from _panoptic_changes join _panoptic_changesets as sets "
        "on sets.id = changeset_id order by _panoptic_changes.id"
    ).fetchall()
    assert logged == [("first", 1, None, "a"), ("first", 2, None, ""), ("second", 2, "", "b")]
    assert apply(project.conn, [SetValues(note, {1: "a"})], tool="third", actor=None) == Applied(None, 0)


def test_a_value_for_nobody_leaves_nothing_behind(project: Project) -> None:
    made = {scope: properties.create(project.conn, f"{scope} note", "text", scope) for scope in SCOPES}
    kinds = {scope: properties.create(project.conn, f"{scope} kind", "tag", scope) for scope in SCOPES}
    for scope in SCOPES:
        for change in (SetValues(made[scope], {99: "a"}), SetTagsEach(kinds[scope], {99: ["a"]})):
            with pytest.raises(NotThere, match=f"no {scope} 99"):
                apply(project.conn, [change], tool="test", actor=None)
    assert {tool for (tool,) in project.conn.execute("select tool from _panoptic_changesets")} == {"property"}
    assert project.conn.execute("select count(*) from tags").fetchone() == (0,)
    with pytest.raises(NotThere, match="no property 5"):
        apply(project.conn, [SetValues(5, {1: "a"})], tool="test", actor=None)


@pytest.mark.parametrize(
    ("name", "type_", "words"),
    [
        ("note", "text", "already"),
        (" ", "text", "needs a name"),
        ("Image_ID", "text", "cannot be"),
        ("x", "poem", "no property of type `poem`"),
    ],
    ids=["taken", "blank", "reserved", "unknown type"],
)
def test_properties_that_cannot_be(project: Project, name: str, type_: str, words: str) -> None:
    properties.create(project.conn, "Note", "text", "instance")
    with pytest.raises(PanopticError, match=words):
        properties.create(project.conn, name, type_, "instance")
    assert project.conn.execute("select count(*) from properties").fetchone() == (1,)
