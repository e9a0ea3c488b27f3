"""No odd request makes a server error: a few hundred here, as many as one likes with `just fuzz`."""

from __future__ import annotations

import pytest

from datasette_panoptic.web.routes import ROUTES
from tests.fuzz import fuzz

#: Routes that change something, in a few parts that several processes can test.
WRITING = [route for route in ROUTES if route.method == "POST"]
PARTS = 4


def test_odd_requests_are_answered():
    statuses = fuzz(300)
    assert statuses.total() >= 300
    assert {200, 400} <= statuses.keys(), "the requests should be odd, and some of them right"


@pytest.mark.parametrize("part", range(PARTS))
def test_odd_json_to_each_writing_route_is_answered_and_writes_nothing_where_it_is_refused(part):
    """`fuzz` draws a route anew for each request: about a dozen for each of these."""
    routes = WRITING[part::PARTS]
    statuses = fuzz(12 * len(routes), routes=routes)
    assert statuses.total() >= 12 * len(routes)
    assert any(status < 400 for status in statuses)
    assert any(status >= 400 for status in statuses)
