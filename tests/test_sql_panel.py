"""The SQL of a view: what the panel shows finds, in Datasette's own editor, what the view shows."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest

from datasette_panoptic.query import text
from datasette_panoptic.query.compile import Sql
from datasette_panoptic.store import selections
from datasette_panoptic.web.sql import LONGEST_ADDRESS, tokens
from tests.serving import NASTY, OWNER, serving
from tests.test_annotations import BASE, get, sample

__all__ = ["sample"]

QUERIES = [
    "",
    "_mode=images&_sort_desc=bytes",
    "_sort=random&_seed=7",
    "_folder=2&_folder=3",
    "_in=1",
    "_search=jpg+-copy",
    "_sort=name&width__gt=550",
    "width__between=500,700",
    "copies=2",
    "copies__gte=2&_mode=images",
    "id__any=1,3",
    "Topic=cat",
    "Topic__none=cat&_sort=Topic",
    "Author__contains=ann",
    "Author__contains=%27%3Ap0--",
    "Likes=1234567890123456789",
    "Likes__lt=1.5",
    "Seen=true",
    "taken_at__within=1968",
    "Taken__within=1890",
    "_where=any(Topic=cat;not(Likes__gt=50;Seen=true))",
    "_group=Author&_sort=name",
    "_group=Topic&_group=width:100&_mode=images",
]


@pytest.fixture
def collected(sample):
    """The sample with a selection of three instances."""
    selections.keep(sample.conn, [1, 3, 5])
    return sample


async def shown(datasette, query: str) -> list[int]:
    """Ids of the cells of a view, from first to last."""
    return [card["id"] for card in (await get(datasette, f".json?{query}"))["cards"]]


@pytest.mark.asyncio
@pytest.mark.parametrize("query", QUERIES)
async def test_the_editor_finds_what_the_view_shows(collected, query):
    async with serving(collected.path) as datasette:
        expected = await shown(datasette, query)
        found = await get(datasette, f"/sql.json?{query}")
        page = await datasette.client.get(found["editor_url"])
        grid = await datasette.client.get(found["editor_url"].replace("/-/query?", "/-/query.panoptic?"))
        rows = await datasette.client.get(found["editor_url"].replace("/-/query?", "/-/query.json?"))
        pasted = await datasette.client.get("/project/-/query.json", params={"sql": found["literal"]})
    assert page.status_code == 200
    assert (".panoptic?" in page.text) == bool(expected), "the editor offers the grid, where there are rows"
    column = "image_id" if "_mode=images" in query else "instance_id"
    for answer in (rows, pasted):
        assert [row[column] for row in answer.json()["rows"]] == expected
    cards = re.findall(r'class="card" href="([^"]+)"', grid.text)
    named = [urlsplit(href) for href in cards]
    if column == "instance_id":
        assert [int(parse_qs(href.query)["_instance"][0]) for href in named] == expected
    else:
        assert [int(href.path.rpartition("/")[2]) for href in named] == expected


@pytest.mark.asyncio
async def test_the_grid_of_rows_leads_back_to_its_sql(collected):
    async with serving(collected.path) as datasette:
        sql = "select id as instance_id from instances where id > :n"
        page = await datasette.client.get("/project/-/query.panoptic", params={"sql": sql, "n": "2"})
        table = await datasette.client.get("/project/images.panoptic?width__gt=5")
    (back,) = re.findall(r'<a class="back" href="([^"]+)"', page.text)
    address = urlsplit(back.replace("&amp;", "&"))
    assert (address.path, dict(parse_qsl(address.query))) == ("/project/-/query", {"sql": sql, "n": "2"})
    assert '<a class="back" href="/project/images?width__gt=5"' in table.text


@pytest.mark.asyncio
async def test_what_may_not_be_run_is_shown_all_the_same(collected):
    config = {"databases": {"project": {"allow_sql": {"id": "root"}}}}
    async with serving(collected.path, config=config) as datasette:
        stranger = await get(datasette, "/sql.json?Topic=cat")
        owner = (await datasette.client.get(f"{BASE}/sql.json?Topic=cat", actor=OWNER)).json()
        page = (await datasette.client.get(f"{BASE}/sql?Topic=cat")).text
    assert (stranger["sql"], stranger["editor_url"]) == (owner["sql"], None)
    assert owner["editor_url"].startswith("/project/-/query?sql=")
    assert "select" in page
    assert "/-/query" not in page


@pytest.mark.asyncio
async def test_it_is_said_what_needs_our_functions_and_what_is_too_long(collected):
    async with serving(collected.path) as datasette:
        plain = await get(datasette, "/sql.json?width__gt=500")
        sorted_ = await get(datasette, "/sql.json?_sort=name")
        long = await get(
            datasette, "/sql.json?" + urlencode({"Author__any": ",".join("word" * 9 + str(n) for n in range(300))})
        )
        dated = await get(datasette, "/sql.json?taken_at__gte=1890")
    assert not any("panoptic…" in note for note in plain["notes"])
    assert any("panoptic…" in note for note in sorted_["notes"])
    assert any("panoptic…" in note for note in dated["notes"])
    assert (long["editor_url"], len(long["literal"]) > LONGEST_ADDRESS) == (None, True)
    assert any("too long" in note for note in long["notes"])


@pytest.mark.asyncio
async def test_the_page_escapes_what_people_wrote_and_refuses_what_is_no_query(collected):
    async with serving(collected.path) as datasette:
        page = (await datasette.client.get(f"{BASE}/sql", params={"Author": NASTY, "_lang": "fr"})).text
        fault = await datasette.client.get(f"{BASE}/sql?Nothing=1")
    assert "<script>alert" not in page
    assert "Ouvrir dans l" in page
    assert fault.status_code == 400
    assert "no property" in fault.text


@pytest.mark.parametrize("sql", ["select 'it''s :p0', \"order by\" from t where a = :p1 and b1 > 2.50 -- and", "", "x"])
def test_tokens_are_the_text(sql):
    found = tokens(sql)
    assert "".join(piece for _, piece in found) == sql
    kinds = {piece: kind for kind, piece in found if kind}
    if sql.startswith("select"):
        assert kinds == {
            "select": "word", "'it''s :p0'": "text", '"order by"': "name", "from": "word", "where": "word",
            ":p1": "param", "and": "word", "2.50": "number",
        }  # fmt: skip


def test_literals_end_where_they_should():
    assert Sql("a = :p1 and b = :p10", {"p1": "it's", "p10": 2}).literal() == "a = 'it''s' and b = 2"
    assert text.parse_string("Author__contains=%27%3Ap0--").where[0].operands == ("':p0--",)
