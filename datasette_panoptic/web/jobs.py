"""Jobs over HTTP: the page of all that runs and ran, one job, and the request that stops it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from datasette import Response

from datasette_panoptic.jobs.notices import unembedded
from datasette_panoptic.store import jobs as store
from datasette_panoptic.store import spaces
from datasette_panoptic.store.jobs import Job

from . import job_words
from .http.access import EDIT, IMPORT, RUN, Denied
from .http.frame import Frame
from .http.render import as_script, render
from .http.visit import Visit
from .job_words import JobNotice
from .plugins import space_label
from .roots import ImportPanel, import_panel

#: What it takes to see and to stop a job, by its kind: what it takes to start one.
NEEDED: Mapping[str, str] = {"import": IMPORT, "table": EDIT}

#: Which of some changesets stand, as JSON.
STANDING = "select id from _panoptic_changesets where undone_by is null and id in (select value from json_each(?))"


@dataclass(frozen=True)
class JobView:
    """`share` is the part that is done, 0 to 100; null while the amount of work is not known.

    `pace_label` has rate and remaining time of a job that runs; `notices` what to know of it and to do next.
    """

    id: int
    kind: str
    kind_label: str
    state: str
    state_label: str
    is_open: bool
    done: int
    total: int | None
    share: int | None
    progress_label: str
    pace_label: str
    message: str | None
    report: dict[str, Any] | None
    report_label: str
    notices: list[JobNotice]
    actor: str | None
    actor_label: str
    created_at: str
    started_at: str | None
    finished_at: str | None
    times_label: str
    cancel_url: str | None


@dataclass(frozen=True)
class JobsPage:
    """`notices` are of the project; `jobs` those that the visitor could have started, newest first."""

    frame: Frame
    notices: list[JobNotice]
    jobs: list[JobView]
    is_running: bool
    panel: ImportPanel | None


async def page(visit: Visit) -> Response:
    """The page of jobs."""
    shown = await _page(visit)
    script = {"messages": visit.words.of_scripts, "language": visit.words.language}
    return await render(visit, "jobs", shown, script=as_script(script))


async def page_json(visit: Visit) -> JobsPage:
    """Send the jobs that the visitor could have started, newest first."""
    return await _page(visit)


async def job(visit: Visit) -> JobView:
    """Send how far a job is, and what came of it."""
    job_asked = await _job(visit)
    return await view(visit, job_asked)


async def cancel(visit: Visit) -> Response:
    """Ask a job to stop; the answer has it as it is then. One that does not stop within a while is ended."""
    job_id = (await _job(visit)).id
    cancelled = await visit.write(lambda conn: store.cancel(conn, job_id))
    return await answer(visit, cancelled)


async def answer(visit: Visit, job: Job, status: int = 200) -> Response:
    """Answer a write: a form of a page is sent back to the jobs, a script gets JSON."""
    if visit.wants_page:
        return Response.redirect(f"{visit.base}/jobs", status=303)
    return Response.json({"ok": True, "job": asdict(await view(visit, job))}, status=status)


async def _job(visit: Visit) -> Job:
    job_id = int(visit.request.url_vars["job_id"])
    job = await visit.read(lambda conn: store.get(conn, job_id))
    if not await visit.may(NEEDED.get(job.kind, RUN)):
        raise Denied(f"you need the permission `{NEEDED.get(job.kind, RUN)}` on `{visit.project.name}`")
    return job


async def _page(visit: Visit) -> JobsPage:
    allowed = {action: await visit.may(action) for action in (EDIT, IMPORT, RUN)}
    jobs = [job for job in await visit.read(store.latest) if allowed[NEEDED.get(job.kind, RUN)]]
    frame = await visit.frame(visit.words("jobs.title"))
    shown = await _views(visit, jobs)
    panel = import_panel(visit) if frame.can_import else None
    is_running = any(job.is_open for job in jobs)
    # What runs may be what is missing.
    wanting, known = await visit.read(
        lambda conn: (unembedded(conn) if frame.can_run and not is_running else [], spaces.listed(conn))
    )
    return JobsPage(frame, _told(visit, wanting, known), shown, is_running, panel)


def _told(visit: Visit, wanting: list[dict[str, Any]], known: list[spaces.Space]) -> list[JobNotice]:
    """Say what the project wants, and of which embedding space where there are several."""
    names = {space.id: f" ({space_label(visit.words, space)})" for space in known} if len(known) > 1 else {}
    said = [(job_words.told(visit, notice), names.get(notice["space"], "")) for notice in wanting]
    return [replace(notice, text=notice.text + name) for notice, name in said]


async def view(visit: Visit, job: Job) -> JobView:
    """Return a job as a person is told of it."""
    return (await _views(visit, [job]))[0]


async def _views(visit: Visit, jobs: list[Job]) -> list[JobView]:
    changesets = [one["changeset"] for job in jobs for one in job_words.written(job)]
    rows = await visit.read(lambda conn: conn.execute(STANDING, [json.dumps(changesets)]).fetchall())
    standing = {changeset for (changeset,) in rows}
    can_edit = visit.project.is_writable and await visit.may(EDIT)
    words = visit.words

    def shown(job: Job) -> JobView:
        share = min(100 * job.done // job.total, 100) if job.total else None
        can_cancel = job.state in ("waiting", "running") and visit.project.is_writable
        return JobView(
            job.id, job.kind, job_words.kind_label(words, job),
            job.state, words(f"job.state.{job.state}"), job.is_open,
            job.done, job.total, 100 if job.state == "done" else share,
            job_words.progress_label(words, job), job_words.pace_label(words, job),
            job.message or None, job.report, job_words.report_label(words, job),
            job_words.notices(visit, job, standing=standing.__contains__, can_edit=can_edit),
            job.actor, job.actor or words("history.nobody"),
            job.created_at, job.started_at, job.finished_at,
            " → ".join(words.moment(at) for at in (job.created_at, job.finished_at) if at),
            cancel_url=f"{visit.base}/jobs/{job.id}/cancel" if can_cancel else None,
        )  # fmt: skip

    return [shown(job) for job in jobs]
