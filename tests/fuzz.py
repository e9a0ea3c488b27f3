"""Odd requests to every route: `python -m tests.fuzz [--examples 5000] [--seed 1]`.

Hypothesis draws a route, ids, a query string and a body: mostly names that the routes know, with values of every sort.
Whatever is asked, the answer is no server error and no traceback, it comes as what it says it is, a request that is
refused has written nothing, and afterwards the project is whole.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import re
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import click
from datasette.utils.sqlite import sqlite3
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from datasette_panoptic.store import properties, saved_views
from datasette_panoptic.store.connection import connect
from datasette_panoptic.web.routes import ROUTES, Route

from .rows import Folder, Instance, Picture, Property, describe, fill
from .serving import OWNER, serving

ROOT = Path(__file__).parent.parent


def fields_of(source: str) -> set[str]:
    """Return the names that calls of `body` in a source text read."""
    calls = re.findall(r"\bbody\(visit,([^)]*)\)", source)
    return {name for call in calls for name in re.findall(r'"(\w+)"', call)}


#: Names that bodies may have: those that the route's own handler reads or, where others read for it, its module.
FIELDS = {
    route: sorted(
        fields_of(inspect.getsource(route.handler)) or fields_of(inspect.getsource(inspect.getmodule(route.handler)))
    )
    for route in ROUTES
    if route.method == "POST"
}
#: Names inside of what bodies hold.
NAMES = ("act", "name", "text", "color", "id", "x")
SAYING, WRONG = {"act": "set", "name": "Note", "text": "x"}, {"act": "set", "name": "Absent", "text": "x"}
#: Values that fields may well have, so that requests come far: also right ones before a wrong one.
LIKELY: dict[str, list[object]] = {
    "sayings": [[SAYING], [SAYING, WRONG], [{"act": "add", "name": "Topic", "text": "new"}, WRONG]],
    "cells": [[[1, "Note", "x"]], [[1, "Note", "x"], [2, "Absent", "y"]], [[1, "Likes", "3"], [2, "Likes", "three"]]],
    "positions": [[[0, 1]], [[0, 1], [99, 100]]],
    "query": ["", "Topic=a", "Absent=a"],
    "name": ["New", "Topic", "a"],
    "text": ["new", '{"a": ["b", "c"]}', "name,parents\nnew,a\n"],
    "type": ["text", "tag", "number", "date"],
    "scope": ["image", "instance"],
    "images": [[1], [1, 999]],
    "order": [[1, 2, 3, 4, 5, 6], [{"group": None, "properties": [2, 1]}, {"group": 9, "properties": [1]}]],
    "step": [1, -1],
    "mode": ["instances", "images"],
    "tool": ["cell"],
    "property": [1, 2, "Topic"],
    "group": [[["Topic", "a"]], None],
    "pattern": ["{Film}"],
    "overwrite": [True],
    "separator": ["/"],
    "position": [0, 1],
    "also": [[2]],
    "into": [2],
    "add": [[2], [1]],
    "failing": ["keep"],
    "format": ["csv"],
    "properties": [["Topic"]],
    "recurse": [True],
    "embedder": ["colors"],
    "method": ["hashes", "vectors"],
}
#: Fields that requests need not have, and are mostly right without.
SPARED = {
    "positions",
    "version",
    "space",
    "changeset",
    "image",
    "folder",
    "upload",
    "color",
    "parent",
    "params",
    "within",
}
KEYS = (
    "_group", "_sort", "_sort_desc", "_search", "_where", "_folder", "_in", "_seed", "_similar", "_space", "_bins",
    "_mode", "_at", "_from", "_to", "_version", "_facets", "_field", "_lang", "_view", "ids", "of", "size", "fields",
    "Topic", "Note", "Likes", "Said", "Seen", "Hue", "Note__contains", "Note__matches", "Likes__between", "Said__gte",
    "Said__within", "Topic__all", "Topic__isblank", "name__matches", "width__gt", "taken_at__lastdays",
    "similarity__gte", "cluster_1", "fit_1", "copies", "sha1", "first", "second", "property", "text",
    "image", "type", "q", "format",
)  # fmt: skip

odd_text = st.one_of(
    st.sampled_from(
        [
            "", " ", "0", "-1", "1", "2", "1e400", "9" * 30, "9" * 5000, "nan", "inf", "1890", "1890-13-45", "true",
            "[", "(?R)", "(a+)+$", "\ud800", "\0", "é" * 300, "Topic:tree", "Said:week", "Likes:5", "all(",
            "all(" * 200,
            "any(Topic=a;not(Likes__gt=3))", "text:boat", "image:1", "image:9", "text:-", "..",
            "../../etc/passwd", "'; drop table images; --", "<script>", "%s%n", "{}", "a,b,,c", "Topic=a",
            "NaN", "1,2", "2,1", "id",
        ]
    ),
    st.text(max_size=12),
    st.integers(-(2**70), 2**70).map(str),
)  # fmt: skip
odd_value = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False), odd_text),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=8,
)


@dataclass(frozen=True)
class Asked:
    """One request: what is sent, and to which route."""

    route: Route
    path: str
    body: bytes
    headers: dict[str, str]


@st.composite
def asked(draw: st.DrawFn, routes: Sequence[Route] = ROUTES) -> Asked:
    """Draw a request that one of the routes takes, however odd it is inside."""
    route = draw(st.sampled_from(routes))
    parts = {
        r"\d{1,18}": st.sampled_from(["1", "2", "3", "0", "999999", "9" * 18]),
        r"[0-9a-f]{40}": st.sampled_from(["0" * 40, "f" * 40]),
        "grid|preview": st.sampled_from(["grid", "preview"]),
        r"[\w-]{22}": st.sampled_from(["-" * 22, "a" * 22]),
        "errors|unmatched": st.sampled_from(["errors", "unmatched"]),
        "csv|ttl|jsonld": st.sampled_from(["csv", "ttl", "jsonld"]),
    }
    path = re.sub(r"\(\?P<\w+>([^)]*)\)", lambda found: str(draw(parts[found[1]])), route.path).replace("\\", "")
    pairs = draw(st.lists(st.tuples(st.sampled_from(KEYS), odd_text), max_size=4 if route.method == "GET" else 1))
    query = urlencode([(key, value.encode("utf-8", "surrogatepass")) for key, value in pairs])
    body = b""
    headers: dict[str, str] = {}
    if route.method == "POST":
        kind = draw(st.sampled_from(["likely", "likely", "json", "json", "form", "bytes", "deep"]))
        some = st.lists(st.sampled_from(FIELDS[route] or ["x"]), max_size=len(FIELDS[route]), unique=True)
        chosen = draw(
            st.just([name for name in FIELDS[route] if name not in SPARED]) | some if kind == "likely" else some
        )
        likely = {name: st.sampled_from(LIKELY.get(name, [1, 2, "a"])) for name in chosen}
        fields = {name: draw(likely[name] if kind == "likely" else odd_value | likely[name]) for name in chosen}
        if kind == "form":
            headers["content-type"] = "application/x-www-form-urlencoded"
            body = urlencode({name: json.dumps(value) for name, value in fields.items()}).encode()
        else:
            headers["content-type"] = "application/json"
            body = {
                "likely": json.dumps(fields).encode(),
                "json": json.dumps(fields).encode(),
                "bytes": draw(st.binary(max_size=40)),
                "deep": b"[" * 100_000,
            }[kind]
    return Asked(route, f"{path}?{query}" if query else path, body, headers)


def sample(path: Path) -> None:
    """Make a project in which there is something of everything that can be said."""
    with closing(connect(path, create=True)) as conn:
        pictures = [Picture(taken_at="1999-05-06T07:08:09"), Picture(width=20), Picture()]
        fill(
            conn, [Folder("all"), Folder("below", 0)], pictures, [Instance(n % 3, n % 2, f"{n}.jpg") for n in range(7)]
        )
        describe(
            conn,
            [
                Property("Topic", "multi_tags", "image", {0: frozenset({"a", "b"})}, {"b": frozenset({"a"})}),
                Property("Note", "text", "instance", {0: "one", 3: "two"}),
                Property("Likes", "number", "instance", {0: 1, 1: 2.5}),
                Property("Seen", "checkbox", "image", {1: 1}),
                Property("Hue", "color", "image", {2: "#ff0000"}),
            ],
        )
        properties.create(conn, "Said", "date", "instance")
        saved_views.create(conn, "A view", "Topic=a", {}, actor=None)


def fuzz(examples: int, chance: int | None = None, routes: Sequence[Route] = ROUTES) -> Counter[int]:
    """Ask so many requests; return how many answers there were of each status. Raises AssertionError at a fault."""
    statuses: Counter[int] = Counter()
    phases = [Phase.generate, Phase.shrink]
    with tempfile.TemporaryDirectory(prefix="panoptic-fuzz-") as scratch, asyncio.Runner() as runner:
        path = Path(scratch) / "project.db"
        sample(path)
        watcher = sqlite3.connect(path)
        context = serving(path)
        datasette = runner.run(context.__aenter__())

        @settings(
            max_examples=examples, deadline=None, database=None, phases=phases, suppress_health_check=list(HealthCheck)
        )
        @given(asked(routes))
        def ask(request: Asked) -> None:
            before = commits(watcher)
            status = runner.run(answer(datasette, request))
            assert status < 400 or commits(watcher) == before, f"{status}, and yet something was written"
            statuses[status] += 1

        try:
            (ask if chance is None else seed(chance)(ask))()
        finally:
            runner.run(context.__aexit__(None, None, None))
            watcher.close()
        with closing(connect(path)) as conn:
            assert conn.execute("pragma integrity_check").fetchall() == [("ok",)]
            assert conn.execute("pragma foreign_key_check").fetchall() == []
    return statuses


def commits(watcher: sqlite3.Connection) -> int:
    """Return a number that changes with each commit of another connection."""
    return int(watcher.execute("pragma data_version").fetchone()[0])


async def answer(datasette: Any, request: Asked) -> int:
    """Send a request as the owner; return the status of an answer that is as it should be."""
    response = await datasette.client.request(
        request.route.method,
        f"/project/-/panoptic{request.path}",
        content=request.body,
        headers=request.headers,
        actor=OWNER,
    )
    status: int = response.status_code
    assert status < 500, f"{status}: {response.text[:500]}"
    assert "Traceback" not in response.text
    if "json" in response.headers.get("content-type", "") and response.content:
        json.loads(response.content)
    return status


@click.command()
@click.option("--examples", default=5000, show_default=True, help="Requests to send.")
@click.option("--seed", "chance", default=1, show_default=True, help="Another seed sends other requests.")
def main(examples: int, chance: int) -> None:
    statuses = fuzz(examples, chance)
    click.echo(f"{statuses.total()} requests, no server error: {dict(sorted(statuses.items()))}")


if __name__ == "__main__":
    main()
