"""What a request says, read: whatever else it is, a clear 400 and never a server error."""

from __future__ import annotations

import json

import pytest

from datasette_panoptic.errors import BadQuery
from datasette_panoptic.web.http.body import DEEPEST, MOST_IDS, Body, ids_of, one_of, read_json, shown, whole
from datasette_panoptic.web.routes import ROUTES
from tests.access_matrix import MATRIX
from tests.serving import GRANTS, OWNER, fill_sample, serving

RUNNER = {"panoptic-run": {"id": "root"}}

#: Bodies that no route takes, with what is said of them.
BODIES = {
    "[" * 100_000 + "]" * 100_000: "is nested too deeply",
    '{"query": ' * 100_000 + "1" + "}" * 100_000: "is nested too deeply",
    '{"query": ' + "[" * 60 + "]" * 60 + "}": "is nested too deeply; at most 50 levels",
    '{"query": "\\ud800"}': "contains half a character, `\\ud800`",
    '{"\\udfff": 1}': "contains half a character, `\\udfff`",
    '{"query": [{"a": "x\\udc00"}]}': "contains half a character",
    '{"query": NaN}': "is no JSON",
    '{"query": -Infinity}': "is no JSON",
    '{"query": 1e999}': "is no JSON",
    '{"query": ' + "9" * 5000 + "}": "is no JSON",
    '{"query": "': "is no JSON",
    '"query"': "must be a JSON object",
    '{"no such field": 1}': "unknown field `no such field`",
}
#: Routes that take something else than a JSON object.
OTHERS = {"/upload", "/import-table", r"/import-table/(?P<table>[\w-]{22})", "/similar-file"}


@pytest.mark.asyncio
async def test_no_route_falls_over_a_body(project):
    fill_sample(project.conn)
    said = {}
    async with serving(project.path, config={"permissions": GRANTS | RUNNER}) as datasette:
        for route in ROUTES:
            if route.method != "POST" or route.path in OTHERS:
                continue
            path, _ = MATRIX.get(f"POST {route.path}") or MATRIX[route.path]
            for body in BODIES:
                response = await datasette.client.post(f"/project/-/panoptic{path}", content=body, actor=OWNER)
                if response.status_code != 404:  # what the address names comes first
                    assert response.status_code == 400, (route.path, body[:40])
                    said.setdefault(body, set()).add(BODIES[body] in response.json()["error"])
    assert said == {body: {True} for body in BODIES}


#: Fields of `/annotate`, `/cells` and others that take ids and texts, with what is none.
FIELDS = [
    ("/tags", {"property": 10**30, "name": "x"}, "takes whole numbers"),
    ("/tags", {"property": "9" * 19, "name": "x"}, "takes whole numbers of up to 18 digits"),
    ("/tags", {"property": "٣", "name": "x"}, "takes whole numbers"),
    ("/tags", {"property": True, "name": "x"}, "takes whole numbers"),
    ("/tags", {"property": [1], "name": "x"}, "not a list"),
    ("/tags", {"property": 1, "name": "a\0b"}, "takes a text"),
    ("/tags/1/merge", {"into": 1, "also": list(range(MOST_IDS + 1))}, "20,000 ids at most, not 20,001"),
    ("/annotate", {"query": f"_in={'9' * 5000}", "sayings": []}, "whole number"),
    ("/annotate", {"query": "", "sayings": [{"act": "x" * 5000, "name": "a"}]}, "`act` cannot be"),
    ("/undo", {"changeset": -1}, "takes whole numbers"),
    ("/import", {"root": "9" * 5000}, "takes whole numbers"),
    ("/views", {"name": "x", "query": "&".join(["_group=width"] * 30)}, "levels of groups"),
]


@pytest.mark.asyncio
@pytest.mark.parametrize(("path", "body", "message"), FIELDS, ids=lambda value: str(value)[:30])
async def test_fields_beyond_a_bound_are_named(project, path, body, message):
    fill_sample(project.conn)
    async with serving(project.path, config={"permissions": GRANTS}) as datasette:
        response = await datasette.client.post(f"/project/-/panoptic{path}", json=body, actor=OWNER)
    assert (response.status_code, message in response.json()["error"]) == (400, True), response.text[:300]
    assert len(response.text) < 1000


def test_json_is_read_as_deep_as_it_may_be():
    deep = "[" * DEEPEST + "]" * DEEPEST
    assert json.dumps(read_json(deep, "it")) == deep
    assert read_json('{"a": "\\ud83d\\ude00"}', "it") == {"a": "😀"}  # a pair of halves is a character


@pytest.mark.parametrize("value", [[1] * 10**6, {"a": [{}]}, "x" * 10**6, None, 10**4000, 1.5])
def test_what_came_is_shown_in_short(value):
    assert len(shown(value)) < 90


@pytest.mark.parametrize("text", ["-1", "1.0", "", "9" * 19, "9" * 5000, "\uff11", " 1", "1_0"])
def test_what_is_no_whole_number(text):
    with pytest.raises(BadQuery, match="`n` takes whole numbers of up to 18 digits"):
        whole(text, "n")
    with pytest.raises(BadQuery):
        ids_of(f"1,{text or 'x'}", "n", 9)
    with pytest.raises(BadQuery):
        Body({"n": text}).id("n")


def test_choices_and_flags():
    assert (one_of("a", "n", ("a", "b")), whole("0" * 17 + "7", "n")) == ("a", 7)
    flags = [True, "true", "on", "1", 1, "ON", False, "false", "0", None, 0, "yes"]
    assert [Body({"f": flag}).flag("f") for flag in flags] == [True] * 6 + [False] * 6
    assert Body({}).flag("f", default=True)
