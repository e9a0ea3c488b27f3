"""Files older than the rule for names, and names that other software writes: nothing is lost, and all is told."""

from __future__ import annotations

import logging
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from datasette.utils.sqlite import sqlite3
from hypothesis import given, settings
from hypothesis import strategies as st

from datasette_panoptic.domain.changes import AddTags, Selection
from datasette_panoptic.domain.names import name_key
from datasette_panoptic.errors import Conflict
from datasette_panoptic.query import text
from datasette_panoptic.query.compile import compile
from datasette_panoptic.query.orders import fields
from datasette_panoptic.store import name_clashes, name_keys, properties, saved_views, tags, view_names
from datasette_panoptic.store.changesets import apply
from datasette_panoptic.store.connection import connect, connect_read_only, transaction
from datasette_panoptic.store.problems import problems
from datasette_panoptic.store.undo import undo
from tests.annotated import annotate
from tests.conftest import Project

V4 = Path(__file__).parent / "schemas" / "4.sql"

CLASHING = """
insert into properties (id, name, type, scope, position) values
  (10, 'époque', 'text', 'image', 10), (11, 'Époque', 'number', 'image', 11), (12, 'Genre', 'multi_tags', 'image', 12),
  (13, 'Rue  Haute', 'date', 'instance', 13);
alter table image_values add column "époque" text;
alter table image_values add column "Époque" numeric;
alter table instance_values add column "Rue  Haute" text;
update image_values set "époque" = 'Empire', "Époque" = 1804 where image_id = 1;
insert into property_groups (id, name, position) values (10, 'ÉTAT', 10), (11, 'état', 11);
insert into tags (id, property_id, name, color, description) values
  (10, 12, 'Cão', null, 'a dog'), (11, 12, 'Ca' || char(0x303) || 'o', '#112233', 'ein Hund'),
  (12, 12, 'cão ', null, null), (13, 12, 'gone', null, null), (14, 12, 'Gone', null, null),
  (15, 12, 'animal', null, null);
update tags set deleted_at = '2026-01-01T00:00:00Z' where id = 13;
insert into tag_parents (tag_id, parent_id) values (11, 15), (12, 10);
insert into image_tags (tag_id, image_id) values (10, 1), (11, 1), (11, 2), (12, 2), (14, 2);
insert into _panoptic_refusals (property_id, value, image_id, at) values (12, '11', 2, '2026-01-05T10:00:00Z');
insert into _panoptic_unchecked (property_id, subject_id, value, changeset_id) values (12, 2, 11, 2), (12, 1, 11, 2);
insert into saved_views (id, name, query, layout, position) values
  (10, 'Boats', 'Époque__gt=5&_sort=Époque&_where=any(Époque=1;époque__contains=x)&_group=Époque:10:mean:Époque',
   '{"_show": "époque,Époque", "_view": "table"}', 10),
  (11, 'boats', 'époque=1&Genre=x', null, 11);
"""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as conn:
        conn.executescript(V4.read_text())
        conn.executescript(CLASHING)
    return path


def keys(conn: sqlite3.Connection, table: str) -> dict[str, str]:
    return dict(conn.execute(f"select name, name_key from {table} order by id").fetchall())


def tagged(conn: sqlite3.Connection, asked: str) -> list[int]:
    sql = compile(text.parse_string(f"_mode=images&{asked}"), fields(conn))
    return sorted(image for (image,) in conn.execute(sql.text, sql.params))


def test_an_older_file_keeps_all_that_was_said_under_names_that_are_the_same(old, caplog):
    with closing(connect(old)) as conn, caplog.at_level(logging.WARNING):
        assert keys(conn, "property_groups")["état (2)"] == "état (2)"
        assert [row["name"] for row in properties.listed(conn)][-4:] == ["époque", "Époque (2)", "Genre", "Rue  Haute"]
        assert conn.execute('select "époque", "Époque (2)" from corpus limit 1').fetchone() == ("Empire", 1804)
        assert [view.name for view in saved_views.listed(conn)][-2:] == ["Boats", "boats (2)"]
        genre = {tag.name: tag for tag in tags.listed(conn, 12)}
        assert sorted(genre) == ["Cão", "Gone", "animal"]
        assert (genre["Cão"].color, genre["Cão"].description) == ("#112233", "a dog")
        assert genre["Cão"].parents == ("animal",)
        assert tagged(conn, "Genre=ca\u0303o") == [1, 2]
        assert conn.execute("select value, image_id from _panoptic_refusals where property_id = 12").fetchall() == [
            ("10", 2)
        ]
        # Image 1 had the tag that is left from a person, and image 2 the other one from a machine alone.
        unchecked = "select subject_id, value from _panoptic_unchecked where property_id = 12 and value = 10"
        assert conn.execute(unchecked).fetchall() == [(2, 10)]
        assert conn.execute("pragma foreign_key_check").fetchall() == []
        assert conn.execute("pragma integrity_check").fetchall() == [("ok",)]
    assert problems(old) == []


def test_what_becomes_of_names_that_are_the_same_is_told_and_in_the_history(old, caplog):
    with closing(connect(old)) as conn:
        said = [record.getMessage() for record in caplog.records]
        assert [note.partition(";")[0] for note in said] == [
            "there are two property groups of the name `état`: one is called `état (2)` now",
            "there are two properties of the name `Époque`: one is called `Époque (2)` now",
            "the tags `Cão` and `Ca\u0303o` of `Genre` are the same, and are one now",
            "the tags `Cão` and `cão ` of `Genre` are the same, and are one now",
            "there are two saved views of the name `boats`: one is called `boats (2)` now",
        ]
        (changeset, actor) = conn.execute("select id, actor from _panoptic_changesets where tool = 'names'").fetchone()
        assert all(f"changeset {changeset} of the history" in note for note in said)
        assert actor is None
        caplog.clear()
        with transaction(conn):
            pass
        assert not caplog.records


def test_saved_views_follow_a_property_that_had_to_be_renamed(old):
    with closing(connect(old)) as conn:
        views = {view.id: view for view in saved_views.listed(conn)}
        query = text.parse_string(views[10].query)
        asked = "Époque (2)__gt=5&_sort=Époque (2)&_where=any(Époque ~282~29=1;époque__contains=x)"
        assert query == text.parse_string(f"{asked}&_group=Époque ~282~29:10:mean:Époque ~282~29")
        assert views[10].layout == {"_show": "époque,Époque ~282~29", "_view": "table"}
        assert views[11].query == "époque=1&Genre=x"


def test_merged_tags_come_apart_again_under_a_name_that_is_free(old):
    with closing(connect(old)) as conn:
        (changeset,) = conn.execute("select id from _panoptic_changesets where tool = 'names'").fetchone()
        done = undo(conn, actor="ada", changeset=changeset)
        assert done.conflicts
        found = {tag.name: tag.count for tag in tags.listed(conn, 12)}
        assert found == {"Cão": 1, "C\u00e3o (2)".replace("\u00e3", "a\u0303"): 2, "cão (3)": 1, "Gone": 1, "animal": 0}
        assert conn.execute("pragma integrity_check").fetchall() == [("ok",)]
        linked = "select count(*) from image_tags join tags on tags.id = tag_id where deleted_at is not null"
        assert conn.execute(linked).fetchone() == (0,)


def test_the_last_change_of_a_person_is_not_that_of_the_names(old):
    with closing(connect(old)) as conn:
        apply(conn, [AddTags(12, ("new",))], Selection("select 1 as instance_id", {}), actor=None, tool="annotate")
        conn.execute("insert into tags (property_id, name) values (12, 'NEW')")
        apply(conn, [AddTags(12, ("newer",))], Selection("select 1 as instance_id", {}), actor="ada", tool="annotate")
        assert conn.execute("select max(id) from _panoptic_changesets where tool = 'names'").fetchone()[0] > 3
        undone = undo(conn, actor=None)
        tools = "select tool from _panoptic_changesets where undone_by = ?"
        assert conn.execute(tools, [undone.changeset]).fetchone() == ("annotate",)


def test_a_file_that_cannot_be_migrated_is_read_with_both_names(old):
    with closing(connect_read_only(old, immutable=True)) as conn:
        known = fields(conn)
        assert (known["époque"].property_id, known["Époque"].property_id) == (10, 11)
        assert tagged(conn, "Genre=CA\u0303O") == [1, 2]
        assert tagged(conn, "Genre__none=gone") == [1]
        assert properties.named(conn, "ÉPOQUE")[0] == 10
        assert tags.named(conn, 12, "CÃO") == 10
    assert problems(old) == []


WRITES = {
    "a tag is inserted": "insert into tags (property_id, name) values (4, 'CAT')",
    "a tag is renamed": "update tags set name = 'Cat' where name = 'animal'",
    "a tag is replaced": "insert or replace into tags (id, property_id, name) values (2, 4, 'Cat')",
    "a property is renamed": "update properties set name = 'NOTE' where name = 'likes'",
    "a view is inserted": "insert into saved_views (name, query) values ('NEWEST', '')",
    "a group is inserted": "insert into property_groups (name) values ('Description ')",
    "the case changes": "update tags set name = 'CAT' where name = 'cat'",
}


@pytest.mark.parametrize("case", WRITES)
def test_other_software_cannot_make_two_of_one_name(project: Project, caplog, case):
    annotate(project.conn)
    with transaction(project.conn):
        pass
    write = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()"
    if "properties" in WRITES[case]:  # whose column goes by the name: a uniqueness of SQLite's own
        with pytest.raises(sqlite3.IntegrityError):
            project.conn.execute(WRITES[case])
        return
    subprocess.run([sys.executable, "-I", "-c", write, project.path, WRITES[case]], check=True)
    assert not name_keys.are_settled(project.conn)
    with transaction(project.conn):
        pass
    assert name_keys.are_settled(project.conn)
    assert bool(caplog.records) == (case != "the case changes")
    for table in name_keys.NAMED:
        assert all(name_key(name) == key for name, key in keys(project.conn, table).items())
    assert problems(project.path) == []


def test_the_key_of_another_name_is_reported(project: Project):
    annotate(project.conn)
    with transaction(project.conn):
        pass
    project.conn.execute("update tags set name = 'Ère', name_key = 'epoque' where id = 3")
    assert problems(project.path) == ["tags row 3, `Ère`, has the key of another name, `epoque`"]


def test_columns_and_indexes_of_others_stay(tmp_path):
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as conn:
        conn.executescript(V4.read_text())
        conn.executescript(
            "alter table tags add column note text default 'x'; create index mine on tags(note);"
            "update tags set note = 'kept' where id = 1;"
        )
    with closing(connect(path)) as conn:
        assert conn.execute("select note from tags order by id").fetchall() == [("kept",), ("x",), ("x",)]
        assert conn.execute("select tbl_name from sqlite_master where name = 'mine'").fetchone() == ("tags",)


names = st.text(st.sampled_from("aAéÉ\u0301ß s\u00a0"), min_size=1, max_size=4).filter(lambda name: name_key(name))


@settings(max_examples=60, deadline=None)
@given(st.lists(names, min_size=1, max_size=6))
def test_a_name_is_refused_if_and_only_if_its_key_is_taken(rows_conn, several):
    conn = rows_conn
    conn.execute("begin")
    try:
        taken: set[str] = set()
        for name in several:
            if name_key(name) in taken:
                with pytest.raises(Conflict):
                    properties.create(conn, name, "multi_tags", "image")
                with pytest.raises(Conflict):
                    saved_views.create(conn, name, "", {}, actor=None)
            else:
                property_id = properties.create(conn, name, "multi_tags", "image")
                saved_views.create(conn, name, "", {}, actor=None)
                taken.add(name_key(name))
            for other in several[: several.index(name) + 1]:
                assert properties.find(conn, other) is not None
            tag = tags.create(conn, property_id, name)
            assert tags.create(conn, property_id, name.swapcase()) == tags.named(conn, property_id, name.swapcase())
            assert tags.named(conn, property_id, f" {name}\u00a0") == tag
        for table in name_keys.NAMED:
            assert all(name_key(name) == key for name, key in keys(conn, table).items())
    finally:
        conn.execute("rollback")


@pytest.fixture(scope="module")
def rows_conn():
    from tests.rows import empty

    with closing(empty()) as conn:
        yield conn


@pytest.mark.parametrize(
    ("query", "renamed"),
    [
        ("x=1&y=2", "z (2)=1&y=2"),
        ("x__gt=5&x=x", "z (2)__gt=5&z (2)=x"),
        ("xx=1&_sort=xx&_search=x", "xx=1&_sort=xx&_search=x"),
        ("_sort_desc=x&_group=y::mean:x", "_sort_desc=z (2)&_group=y::mean:z ~282~29"),
        ("_where=not(x=1;any(y=x;x__any=a,b))", "_where=not(z ~282~29=1;any(y=x;z ~282~29__any=a,b))"),
        ("_where=x=1", "_where=z ~282~29=1"),
        ("_folder=3&_mode=images", "_folder=3&_mode=images"),
    ],
)
def test_an_old_query_names_a_field_anew_wherever_it_does(query, renamed):
    assert text.parse_string(view_names.in_query(query, "x", "z (2)")) == text.parse_string(renamed)


def test_settling_twice_does_nothing(old):
    with closing(connect(old)) as conn:
        before = conn.execute("select count(*) from _panoptic_edits").fetchone()
        conn.execute("update tags set name_key = null")
        with transaction(conn):
            name_clashes.settle(conn)
        assert conn.execute("select count(*) from _panoptic_edits").fetchone() == before
