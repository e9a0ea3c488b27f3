"""Actions as jobs: what they read, what is written of what they answer, and what happens where they misbehave."""

# ruff: noqa: F811  fixtures are imported under the names that tests ask for
from __future__ import annotations

import os
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from datasette_panoptic.domain.changes import SetValues
from datasette_panoptic.errors import NotThere, PanopticError
from datasette_panoptic.ingest.images.pipeline import ImportOptions, import_folders
from datasette_panoptic.jobs import action as job
from datasette_panoptic.jobs import worker as workers
from datasette_panoptic.jobs.action import run_action
from datasette_panoptic.jobs.worker import QueuedJob
from datasette_panoptic.store import clusterings, embeddings, jobs, properties, undo
from datasette_panoptic.store.changesets import apply
from datasette_panoptic.web.http.server import server_of
from panoptic_ml.registry import Registry
from panoptic_ml.types import ActionContext, Groups, Notice, Refused, Result, Scores, Tags, Value, Values
from tests.action_pictures import imported, pictures  # noqa: F401
from tests.serving import serving

Run = Callable[..., dict[str, Any]]


class Quiet:
    """Notes how far a job is; `stop_at`: the progress at which somebody cancels it."""

    def __init__(self, stop_at: int | None = None) -> None:
        self.seen: list[tuple[int, int | None]] = []
        self.stop_at = stop_at

    def progress(self, now: Any) -> None:
        self.seen.append((now.done, now.total))

    def cancelled(self) -> bool:
        return self.stop_at is not None and self.seen[-1][0] >= self.stop_at


class Answers:
    """Answers what it was made with, one for each image."""

    id = "answers"

    def __init__(self, *answers: Callable[[ActionContext], Result]) -> None:
        self.answers = answers

    def run(self, context: ActionContext) -> list[Result]:
        return [answer(context) for answer in self.answers]


@pytest.fixture
def run(pictures, monkeypatch) -> Run:
    """Run an action on the images of a query, and return the report of the job."""

    def of(
        *answers: Callable[[ActionContext], Result], query: str = "", monitor: Quiet | None = None
    ) -> dict[str, Any]:
        registry = Registry()
        registry.add("action", Answers(*answers), "test")
        monkeypatch.setattr(job, "installed", lambda: registry)
        params = {"action": "answers", "params": {}, "seed": 0, "query": query, "actor": "ada"}
        return run_action(pictures.conn, params, monitor or Quiet())  # type: ignore[arg-type, return-value]

    return of


def each(name: str, *values: Value) -> Callable[[ActionContext], Result]:
    return lambda context: Values(name, values)


def rows(project: Any, sql: str) -> list[Any]:
    return project.conn.execute(sql).fetchall()


KINDS: dict[str, tuple[tuple[Value, ...], str, list[object]]] = {
    "text": (("a", None, "b", "", "#00", "1"), "text", ["a", None, "b", "", "#00", "1"]),
    "number": ((1, 2.5, None, 0, -1, 3), "number", [1, 2.5, None, 0, -1, 3]),
    "checkbox": ((True, False, None, True, True, True), "checkbox", [1, 0, None, 1, 1, 1]),
    "color": (("#AABBCC", "#000000", None, None, None, None), "color", ["#aabbcc", "#000000", None, None, None, None]),
    "url": (
        ("https://a.example", None, None, None, None, "http://b"),
        "url",
        ["https://a.example", *[None] * 4, "http://b"],
    ),
    "mixed": ((1, "a", None, None, None, True), "text", ["1", "a", None, None, None, "1"]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_property_that_is_not_there_is_made_for_its_values(run, pictures, kind):
    values, type_, stored = KINDS[kind]
    report = run(each("Found", *values))
    assert properties.find(pictures.conn, "Found")[1:] == (type_, "image")
    said = dict(rows(pictures, 'select image_id, "Found" from image_values'))
    assert [said.get(image) for image in range(1, 7)] == stored
    (written,) = report["written"]
    assert (written["property"], report["images"]) == ("Found", 6)
    (changeset,) = rows(pictures, "select id, actor, tool, query from _panoptic_changesets order by id desc limit 1")
    assert changeset == (written["changeset"], "ada", "run:answers", "")


def test_what_a_machine_said_is_unchecked_until_it_is_taken_back_or_somebody_says_something_else(run, pictures):
    found = properties.create(pictures.conn, "Found", "text", "image")
    run(each("Found", "a", "b", *[None] * 4))
    unchecked = "select subject_id, value from _panoptic_unchecked order by 1"
    assert rows(pictures, unchecked) == [(1, "a"), (2, "b")]
    (details,) = rows(pictures, "select json_extract(details, '$.action') from _panoptic_provenance")
    assert details == ("answers",)
    apply(pictures.conn, [SetValues(found, {1: "c"})], actor="bea", tool="cell")
    assert rows(pictures, unchecked) == [(2, "b")]
    undo.undo(pictures.conn, actor="ada")
    assert rows(pictures, unchecked) == []


def test_one_undo_takes_back_the_property_too(run, pictures):
    run(each("Found", "a", "b", *[None] * 4))
    undo.undo(pictures.conn, actor="ada")
    assert properties.find(pictures.conn, "Found") is None


def test_tags_are_added_to_those_there_are(run, pictures):
    tags = ("red",), ("red", "blue"), (), (), (), ()
    run(lambda context: Tags("Colours", tags))
    report = run(lambda context: Tags("Colours", (("dark",), ("red",), *[()] * 4)))
    found = rows(pictures, "select image_id, group_concat(name) from image_tags join tags on id = tag_id group by 1")
    assert {image: set(names.split(",")) for image, names in found} == {1: {"red", "dark"}, 2: {"red", "blue"}}
    assert [one["changed"] for one in report["written"]] == [1]


def test_a_property_of_instances_is_said_of_those_that_the_view_has(run, pictures):
    properties.create(pictures.conn, "Note", "text", "instance")
    run(each("Note", *["x"] * 6))
    assert len(rows(pictures, "select 1 from instance_values where Note = 'x'")) == 7
    run(each("Note", "y"), query="name=again.jpg")
    assert rows(pictures, "select count(*) from instance_values where Note = 'y'") == [(1,)]


WRONG: dict[str, tuple[tuple[str, str], Callable[[ActionContext], Result], str]] = {
    "a text for a number": (
        ("Size", "number"),
        each("Size", "big", *[None] * 5),
        "`Size` is of type number: `big` is no",
    ),
    "tags for a text": (("Note", "text"), lambda context: Tags("Note", (("a",),) * 6), "takes no tags"),
    "two tags for one": (("Kind", "tag"), lambda context: Tags("Kind", (("a", "b"),) * 6), "holds one tag, not 2"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_does_not_suit_a_property_is_told_and_nothing_is_written(run, pictures, case):
    (name, type_), answer, message = WRONG[case]
    properties.create(pictures.conn, name, type_, "image")
    before = rows(pictures, "select count(*) from _panoptic_changesets")
    with pytest.raises(PanopticError, match=message):
        run(each("Other", *[1] * 6), answer)
    assert rows(pictures, "select count(*) from _panoptic_changesets") == before
    assert properties.find(pictures.conn, "Other") is None


def test_scores_become_numbers_and_groups_a_clustering(run, pictures):
    labels = np.array([1, 1, 0, -1, 1, 0], np.int32)
    report = run(
        lambda context: Scores(np.array([0.9, 0.1, 0, 1, 0.5, 0.25], np.float32), "Sharpness"),
        lambda context: Groups(labels, ("few", "many"), np.full(6, 0.5, np.float32)),
        lambda context: Notice("look at the sharp ones", "warning"),
    )
    assert rows(pictures, "select image_id, Sharpness from image_values limit 2") == [(1, 0.9), (2, 0.1)]
    (clustering,) = report["clusterings"]
    assert [(one.name, one.images, one.coherence) for one in clusterings.clusters(pictures.conn, clustering)] == [
        ("many", 3, 0.5),
        ("few", 2, 0.5),
    ]
    assert [label for (label,) in rows(pictures, "select label from cluster_members order by image_id")] == [
        0,
        0,
        1,
        -1,
        0,
        1,
    ]
    assert rows(pictures, "select id, clusterer, name from clusterings") == [(clustering, "saved", "answers")]
    assert report["notices"] == [{"text": "look at the sharp ones", "level": "warning"}]


def test_what_an_action_reads(run, pictures):
    properties.create(pictures.conn, "Note", "text", "image")
    properties.create(pictures.conn, "Kind", "multi_tags", "instance")
    run(each("Note", "a", *[None] * 5), lambda context: Tags("Kind", (("b", "c"), *[()] * 5)))
    space = embeddings.space(pictures.conn, "test", "1", {}, 2)
    embeddings.add(pictures.conn, space, [(2, np.array([0.6, 0.8], "<f4").tobytes())])
    rows(pictures, "update files set name = '00003 gone.jpg' where name = '00003.jpg'")
    seen: dict[str, Any] = {}

    def look(context: ActionContext) -> Result:
        seen["ids"] = context.ids.tolist()
        seen["note"], seen["kind"] = context.values("note"), context.values("Kind")
        seen["small"] = [image.size for image in context.thumbnails()]
        seen["full"] = [image and (image.mode, image.size) for image in context.originals()]
        seen["vectors"] = context.vectors("test")
        return Notice("seen")

    monitor = Quiet()
    run(look, query="_sort_desc=name&_group=Note", monitor=monitor)
    assert seen["ids"] == [1, 6, 5, 4, 3, 2]  # the first image is `again.jpg` too
    assert seen["note"] == ["a"] + [None] * 5
    assert seen["kind"] == [("b", "c")] + [()] * 5
    assert seen["small"] == [(160, 120)] * 6
    full = ("RGB", (160, 120))
    assert seen["full"] == [full, full, full, None, full, full]
    assert np.allclose(seen["vectors"], [[0, 0]] * 5 + [[0.6, 0.8]])
    assert (monitor.seen[0], monitor.seen[-1], max(monitor.seen)) == ((0, 6), (6, 6), (6, 6))


@pytest.mark.parametrize("name", ["no such property", "no such space"])
def test_what_is_not_there_is_the_person_s_to_choose(run, name):
    def look(context: ActionContext) -> Result:
        context.values(name) if "property" in name else context.vectors(name)
        return Notice("never said")

    with pytest.raises(PanopticError, match=r"action `answers`: no .*there is|no image has a vector yet"):
        run(look)


def test_cancelling_ends_it_while_it_reads_and_nothing_is_written(run, pictures):
    def look(context: ActionContext) -> Result:
        try:
            read = list(context.thumbnails())
        except Exception:  # as a careless plugin has it
            read = []
        return Values("Found", (len(read),) * 6)

    monitor = Quiet(stop_at=3)
    assert run(look, monitor=monitor) == {}
    assert monitor.seen[-1] == (3, 6)
    assert properties.find(pictures.conn, "Found") is None


def raising(context: ActionContext) -> Result:
    raise ZeroDivisionError("by nothing")


def refusing(context: ActionContext) -> Result:
    raise Refused("there is nothing to see")


FAULTS: dict[Callable[[ActionContext], Result], str] = {
    raising: "action `answers` of `test`: raised ZeroDivisionError: by nothing",
    refusing: "action `answers`: there is nothing to see",
    lambda context: Scores(np.array([np.nan] * 6, np.float32), "x"): "returned nan among the scores, in row 0",
    lambda context: Values("x", (float("inf"),) * 6): "returned inf as a value",
    lambda context: Values("x", (1,)): "returned 1 values for 6 images",
}


@pytest.mark.parametrize("fault", FAULTS, ids=FAULTS.get)
def test_faults_are_told(run, fault):
    with pytest.raises(PanopticError) as told:
        run(fault)
    assert FAULTS[fault] in str(told.value)


def test_an_action_that_is_not_installed(run, pictures):
    run(each("Found", *[1] * 6))
    with pytest.raises(NotThere, match="no action `absent` is installed; there is `answers`"):
        job.find("absent")


MISBEHAVING = """
import os, time
from PIL import Image
from panoptic_ml.hookspecs import hookimpl
from panoptic_ml.types import Notice

class Hangs:
    id = "hangs"
    def run(self, context):
        os.fork() or time.sleep(600)  # with a child, which is to end too
        time.sleep(600)
        return Notice("never said")

class Exits:
    id = "exits"
    def run(self, context):
        os.write(2, b"out of memory, says the driver")
        os._exit(7)

class Lacking:
    id = "lacking"
    requires = {"no_such_module": "panoptic-lacking[all]"}
    def run(self, context):
        return Notice("never said")

class Works:
    id = "works"
    def run(self, context, word: str = "seen"):
        return Notice(f"{word} {sum(1 for _ in context.thumbnails())}")

@hookimpl
def register_actions(register):
    for action in (Hangs, Exits, Lacking, Works):
        register(action)
"""


@pytest.fixture
def misbehaving(tmp_path, monkeypatch) -> Path:
    """A distribution of such plugins, installed for the processes of jobs."""
    site = tmp_path / "site"
    (site / "misbehaving-1.dist-info").mkdir(parents=True)
    (site / "misbehaving.py").write_text(textwrap.dedent(MISBEHAVING))
    (site / "misbehaving-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: misbehaving\nVersion: 1\n")
    (site / "misbehaving-1.dist-info" / "entry_points.txt").write_text("[panoptic]\nmisbehaving = misbehaving\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")]))
    return site


@pytest.mark.asyncio
async def test_a_plugin_s_end_is_its_own_and_the_next_job_runs(pictures, misbehaving, monkeypatch):
    monkeypatch.setattr(workers, "PATIENCE", 0.1)
    monkeypatch.setattr(workers, "PACE", 0.1)
    ended: dict[str, Any] = {}
    async with serving(pictures.path, tasks=True) as datasette:
        worker = server_of(datasette).worker
        for name in ("hangs", "exits", "lacking", "works"):
            params = {"action": name, "params": {}, "seed": 0, "query": "", "actor": None}
            ended[name] = jobs.create(pictures.conn, "action", params, None)
            worker.put(QueuedJob(datasette.get_database("pictures"), ended[name]))
        while jobs.get(pictures.conn, ended["hangs"]).state == "waiting":
            await workers.asyncio.sleep(0.05)
        jobs.cancel(pictures.conn, ended["hangs"])
        await worker.idle()
    found = {name: jobs.get(pictures.conn, job_id) for name, job_id in ended.items()}
    assert (found["hangs"].state, found["hangs"].message) == (
        "cancelled",
        f"{workers.KILLED}; run it again, nothing was written",
    )
    assert found["exits"].state == "failed"
    assert found["exits"].message == (
        "its process ended early (exit code 7): out of memory, says the driver; run it again, nothing was written"
    )
    assert found["lacking"].message == (
        "action `lacking`: needs packages that are not installed: `pip install 'panoptic-lacking[all]'`"
    )
    assert (found["works"].state, found["works"].report["notices"]) == ("done", [{"text": "seen 6", "level": "info"}])


@pytest.mark.asyncio
async def test_a_job_that_shows_no_progress_is_ended_and_holds_up_no_other(pictures, misbehaving, monkeypatch):
    monkeypatch.setattr(workers, "SILENCE", {"action": 0.2})
    monkeypatch.setattr(workers, "PACE", 0.1)
    params = {"action": "hangs", "params": {}, "seed": 0, "query": "", "actor": None}
    async with serving(pictures.path, tasks=True) as datasette:
        job_id = jobs.create(pictures.conn, "action", params, None)
        server_of(datasette).worker.put(QueuedJob(datasette.get_database("pictures"), job_id))
        await server_of(datasette).worker.idle()
    found = jobs.get(pictures.conn, job_id)
    assert (found.state, found.message) == ("failed", f"{workers.SILENT}; run it again, nothing was written")


def test_pictures_of_any_kind_are_rgb(run, pictures, tmp_path):
    folder = tmp_path / "others"
    folder.mkdir()
    Image.new("RGBA", (40, 30), (255, 0, 0, 0)).save(folder / "clear.png")
    import_folders(pictures.conn, [folder], options=ImportOptions(workers=1))
    seen: list[Any] = []

    def look(context: ActionContext) -> Result:
        pictures = (*context.thumbnails(), *context.originals())
        seen.extend((image.mode, image.getpixel((0, 0))) for image in pictures if image)
        return Notice("seen")

    run(look, query="name=clear.png")
    assert seen == [("RGB", (255, 255, 255))] * 2
