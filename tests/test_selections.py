"""Selections that are kept over HTTP, and the views that are restricted to them."""

from __future__ import annotations

import pytest

from tests.serving import EDITOR
from tests.test_annotations import BASE, editing, get, post, sample

__all__ = ["sample"]


async def ids(datasette, query: str) -> list[int]:
    return [card["id"] for card in (await get(datasette, f".json?{query}"))["cards"]]


@pytest.mark.asyncio
async def test_a_selection_is_a_view_and_the_same_one_is_kept_once(sample):
    async with editing(sample) as datasette:
        seen = (await get(datasette, ".json?_sort_desc=bytes"))["version"]
        body = {"query": "_sort_desc=bytes", "positions": [[0, 1], [2, 4]], "version": seen}
        kept = await post(datasette, "/selections", body)
        again = await post(datasette, "/selections", {"query": f"_in={kept['id']}"})
        assert (kept["ok"], kept["size"], again) == (True, 3, kept)
        assert await ids(datasette, f"_in={kept['id']}") == sorted([3, 5, 1])
        assert await ids(datasette, f"_in={kept['id']}&width__gt=700") == [1]
        assert (await get(datasette, "/version.json"))["version"] == seen
        page = await datasette.client.get(f"{BASE}?_in={kept['id']}&width__gt=700", actor=EDITOR)
    assert "Selection of 3" in page.text
    assert f'href="{BASE}?width__gt=700" data-part="within"' in page.text


@pytest.mark.asyncio
async def test_selected_images_are_all_their_instances(sample):
    async with editing(sample) as datasette:
        seen = (await get(datasette, ".json?_mode=images"))["version"]
        kept = await post(datasette, "/selections", {"query": "_mode=images", "positions": [[0, 1]], "version": seen})
        assert await ids(datasette, f"_in={kept['id']}") == [1, 4]


@pytest.mark.asyncio
async def test_selections_that_cannot_be(sample):
    faults = [
        ({}, 400, "`query` is missing"),
        ({"query": "Nothing=1"}, 400, "no property `Nothing`"),
        ({"query": "width__gt=99999"}, 400, "nothing is selected"),
        ({"query": "", "positions": []}, 400, "`positions` is a list of ranges"),
        ({"query": "", "positions": [[0, 99]], "version": "0.0"}, 409, "changed since"),
        ({"query": "", "positions": [[0, 1]]}, 400, "`version` is missing"),
    ]
    async with editing(sample) as datasette:
        for body, status, message in faults:
            assert message in (await post(datasette, "/selections", body, status=status))["error"]
        assert (await datasette.client.get(f"{BASE}?_in=99")).status_code == 404
