"""What SQL of visitors gets on a guarded connection: nothing that is private, by whatever way SQL has to a column."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from datasette.utils.sqlite import sqlite3

from datasette_panoptic.store import guard
from datasette_panoptic.store.guard import OF_PROJECT, privileged, refuses_tables, require_asked
from datasette_panoptic.store.privacy import TABLES

from .marked import ABSENT, GIVEN, Mark, plant
from .marked import described as tables_of
from .rows import empty


@dataclass(frozen=True)
class Marked:
    conn: sqlite3.Connection
    marks: list[Mark]

    @property
    def private(self) -> list[Mark]:
        return [mark for mark in self.marks if mark.word == "private"]


@pytest.fixture
def marked() -> Iterator[Marked]:
    conn = empty()
    marks = plant(conn)
    conn.execute("create table mine (id integer primary key, source text)")
    conn.execute("create view theirs as select id, source, name from folders")
    conn.set_authorizer(OF_PROJECT)
    yield Marked(conn, marks)
    conn.close()


def answer(conn: sqlite3.Connection, sql: str, *parameters: object) -> str:
    """Return all that a statement answers, errors too, as a text."""
    try:
        return repr([tuple(row) for row in conn.execute(sql, parameters)])
    except sqlite3.DatabaseError as error:
        return f"refused: {error}"


def told(marked: Marked, text: str) -> list[Mark]:
    return [mark for mark in marked.private if str(mark.value) in text or mark.bytes.decode("latin-1") in text]


def test_marks_cover_every_private_column_but_keys(marked: Marked) -> None:
    planted = {(mark.table, mark.column) for mark in marked.private}
    private = {(table, column) for table, ours in TABLES.items() for column in ours.of("private")}
    described = privileged(tables_of)(marked.conn)
    keys = {(table, each.name) for table, columns in described.items() for each in columns if each.names or each.words}
    absent = {(table, column) for table, column in private if ABSENT.search(column)}
    assert private - planted <= {*keys, *GIVEN, *absent}
    assert len(planted) > 40


def test_no_private_column_is_read_by_name_or_by_star(marked: Marked) -> None:
    for table, ours in TABLES.items():
        columns = ["*", *ours.of("public"), *ours.of("machinery"), *ours.of("private")]
        for column in columns:
            for sql in (f"select {column} from {table}", f"select {table}.{column} from {table} as t, {table}"):
                assert not told(marked, answer(marked.conn, sql)), sql


def test_what_is_public_is_read(marked: Marked) -> None:
    for mark in marked.marks:
        found = answer(marked.conn, f"select {mark.column} from {mark.table}")
        assert (str(mark.value) in found) == (mark.word != "private"), mark
    assert answer(marked.conn, "select count(*) from corpus") == "[(1,)]"
    assert answer(marked.conn, "select value, actor from annotations where property = 'remark'").startswith("[('mark-")


WAYS = [
    "select id from folders where source = '{path}'",
    "select id from folders where source >= '/'",
    "select id from folders where source like 'mark%'",
    "select id from folders where (id, source) in (values (1, '{path}'))",
    "select 1 where '{path}' in (select source from folders)",
    "select id from folders indexed by sqlite_autoindex_folders_1 where source > ''",
    "select f.id from folders as f join json_each(json_array(f.source)) as j where j.value is not null",
    "select id from folders where exists (select 1 from mine where '{path}' = folders.source)",
    "select id from theirs where source is not null",
    "select id from main.folders where source is not null",
    "select id from folders group by source having source is not null",
    "select id from folders where id in (select id from folders except select id from folders where source is null)",
    "with annotations as (select * from folders) select 1 from annotations where source is not null",
    "with recursive folders as (select id, source from main.folders) select 1 from folders where source is not null",
    "select 1 from theirs join (select '{path}' as source) using (source)",
]


@pytest.mark.parametrize("sql", WAYS)
def test_conditions_on_a_private_column_find_nothing(marked: Marked, sql: str) -> None:
    (path,) = [mark.value for mark in marked.marks if (mark.table, mark.column) == ("folders", "source")]
    assert answer(marked.conn, sql.format(path=path)) in ("[]", "refused: no query solution")


JOINS = [
    "select 1 from folders join (select '{path}' as source) using (source)",
    "select 1 from (select '{path}' as source) natural join folders",
    "select name from (select '{path}' as source) as s Natural Left Join folders",
    "select count(*) from mine join folders\nUSING(source)",
    "select 1 from (select 'x' as message) join _panoptic_jobs using (message)",
    "select id from theirs join folders using (id)",
]


@pytest.mark.parametrize("sql", JOINS)
def test_joins_that_sqlite_asks_nothing_about_are_refused(marked: Marked, sql: str) -> None:
    assert guard.UNASKED.search(sql)
    with pytest.raises(sqlite3.OperationalError, match="has private columns"):
        require_asked(marked.conn, sql.format(path="x"), None)


def test_joins_of_public_tables_are_not_refused(marked: Marked) -> None:
    require_asked(marked.conn, "select * from image_tags natural join images where image_id = :id", {"id": 1})
    require_asked(marked.conn, "select 'using', name from tags join image_tags on tag_id = id where id = ?", [1])
    require_asked(marked.conn, " EXPLAIN select 1 from folders natural join mine", None)
    with pytest.raises(sqlite3.OperationalError, match="syntax"):
        require_asked(marked.conn, "select using", None)


def test_a_table_that_is_copied_whole_is_refused(marked: Marked) -> None:
    conn = marked.conn
    conn.execute("create table twin (image_id integer primary key, mime text not null, data blob not null)")
    with pytest.raises(sqlite3.OperationalError, match="has private columns"):
        require_asked(conn, "insert into twin select * from _panoptic_originals", None)
    require_asked(conn, "insert into twin select * from _panoptic_thumbnails", None)


WRITES = [
    "insert into tags (property_id, name) values (1, 'x')",
    "insert into folders (id, source, name, path) values (9, 'mark', 'x', '') on conflict do update set name = source",
    "update image_values set remark = 'x'",
    "update folders set source = '/etc' returning *",
    "delete from _panoptic_changes",
    "drop table images",
    "drop view corpus",
    "alter table folders rename to f",
    "alter table folders add column x",
    "alter table folders drop column source",
    "create index i on folders(source)",
    "drop index files_image_id",
    "create trigger t after insert on images begin insert into mine select id, source from folders; end",
    "create temp trigger t after insert on main.images begin select 1; end",
    "create temp table _panoptic_settings (key, value)",
    "create temp view images as select 1 as id",
    "create table _panoptic_of_newer_code (x)",
    "attach 'other.db' as other",
    "vacuum into 'copy.db'",
]


@pytest.mark.parametrize("sql", WRITES)
def test_our_tables_are_written_by_nobody_else(marked: Marked, sql: str) -> None:
    before = privileged(lambda conn: list(conn.iterdump()))(marked.conn)
    assert answer(marked.conn, sql).startswith("refused: ")
    assert privileged(lambda conn: list(conn.iterdump()))(marked.conn) == before


def test_what_is_no_table_of_ours_is_its_owners(marked: Marked) -> None:
    conn = marked.conn
    conn.execute("insert into mine select id, source from folders")
    assert answer(conn, "select * from mine") == "[(1, None)]"
    update = "update mine set source = (select source from folders)"
    conn.execute(f"create trigger t after insert on mine begin {update}; end")
    conn.execute("insert into mine values (2, 'x')")
    assert answer(conn, "select source from mine") == "[(None,), (None,)]"
    conn.execute("vacuum")
    conn.execute("drop table mine")


def test_what_shows_statements_pages_and_paths_is_closed(marked: Marked, tmp_path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "sesame.db")) as conn:
        conn.set_authorizer(OF_PROJECT)
        for sql in ("select sql from sqlite_stmt", "select data from sqlite_dbpage"):
            assert answer(conn, sql).startswith("refused: ")
        assert answer(conn, "select name, file from pragma_database_list") == "[('main', None)]"


def test_statistics_of_indexes_show_no_samples() -> None:
    for table in ("sqlite_stat3", "sqlite_stat4"):
        assert OF_PROJECT(sqlite3.SQLITE_READ, table, "sample", "main", None) == sqlite3.SQLITE_DENY


def test_a_statement_of_ours_that_is_cached_answers_nobody_else(marked: Marked) -> None:
    sql = "select source from folders"
    assert "mark-folders-source" in repr(privileged(lambda conn: conn.execute(sql).fetchall())(marked.conn))
    for _ in range(3):
        assert answer(marked.conn, sql) == "[(None,)]"
        assert "mark-folders-source" in repr(privileged(lambda conn: conn.execute(sql).fetchall())(marked.conn))


def test_a_connection_is_guarded_again_after_a_function_of_ours_has_failed(marked: Marked) -> None:
    def fail(conn: sqlite3.Connection) -> None:
        conn.execute("select source from folders").fetchone()
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        privileged(fail)(marked.conn)
    assert answer(marked.conn, "select source from folders") == "[(None,)]"


def test_private_tables_are_counted_where_datasette_counts_every_table(marked: Marked) -> None:
    count = "select count(*) from (select * from _panoptic_jobs limit 10001)"
    assert answer(marked.conn, count).startswith("refused: access to _panoptic_jobs")
    token = refuses_tables.set(False)
    try:
        assert answer(marked.conn, count) == "[(1,)]"
        assert not told(marked, answer(marked.conn, "select * from _panoptic_jobs"))
    finally:
        refuses_tables.reset(token)


def test_a_function_of_ours_reads_what_a_query_needs_and_its_statement_is_nobody_elses(marked: Marked) -> None:
    sql = "select key from _panoptic_query_vectors where 1 = ?"
    assert guard.read_within_function(marked.conn, sql, [1])[0] == "mark-_panoptic_query_vectors-key-end"
    assert answer(marked.conn, sql, 1).startswith("refused: ")


def test_schemas_that_are_no_projects_are_left_alone() -> None:
    conn = sqlite3.connect(":memory:")
    conn.execute("attach ':memory:' as other")
    conn.execute("create table other.folders (source)")
    conn.execute("insert into other.folders values ('theirs')")
    conn.set_authorizer(OF_PROJECT)
    assert answer(conn, "select source from other.folders") == "[('theirs',)]"
