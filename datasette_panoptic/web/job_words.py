"""Jobs in words: what they are, how far, what came of them, and what somebody may want to do next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from datasette_panoptic.query.text import join_list
from datasette_panoptic.store.duplicates import view as copies
from datasette_panoptic.store.jobs import Job

from .http.visit import Visit
from .http.words import Words

#: The parts of an import's report that a person is told, in order.
REPORTED = (
    "added", "changed", "moved", "unchanged", "missing", "left", "hidden", "excluded", "rejected",
    "sidecars", "damaged_sidecars",
)  # fmt: skip

#: Seconds that a job runs before its rate says anything.
SETTLED = 2.0
#: What jobs count that do not count images, as keys of texts.
UNITS = {"import": "job.files", "table": "table.rows_read"}


@dataclass(frozen=True)
class NextStep:
    """Something to do next: a link, or with `fields` (which may be none) a form that is posted."""

    label: str
    href: str
    fields: dict[str, str] | None = None


@dataclass(frozen=True)
class JobNotice:
    """What a person should know of a job, or of the project; `level` is info, warning or error."""

    text: str
    level: str = "info"
    steps: list[NextStep] = field(default_factory=list)


def written(job: Job) -> list[dict[str, Any]]:
    """What an action wrote: properties, with how many values changed and in which changeset."""
    changes: list[dict[str, Any]] = (job.report or {}).get("written", []) if job.kind == "action" else []
    return changes


def kind_label(words: Words, job: Job) -> str:
    """Say what a job does: "Import", "Run: Dominant colours"."""
    plugin = next((job.params[key] for key in ("action", "embedder", "clusterer") if job.params.get(key)), None)
    kind = words.messages.get(f"job.{job.kind}", job.kind)
    if plugin is None:
        return kind
    role = {"action": "action", "embed": "embedder"}.get(job.kind, "clusterer")
    return words("job.of", kind=kind, name=words.messages.get(f"plugin.{role}.{plugin}", str(plugin)))


def progress_label(words: Words, job: Job) -> str:
    """Say how much is done, of how much where that is known."""
    unit = UNITS.get(job.kind, "job.images")
    if job.total:
        return words("job.progress", done=job.done, total=words.count(unit, job.total))
    return words.count(unit, job.done) if job.done or job.is_open else ""


def pace_label(words: Words, job: Job) -> str:
    """Say how fast a job runs and how long it will, as far as that can be told."""
    if job.state != "running" or not job.started_at or not job.done:
        return ""
    seconds = (datetime.now(UTC) - datetime.fromisoformat(job.started_at)).total_seconds()
    if seconds < SETTLED:
        return ""
    rate = job.done / seconds
    shown = words("job.rate", n=words.number(round(rate, 1) if rate < 10 else round(rate)))
    if not job.total or job.total <= job.done:
        return shown
    left = (job.total - job.done) / rate
    hours, minutes = divmod(round(left / 60), 60)
    key = "job.left.seconds" if left < 60 else "job.left.minutes" if hours == 0 else "job.left.hours"
    return f"{shown}, {words(key, hours=hours, minutes=max(minutes, 1) if hours == 0 else minutes)}"


def report_label(words: Words, job: Job) -> str:
    """Say what came of a job, in one line."""
    report = job.report or {}
    match job.kind:
        case "action" if report:
            parts = [
                words("job.wrote", name=one["property"], changed=words.count("ui.changed", one["changed"]))
                for one in written(job)
            ]
            return " · ".join([words.count("job.images", report["images"]), *parts])
        case "embed" if report:
            counted = [("report.embedded", report["embedded"]), ("report.failed", report["failed"])]
            return ", ".join(words.count(key, n) for key, n in counted if n or key == "report.embedded")
        case "cluster" if report:
            return words.count(
                "report.clusters", report["clusters"], images=words.count("job.images", report["images"])
            )
        case "duplicates" if report:
            return words.count(
                "duplicates.groups", report["groups"], images=words.count("job.images", report["images"])
            )
        case "import":
            return ", ".join(words(f"report.{key}", n=report[key]) for key in REPORTED if report.get(key))
    return ""


def notices(visit: Visit, job: Job, *, standing: Callable[[int], bool], can_edit: bool) -> list[JobNotice]:
    """Return what a job has to say, each with what may be done about it; `standing` tells what can be undone."""
    words, report = visit.words, job.report or {}
    listed = [told(visit, notice) for notice in report.get("notices", ())]
    steps = list(_ways(visit, job, report))
    if can_edit:
        for one in written(job):
            if one["changeset"] and standing(one["changeset"]):
                label = words("job.undo", name=one["property"])
                steps.append(NextStep(label, f"{visit.base}/undo", {"changeset": str(one["changeset"])}))
    if steps:
        listed.insert(0, JobNotice("", steps=steps))
    return listed


def _ways(visit: Visit, job: Job, report: dict[str, Any]) -> Iterator[NextStep]:
    """Yield links to what a job made."""
    words, query = visit.words, job.params.get("query") or ""
    if job.kind == "table" and not job.is_open:
        yield NextStep(words("job.look"), f"{visit.base}/import-table/jobs/{job.id}")
    if names := [one["property"] for one in written(job) if one["changeset"]]:
        yield NextStep(words("job.show"), _view(visit, query, ("_show", join_list(names))))
    for run in [*report.get("clusterings", ()), report.get("clustering")]:
        if run is not None and job.kind == "duplicates":
            yield NextStep(words("job.show_groups"), f"{visit.base}?{copies(run)}")
        elif run is not None:
            yield NextStep(words("job.show_groups"), _view(visit, query, ("_group", f"cluster_{run}")))


def told(visit: Visit, notice: dict[str, Any]) -> JobNotice:
    """Say a notice in the visitor's language where its key is known, else as it says itself.

    `unembedded`: `n` images have no vector in a `space`, null for any, and a button has them computed.
    """
    words, level = visit.words, str(notice.get("level", "info"))
    if notice.get("key") != "unembedded":
        return JobNotice(str(notice.get("text", "")), level)
    fields = {} if notice["space"] is None else {"space": str(notice["space"])}
    step = NextStep(words("notice.unembedded.step"), f"{visit.base}/embed", fields)
    return JobNotice(words.count("notice.unembedded", notice["n"]), level, [step] if visit.project.is_writable else [])


def _view(visit: Visit, query: str, *also: tuple[str, str]) -> str:
    return f"{visit.base}?{'&'.join(part for part in (query, urlencode(also)) if part)}"
