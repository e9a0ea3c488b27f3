"""What is in a published copy: every public column, no private one, and nothing that was deleted or overwritten."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from datasette.utils.sqlite import sqlite3

from datasette_panoptic.cli import panoptic
from datasette_panoptic.query.publishable import publishable
from datasette_panoptic.store import privacy, properties, saved_views
from datasette_panoptic.store.connection import connect
from datasette_panoptic.store.paths import json_without_paths, names_for_paths
from datasette_panoptic.store.privacy import TABLES
from datasette_panoptic.store.publication import ORIGINALS, RULES
from datasette_panoptic.store.publish import is_publication, preview, publish
from datasette_panoptic.store.schema import SCHEMA_VERSION

from .conftest import Project
from .marked import Mark, plant, text_of
from .rows import Folder, Instance, Picture, Property, describe, fill
from .serving import serving


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "public.db"


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as conn:
        return [tuple(row) for row in conn.execute(sql)]


def test_there_is_a_rule_for_every_table_with_something_public() -> None:
    assert {table for table in TABLES if not privacy.is_private(table)} == {*RULES, "_sqlite_migrations"} - {
        "_panoptic_query_vectors"
    }
    for table, rule in {**RULES, "_panoptic_originals": ORIGINALS}.items():
        known = TABLES[table]
        assert set(rule.instead) <= set(known.named)


@pytest.fixture
def marked(project: Project) -> tuple[Path, list[Mark]]:
    marks = plant(project.conn)
    project.conn.execute("create table theirs (note text)")
    project.conn.execute("insert into theirs values ('mark-of-another-program')")
    project.conn.execute("create view theirs_too as select 'mark-of-another-program' as note")
    # A free page with what was there before.
    project.conn.execute("create table gone (note text)")
    project.conn.executemany("insert into gone values (?)", [["mark-of-what-is-gone " * 50]] * 50)
    project.conn.execute("drop table gone")
    return project.path, marks


#: What stands for a private column in a copy, or is left of it: a path's last name.
KEPT_IN_PART = {("embedding_spaces", "params"), ("clusterings", "params")}
#: Columns that a copy makes anew, or that hold what is not published here: history, settings of nobody.
NOT_IN_COPY = {"_panoptic_changesets", "_panoptic_changes", "_panoptic_settings", "_panoptic_query_vectors"}


@pytest.mark.parametrize("keep", [False, True])
def test_no_mark_of_a_private_column_is_in_the_bytes_of_a_copy(marked, out: Path, keep: bool) -> None:
    path, marks = marked
    publish(path, out, publishable, keep_originals=keep)
    data = out.read_bytes()
    assert b"mark-of-" not in data
    assert b"/home/" not in data
    leaked = {
        (mark.table, mark.column)
        for mark in marks
        if mark.word == "private" and mark.bytes in data and (mark.table, mark.column) not in KEPT_IN_PART
    }
    assert leaked == ({("_panoptic_originals", "mime"), ("_panoptic_originals", "data")} if keep else set())
    missing = {
        (mark.table, mark.column)
        for mark in marks
        if mark.word != "private" and mark.bytes not in data and mark.table not in NOT_IN_COPY
    }
    assert missing == {("clusterings", "query"), ("images", "metadata")} & missing
    with closing(sqlite3.connect(out)) as conn:
        assert conn.execute("pragma integrity_check").fetchone() == ("ok",)
        assert conn.execute("pragma foreign_key_check").fetchall() == []
        assert conn.execute("pragma freelist_count").fetchone() == (0,)


def test_paths_are_taken_out_of_settings_at_any_depth(marked, out: Path) -> None:
    path, marks = marked
    publish(path, out, publishable)
    for table, column in KEPT_IN_PART:
        (text,) = rows(out, f"select {column} from {table}")[0]
        (mark,) = [mark for mark in marks if (mark.table, mark.column) == (table, column)]
        assert json.loads(str(text)) == {"plain": text_of(mark), "nested": [{"path": "model.onnx"}]}


@pytest.mark.parametrize(
    ("value", "left"),
    [
        ("/home/ada/clip.pt", "clip.pt"),
        ("~/models/clip.pt", "clip.pt"),
        ("/clip.pt", "clip.pt"),
        ("C:\\models\\clip.pt", "clip.pt"),
        ("\\\\server\\share\\clip.pt", "clip.pt"),
        ("file:///srv/clip.pt", "clip.pt"),
        ("weights at /srv/models/clip.pt", "weights at clip.pt"),
        ("https://example.org/a/b", "https://example.org/a/b"),
        ("see http://example.org/a/b and /srv/x/y", "see http://example.org/a/b and y"),
        ("1/250 s at f/2.8", "1/250 s at f/2.8"),
        ("ViT-B/32", "ViT-B/32"),
        ("org/model", "org/model"),
        (0.5, 0.5),
        (None, None),
        ({"/srv/a/b": [{"x": ["/srv/c/d"]}]}, {"b": [{"x": ["d"]}]}),
    ],
)
def test_of_a_path_the_name_is_left(value: object, left: object) -> None:
    assert names_for_paths(value) == left


def test_what_is_no_json_is_not_published() -> None:
    assert json_without_paths("{/home/ada") == "null"
    assert json_without_paths("[" * 100_000) == "null"


RUN = """insert into clusterings (id, name, clusterer, params, query, at, closed_at)
         values (?, ?, 'kmeans', '{}', ?, '', ?)"""


def fill_corpus(conn: sqlite3.Connection) -> None:
    folders = [Folder("scans"), Folder("1968", 0), Folder("unused", 0), Folder("elsewhere")]
    fill(
        conn,
        folders,
        [Picture(), Picture(600, 900), Picture(50, 50)],
        [Instance(0, 1, "a.jpg"), Instance(1, 0, "b.jpg")],
    )
    described = [
        Property("Topic", "multi_tags", "image", {0: frozenset({"boat", "harbour"}), 1: frozenset({"boat"})}),
        Property("Author", "text", "image", {0: "Anna", 2: "of-no-instance"}),
        Property("Place", "text", "instance", {1: "Brest"}),
    ]
    describe(conn, described)


def test_what_was_deleted_or_overwritten_and_who_did_is_not_in_the_bytes(project: Project, out: Path) -> None:
    conn = project.conn
    fill_corpus(conn)
    for name in ("secret-notes", "secret-codes"):
        properties.create(conn, name, "text" if name.endswith("notes") else "multi_tags", "image", actor="secret-actor")
    ids = dict(conn.execute("select name, id from properties"))
    conn.execute("update image_values set \"secret-notes\" = 'secret-value'")
    conn.execute("update image_values set Author = 'secret-overwritten' where image_id = 1")
    conn.execute("update image_values set Author = 'Anna' where image_id = 1")
    conn.execute("insert into tags (property_id, name) values (?, 'secret-tag')", [ids["secret-codes"]])
    conn.execute("insert into image_tags select max(id), 1 from tags")
    conn.execute(
        "insert into tags (property_id, name, deleted_at) values (?, 'secret-deleted', '2026')", [ids["Topic"]]
    )
    conn.execute("insert into image_tags select max(id), 1 from tags")
    conn.execute("insert into _panoptic_refusals values (?, 'secret-refused', 1, 'secret-actor', '')", [ids["Author"]])
    for query, layout in {
        "secret-notes=secret-asked": {},
        "Topic=secret-deleted": {},
        "_group=secret-codes": {},
        "annotated_by=secret-actor": {},
        "_similar=image:3&_space=1": {},
        "_where=any(Topic=secret-deleted;width__gt=1)": {},
        "Topic__none=boat,secret-purged": {},
        "Author__any=Anna,secret-overwritten": {},
        "Author=Anna": {"_show": "Author,secret-notes,width", "_facets": "secret-codes"},
    }.items():
        saved_views.create(conn, query.replace("secret", "s") or "x", query, layout, actor="secret-actor")
    properties.delete(conn, ids["secret-notes"], actor="secret-actor")
    properties.delete(conn, ids["secret-codes"], actor="secret-actor")
    report = publish(project.path, out, publishable)
    assert b"secret" not in out.read_bytes()
    assert rows(out, "select name, query, layout from saved_views") == [
        ("Author=Anna", "Author=Anna", '{"_facets": "", "_show": "Author,width"}')
    ]
    assert len(report["views_left_out"]) == 8  # type: ignore[arg-type]
    assert rows(out, "select name from properties order by id") == [("Topic",), ("Author",), ("Place",)]
    assert rows(out, "select name from tags order by name") == [("boat",), ("harbour",)]
    assert rows(out, "select image_id, Author from image_values") == [(1, "Anna")]
    assert rows(out, "select instance_id, Place from instance_values") == [(2, "Brest")]
    assert rows(out, "select tag_id, image_id from image_tags") == rows(
        project.path,
        "select tag_id, image_id from image_tags join tags on id = tag_id where name in ('boat', 'harbour')",
    )


def test_images_that_no_instance_shows_are_not_published_anywhere(project: Project, out: Path) -> None:
    conn = project.conn
    fill_corpus(conn)
    conn.execute(RUN, [7, "c", "", None])
    conn.execute("insert into clusters values (7, 0, 'heap', 1, 3)")
    conn.executemany("insert into cluster_members values (7, ?, 0, 1, 0)", [[1], [3]])
    conn.execute("insert into _panoptic_selections values (1, '[1,2,99]', 3, 'ada', '2026')")
    saved_views.create(conn, "picked", "_in=1", {}, actor="ada")
    publish(project.path, out, publishable)
    (sha1,) = conn.execute("select sha1 from images where id = 3").fetchone()
    data = out.read_bytes()
    assert sha1.encode() not in data
    assert b"of-no-instance" not in data
    assert rows(out, "select id from images") == [(1,), (2,)]
    assert rows(out, "select image_id from _panoptic_thumbnails") == [(1,), (2,)]
    assert rows(out, "select image_id from cluster_members") == [(1,)]
    assert rows(out, "select best_image_id from clusters") == [(None,)]
    assert rows(out, "select id, ids, size from _panoptic_selections") == [(1, "[1,2]", 2)]
    assert rows(out, "select name from folders order by id") == [("scans",), ("1968",)]


def test_a_closed_clustering_is_published_if_a_saved_view_names_it(project: Project, out: Path) -> None:
    conn = project.conn
    fill_corpus(conn)
    for run in (7, 8, 9):
        closed = run != 7
        conn.execute(RUN, [run, "", "secret=1" if closed else "Author=Anna", "2026" if closed else None])
    saved_views.create(conn, "heaps", "_group=cluster_9", {}, actor=None)
    publish(project.path, out, publishable)
    assert rows(out, "select id, query from clusterings order by id") == [(7, "Author=Anna"), (9, "")]


def test_settings_that_differ_by_their_paths_alone_stay_two_spaces(project: Project, out: Path) -> None:
    for n in (1, 2, 3):
        project.conn.execute(
            "insert into embedding_spaces (embedder, revision, params, dimension, metric, modalities)"
            f" values ('clip', '1', '{{\"weights\": \"/home/ada/{n}/clip.pt\"}}', 2, 'cosine', '[]')"
        )
    publish(project.path, out, publishable)
    assert b"ada" not in out.read_bytes().replace(b"metadata", b"")
    assert len(set(rows(out, "select params from embedding_spaces"))) == 3


def test_unchecked_values_stay_unchecked_and_their_history_stays_at_home(project: Project, out: Path) -> None:
    conn = project.conn
    fill_corpus(conn)
    (boat,) = conn.execute("select id from tags where name = 'boat'").fetchone()
    conn.execute("insert into _panoptic_changesets (id, actor, tool, at) values (41, 'ada', 'recommend', '2026')")
    conn.execute('insert into _panoptic_provenance values (41, \'{"model": "/home/ada/m"}\')')
    conn.execute("insert into _panoptic_unchecked values (1, 1, ?, 0.75, 41)", [boat])
    conn.execute("insert into _panoptic_unchecked values (1, 3, ?, 0.75, 41)", [boat])
    publish(project.path, out, publishable)
    assert rows(out, "select subject_id, probability, changeset_id from _panoptic_unchecked") == [(1, 0.75, 1)]
    assert rows(out, "select id, actor, tool from _panoptic_changesets") == [(1, None, "published")]
    assert rows(out, "select * from _panoptic_provenance") == []


def test_a_dry_run_says_what_the_copy_has(marked, out: Path) -> None:
    path, _ = marked
    for keep in (False, True):
        said = preview(path, publishable, keep_originals=keep)
        assert not out.exists()
        done = publish(path, out, publishable, keep_originals=keep)
        assert said == {name: done[name] for name in said}
        for each in said["tables"]:  # type: ignore[attr-defined]
            if each["table"] != "_panoptic_settings":  # to which the copy's own mark is added
                assert rows(out, f"select count(*) from {each['table']}") == [(each["rows"],)]
        reasons = {each["table"]: each["reason"] for each in said["not_copied"]}  # type: ignore[attr-defined]
        assert reasons["theirs"].startswith("no table of")
        out.unlink()


def test_the_command_prints_what_would_be_public(marked, out: Path) -> None:
    path, _ = marked
    found = CliRunner().invoke(panoptic, ["publish-prep", str(path), str(out), "--dry-run"])
    assert found.exit_code == 0, found.output
    public, private = found.output.split("not copied:")
    assert "images" in public
    assert "_panoptic_jobs" in private
    assert "theirs" in private
    found = CliRunner().invoke(panoptic, ["publish-prep", str(path), str(out), "--dry-run", "--json"])
    assert {"tables", "not_copied", "views_left_out"} <= json.loads(found.output).keys()
    assert not out.exists()


def test_a_project_of_an_earlier_schema_is_published_and_left_as_it_is(tmp_path: Path, out: Path) -> None:
    dump = sorted((Path(__file__).parent / "schemas").glob("*.sql"))[0]
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as conn:
        conn.executescript(dump.read_text())
    before = path.read_bytes()
    assert preview(path, publishable)["images"] == publish(path, out, publishable)["images"]
    assert path.read_bytes() == before
    assert sorted(each.name for each in tmp_path.iterdir() if "old" in each.name) == ["old.db"]
    assert rows(out, "pragma user_version") == [(SCHEMA_VERSION,)]


def test_a_copy_is_one_until_something_private_is_added(project: Project, out: Path) -> None:
    fill_corpus(project.conn)
    publish(project.path, out, publishable)
    with closing(connect(out)) as conn:
        assert not is_publication(project.conn)
        assert is_publication(conn)
        for sql in (
            "insert into _panoptic_changesets (actor, tool, at) values ('ada', 'stamp', '')",
            "insert into _panoptic_jobs (kind, params, state, created_at) values ('import', '{}', 'done', '')",
            "update folders set source = '/home/ada' where parent_id is null",
        ):
            conn.execute("begin")
            conn.execute(sql)
            assert not is_publication(conn), sql
            conn.execute("rollback")


@pytest.mark.asyncio
async def test_the_copy_works(project: Project, out: Path) -> None:
    conn = project.conn
    fill_corpus(conn)
    conn.execute(
        "insert into embedding_spaces (id, embedder, revision, params, dimension, metric, modalities)"
        " values (1, 'e', '1', '{}', 2, 'cosine', '[\"image\"]')"
    )
    for image in (1, 2, 3):
        conn.execute(
            "insert into _panoptic_embeddings (space_id, image_id, vector) values (1, ?, x'0000803f00000000')", [image]
        )
    conn.execute(RUN, [7, "c", "", None])
    conn.execute("insert into clusters values (7, 0, 'heap', 1, 1)")
    conn.executemany("insert into cluster_members values (7, ?, 0, 1, 0)", [[1], [2], [3]])
    saved_views.create(conn, "Boats", "Topic=boat&_group=Author", {"_show": "Topic"}, actor="ada")
    publish(project.path, out, publishable)
    base = "/public/-/panoptic"
    async with serving(out, immutable=True) as datasette:
        for address, holds in {
            base: "a.jpg",
            f"{base}?_group=Topic": "harbour",
            f"{base}/image/1": "Anna",
            f"{base}/views.json": "Boats",
            f"{base}?_group=cluster_7": "heap",
            f"{base}?_similar=image:1&_sort_desc=similarity": "b.jpg",
            f"{base}/similar.json?image=1": '"image_id": 2',
            f"{base}/clusterings.json": "kmeans",
            f"{base}/tags/1.json": "boat",
            f"{base}/history": "",
            f"{base}/export": "Anna",
            "/public/corpus.json?_shape=array": "Anna",
            "/public/annotations.json?_shape=array": "harbour",
        }.items():
            response = await datasette.client.get(address, actor={"id": "anna"})
            assert response.status_code in (200, 302), (address, response.text[:500])
            assert holds in response.text, address
        first = (await datasette.client.get(f"{base}/views.json")).json()
        assert "ada" not in json.dumps(first)


@pytest.mark.asyncio
async def test_a_copy_can_be_downloaded_and_a_project_cannot(project: Project, out: Path) -> None:
    fill_corpus(project.conn)
    publish(project.path, out, publishable)
    config = {"databases": {"project": {"permissions": {"view-database-download": True}}}}
    async with serving(project.path, out, immutable=True, config=config) as datasette:
        assert (await datasette.client.get("/public.db")).content == out.read_bytes()
        for actor in (None, {"id": "root"}):
            assert (await datasette.client.get("/project.db", actor=actor)).status_code == 403
