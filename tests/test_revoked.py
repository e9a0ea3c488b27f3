"""A permission that is taken away ends at once, on every route that reads."""

from __future__ import annotations

import pytest

from datasette_panoptic.web.routes import ROUTES
from tests.serving import EDITOR, GRANTS, serving
from tests.test_access import address, line, sample  # noqa: F401

READING = [route for route in ROUTES if route.method == "GET"]


async def statuses(datasette, sample) -> dict[str, int]:  # noqa: F811
    paths = {route.path: address(sample, line(route)[0]) for route in READING}
    return {route: (await datasette.client.get(path, actor=EDITOR)).status_code for route, path in paths.items()}


@pytest.mark.asyncio
async def test_who_may_no_longer_view_is_refused_at_once(sample):  # noqa: F811
    async with serving(sample.path, config={"permissions": GRANTS}) as datasette:
        before = await statuses(datasette, sample)
        assert sum(status == 200 for status in before.values()) > len(READING) / 2
        datasette.config = {"permissions": {**GRANTS, "view-database": False}}
        after = await statuses(datasette, sample)
    assert {route: status for route, status in after.items() if status != 403} == {}


@pytest.mark.asyncio
async def test_who_may_no_longer_edit_is_refused_at_once_where_that_was_needed(sample):  # noqa: F811
    async with serving(sample.path, config={"permissions": GRANTS}) as datasette:
        before = await statuses(datasette, sample)
        datasette.config = {"permissions": {}}
        after = await statuses(datasette, sample)
    guarded = {route.path for route in READING if route.actions and before[route.path] == 200}
    assert guarded
    assert {path: after[path] for path in guarded if after[path] != 403} == {}
