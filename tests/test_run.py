"""Running actions by the command line and over HTTP, and the forms that are made of what plugins say of themselves."""

# ruff: noqa: F811  fixtures are imported under the names that tests ask for
from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from datasette_panoptic.cli import panoptic
from datasette_panoptic.store import embeddings
from datasette_panoptic.web.http.server import server_of
from tests.action_pictures import imported, pictures  # noqa: F401
from tests.serving import serving


def rows(project: Any, sql: str) -> list[Any]:
    return project.conn.execute(sql).fetchall()


@pytest.fixture
def command(pictures) -> Callable[..., Any]:
    def invoke(*arguments: str, code: int = 0) -> Any:
        result = CliRunner().invoke(panoptic, ["run", str(pictures.path), *arguments])
        assert result.exit_code == code, result.output
        return result

    return invoke


def test_the_command_runs_an_action_by_its_own_options(command, pictures):
    said = json.loads(
        command("dominant-colors", "--query", "width__gt=1", "--most", "1", "--color", "", "--json").stdout
    )
    assert (said["images"], [one["property"] for one in said["written"]]) == (6, ["Colours"])
    assert rows(pictures, "select max(n) from (select count(*) as n from image_tags group by image_id)") == [(1,)]
    again = command("dominant-colors", "--param", "most=1", "--param", "color=").stdout
    assert again == "6 images\nColours: nothing new\n"
    assert "--language en|fr" in command("dominant-colors", "--help").stdout


BAD = {
    "an unknown action": (["absent"], 1, "no action `absent` is installed; there is `ocr`, `dominant-colors`"),
    "a value that cannot be": (
        ["dominant-colors", "--most", "0"],
        1,
        "`most` must be a whole number from 1 to 13, not `0`",
    ),
    "a seed too large": (["dominant-colors", "--seed", str(2**32)], 2, "0<=x<=4294967295"),
    "an unknown parameter": (["dominant-colors", "--param", "mots=1"], 1, "no parameter `mots`"),
    "a query that cannot be": (["dominant-colors", "--query", "wdith=1"], 1, "no property `wdith`"),
}


@pytest.mark.parametrize("case", BAD)
def test_the_command_says_what_is_wrong(command, case):
    arguments, code, message = BAD[case]
    assert message in command(*arguments, code=code).output


def test_the_command_lists_plugins():
    listed = json.loads(CliRunner().invoke(panoptic, ["plugins", "--json"]).stdout)
    assert {"clusterer", "embedder", "projector", "action"} == {row["role"] for row in listed["rows"]}
    (action,) = (row for row in listed["rows"] if row["id"] == "dominant-colors")
    assert action["parameters"][2] == {
        "name": "most", "expects": "a whole number from 1 to 13", "required": False, "default": 3,
    }  # fmt: skip
    assert "--most: a whole number from 1 to 13; default 3" in CliRunner().invoke(panoptic, ["plugins"]).stdout


def test_the_list_says_what_is_required_what_is_missing_and_what_is_wrong(monkeypatch):
    def parameter(name: str, *, required: bool = False, default: object = None) -> dict[str, Any]:
        return {"name": name, "expects": "a text", "required": required, "default": default}

    parameters = [parameter("the_text", required=True), parameter("model"), parameter("tone", default="warm")]
    rows = [
        {
            "role": "action",
            "id": "read",
            "description": "Reads.",
            "parameters": parameters,
            "missing": "pip",
        },
        {"role": "embedder", "id": "plain", "description": "", "parameters": [], "missing": ""},
    ]
    faults = [{"plugin": "broken", "message": "it does not load"}]
    monkeypatch.setattr("datasette_panoptic.jobs.plugin_list.plugins", lambda: (rows, faults))
    listed = CliRunner().invoke(panoptic, ["plugins"])
    assert listed.stdout.splitlines() == [
        "action read",
        "    Reads.",
        "    --the-text: a text; required",
        "    --model: a text; default none",
        "    --tone: a text; default warm",
        "    missing: pip",
        "embedder plain",
    ]
    assert listed.stderr == "broken: it does not load\n"


RUNNER = {"id": "rosa"}
GRANTS = {"panoptic-run": {"id": ["rosa"]}, "panoptic-edit": {"id": ["rosa"]}, "panoptic-import": {"id": ["imogen"]}}
BASE = "/pictures/-/panoptic"


@pytest.mark.asyncio
async def test_from_the_form_to_the_values(pictures):
    async with serving(pictures.path, tasks=True, config={"permissions": GRANTS}) as datasette:
        client = datasette.client
        version = (await client.get(f"{BASE}/version.json")).json()["version"]
        (form,) = (
            one
            for one in (await client.get(f"{BASE}/plugins.json?role=action&_lang=fr", actor=RUNNER)).json()["plugins"]
            if one["id"] == "dominant-colors"
        )
        assert (form["label"], form["missing"], form["remembered"]) == ("Couleurs dominantes", "", None)
        assert [one["kind"] for one in form["parameters"]] == [
            "property", "property", "integer", "number", "checkbox", "choice",
        ]  # fmt: skip
        choice = {
            "plugin": "dominant-colors", "params": {"most": "2", "color": None, "exact": False}, "seed": 4,
            "by_default": True, "query": "_sort_desc=name", "positions": [[0, 2]], "version": version,
        }  # fmt: skip
        answer = await client.post(f"{BASE}/run", json=choice, actor=RUNNER)
        assert answer.status_code == 202, answer.text
        await server_of(datasette).worker.idle()
        job_url = f"{BASE}/jobs/{answer.json()['job']['id']}.json"
        ended = (await client.get(job_url, actor=RUNNER)).json()
        assert (ended["state"], ended["kind_label"]) == ("done", "Run: Dominant colours"), ended
        assert ended["report"]["images"] == 2
        assert ended["report_label"].startswith("2 images · Colours: ")
        show, undo_it = ended["notices"][0]["steps"]
        assert (await client.get(show["href"])).status_code == 200
        assert show["href"].endswith("_in=1&_show=Colours")
        assert undo_it["fields"] == {"changeset": str(ended["report"]["written"][0]["changeset"])}
        remembered = (await client.get(f"{BASE}/plugins.json", actor=RUNNER)).json()
        assert remembered["chosen"]["action"] == "dominant-colors"
        (form,) = (one for one in remembered["plugins"] if one["id"] == "dominant-colors")
        assert (form["remembered"]["params"]["most"], form["remembered"]["seed"]) == (2, 4)
        page = (await client.get(f"{BASE}/jobs?_lang=fr", actor=RUNNER)).text
        assert "Exécution : Couleurs dominantes" in page
        assert "par rosa" in page
        # Who may import may not see what others run.
        assert (await client.get(job_url, actor={"id": "imogen"})).status_code == 403
        assert "Dominant colours" not in (await client.get(f"{BASE}/jobs", actor={"id": "imogen"})).text


REFUSED = {
    "an unknown plugin": ({"plugin": "absent"}, 404, "no action `absent` is installed"),
    "a bad parameter": ({"plugin": "dominant-colors", "params": {"most": 99}}, 400, "`most` must be"),
    "an unknown field": ({"plugin": "dominant-colors", "pluging": 1}, 400, "unknown field `pluging`"),
    "a bad query": ({"plugin": "dominant-colors", "query": "wdith=1"}, 400, "no property `wdith`"),
    "a seed that is none": ({"plugin": "dominant-colors", "seed": True}, 400, "`seed` is a whole number"),
}


@pytest.mark.asyncio
async def test_what_cannot_be_run_is_refused_at_once(pictures):
    async with serving(pictures.path, config={"permissions": GRANTS}) as datasette:
        for name, (sent, status, message) in REFUSED.items():
            answer = await datasette.client.post(f"{BASE}/run", json=sent, actor=RUNNER)
            assert (answer.status_code, message in answer.text) == (status, True), (name, answer.text)
    assert rows(pictures, "select count(*) from _panoptic_jobs") == [(0,)]


def put(project: Any, kind: str, state: str, **columns: Any) -> None:
    values = {"params": {}, "done": 0, "total": None, "report": None, "started_at": None, "actor": "ada"} | columns
    for name in ("params", "report"):
        values[name] = None if values[name] is None else json.dumps(values[name])
    project.conn.execute(
        "insert into _panoptic_jobs (kind, state, params, done, total, report, started_at, actor, message, created_at) "
        "values (:kind, :state, :params, :done, :total, :report, :started_at, :actor, :message, '2026-01-01')",
        {"kind": kind, "state": state, "message": None} | values,
    )


@pytest.mark.asyncio
async def test_the_page_of_jobs_says_in_words_what_runs_and_what_ran(pictures):
    put(pictures, "import", "done", total=7, done=7, report={"added": 6, "unchanged": 1})
    put(pictures, "table", "failed", params={"name": "a.csv"}, message="no column `x`")
    clustered = {"clustering": 3, "clusters": 2, "images": 6, "noise": 0, "name": "k", "notices": []}
    params = {"clusterer": "kmeans", "query": "width__gt=1"}
    put(pictures, "cluster", "done", params=params, report=clustered)
    begun = datetime.now(UTC) - timedelta(seconds=100)
    put(pictures, "action", "running", params={"action": "ocr", "query": ""}, done=50, total=350,
        started_at=begun.strftime("%Y-%m-%dT%H:%M:%SZ"))  # fmt: skip
    grants = {name: {"id": "root"} for name in ("panoptic-run", "panoptic-edit", "panoptic-import")}
    async with serving(pictures.path, config={"permissions": grants}) as datasette:
        # The server that opens a project closes what another left open; this one is to run.
        pictures.conn.execute("update _panoptic_jobs set state = 'running', message = null where kind = 'action'")
        page = (await datasette.client.get(f"{BASE}/jobs.json", actor={"id": "root"})).json()
        html = (await datasette.client.get(f"{BASE}/jobs", actor={"id": "root"})).text
        importer = (await datasette.client.get(f"{BASE}/jobs.json", actor={"id": "imogen"})).status_code
    running, cluster, table, imported = page["jobs"]
    assert (running["kind_label"], running["progress_label"]) == ("Run: Text in images (OCR)", "50 of 350 images")
    assert re.fullmatch(r"0\.[45] per second, about (9|10|11) min left", running["pace_label"])
    assert (running["share"], running["cancel_url"]) == (14, f"{BASE}/jobs/4/cancel")
    assert (cluster["kind_label"], cluster["report_label"]) == ("Clusters: k-means", "2 clusters of 6 images")
    (way,) = cluster["notices"][0]["steps"]
    assert way["href"] == f"{BASE}?width__gt=1&_group=cluster_3"
    assert (table["kind_label"], table["message"]) == ("Table import", "no column `x`")
    assert (imported["report_label"], imported["actor_label"]) == ("6 added, 1 unchanged", "ada")
    assert "<code>x</code>" in html
    assert f'<form method="post" action="{BASE}/jobs/4/cancel"><button>Cancel</button></form>' in html
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in html
    assert importer == 403
    assert page["notices"] == []  # what runs may be what is missing


@pytest.mark.asyncio
async def test_what_the_project_lacks_is_said_with_the_button_that_makes_it(pictures):
    async with serving(pictures.path, config={"permissions": GRANTS}) as datasette:
        before = (await datasette.client.get(f"{BASE}/jobs.json", actor=RUNNER)).json()["notices"]
        space = embeddings.space(pictures.conn, "colors", "lab-6x9x9", {}, 2)
        embeddings.add(pictures.conn, space, [(2, np.array([0.6, 0.8], "<f4").tobytes())])
        (notice,) = (await datasette.client.get(f"{BASE}/jobs.json", actor=RUNNER)).json()["notices"]
        html = (await datasette.client.get(f"{BASE}/jobs?_lang=fr", actor=RUNNER)).text
    assert [one["text"] for one in before] in (
        [],
        ["6 images are not ready for visual comparison yet"],
    )  # as the default embedder is there
    assert (notice["text"], notice["steps"][0]["href"]) == (
        "5 images are not ready for visual comparison yet",
        f"{BASE}/embed",
    )
    assert notice["steps"][0]["fields"] == {"space": str(space)}
    assert f'<input type="hidden" name="space" value="{space}"><button>Préparer</button>' in html
