"""Images on Datasette's own pages: in cells, and as the `.panoptic` output of tables and SQL."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from datasette.app import Datasette

from datasette_panoptic.web import cells
from tests.rows import Instance, Picture, fill
from tests.serving import fill_sample, serving, sha1_of

BASE = "/project/-/panoptic"


@pytest.fixture
def sample(project):
    fill_sample(project.conn)
    return project


def query(sql: str, extension: str = "") -> str:
    return f"/project/-/query{extension}?sql={quote(sql)}"


def links(html: str) -> list[str]:
    return re.findall(r'<a href="([^"]+)" title="[^"]*" class="panoptic-cell">', html)


@pytest.mark.asyncio
async def test_the_tables_of_images_and_instances_show_thumbnails(sample):
    async with serving(sample.path) as datasette:
        images = (await datasette.client.get("/project/images")).text
        instances = (await datasette.client.get("/project/instances")).text
        files = (await datasette.client.get("/project/files")).text
    sha1 = sha1_of(sample.conn, 1)
    assert links(images) == [f"{BASE}/image/{n}" for n in (1, 2, 3)]
    assert f'src="{BASE}/thumb/{sha1}-grid"' in images
    assert links(instances) == [f"{BASE}/image/{n}" for n in (1, 2, 3, 1, 2)]
    assert links(files) == [f"{BASE}/image/{n}" for n in (1, 2, 3, 1)]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select 2 as image_id", ["/image/2"]),
        ("select 4 as instance_id", ["/image/1?_instance=4"]),
        ("select 99 as image_id", []),
        ("select 'x' as image_id", []),
        ("select -1 as image_id", []),
        ("select 9223372036854775807 as image_id", []),
        ("select null as image_id", []),
        ("select 'short' as sha1", []),
        ("select 1 as number", []),
        ("select sha1, id as image_id from images where id = 3", ["/image/3", "/image/3"]),
    ],
)
async def test_results_of_sql_show_what_they_name(sample, sql, expected):
    async with serving(sample.path) as datasette:
        assert links((await datasette.client.get(query(sql))).text) == [BASE + path for path in expected]


@pytest.mark.asyncio
async def test_a_sha1_alone_leads_to_its_preview(sample):
    sha1 = sha1_of(sample.conn, 2)
    async with serving(sample.path) as datasette:
        html = (await datasette.client.get(query("select sha1 from images where id = 2"))).text
    assert links(html) == [f"{BASE}/thumb/{sha1}-preview"]


@pytest.mark.asyncio
async def test_neighbouring_ids_are_looked_up_together(project, monkeypatch):
    fill(project.conn, [], [Picture()] * 300, [Instance(n) for n in range(300)])
    asked = []
    block = cells.BLOCKS["instances"]
    async with serving(project.path) as datasette:
        database = datasette.get_database("project")
        monkeypatch.setitem(cells.BLOCKS, "instances", block)
        plain = database.execute_fn

        async def counting(function):
            asked.append(function)
            return await plain(function)

        monkeypatch.setattr(database, "execute_fn", counting)
        html = (await datasette.client.get(query("select id as instance_id from instances limit 300"))).text
    assert len(links(html)) == 300
    assert len([function for function in asked if "_block" in function.__qualname__]) == 2


@pytest.mark.asyncio
async def test_cells_of_a_database_that_is_no_project_are_left_alone(tmp_path):
    datasette = Datasette(memory=True)
    response = await datasette.client.get(f"/_memory/-/query?sql={quote('select 1 as image_id')}")
    assert response.status_code == 200
    assert "<img" not in response.text
    assert ".panoptic?" not in response.text


def cards(html: str) -> list[str]:
    return re.findall(r'<a class="card" href="([^"]+)"', html)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select id as instance_id from instances order by id desc", ["2?_instance=5", "1?_instance=4", "3?_instance=3",
                                                                     "2?_instance=2", "1?_instance=1"]),
        ("select 3 as image_id union all select 1 union all select 3 union all select 77", ["3", "1", "3"]),
        ("select sha1, width from images order by id desc", ["3", "2", "1"]),
        ("select 2 as instance_id, 3 as image_id", ["2?_instance=2"]),
        ("select 'none' as sha1", []),
        ("select null as image_id", []),
    ],
)  # fmt: skip
async def test_rows_as_a_grid_in_their_order(sample, sql, expected):
    async with serving(sample.path) as datasette:
        html = (await datasette.client.get(query(sql))).text
        assert f"{query(sql, '.panoptic').split('?')[0]}?" in html  # the page of the query offers it
        response = await datasette.client.get(query(sql, ".panoptic"))
    assert response.status_code == 200
    assert cards(response.text) == [f"{BASE}/image/{path}" for path in expected]
    assert ("None of these rows" in response.text) == (not expected)
    assert "panoptic-page" not in response.text  # nothing for the script to take over


@pytest.mark.asyncio
async def test_rows_that_name_nothing_are_not_offered_and_answered_with_what_to_do(sample):
    async with serving(sample.path) as datasette:
        assert ".panoptic?" not in (await datasette.client.get(query("select 1 as n"))).text
        response = await datasette.client.get(query("select 1 as n", ".panoptic"))
    assert response.status_code == 400
    assert "instance_id" in response.text


@pytest.mark.asyncio
async def test_a_table_goes_page_by_page(project):
    fill(project.conn, [], [Picture()] * 130, [Instance(n) for n in range(130)])
    async with serving(project.path) as datasette:
        first = (await datasette.client.get("/project/images.panoptic?_sort_desc=id")).text
        following = re.search(r'<a rel="next" href="([^"]+)"', first)[1].replace("&amp;", "&")
        second = (await datasette.client.get(following)).text
    found = [int(href.rpartition("/")[2]) for href in cards(first) + cards(second)]
    assert found == list(range(130, 0, -1))


@pytest.mark.asyncio
async def test_rows_are_for_those_who_may_see_them(sample):
    config = {"databases": {"project": {"tables": {"images": {"allow": {"id": "somebody"}}}}}}
    async with serving(sample.path, config=config) as datasette:
        assert (await datasette.client.get("/project/images.panoptic")).status_code == 403
        assert (await datasette.client.get("/project/instances.panoptic")).status_code == 200
