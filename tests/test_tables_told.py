"""What a table says and nobody can read, or what was read of it, is told in the page, before and after the import."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl, urlencode

import pytest

from datasette_panoptic.web.tables.uploads import MOST_KEPT
from tests.serving import fill_sample, serving

from .test_tables import BASE, Visitor, chosen


@pytest.fixture
def sample(project):
    fill_sample(project.conn)
    return project


@pytest.mark.asyncio
async def test_what_a_table_says_and_what_is_read_of_it_are_told_in_the_page(sample):
    async with serving(sample.path, tasks=True) as datasette:
        visitor = Visitor(datasette)
        url = await visitor.send("path;N;\nPosters/a.jpg;1,5;lost\nposters/1968/B.jpg;NA;\n")
        page = await visitor.look(url)
        assert [(fault["row"], fault["column"], fault["text"]) for fault in page["faults"]] == [(2, "#3", "lost")]
        assert page["unmatched_rows"][0]["message"] == "did you mean `Posters/1968/b.jpg`?"
        assert any("`N` is of type text because row 3 contains `NA`" in fact for fact in page["facts"])
        assert [column["number"] for column in page["columns"]] == [1, 2, 3]
        fields = chosen(page, ("empty", "NA"), name_3="Kept")
        mended = await visitor.look(url, *fields)
        assert (mended["empty"], mended["errors"], mended["can_import"]) == ("NA", 0, True)
        assert {"1 cell holds a marker and is read as empty", "Read with decimal commas: N"} <= set(mended["facts"])
        report = await visitor.bring(url, *fields)
        assert (report["was_written"], report["report"]["empty"]) == (True, ["NA"])
        assert set(mended["facts"]) == set(report["facts"])
        assert report["unmatched_rows"][0]["message"] == "did you mean `Posters/1968/b.jpg`?"
        assert ("empty", "NA") in parse_qsl(report["preview_url"].partition("?")[2])
        french = await visitor.get(f"{url}?{urlencode([('_lang', 'fr')])}")
        assert "vouliez-vous dire" in french.text
    assert sample.conn.execute("select N, Kept from instance_values").fetchall() == [(1.5, "lost")]


@pytest.mark.asyncio
async def test_a_column_without_a_header_is_listed_where_it_holds_something(sample):
    async with serving(sample.path) as datasette:
        visitor = Visitor(datasette)
        url = await visitor.send("path;A;;\nPosters/a.jpg;x;;\n")
        page = await visitor.look(url)
        assert ([column["number"] for column in page["columns"]], page["can_import"]) == ([1, 2], True)
        url = await visitor.send("path;A;;\nPosters/a.jpg;x;;y\n")
        page = await visitor.look(url)
        assert ([column["number"] for column in page["columns"]], page["can_import"]) == ([1, 2, 4], False)
        left_out = await visitor.look(url, *chosen(page, used=[2]))
        assert (left_out["errors"], left_out["can_import"], "Columns left out: #3, #4" in left_out["facts"]) == (
            0,
            True,
            True,
        )


@pytest.mark.asyncio
async def test_a_table_that_finds_nothing_writes_nothing_and_says_so(sample):
    async with serving(sample.path, tasks=True) as datasette:
        visitor = Visitor(datasette)
        url = await visitor.send("path;New\nnowhere.jpg;1,234\n")
        page = await visitor.look(url, ("decimal", ","))
        assert not page["can_import"]
        report = await visitor.bring(url, *chosen(page, ("decimal", ",")))
        assert (report["was_written"], report["message"][:40]) == (False, "Nothing was written: no row matches an i")
        assert (report["undo_url"], report["report"]["columns"][0]["decimal"]) == (None, ",")
    assert sample.conn.execute("select count(*) from properties where name = 'New'").fetchone() == (0,)


@pytest.mark.asyncio
async def test_reports_of_the_first_version_are_still_shown(sample):
    old = {
        "file": "t.csv", "format": "csv", "encoding": "utf-8", "separator": ";", "sheet": "", "key": "path",
        "fusion": "first", "passed_over": [], "rows": 2, "matched": 1, "unmatched": 1, "unmatched_rows": [[3, "z.jpg"]],
        "instances_made": 0, "errors": 0, "bad_cells": [], "written": True, "changeset": None, "changed": 0,
        "columns": [{"name": "A", "type": "text", "scope": "instance", "new": True, "guessed": True, "values": 1,
                     "overruled": 0, "new_tags": 0}],
    }  # fmt: skip
    async with serving(sample.path, tasks=True) as datasette:
        visitor = Visitor(datasette)
        url = await visitor.send("path;A\nPosters/a.jpg;x\n")
        report = await visitor.bring(url, *chosen(await visitor.look(url)))
        sample.conn.execute("update _panoptic_jobs set report = ? where id = ?", [json.dumps(old), report["id"]])
        page = (await visitor.get(f"{BASE}/import-table/jobs/{report['id']}.json")).json()
        assert page["unmatched_rows"] == [{"row": 3, "column": "", "text": "z.jpg", "message": ""}]


@pytest.mark.asyncio
async def test_as_many_tables_are_kept_as_promised(sample):
    async with serving(sample.path) as datasette:
        visitor = Visitor(datasette)
        urls = [await visitor.send() for _ in range(MOST_KEPT + 1)]
        statuses = [(await visitor.get(url)).status_code for url in urls]
    assert statuses == [404, *[200] * MOST_KEPT]
