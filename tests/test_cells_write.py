"""Many cells written at once, as a paste does; what cells say besides, and the table of a page without scripts."""

from __future__ import annotations

import re

import pytest

from datasette_panoptic.query import orders
from datasette_panoptic.store import history
from tests.serving import EDITOR, NASTY
from tests.test_annotations import AUTHOR, BASE, KIND, LIKES, TOPIC, authors, editing, get, post, sample

__all__ = ["sample"]


async def said(datasette, ids: str, of: str = "instances") -> dict[int, dict[str, object]]:
    found = await get(datasette, f"/values.json?ids={ids}&of={of}")
    return {cell["id"]: cell["values"] for cell in found["cells"]}


@pytest.mark.asyncio
async def test_texts_go_into_cells_as_one_changeset_which_is_undone_at_once(sample):
    cells = [
        [1, "Author", "Bo"], [2, "author", None], [3, "Likes", "9007199254740993"], [1, "Topic", 'new, "rue, place"'],
        [3, "Kind", "one, with a comma"], [5, "Likes", None],
    ]  # fmt: skip
    async with editing(sample) as datasette:
        before = await said(datasette, "1,2,3,5")
        done = await post(datasette, "/cells", {"cells": cells})
        assert (done["changed"], done["conflicts"]) == (1 + 1 + 1 + 3 + 1 + 3, 0)  # and three tags are made
        after = await said(datasette, "1,2,3,5")
        assert after[1][AUTHOR] == "Bo"
        assert AUTHOR not in after[2]
        assert after[3][LIKES] == "9007199254740993"
        assert [tag["name"] for tag in after[1][TOPIC]] == ["new", "rue, place"]
        assert [tag["name"] for tag in after[3][KIND]] == ["one, with a comma"]
        again = await post(datasette, "/cells", {"cells": cells})
        assert (again["changeset"], again["changed"]) == (None, 0)
        undone = await post(datasette, "/undo")
        assert undone["changed"] == done["changed"]
        assert await said(datasette, "1,2,3,5") == before
    entry = history.history(sample.conn)[1]
    assert (entry.id, entry.actor, entry.tool) == (done["changeset"], "edith", "table")


@pytest.mark.asyncio
async def test_cells_of_images_are_images(sample):
    async with editing(sample) as datasette:
        done = await post(datasette, "/cells", {"mode": "images", "cells": [[2, "Taken", "1968-05"]]})
        assert done["changed"] == 1
        assert (await said(datasette, "2", "images"))[2]["5"] == "1968-05"


@pytest.mark.asyncio
async def test_two_cells_of_one_image_may_agree(sample):
    async with editing(sample) as datasette:
        done = await post(datasette, "/cells", {"cells": [[1, "Taken", "1899"], [4, "Taken", "1899"]]})
    assert done["changed"] == 1


FAULTS = [
    ({}, "`cells` is a list of 1 to 10,000"),
    ({"cells": []}, "`cells` is a list of 1 to 10,000"),
    ({"cells": [[1, "Author", "x"]] * 10_001}, "`cells` is a list of 1 to 10,000"),
    ({"cells": [[1, "Author"]]}, "each of `cells`"),
    ({"cells": [{"id": 1}]}, "each of `cells`"),
    ({"cells": [["one", "Author", "x"]]}, "`cells`"),
    ({"cells": [[1, "Author", 3]]}, "`cells` takes a text"),
    ({"cells": [[1, "Author", "a\0b"]]}, "`cells` takes a text"),
    ({"cells": [[1, "Nobody", "x"]]}, "no property `Nobody`"),
    ({"cells": [[1, "Author", "Bo"], [2, "width", "3"]]}, "row 2, `width`: a system field"),
    ({"cells": [[1, "Author", "Bo"], [2, "Likes", "many"]]}, "row 2, `Likes`: `many` is no number"),
    ({"cells": [[3, "Author", "Bo"], [3, "Taken", "once"]]}, "row 1, `Taken`: `once` is no date"),
    ({"cells": [[1, "Author", "Bo"], [99, "Author", "Bo"]]}, "row 2, `Author`: row id `99` no longer exists"),
    ({"cells": [[1, "Taken", "1890"], [4, "Taken", "1891"]]}, "row 2, `Taken`: row 1 is the same image"),
    ({"mode": "images", "cells": [[1, "Author", "Bo"]]}, "row 1, `Author`: this property describes instances"),
    ({"mode": "files", "cells": [[1, "Author", "Bo"]]}, "`mode` cannot be `files`"),
    ({"version": "1.0", "cells": [[1, "Author", "Bo"]]}, "unknown field `version`"),
]


@pytest.mark.asyncio
async def test_a_fault_names_row_and_column_and_nothing_is_written(sample):
    async with editing(sample) as datasette:
        before = (orders.version(sample.conn), authors(sample))
        for body, message in FAULTS:
            assert message in (await post(datasette, "/cells", body, status=400))["error"]
        assert (orders.version(sample.conn), authors(sample)) == before


@pytest.mark.asyncio
async def test_fields_of_the_system_are_sent_where_they_are_asked_for(sample):
    async with editing(sample) as datasette:
        found = (await get(datasette, "/values.json?ids=5,2,1&fields=folder,width,taken_at,copies"))["cells"]
        images = (await get(datasette, "/values.json?ids=2,3&of=images&fields=folder,width,taken_at"))["cells"]
        plain = (await get(datasette, "/values.json?ids=1"))["cells"]
        for bad in ("nothing", "Author"):
            assert f"`{bad}`" in (await get(datasette, f"/values.json?ids=1&fields={bad}", status=400))["error"]
    assert [cell["fields"] for cell in found] == [
        {"width": 600, "taken_at": "1968-05-03T10:00:00", "copies": 2},
        {"folder": "Posters/1968", "width": 600, "taken_at": "1968-05-03T10:00:00", "copies": 2},
        {"folder": "Posters", "width": 800, "copies": 2},
    ]
    assert [cell["fields"] for cell in images] == [{"width": 600, "taken_at": "1968-05-03T10:00:00"}, {"width": 500}]
    assert "fields" not in plain[0]


def table_of(page: str) -> list[list[str]]:
    """The texts of a page's table, row by row."""
    body = page.partition('<div class="table cell-table"')[2].partition("</table>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    return [
        [re.sub("<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)]
        for row in rows
    ]


@pytest.mark.asyncio
async def test_a_page_without_scripts_has_the_columns_that_the_address_names(sample):
    async with editing(sample) as datasette:

        async def table(query: str) -> list[list[str]]:
            response = await datasette.client.get(f"{BASE}?_view=table&{query}", actor=EDITOR)
            assert response.status_code == 200, response.text
            assert NASTY not in response.text
            return table_of(response.text)

        shown = await table("_show=Likes,folder,topic,gone&_sort_desc=id")
        assert shown[0] == ["Name", "Likes", "Folder", "Topic"]
        assert shown[-1] == ["a.jpg", "1234567890123456789", "Posters", "cat"]
        assert shown[1][1:] == ["", "", ""]
        every = await table("")
        assert every[0][1:] == [
            "Author", "Topic", "Seen", "Likes", "Taken", "Hue", "Kind", "Page", "Folder", "Width", "Height",
            "Capture date",
        ]  # fmt: skip
        assert (await table("_mode=images"))[0][1:4] == ["Topic", "Seen", "Taken"]
        assert (await table("_show=~"))[0] == ["Name"]
        cards = await datasette.client.get(f"{BASE}?_show=Likes")
        assert "cell-table" not in cards.text
