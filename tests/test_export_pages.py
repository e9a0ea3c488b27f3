"""Exports over HTTP: every format, of a view or of a selection in it, for whoever may view."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from urllib.parse import quote, urlencode

import pytest
from openpyxl import load_workbook
from pyarrow import parquet

from datasette_panoptic.domain.changes import Selection, SetTags, SetValue
from datasette_panoptic.query.orders import version
from datasette_panoptic.store import properties
from datasette_panoptic.store.changesets import apply
from datasette_panoptic.store.connection import checkpoint
from datasette_panoptic.web.http.server import MOST_EXPORTS, server_of
from tests.serving import EDITOR, GRANTS, OWNER, fill_sample, serving

BASE = "/project/-/panoptic"
BIG = 1234567890123456789


@pytest.fixture
def sample(project):
    """The sample, of which everything is said to be big and of two topics."""
    fill_sample(project.conn)
    big = properties.create(project.conn, "Big, or not", "number", "instance")
    topic = properties.create(project.conn, "Topic", "multi_tags", "image")
    everything = Selection("select id as instance_id from instances", {})
    said = [SetValue(big, BIG), SetTags(topic, ("cat", "rue, place"))]
    apply(project.conn, said, everything, actor="anna", tool="stamp")
    project.conn.execute("insert into _panoptic_originals values (1, 'image/jpeg', x'ffd8ff')")
    checkpoint(project.conn)
    return project


def records(text, separator=";"):
    return list(csv.reader(io.StringIO(text), delimiter=separator))


def sheet(content):
    book = load_workbook(io.BytesIO(content))
    return [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]


HEADERS = ["id", "path", "Big, or not[number]", "Topic[multi_tags]"]
READERS = {
    "csv": lambda content: [HEADERS, *records(content.decode())[1:]],
    "tsv": lambda content: [HEADERS, *records(content.decode(), "\t")[1:]],
    "json": lambda content: [HEADERS, *([*row.values()] for row in json.loads(content))],
    "xlsx": sheet,
    "parquet": lambda content: [
        HEADERS, *([*row.values()] for row in parquet.read_table(io.BytesIO(content)).to_pylist())
    ],
    "zip": lambda content: [
        HEADERS, *records(zipfile.ZipFile(io.BytesIO(content)).read("corpus.csv").decode())[1:]
    ],
}  # fmt: skip


@pytest.mark.asyncio
@pytest.mark.parametrize("form", READERS)
async def test_every_format_has_what_the_view_finds(sample, form):
    async with serving(sample.path) as datasette:
        response = await datasette.client.get(f"{BASE}/export?name=b.jpg&_format={form}")
        assert response.status_code == 200
        assert response.headers["content-disposition"] == f"attachment; filename*=UTF-8''project.{form}"
        headers, *rows = READERS[form](response.content)
        assert headers == HEADERS
        ((id_, path, big, topics),) = rows
        assert (int(id_), path, int(big)) == (2, "Posters/1968/b.jpg", BIG)
        assert topics in ('cat,"rue, place"', ["cat", "rue, place"])


@pytest.mark.asyncio
async def test_properties_are_chosen_by_name_and_order(sample):
    async with serving(sample.path) as datasette:

        async def headers(query):
            response = await datasette.client.get(f"{BASE}/export?{query}")
            return records(response.text)[0][2:]

        assert await headers("_properties=Topic,width") == ["Topic[multi_tags]", "width[number]"]
        in_quotes = quote('"Big, or not"')
        assert await headers(f"_properties=&_properties=Topic&_properties={in_quotes}") == [
            "Topic[multi_tags]",
            "Big, or not[number]",
        ]
        assert await headers("_properties=") == []
        assert await headers("") == HEADERS[2:]


@pytest.mark.asyncio
async def test_all_of_it_or_the_view(sample):
    async with serving(sample.path) as datasette:
        rows = {}
        for what in ("view", "all"):
            response = await datasette.client.get(f"{BASE}/export?name=b.jpg&_sort_desc=id&_what={what}&_properties=")
            rows[what] = [int(row[0]) for row in records(response.text)[1:]]
    assert rows == {"view": [2], "all": [1, 2, 3, 4, 5]}


SELECTIONS = {
    ("", (0, 2)): [1, 2],
    ("_sort_desc=id", (0, 2)): [5, 4],
    ("_mode=images", (0, 1)): [1, 4],
    ("_mode=images&_sort_desc=id", (1, 2)): [4, 1],
}


@pytest.mark.asyncio
@pytest.mark.parametrize("case", SELECTIONS)
async def test_a_selection_is_posted_as_json_or_as_a_form(sample, case):
    query, cells = case
    asked = {"query": query, "version": str(version(sample.conn)), "format": "json", "properties": ""}
    async with serving(sample.path, immutable=True) as datasette:
        response = await datasette.client.post(f"{BASE}/export", json={**asked, "positions": [cells], "properties": []})
        assert response.status_code == 200, response.text
        assert [row["id"] for row in response.json()] == SELECTIONS[case]
        form = {**asked, "positions": json.dumps([cells])}
        response = await datasette.client.post(f"{BASE}/export", data=form)
        assert [row["id"] for row in response.json()] == SELECTIONS[case]


FAULTS = {
    "_format=pdf": (400, "`_format` cannot be `pdf`"),
    "_what=nothing": (400, "`_what` cannot be"),
    "_properties=Colour": (400, "no property `Colour`"),
    "Colour=red": (400, "Colour"),
    "_images=1": (400, "original files are not served here"),
}


@pytest.mark.asyncio
@pytest.mark.parametrize("query", FAULTS)
async def test_a_fault_is_an_error_and_no_file(sample, query):
    status, message = FAULTS[query]
    async with serving(sample.path) as datasette:
        response = await datasette.client.get(f"{BASE}/export?{query}")
        assert (response.status_code, message in response.json()["error"]) == (status, True)


@pytest.mark.asyncio
async def test_positions_of_another_version_are_refused(sample):
    async with serving(sample.path) as datasette:
        for given, status in (({"version": "0.0"}, 409), ({"positions": "no"}, 400), ({"positions": "[[0, 99]]"}, 400)):
            asked = {"query": "", "positions": "[[0, 1]]", "version": str(version(sample.conn)), **given}
            assert (await datasette.client.post(f"{BASE}/export", data=asked)).status_code == status


@pytest.mark.asyncio
async def test_image_files_are_for_those_who_may_see_originals(sample):
    async with serving(sample.path, config={"permissions": GRANTS}) as datasette:
        assert (await datasette.client.get(f"{BASE}/export?_images=1")).status_code == 400
        response = await datasette.client.get(f"{BASE}/export?_images=1&_format=json", actor=EDITOR)
        assert response.headers["content-disposition"].endswith("project.zip")
        archive = zipfile.ZipFile(io.BytesIO(response.content))
        assert archive.read("images/Posters/a.jpg") == b"\xff\xd8\xff"
        assert len(json.loads(archive.read("corpus.json"))) == 5
        # The others were never in a folder of this machine.
        assert "Posters/1968/b.jpg" in archive.read("missing.txt").decode().splitlines()
        pages = [(await datasette.client.get(f"{BASE}/export-options", actor=who)).text for who in (None, EDITOR)]
        assert ['name="_images"' in page for page in pages] == [False, True]


@pytest.mark.asyncio
async def test_asking_for_the_head_alone_writes_nothing(sample):
    async with serving(sample.path) as datasette:
        response = await datasette.client.head(f"{BASE}/export?_format=xlsx")
        assert (response.status_code, response.content) == (200, b"")
        assert response.headers["content-type"].endswith("spreadsheetml.sheet")


@pytest.mark.asyncio
async def test_the_page_offers_what_there_is(sample):
    async with serving(sample.path) as datasette:
        page = (await datasette.client.get(f"{BASE}/export-options.json?name=b.jpg&_sort=name", actor=OWNER)).json()
        assert page["kept"] == [["name", "b.jpg"], ["_sort", "name"]]
        assert [what["label"] for what in page["whats"]] == ["The view: 1 instance", "All 5 instances"]
        assert [choice["value"] for choice in page["properties"]] == ['"Big, or not"', "Topic"]
        chosen = [("_properties", choice["value"]) for choice in page["properties"]]
        address = f"{page['action']}?{urlencode([*map(tuple, page['kept']), *chosen])}"
        assert records((await datasette.client.get(address)).text)[0] == HEADERS
        html = await datasette.client.get(f"{BASE}/export-options?name=b.jpg")
        assert html.status_code == 200
        assert '<input type="hidden" name="name" value="b.jpg">' in html.text
        everything = (await datasette.client.get(f"{BASE}/export-options.json")).json()
        assert [what["key"] for what in everything["whats"]] == ["all"]


@pytest.mark.asyncio
async def test_only_so_many_are_written_at_once(sample):
    async with serving(sample.path) as datasette:
        exports = server_of(datasette).exports
        taken = [exports.take(only_looks=True) for _ in range(MOST_EXPORTS)]
        assert taken == [*[True] * (MOST_EXPORTS - 1), False]  # the last place is for those who may change the project
        assert (await datasette.client.get(f"{BASE}/export", actor=OWNER)).status_code == 200
        busy = await datasette.client.get(f"{BASE}/export", headers={"accept": "text/html"})
        assert (busy.status_code, "try again in a minute" in busy.text) == (503, True)
        exports.leave(only_looks=True)
        for _ in range(3):  # each makes room for the next, also one that fails
            assert (await datasette.client.get(f"{BASE}/export")).status_code == 200
            assert (await datasette.client.get(f"{BASE}/export?_properties=Colour")).status_code == 400
