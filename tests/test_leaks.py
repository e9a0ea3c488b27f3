"""Nothing private leaves by Datasette's own pages: every table, row, cell and query, for everybody, in every mode."""

from __future__ import annotations

from contextlib import asynccontextmanager, closing
from urllib.parse import quote

import pytest
from datasette.database import Database
from datasette.utils.sqlite import sqlite3

from datasette_panoptic.store import privacy
from datasette_panoptic.store.connection import checkpoint, connect
from datasette_panoptic.store.privacy import TABLES, VIEWS

from .access_matrix import ACTORS
from .marked import Mark, plant
from .serving import GRANTS, OWNER, serving

#: Everything that Datasette can grant, for the owner alone.
ROOT = {"id": ["root"]}
CONFIG = {"permissions": {**GRANTS, "execute-write-sql": ROOT}}


@pytest.fixture(scope="module")
def marked(tmp_path_factory):
    path = tmp_path_factory.mktemp("marked") / "project.db"
    conn = connect(path, create=True)
    marks = plant(conn)
    conn.execute("create table mine (id integer primary key, source text)")
    conn.execute("create view theirs as select id, source, name from folders")
    checkpoint(conn)
    conn.close()
    return path, [mark for mark in marks if mark.word == "private"]


@asynccontextmanager
async def writable(path):
    async with serving(path, config=CONFIG) as datasette:
        yield datasette


@asynccontextmanager
async def immutable(path):
    async with serving(path, immutable=True, config=CONFIG) as datasette:
        yield datasette


@asynccontextmanager
async def read_only(path):
    async with serving(config=CONFIG) as datasette:
        datasette.add_database(Database(datasette, path=str(path), mode="ro"), name="project")
        await datasette._panoptic.open_all()
        yield datasette


@asynccontextmanager
async def unthreaded(path):
    async with serving(path, config=CONFIG, settings={"num_sql_threads": 0}) as datasette:
        yield datasette


def told(marks: list[Mark], content: bytes) -> list[Mark]:
    return [mark for mark in marks if mark.bytes in content or str(mark.value).encode() in content]


def pages_of_tables() -> list[str]:
    """Every way to a table, a row and a cell."""
    addresses = []
    for table in [*TABLES, *VIEWS, "theirs"]:
        base = f"/project/{table}"
        addresses += [f"{base}.json?_shape=array&_labels=on", f"{base}/1.json?_extra=foreign_key_tables"]
        private = TABLES[table].of("private") if table in TABLES else ("source", "actor")
        if privacy.is_closed(table):
            addresses.append(f"{base}/1.blob?_blob_column={private[0] if private else 'data'}")
            continue
        addresses += [base, f"{base}/1", f"{base}.csv?_labels=on&_stream=1"]
        for column in private:
            addresses += [
                f"{base}.json?_facet={column}&_sort_desc={column}&_shape=objects&_extra=facet_results",
                f"{base}.json?{column}__contains=mark&_shape=array",
                f"{base}/1.blob?_blob_column={column}",
                f"{base}/-/autocomplete?q=mark",
            ]
    return addresses


QUERIES = [
    *(f"select * from {table}" for table in TABLES),
    *(f"select {', '.join(f'{column} || 1' for column in ours.of('private'))} from main.{table}"
      for table, ours in TABLES.items() if ours.private),
    "select * from corpus", "select * from annotations", "select * from theirs",
    "select sql from sqlite_stmt", "select * from pragma_database_list", "select * from sqlite_master",
    "with x as (select * from _panoptic_jobs) select * from x",
    "select * from folders natural join mine",
    "select * from mine join folders using (source)",
]  # fmt: skip


def query(sql: str, extension: str = ".json", database: str = "project") -> str:
    return f"/{database}/-/query{extension}?sql={quote(sql)}"


async def leaks(datasette, marks, addresses, actors):
    """Ask for addresses; return those whose answers tell a mark, and those that fail."""
    found = {}
    for address in addresses:
        for actor in actors:
            response = await datasette.client.get(address, actor=ACTORS[actor])
            marked = told(marks, response.content)
            if response.status_code >= 500 or marked:
                found[address, actor] = response.status_code, [f"{mark.table}.{mark.column}" for mark in marked]
    return found


@pytest.mark.asyncio
@pytest.mark.parametrize("mode", [writable, immutable, read_only, unthreaded])
async def test_no_page_of_a_table_tells_what_is_private(marked, mode):
    path, marks = marked
    async with mode(path) as datasette:
        addresses = pages_of_tables()
        if mode is not writable:
            addresses = [address for address in addresses if ".json?" in address][::3]
        assert await leaks(datasette, marks, addresses, ["anonymous"]) == {}
        assert await leaks(datasette, marks, addresses[::11], ["editor", "importer", "owner"]) == {}
        assert "mark-folders-name" in (await datasette.client.get("/project/folders.json")).text


@pytest.mark.asyncio
@pytest.mark.parametrize("mode", [writable, immutable, read_only, unthreaded])
async def test_no_query_tells_what_is_private(marked, mode):
    path, marks = marked
    async with mode(path) as datasette:
        addresses = [query(sql) for sql in QUERIES]
        assert await leaks(datasette, marks, addresses, ["anonymous"]) == {}
        if mode is writable:
            addresses = [query(sql, extension) for sql in QUERIES for extension in ("", ".csv")]
            assert await leaks(datasette, marks, addresses[::3], ["anonymous"]) == {}
            assert await leaks(datasette, marks, addresses[::7], ["owner"]) == {}
        assert "mark-folders-name" in (await datasette.client.get(query("select name from folders"))).text


@pytest.mark.asyncio
async def test_private_tables_are_refused_and_machinery_has_no_page(marked):
    path, _ = marked
    async with writable(path) as datasette:
        listed = (await datasette.client.get("/project.json", actor=OWNER)).json()
        assert {table["name"] for table in listed["tables"] if table["name"] in TABLES} == {
            table for table in TABLES if not privacy.is_closed(table)
        }
        for table in TABLES:
            status = 403 if privacy.is_closed(table) else 200
            for actor in (None, OWNER):
                for address in (f"/project/{table}.json", f"/project/{table}.csv"):
                    assert (await datasette.client.get(address, actor=actor)).status_code == status, address
                answer = await datasette.client.get(query(f"select * from {table}"), actor=actor)
                assert answer.status_code == (400 if privacy.is_private(table) else 200), answer.text


@pytest.mark.asyncio
async def test_counting_tables_works_and_says_nothing(marked, capsys):
    path, _ = marked
    async with writable(path) as datasette:
        (home,) = (await datasette.client.get("/.json")).json()["databases"]
        assert home["show_table_row_counts"]
        assert (await datasette.client.get("/project")).status_code == 200
    assert "prohibited" not in capsys.readouterr().err


@pytest.mark.asyncio
@pytest.mark.parametrize("extra", ["id in (select 1 from _panoptic_jobs where params like '%25mark%25')",
                                   "exists (select 1 from mine join folders using (source))",
                                   "source is not null"])  # fmt: skip
async def test_conditions_in_the_address_of_a_table_find_nothing(marked, extra):
    path, _ = marked
    async with writable(path) as datasette:
        response = await datasette.client.get(f"/project/folders.json?_shape=array&_where={extra}")
        assert response.status_code >= 400 or response.json() == []


@pytest.mark.asyncio
async def test_stored_queries_tell_nothing_private(marked):
    path, marks = marked
    queries = {f"q{n}": {"sql": sql} for n, sql in enumerate(QUERIES[::4])}
    async with serving(path, config={**CONFIG, "databases": {"project": {"queries": queries}}}) as datasette:
        addresses = [f"/project/{name}{extension}" for name in queries for extension in (".json", ".csv")]
        assert await leaks(datasette, marks, addresses, ["anonymous"]) == {}


@pytest.mark.asyncio
async def test_databases_that_are_joined_tell_nothing_private(marked, tmp_path):
    path, marks = marked
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as conn:
        conn.execute("create table folders (id, source)")
        conn.execute("insert into folders values (1, 'theirs')")
    async with serving(path, other, crossdb=True, config=CONFIG) as datasette:
        addresses = [query(sql.replace(" from ", " from project."), database="_memory") for sql in QUERIES[::3]]
        addresses.append(query("select 1 from project.folders join other.folders using (source)", database="_memory"))
        addresses.append(query("select file from pragma_database_list", database="_memory"))
        assert await leaks(datasette, marks, addresses, ["anonymous"]) == {}
        response = await datasette.client.get(query("select file from pragma_database_list", database="_memory"))
        assert str(path) not in response.text
        for database in ("_memory", "other"):
            table = "other.folders" if database == "_memory" else "folders"
            assert (
                "theirs" in (await datasette.client.get(query(f"select source from {table}", database=database))).text
            )
        assert (
            "mark-folders-name"
            in (await datasette.client.get(query("select name from project.folders", database="_memory"))).text
        )


@pytest.mark.asyncio
@pytest.mark.parametrize("damage", ["update tags set id = 3000000000 where id = 2", "drop table _panoptic_removals"])
async def test_a_damaged_project_is_no_less_private(marked, tmp_path, damage):
    path = tmp_path / "project.db"
    path.write_bytes(marked[0].read_bytes())
    with closing(sqlite3.connect(path)) as conn, conn:
        conn.execute("pragma foreign_keys = off")
        conn.execute(damage)
    async with serving(path, crossdb=True, config=CONFIG) as datasette:
        assert "damaged" in (await datasette.client.get("/project/-/panoptic", actor=OWNER)).text
        joined = [query(sql.replace(" from ", " from project."), database="_memory") for sql in QUERIES[::3]]
        addresses = [*pages_of_tables()[::3], *(query(sql) for sql in QUERIES[::2]), *joined, "/project.db"]
        assert await leaks(datasette, marked[1], addresses, ["anonymous", "owner"]) == {}
        listed = (await datasette.client.get("/project.json", actor=OWNER)).json()["tables"]
        assert [table["name"] for table in listed if privacy.is_closed(table["name"])] == []


def rows(path) -> list[str]:
    conn = sqlite3.connect(path)
    try:
        return [line for line in conn.iterdump() if "sqlite_migrations" not in line]
    finally:
        conn.close()


@pytest.mark.asyncio
async def test_datasettes_ways_to_write_do_not_reach_our_tables(marked, tmp_path):
    path = tmp_path / "project.db"
    path.write_bytes(marked[0].read_bytes())
    async with writable(path) as datasette:
        before = rows(path)

        async def post(address, body):
            return await datasette.client.post(address, actor=OWNER, json=body)

        for table in ("folders", "image_tags", "_panoptic_jobs", *VIEWS):
            base = f"/project/{table}"
            for address, body in {
                f"{base}/-/insert": {"row": {"id": 77, "name": "x"}},
                f"{base}/-/upsert": {"rows": [{"id": 1, "name": "x"}]},
                f"{base}/-/drop": {"confirm": True},
                f"{base}/-/alter": {"operations": [{"op": "add_column", "name": "x"}]},
                f"{base}/1/-/update": {"update": {"name": "x"}},
                f"{base}/1/-/delete": {},
            }.items():
                response = await post(address, body)
                assert response.status_code in (400, 403, 404, 405), (address, response.status_code)
        statements = [
            "update folders set source = '/etc'",
            "insert into tags (property_id, name) values (1, 'x')",
            "delete from _panoptic_changes",
            "insert into mine select 9, source from folders natural join mine",
            "drop table images",
            "create trigger t after insert on mine begin delete from images; end",
        ]
        for sql in statements:
            response = await post("/project/-/execute-write", {"sql": sql})
            assert response.status_code >= 400, (sql, response.text)
        assert rows(path) == before
        response = await post("/project/-/execute-write", {"sql": "insert into mine select id, source from folders"})
        assert response.status_code == 200, response.text
        created = {"table": "copied", "row": {"id": 1, "text": "x"}}
        assert (await post("/project/-/create", created)).status_code == 201
        assert (await post("/project/copied/-/insert", {"row": {"id": 2, "text": "y"}})).status_code == 201
        answer = await datasette.client.get("/project/mine.json?_shape=array")
        assert answer.json() == [{"id": 1, "source": None}]
