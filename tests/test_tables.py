"""A table is sent, looked at, imported and undone, over HTTP."""

from __future__ import annotations

import asyncio
import io
import json
import re
from urllib.parse import urlencode

import pytest
from openpyxl import Workbook

from datasette_panoptic.store.undo import undo
from datasette_panoptic.web.http.server import server_of
from datasette_panoptic.web.tables import pages as tables
from datasette_panoptic.web.tables import uploads as table_uploads
from tests.serving import EDITOR, GRANTS, OWNER, fill_sample, serving

BASE = "/project/-/panoptic"
FORM = {"content-type": "application/x-www-form-urlencoded"}

TABLE = (
    "path;Author;Likes[number];width;Topics[multi_tags]\n"
    'Posters/a.jpg;Anna;1234567890123456789;5;cat,"rue, place"\n'
    "Posters/1968/b.jpg;False;many;;cat\n"
    "Posters/none.jpg;Nobody;1;;\n"
)


@pytest.fixture
def sample(project):
    fill_sample(project.conn)
    return project


class Visitor:
    """Somebody at the pages of tables."""

    def __init__(self, datasette, actor=OWNER):
        self.datasette, self.actor = datasette, actor

    async def get(self, path, **more):
        return await self.datasette.client.get(path, actor=self.actor, **more)

    async def send(self, content=TABLE, name="table.csv", **files):
        data = content.encode() if isinstance(content, str) else content
        response = await self.datasette.client.post(
            f"{BASE}/import-table", actor=self.actor, files={"file": (name, data), **files}
        )
        assert response.status_code == 201, response.text
        return response.json()["url"]

    async def look(self, url, *fields):
        response = await self.get(f"{url}.json?{urlencode(fields)}")
        assert response.status_code == 200, response.text
        return response.json()

    async def bring(self, url, *fields):
        """Import, and return the report of the job."""
        body = urlencode(fields)
        started = await self.datasette.client.post(url, actor=self.actor, content=body, headers=FORM)
        assert started.status_code == 202, started.text
        await server_of(self.datasette).worker.idle()
        return (await self.get(f"{started.json()['url']}.json")).json()


def chosen(page, *more, used=None, **columns):
    """The fields of a page's form as a browser would send them; `type_3="text"` chooses for a column."""
    said = {name.replace("_", ".", 1): value for name, value in columns.items()}
    fields = [("headers", page["headers"])]
    for name, options in (("key", page["keys"]), ("as", page["key_kinds"]), ("fusion", page["fusions"])):
        fields += [(name, next(option["key"] for option in options if option["is_chosen"]))]
    for column in page["columns"]:
        if column["is_used"] if used is None else column["number"] in used:
            fields.append(("use", str(column["number"])))
    return [(name, value) for name, value in fields if name not in dict(more)] + [*more, *said.items()]


@pytest.mark.asyncio
async def test_a_table_is_looked_at_mended_imported_and_undone(sample):
    async with serving(sample.path, tasks=True) as datasette:
        visitor = Visitor(datasette)
        url = await visitor.send()
        page = await visitor.look(url)
        assert (page["file"], page["read_label"]) == ("table.csv", "CSV, utf-8, separator ;")
        assert [column["is_used"] for column in page["columns"]] == [False, True, True, False, True]
        assert (page["errors"], page["unmatched"], page["can_import"]) == (1, 1, False)
        assert page["faults"] == [{"row": 3, "column": "Likes", "text": "many", "message": "`many` is no number"}]
        assert page["unmatched_rows"][0]["text"] == "Posters/none.jpg"
        assert [row["cells"][1]["text"] for row in page["sample"]] == ["1234567890123456789", "many", "1"]
        assert page["sample"][1]["cells"][1]["fault"] == "`many` is no number"
        assert page["sample"][0]["found"] == "a.jpg"
        assert page["facts"][2:] == [
            "New properties: Author, Likes, Topics",
            "2 new tags in Topics",
            "Columns left out: width",
        ]
        fields = chosen(page, type_3="text", name_3="Loves", scope_3="image")
        mended = await visitor.look(url, *fields)
        assert (mended["errors"], mended["can_import"]) == (0, True)
        before = sample.conn.execute("select count(*) from properties").fetchone()
        report = await visitor.bring(url, *fields)
        assert (report["state"], report["was_written"]) == ("done", True)
        assert report["undo_url"] == f"{BASE}/undo"
        said = sample.conn.execute("select file_name, Author, Loves, Topics from corpus where Author <> ''").fetchall()
        assert said == [
            ("a.jpg", "Anna", "1234567890123456789", "cat, rue, place"),
            ("b.jpg", "False", "many", "cat"),
        ]
        changesets = "select id, actor, tool from _panoptic_changesets"
        assert sample.conn.execute(changesets).fetchall() == [(report["changeset"], "root", "import-csv")]
        undo(sample.conn, actor="root", changeset=report["changeset"])
        assert sample.conn.execute("select count(*) from properties where deleted_at is null").fetchone() == before
        page = await visitor.get(f"{BASE}/import-table/jobs/{report['id']}")
        assert "Undo this import" not in page.text


@pytest.mark.asyncio
async def test_cells_that_cannot_be_read_stop_the_import_or_are_left_out(sample):
    async with serving(sample.path, tasks=True) as datasette:
        visitor = Visitor(datasette)
        url = await visitor.send()
        page = await visitor.look(url)
        report = await visitor.bring(url, *chosen(page))
        assert (report["was_written"], report["errors_label"]) == (False, "1 cell cannot be read")
        assert report["undo_url"] is None
        assert sample.conn.execute("select count(*) from _panoptic_changesets").fetchone() == (0,)
        # The way back leads to the table as it was, with what was chosen.
        back = await visitor.get(report["preview_url"])
        assert back.status_code == 200
        skipped = await visitor.look(url, *chosen(page), ("skip", "1"))
        assert skipped["can_import"]
        report = await visitor.bring(url, *chosen(page), ("skip", "1"))
        assert report["was_written"]
        assert sample.conn.execute("select count(Likes) from instance_values").fetchone() == (1,)


LOOKS = {
    "another key": ([("key", "2"), ("as", "name")], "0 match an image"),
    "a name that is the project's": ([("use", "4")], "has a reserved name"),
    "a name twice": ([("name.3", "author")], "there are two columns `author`"),
    "a type that is none": ([("type.2", "prose")], "unknown type `prose`"),
    "each row apart": ([("fusion", "new")], "3 rows, 2 match an image"),
}


@pytest.mark.asyncio
@pytest.mark.parametrize("case", LOOKS)
async def test_a_look_says_what_is_wrong_without_the_command_line(sample, case):
    fields, message = LOOKS[case]
    async with serving(sample.path) as datasette:
        visitor = Visitor(datasette)
        url = await visitor.send()
        page = await visitor.look(url)
        seen = await visitor.look(url, *chosen(page, *fields, ("use", "2"), ("use", "3")))
    said = " ".join([seen["problem"], *seen["facts"]])
    assert message in said
    assert "--" not in said
    assert seen["columns"][1]["header"] == "Author"


@pytest.mark.asyncio
async def test_where_the_encoding_is_not_known_another_can_be_chosen(sample):
    async with serving(sample.path) as datasette:
        visitor = Visitor(datasette)
        url = await visitor.send("path;Titre\na.jpg;Привет\n".encode("cp1251"))
        seen = await visitor.look(url)
        assert [(fault["row"], fault["column"]) for fault in seen["faults"]] == [(2, "Titre")]
        assert "the byte 0xcf, which is not utf-8" in seen["faults"][0]["message"]
        assert (seen["problem"], seen["can_import"]) == ("", False)
        assert "Привет" in str((await visitor.look(url, ("encoding", "cp1251")))["sample"])
        in_header = await visitor.send("path;Название\na.jpg;x\n".encode("cp1251"))
        seen = await visitor.look(in_header)
        assert "header of column 2" in seen["problem"]
        assert "--" not in seen["problem"]
        assert not seen["can_import"]
        assert "Название" in str((await visitor.look(in_header, ("encoding", "cp1251")))["columns"])
        asked = await visitor.look(in_header, ("encoding", "utf-8"))
        assert [option["key"] for option in asked["encodings"] if option["is_chosen"]] == ["utf-8"]
        picture = await visitor.send(b"\xff\xd8\x00" + b"\x81" * 40)
        refused = await visitor.get(f"{picture}.json")
        assert (refused.status_code, "--" in refused.json()["error"]) == (400, False)


@pytest.mark.asyncio
async def test_a_property_that_is_there_takes_the_values_as_it_is(sample):
    async with serving(sample.path, tasks=True) as datasette:
        visitor = Visitor(datasette)
        url = await visitor.send("path;N[number]\nPosters/a.jpg;5\n")
        await visitor.bring(url, *chosen(await visitor.look(url), scope_2="image"))
        url = await visitor.send("path;n[text]\nPosters/1968/b.jpg;7\n")
        page = await visitor.look(url)
        assert page["columns"][1]["becomes"] == "goes into the existing property: number, describes the image"
        assert page["can_import"]
        assert (await visitor.bring(url, *chosen(page, type_2="text")))["was_written"]
        assert sample.conn.execute("select N from image_values order by 1").fetchall() == [(5,), (7,)]
        url = await visitor.send("N;Note\n5;five\n")
        page = await visitor.look(url, *chosen(await visitor.look(url), ("key", "1"), ("as", "N"), used=[2]))
        assert page["facts"][0] == "1 rows, 1 match an image"


@pytest.mark.asyncio
async def test_another_separator_is_another_table_and_begins_anew(sample):
    async with serving(sample.path) as datasette:
        visitor = Visitor(datasette)
        url = await visitor.send("name;a,b\na.jpg;1,2\n")
        page = await visitor.look(url)
        assert [column["name"] for column in page["columns"]] == ["name", "a,b"]
        other = await visitor.look(url, *chosen(page, used=[]), ("separator", ","))
        assert [(column["name"], column["is_used"]) for column in other["columns"]] == [("name;a", True), ("b", True)]
        assert other["separators"][2]["is_chosen"]


@pytest.mark.asyncio
async def test_sheets_of_a_workbook_are_chosen(sample):
    book, out = Workbook(), io.BytesIO()
    book.active.append(["path", "A"])
    book.active.append(["Posters/a.jpg", 1])
    book.create_sheet("second").append(["name", "B"])
    book["second"].append(["b.jpg", True])
    book.save(out)
    async with serving(sample.path, tasks=True) as datasette:
        visitor = Visitor(datasette)
        url = await visitor.send(out.getvalue(), "book.xlsx")
        page = await visitor.look(url)
        assert ([sheet["key"] for sheet in page["sheets"]], page["separators"]) == (["Sheet", "second"], [])
        page = await visitor.look(url, ("sheet", "second"))
        assert page["read_label"] == "XLSX, sheet second"
        report = await visitor.bring(url, *chosen(page), ("sheet", "second"))
        assert report["was_written"]
    assert sample.conn.execute("select B from instance_values").fetchall() == [(1,)]


@pytest.mark.asyncio
async def test_what_describes_the_properties_may_come_along(sample):
    kind = {"name": "Kind", "type": "tag", "scope": "image", "tags": [{"name": "x", "color": "#ff0000"}]}
    described = json.dumps({"properties": [kind]}).encode()
    async with serving(sample.path, tasks=True) as datasette:
        visitor = Visitor(datasette)
        url = await visitor.send("path;Kind\nPosters/a.jpg;x\n", described=("t.properties.json", described))
        assert (await visitor.bring(url, *chosen(await visitor.look(url))))["was_written"]
        bad = await visitor.send("path;Kind\nPosters/a.jpg;x\n", described=("t.json", b"{}"))
        assert "not a description of properties" in (await visitor.look(bad))["problem"]
    assert sample.conn.execute("select color from tags").fetchall() == [("#ff0000",)]


@pytest.mark.asyncio
async def test_lists_of_what_is_wrong_are_downloaded_whole(sample, monkeypatch):
    monkeypatch.setattr("datasette_panoptic.web.tables.contexts.SHOWN", 2)
    rows = "".join(f"none{n}.jpg;many\n" for n in range(5))
    async with serving(sample.path) as datasette:
        visitor = Visitor(datasette)
        page = await visitor.look(await visitor.send(f"path;N[number]\n{rows}"))
        assert (len(page["unmatched_rows"]), len(page["faults"])) == (2, 2)
        found = await visitor.get(page["unmatched_url"])
        assert found.text.splitlines() == ["row;key;did you mean", *(f"{n + 2};none{n}.jpg;" for n in range(5))]
        errors = await visitor.get(page["errors_url"])
        assert errors.text.splitlines()[1] == "2;N;many;`many` is no number"


@pytest.mark.asyncio
async def test_a_large_table_is_looked_at_by_a_process_of_its_own(sample, monkeypatch):
    monkeypatch.setattr(table_uploads, "SMALL", 0)
    async with serving(sample.path) as datasette:
        visitor = Visitor(datasette)
        page = await visitor.look(await visitor.send())
        assert (page["errors"], page["unmatched"]) == (1, 1)
        refused = await visitor.get(f"{await visitor.send('')}.json")
        assert (refused.status_code, "is empty" in refused.json()["error"]) == (400, True)


@pytest.mark.asyncio
async def test_a_table_is_its_senders_alone_and_goes_in_the_end(sample, monkeypatch):
    monkeypatch.setattr(table_uploads, "MOST_KEPT", 2)
    async with serving(sample.path, config={"permissions": GRANTS}) as datasette:
        owner, editor = Visitor(datasette), Visitor(datasette, EDITOR)
        url = await owner.send(name="../../etc/passwd.csv")
        kept = server_of(datasette).tables
        upload = next(iter(kept._kept.values()))
        assert upload.file.name == "table"
        assert (await owner.look(url))["file"] == "passwd.csv"
        assert (await editor.get(url)).status_code == 404
        await owner.send()
        await owner.send()
        assert (await owner.get(url)).status_code == 404
        assert not upload.folder.exists()
        folders = [each.folder for each in kept._kept.values()]
    assert len(folders) == 2
    assert not any(folder.exists() for folder in folders)


@pytest.mark.asyncio
async def test_a_table_is_forgotten_after_a_while(sample, monkeypatch):
    monkeypatch.setattr(table_uploads, "PATIENCE", 0.05)
    async with serving(sample.path) as datasette:
        visitor = Visitor(datasette)
        url = await visitor.send()
        await asyncio.sleep(0.3)
        gone = await visitor.get(f"{url}.json")
        assert (gone.status_code, "send it again" in gone.json()["error"]) == (404, True)


REFUSED = {
    "no form": ({"content": b"x", "headers": {"content-type": "text/plain"}}, 400, "multipart/form-data"),
    "no file": ({"files": {"other": ("a.csv", b"x")}}, 400, "no table was sent"),
    "too large": ({"files": {"file": ("a.csv", b"x" * 2000)}}, 413, "a table has at most"),
}


@pytest.mark.asyncio
@pytest.mark.parametrize("case", REFUSED)
async def test_what_is_no_table_is_refused(sample, case, monkeypatch):
    given, status, message = REFUSED[case]
    monkeypatch.setattr(tables, "LARGEST_TABLE", 1000)
    async with serving(sample.path) as datasette:
        response = await datasette.client.post(f"{BASE}/import-table", actor=OWNER, **given)
        assert (response.status_code, message in response.json()["error"]) == (status, True)


@pytest.mark.asyncio
async def test_an_unknown_field_is_named(sample):
    async with serving(sample.path) as datasette:
        visitor = Visitor(datasette)
        url = await visitor.send()
        for field, message in {
            "colour": "unknown field `colour`",
            "use": "number of a column",
            "fusion": "choose among",
        }.items():
            response = await visitor.get(f"{url}.json?{field}=x")
            assert (response.status_code, message in response.json()["error"]) == (400, True)


@pytest.mark.asyncio
async def test_forms_lead_from_page_to_page(sample):
    page = {"accept": "text/html"}
    nasty = "<script>alert(1)</script>"
    async with serving(sample.path, tasks=True) as datasette:
        visitor = Visitor(datasette)
        assert 'enctype="multipart/form-data"' in (await visitor.get(f"{BASE}/import-table")).text
        files = {"file": ("t.csv", f"path;{nasty}\nPosters/a.jpg;{nasty}\n".encode())}
        sent = await datasette.client.post(f"{BASE}/import-table", actor=OWNER, files=files, headers=page)
        assert sent.status_code == 303
        looked = await visitor.get(sent.headers["location"])
        assert nasty not in looked.text
        assert "&lt;script&gt;" in looked.text
        headers = re.search(r'name="headers" value="(\w+)"', looked.text)[1]
        body = urlencode([("headers", headers), ("key", "1"), ("as", "path"), ("use", "2"), ("name.2", nasty)])
        started = await datasette.client.post(
            sent.headers["location"], actor=OWNER, content=body, headers={**FORM, **page}
        )
        assert started.status_code == 303
        await server_of(datasette).worker.idle()
        report = await visitor.get(started.headers["location"])
        assert "Undo this import" in report.text
        assert nasty not in report.text


@pytest.mark.asyncio
async def test_a_project_that_cannot_be_written_says_so(sample):
    async with serving(sample.path, immutable=True) as datasette:
        response = await Visitor(datasette).get(f"{BASE}/import-table")
        assert response.status_code == 403
