"""What is removed is in no view and no count, comes back with all that was said of it, and stays away from imports."""

from __future__ import annotations

import json
import shutil
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasette_panoptic.domain.changes import AddTags, Selection, SetValue
from datasette_panoptic.domain.query import Query
from datasette_panoptic.errors import Conflict, NotThere
from datasette_panoptic.ingest.images.pipeline import ImportOptions
from datasette_panoptic.query import text
from datasette_panoptic.query.orders import Orders
from datasette_panoptic.query.publishable import publishable
from datasette_panoptic.query.removal import remove_query
from datasette_panoptic.store import clusterings, corpus, embeddings, folders, listing, properties, spaces
from datasette_panoptic.store.changesets import apply
from datasette_panoptic.store.connection import connect_read_only
from datasette_panoptic.store.history import history
from datasette_panoptic.store.problems import problems
from datasette_panoptic.store.publish import publish
from datasette_panoptic.store.removal import remove, remove_folder
from datasette_panoptic.store.undo import redo, undo

from .conftest import Project
from .corpus import paint
from .edits_of_files import comment
from .imports import run
from .rows import Folder, Instance, Picture, Property, describe, empty, fill

AUTHOR, TOPIC = 1, 2
QUERIES = ("", "topic=sea", "author=Ada", "cluster_1=0", "copies=1")


@pytest.fixture
def pictures(project: Project, tmp_path: Path) -> Path:
    """Three pictures in a folder and two in one below, imported."""
    paint(tmp_path / "pictures", 3)
    paint(tmp_path / "pictures" / "more", 2, first=3)
    run(project, tmp_path / "pictures")
    return tmp_path / "pictures"


def names(project: Project, query: str = "") -> list[str]:
    ids = Orders().order(project.conn, text.parse_string(query))[1].ids.tolist()
    by_id = dict(project.conn.execute("select instance_id, file_name from corpus"))
    return sorted(by_id[each] for each in ids)


def take(project: Project, query: str) -> int:
    done = remove_query(project.conn, text.parse_string(query), actor=None)
    assert done.changeset
    return done.changeset


def tree(project: Project) -> list[str]:
    return sorted(folder.name for folder in listing.folders(project.conn))


def test_what_is_removed_is_nowhere_and_comes_back_as_it_was(project: Project, pictures: Path) -> None:
    conn = project.conn
    properties.create(conn, "author", "text", "instance")
    properties.create(conn, "topic", "multi_tags", "image")
    everything = Selection("select id as instance_id from instances", {})
    apply(conn, [SetValue(AUTHOR, "Ada"), AddTags(TOPIC, ("sea",))], everything, actor=None, tool="stamp")
    space = embeddings.space(conn, "test", "1", {}, 2)
    embeddings.add(conn, space, [(image, struct.pack("<2f", 1, 0)) for image in range(1, 6)])
    conn.execute("insert into clusterings (id, name, clusterer, params, query, at) values (1, 'a', 'b', '{}', '', '')")
    conn.execute("insert into clusters (clustering_id, label) values (1, 0)")
    conn.executemany("insert into cluster_members values (1, ?, 0, 1, 0)", [[image] for image in range(1, 6)])

    def counted() -> dict[str, object]:
        run_, (space_,) = clusterings.get(conn, 1), spaces.listed(conn)
        return {
            "corpus": corpus.counts(conn),
            "views": [conn.execute(f"select count(*) from {view}").fetchone()[0] for view in ("corpus", "annotations")],
            "values": [properties.count_values(conn, properties.get(conn, number)) for number in (AUTHOR, TOPIC)],
            "clustering": (run_.images, [cluster.images for cluster in clusterings.clusters(conn, 1)]),
            "space": (space_.images, space_.missing, embeddings.missing(conn, space)),
            "found": [len(names(project, query)) for query in QUERIES],
        }

    before = counted()
    dump = sorted(conn.execute("select * from corpus").fetchall())
    removed = take(project, "_folder=2")
    assert counted() == {
        "corpus": (3, 3),
        "views": [3, 6],
        "values": [3, 3],
        "clustering": (3, [3]),
        "space": (3, 0, 0),
        "found": [3] * 5,
    }
    assert tree(project) == ["pictures"]
    assert problems(project.path) == []
    (entry,) = history(conn, limit=1)
    assert (entry.id, entry.tool, entry.changed, entry.query) == (removed, "remove", 2, "_folder=2")
    assert undo(conn, actor=None).conflicts == 0
    assert counted() == before
    assert sorted(conn.execute("select * from corpus").fetchall()) == dump
    assert tree(project) == ["more", "pictures"]
    assert redo(conn, actor=None).changed == 2
    assert len(names(project)) == 3
    assert problems(project.path) == []


def test_what_is_removed_is_not_published(project: Project, pictures: Path, tmp_path: Path) -> None:
    properties.create(project.conn, "author", "text", "instance")
    for name in ("00001.jpg", "00003.jpg"):
        one = Selection("select instance_id from corpus where file_name = :name", {"name": name})
        apply(project.conn, [SetValue(AUTHOR, f"somebody of {name}")], one, actor=None, tool="stamp")
    (sha1,) = project.conn.execute("select sha1 from corpus where file_name = '00003.jpg'").fetchone()
    take(project, "_folder=2")
    publish(project.path, tmp_path / "public.db", publishable)
    data = (tmp_path / "public.db").read_bytes()
    assert b"somebody of 00001.jpg" in data
    assert not [word for word in (b"somebody of 00003.jpg", b"more", sha1.encode()) if word in data]


def test_an_image_is_there_as_long_as_one_of_its_instances_is(project: Project, pictures: Path) -> None:
    shutil.copy(pictures / "00000.jpg", pictures / "more" / "copy.jpg")
    run(project, pictures)
    assert corpus.counts(project.conn) == (5, 6)
    take(project, "name=00000.jpg")
    assert corpus.counts(project.conn) == (5, 5)
    assert names(project, "copies=1") == ["00001.jpg", "00002.jpg", "00003.jpg", "00004.jpg", "copy.jpg"]


def test_an_import_leaves_out_what_was_removed_unless_told_to(project: Project, pictures: Path) -> None:
    take(project, "name=00001.jpg")
    assert run(project, pictures) == {"unchanged": 4, "removed": 1}
    assert len(names(project)) == 4
    comment(pictures / "00001.jpg")
    assert run(project, pictures) == {"unchanged": 4, "removed": 1}
    (pictures / "00001.jpg").rename(pictures / "more" / "moved.jpg")
    comment(pictures / "more" / "moved.jpg", b"and again")
    assert run(project, pictures) == {"unchanged": 4, "added": 1}, "another file with other bytes is no longer that one"
    undo(project.conn, actor=None)
    assert "00001.jpg" in names(project)


def test_a_file_that_was_removed_stays_so_where_it_is_moved(project: Project, pictures: Path) -> None:
    take(project, "name=00001.jpg")
    (pictures / "00001.jpg").rename(pictures / "more" / "moved.jpg")
    assert run(project, pictures) == {"unchanged": 4, "removed": 1}
    assert run(project, pictures) == {"unchanged": 4, "removed": 1}
    undo(project.conn, actor=None)
    assert names(project, "_folder=2") == ["00003.jpg", "00004.jpg", "moved.jpg"]


def test_missing_files_that_are_removed_are_missing_no_longer(project: Project, pictures: Path) -> None:
    (pictures / "00001.jpg").unlink()
    assert run(project, pictures) == {"unchanged": 4, "missing": 1}
    assert names(project, "missing=1") == ["00001.jpg"]
    take(project, "missing=1")
    assert run(project, pictures) == {"unchanged": 4}
    undo(project.conn, actor=None)
    assert names(project, "missing=1") == ["00001.jpg"]


def test_an_import_puts_back_what_was_removed_where_it_is_told_to(project: Project, pictures: Path) -> None:
    take(project, "_folder=1")
    comment(pictures / "00000.jpg")
    (pictures / "00001.jpg").unlink()
    restoring = ImportOptions(restore_removed=True)
    assert run(project, pictures, options=restoring) == {"unchanged": 3, "changed": 1, "restored": 4}
    assert names(project) == ["00000.jpg", "00002.jpg", "00003.jpg", "00004.jpg"]
    assert history(project.conn, limit=1)[0].tool == "import"
    undo(project.conn, actor=None)
    assert names(project) == []
    assert problems(project.path) == []


def test_a_root_that_is_removed_is_no_source_until_it_is_named_again(project: Project, pictures: Path) -> None:
    done = remove_folder(project.conn, 1, actor="ada")
    assert (done.changed, tree(project), names(project)) == (6, [], [])
    undo(project.conn, actor="ada")
    assert (tree(project), len(names(project))) == (["more", "pictures"], 5)
    redo(project.conn, actor="ada")
    assert run(project, pictures) == {"removed": 5}
    assert tree(project) == ["pictures"]
    with pytest.raises(NotThere):
        remove_folder(project.conn, 99, actor=None)


def test_folders_are_named_as_people_do(project: Project, pictures: Path) -> None:
    for name in ("2", "pictures/more", "more", "/more/", str(pictures / "more")):
        assert folders.named(project.conn, name) == 2
    assert folders.named(project.conn, str(pictures)) == folders.named(project.conn, "pictures") == 1
    paint(pictures.parent / "others" / "more", 1, first=9)
    run(project, pictures.parent / "others")
    with pytest.raises(NotThere, match="several"):
        folders.named(project.conn, "more")
    for name in ("", "mor", "3000", "/nowhere", "pictures/other"):
        with pytest.raises(NotThere):
            folders.named(project.conn, name)


def test_folders_that_hold_nothing_do_not_stay(project: Project, pictures: Path) -> None:
    paint(pictures / "a" / "b" / "c", 1, first=7)
    run(project, pictures)
    assert tree(project) == ["a", "b", "c", "more", "pictures"]
    (pictures / "a").rename(pictures / "z")
    run(project, pictures)
    assert tree(project) == ["b", "c", "more", "pictures", "z"]
    highest = max(folder.id for folder in listing.folders(project.conn))
    pictures.rename(pictures.parent / "renamed")
    run(project, pictures.parent / "renamed")
    assert tree(project) == ["b", "c", "more", "renamed", "z"]
    assert min(folder.id for folder in listing.folders(project.conn)) > highest, "ids are not used twice"


def test_ids_of_what_was_removed_are_not_used_again(project: Project, pictures: Path) -> None:
    take(project, "id=5")
    paint(pictures, 1, first=8)
    run(project, pictures)
    assert sorted(row[0] for row in project.conn.execute("select id from instances")) == [1, 2, 3, 4, 6]


def test_removing_twice_is_nothing_and_what_was_put_back_cannot_be_undone(project: Project, pictures: Path) -> None:
    first = take(project, "name=00001.jpg")
    again = remove_query(project.conn, text.parse_string("name=00001.jpg"), actor=None)
    assert (again.changeset, again.changed) == (None, 0)
    run(project, pictures, options=ImportOptions(restore_removed=True))
    with pytest.raises(Conflict):
        undo(project.conn, actor=None, changeset=first)


def test_a_file_of_an_older_release_is_read(tmp_path: Path) -> None:
    """Where it cannot be written it has no table of what is removed."""
    import sqlite3

    for dump in sorted((Path(__file__).parent / "schemas").glob("*.sql")):
        path = tmp_path / f"{dump.stem}.db"
        old = sqlite3.connect(path)
        old.executescript(dump.read_text())
        old.close()
        conn = connect_read_only(path)
        assert len(Orders().order(conn, Query())[1].ids) == 3
        assert len(history(conn)) == 2
        assert [folder.name for folder in listing.folders(conn)] == ["1890", "photos"]
        conn.close()
        assert problems(path) == []


INSTANCES = [Instance(0, 0, "a"), Instance(1, 0, "b"), Instance(0, 1, "c"), Instance(2), Instance(2, 1, "d")]
PROPERTIES = [
    Property("Author", "text", "instance", {0: "Anna", 3: "Bo"}),
    Property("Topic", "multi_tags", "image", {0: frozenset({"cat"}), 2: frozenset({"dog"})}, {}),
]
chosen = st.frozensets(st.integers(1, 5), min_size=1)
steps = st.one_of(
    st.tuples(st.just("remove"), chosen),
    st.tuples(st.just("remove folder"), st.integers(1, 2)),
    st.tuples(st.just("say"), chosen),
    st.tuples(st.just("undo"), st.none()),
    st.tuples(st.just("redo"), st.none()),
)


def those(ids: frozenset[int]) -> Selection:
    sql = "select id as instance_id from instances where id in (select value from json_each(:ids))"
    return Selection(sql, {"ids": json.dumps(sorted(ids))})


def state(conn: Any) -> tuple[Any, ...]:
    said = "scope, subject_id, property, value from annotations"
    views = (sorted(map(repr, conn.execute(f"select {what}"))) for what in ("* from corpus", said))
    return (*views, [folder.id for folder in listing.folders(conn)])


@settings(deadline=None, max_examples=100)
@given(st.lists(steps, max_size=10))
def test_undo_leads_back_through_removals_and_redo_forward(happenings: list[tuple[str, Any]]) -> None:
    conn = empty()
    fill(conn, [Folder("x"), Folder("y")], [Picture()] * 3, INSTANCES)
    describe(conn, PROPERTIES)
    states = [state(conn)]
    undone: list[tuple[Any, ...]] = []
    for number, (step, what) in enumerate(happenings):
        if step == "undo" or step == "redo":
            source, target, way = (states, undone, undo) if step == "undo" else (undone, states, redo)
            if len(source) > (step == "undo"):
                assert way(conn, actor=None).conflicts == 0
                target.append(source.pop())
                assert state(conn) == states[-1]
            continue
        if step == "remove folder":
            done = remove_folder(conn, what, actor=None)
        elif step == "remove":
            done = remove(conn, those(what), actor=None)
        else:
            done = apply(conn, [SetValue(AUTHOR, f"say {number}")], those(what), actor=None, tool="stamp")
        if done.changeset:
            states.append(state(conn))
            undone = []
    assert conn.execute("pragma foreign_key_check").fetchall() == []
    conn.close()
