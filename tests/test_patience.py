"""Visitors who only look take so much time for an answer, in SQL and in Python, and never all of the threads."""

from __future__ import annotations

import asyncio
import threading
import time
from time import monotonic

import pytest
from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain import deadline
from datasette_panoptic.domain.patterns import found_in
from datasette_panoptic.errors import TooSlow
from datasette_panoptic.query import view as views
from datasette_panoptic.web import export
from datasette_panoptic.web.http.patience import Patience, time_limit
from tests.serving import EDITOR, GRANTS, fill_sample, serving

BASE = "/project/-/panoptic"
#: Counts until it is stopped; the limit keeps a test that fails from running for ever.
ENDLESS = "with recursive n(i) as (select 1 union all select i + 1 from n limit 200000000) select count(*) from n"
#: Looks through ever more ways to read each of these texts.
SLOW = r"^(\w|\w\w)+\d$"


def in_sql(conn, *_):
    return conn.execute(ENDLESS).fetchone()


def in_python(*_):
    end = monotonic() + 20
    while monotonic() < end:
        deadline.check()


def in_a_pattern(*_):
    return found_in(SLOW, ["a" * 200] * 5)


WAYS = [in_sql, in_python, in_a_pattern]


@pytest.mark.parametrize("way", WAYS)
def test_what_takes_too_long_is_ended(way):
    conn, began = sqlite3.connect(":memory:"), monotonic()
    with pytest.raises(TooSlow, match="longer than visitors may use"):
        Patience(0.05).spend(way)(conn)
    assert monotonic() - began < 10
    assert conn.execute("select 1").fetchone() == (1,)  # the connection is as it was
    conn.close()


def test_several_reads_share_the_time():
    patience, conn = Patience(0.2), sqlite3.connect(":memory:")
    with pytest.raises(TooSlow):
        patience.spend(in_sql)(conn)
    with pytest.raises(TooSlow):  # nothing is left for another
        patience.spend(lambda conn: conn.execute("select 1").fetchone())(conn)
    conn.close()


def test_other_errors_stay_what_they_are():
    conn = sqlite3.connect(":memory:")
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        Patience(60).spend(lambda conn: conn.execute("select * from absent"))(conn)
    conn.close()


def test_no_deadline_is_no_limit():
    deadline.check()
    with deadline.limited(-1), pytest.raises(TooSlow):
        deadline.check()
    with deadline.limited(-1), deadline.limited(60), pytest.raises(TooSlow):  # one inside another adds no time
        deadline.check()
    deadline.check()


#: Addresses that read, with the function that reads what they answer with.
READS = {"/view": (views, "first"), "/export": (export, "found")}


@pytest.mark.asyncio
@pytest.mark.parametrize("address", READS)
@pytest.mark.parametrize("way", WAYS)
async def test_a_visitor_is_told_and_an_editor_is_not_disturbed(project, monkeypatch, way, address):
    fill_sample(project.conn)
    module, name = READS[address]
    quick = getattr(module, name)
    left: list[float] = []

    def slow(conn, *given):
        left.append(deadline.left())
        return way(conn) if deadline.left() < 60 else quick(conn, *given)

    config = {"permissions": GRANTS, "plugins": {"datasette-panoptic": {"time_limit_ms": 50}}}
    async with serving(project.path, config=config) as datasette:
        monkeypatch.setattr(module, name, slow)
        refused = await datasette.client.get(f"{BASE}{address}")
        assert (refused.status_code, "ask for less" in refused.json()["error"]) == (400, True)
        assert (await datasette.client.get(f"{BASE}{address}", actor=EDITOR)).status_code == 200
        monkeypatch.undo()
        assert (await datasette.client.get(f"{BASE}{address}")).status_code == 200
    assert left[0] < 0.06
    assert left[1] == float("inf")


def test_waiting_for_a_slow_reader_is_no_time_of_ones_own():
    with deadline.limited(0.05):
        with deadline.paused():
            time.sleep(0.1)
        deadline.check()
        time.sleep(0.06)
        with pytest.raises(TooSlow):
            deadline.check()
    with deadline.paused():
        assert deadline.left() == float("inf")


@pytest.mark.asyncio
async def test_visitors_leave_a_thread_to_others(project, monkeypatch):
    fill_sample(project.conn)
    may_end, running = threading.Event(), threading.Semaphore(0)

    def waits(conn, *given):
        running.release()
        may_end.wait(20)
        return b"PNV1"

    async with serving(project.path, config={"permissions": GRANTS}, settings={"num_sql_threads": 3}) as datasette:
        monkeypatch.setattr(views, "first", waits)
        visits = [asyncio.ensure_future(datasette.client.get(f"{BASE}/view")) for _ in range(6)]
        for _ in range(2):
            await asyncio.to_thread(running.acquire, True, 10)
        try:
            count = asyncio.ensure_future(datasette.client.get(f"{BASE}/count.json", actor=EDITOR))
            assert (await asyncio.wait_for(count, 10)).json() == {"images": 3, "instances": 5}
            page = asyncio.ensure_future(datasette.client.get("/project/images.json"))
            assert (await asyncio.wait_for(page, 10)).status_code == 200
            assert not running.acquire(blocking=False)  # no third of them runs
        finally:
            may_end.set()
            assert {visit.status_code for visit in await asyncio.gather(*visits)} == {200}


@pytest.mark.asyncio
async def test_the_limit_follows_datasette_s_own(project):
    async with serving(project.path, settings={"sql_time_limit_ms": 300, "num_sql_threads": 0}) as datasette:
        assert time_limit(datasette, {}) == 3.0
        assert time_limit(datasette, {"time_limit_ms": 250}) == 0.25
        assert (await datasette.client.get(f"{BASE}/view")).status_code == 200  # without threads too
