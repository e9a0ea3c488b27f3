"""No odd request makes a server error: a few hundred here, as many as one likes with `just fuzz`."""

from __future__ import annotations

from tests.fuzz import fuzz


def test_odd_requests_are_answered():
    statuses = fuzz(300)
    assert statuses.total() >= 300
    assert {200, 400} <= statuses.keys(), "the requests should be odd, and some of them right"
