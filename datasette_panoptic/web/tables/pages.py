"""Import of a table in the page: send it, look at what would be done, import it as a job, see what came of it."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from datasette import Response

from datasette_panoptic.errors import BadQuery, NotThere
from datasette_panoptic.ingest.tables.form import TableForm, from_pairs
from datasette_panoptic.ingest.tables.preview import Preview, preview
from datasette_panoptic.ingest.tables.report import LISTED, UnmatchedRow
from datasette_panoptic.jobs.worker import QueuedJob
from datasette_panoptic.store import history, jobs
from datasette_panoptic.store.cards import cards
from datasette_panoptic.web.http.answer import actor_of
from datasette_panoptic.web.http.body import MEGABYTE, form_pairs, sent_files
from datasette_panoptic.web.http.frame import Frame
from datasette_panoptic.web.http.render import render
from datasette_panoptic.web.http.visit import Visit

from .contexts import (
    ImportTablePage,
    TableFault,
    TablePreviewPage,
    facts,
    obstacle,
    preview_page,
    read_label,
    unmatched_faults,
)
from .uploads import LARGEST_TABLE, TableUpload

#: Bytes of a file that describes properties, and of a form.
LARGEST_DESCRIPTION = 16 * MEGABYTE
#: Lines of a list that is downloaded.
MOST_LISTED = 1_000_000


@dataclass(frozen=True)
class TableReportPage:
    """What came of an import. `undo_url` is null where there is nothing to undo, `preview_url` is the way back."""

    frame: Frame
    id: int
    file: str
    state: str
    state_label: str
    is_open: bool
    progress_label: str
    message: str
    was_written: bool
    facts: list[str]
    errors_label: str
    faults: list[TableFault]
    unmatched_label: str
    unmatched_rows: list[TableFault]
    changeset: int | None
    undo_url: str | None
    history_url: str
    preview_url: str
    upload_url: str
    report: dict[str, Any] | None


async def page(visit: Visit) -> Response:
    """The page that takes a table of values."""
    frame = await _frame(visit)
    limit = visit.words("table.limit", size=visit.words.size(LARGEST_TABLE))
    return await render(visit, "import_table", ImportTablePage(frame, f"{visit.base}/import-table", limit))


async def upload(visit: Visit) -> Response:
    """Take a table, `file`, and perhaps its .properties.json, `described`. The answer's `url` is its preview."""
    form = await sent_files(
        visit,
        "file",
        f"a table has at most {LARGEST_TABLE // 10**6} MB",
        max_file_size=LARGEST_TABLE,
        max_request_size=LARGEST_TABLE + LARGEST_DESCRIPTION,
        max_files=2,
    )
    async with form:
        sent = {name: form.get(name) for name in ("file", "described")}
        table, described = (None if isinstance(file, str) or not file or not file.filename else file
                            for file in sent.values())  # fmt: skip
        if table is None:
            raise BadQuery("no table was sent; put it in the field `file`")
        kept = visit.server.tables.begin(_owner(visit), visit.project.name, table.filename)
        await asyncio.to_thread(_copy, table, kept.file)
        if described:
            await asyncio.to_thread(_copy, described, kept.described)
    url = f"{visit.base}/import-table/{kept.token}"
    if visit.wants_page:
        return Response.redirect(url, status=303)
    return Response.json({"ok": True, "table": kept.token, "name": kept.name, "url": url}, status=201)


async def look(visit: Visit) -> Response:
    """The preview of a table that was sent, read as the address says."""
    return await render(visit, "import_preview", await _look(visit))


async def look_json(visit: Visit) -> TablePreviewPage:
    """Send the preview of a table that was sent, read as the address says."""
    return await _look(visit)


async def _look(visit: Visit) -> TablePreviewPage:
    frame, form = await _frame(visit), from_pairs(visit.without("_lang"))
    seen = await _seen(visit, form)
    sources = [row.source for row in seen.report.sample if row.source] if seen.report else []
    shown = await visit.read(lambda conn: cards(conn, "instances", list(dict.fromkeys(sources))))
    return preview_page(visit, frame, form, seen, shown)


async def _seen(visit: Visit, form: TableForm, listed: int = LISTED) -> Preview:
    kept = _kept(visit)
    given = (str(visit.project.database.path), kept.file, kept.name, form, listed)
    return await visit.server.tables.look(kept, preview, *given)


async def listed(visit: Visit) -> Response:
    """Send all rows that find nothing, or all cells that cannot be read, as CSV."""
    seen = await _seen(visit, from_pairs(visit.without("_lang")), MOST_LISTED)
    what, out = visit.request.url_vars["what"], io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";")
    if what == "errors":
        writer.writerow(["row", "column", "text", "message"])
        writer.writerows([c.row, c.column, c.text, c.message] for c in (seen.report.bad_cells if seen.report else []))
    else:
        writer.writerow(["row", "key", "did you mean"])
        writer.writerows([r.row, r.key, r.near] for r in (seen.report.unmatched_rows if seen.report else []))
    headers = {"content-disposition": f'attachment; filename="{what}.csv"', "x-content-type-options": "nosniff"}
    return Response(out.getvalue(), headers=headers, content_type="text/csv; charset=utf-8")


async def start(visit: Visit) -> Response:
    """Import a table as the fields of the form say, those of its preview's address, in a job."""
    pairs = await form_pairs(visit)
    from_pairs(pairs)
    kept = _kept(visit)
    # The job has files of its own: the others stay, so that what could not be read is looked at again.
    spool = visit.server.scratch.folder("table-")
    await asyncio.to_thread(shutil.copytree, kept.folder, spool, dirs_exist_ok=True)
    params = {
        "file": str(spool / kept.file.name),
        "name": kept.name,
        "form": pairs,
        "table": kept.token,
        "actor": actor_of(visit),
    }
    job_id = await visit.write(lambda conn: jobs.create(conn, "table", params, actor_of(visit)))
    visit.server.worker.put(QueuedJob(visit.project.database, job_id, spool))
    url = f"{visit.base}/import-table/jobs/{job_id}"
    if visit.wants_page:
        return Response.redirect(url, status=303)
    return Response.json({"ok": True, "job": job_id, "url": url}, status=202)


async def report(visit: Visit) -> Response:
    """The page of an import of a table: how far it is, then what came of it, with the button that undoes it."""
    return await render(visit, "table_report", await _report(visit))


async def report_json(visit: Visit) -> TableReportPage:
    """Send how far an import of a table is, and what came of it."""
    return await _report(visit)


async def _report(visit: Visit) -> TableReportPage:
    words, job_id = visit.words, int(visit.request.url_vars["job_id"])
    job = await visit.read(lambda conn: jobs.get(conn, job_id))
    if job.kind != "table":
        raise NotThere(f"job `{job_id}` imports no table")
    frame = await visit.frame(words("table.title_report"))
    report: dict[str, Any] = job.report or {}
    changeset = report.get("changeset")
    form = urlencode([(name, value) for name, value in job.params["form"]])
    stands = changeset and await visit.read(lambda conn: _stands(conn, changeset))
    failed = job.state != "done" and not job.is_open
    return TableReportPage(
        frame,
        job_id,
        f"{job.params['name']} ({_read_label(visit, report)})" if report else job.params["name"],
        job.state,
        words(f"job.state.{job.state}"),
        job.is_open,
        words.count("table.rows_read", job.done),
        (job.message or words("table.nothing_written")) if failed else obstacle(visit, report),
        bool(report.get("written")),
        facts(visit, report) if report else [],
        words.count("table.errors", report["errors"]) if report.get("errors") else "",
        [TableFault(**cell) for cell in report.get("bad_cells", [])],
        words.count("table.unmatched", report["unmatched"]) if report.get("unmatched") else "",
        unmatched_faults(visit, [_unmatched(row) for row in report.get("unmatched_rows", [])]),
        changeset,
        f"{visit.base}/undo" if stands and frame.can_edit else None,
        f"{visit.base}/history",
        f"{visit.base}/import-table/{job.params['table']}?{form}",
        f"{visit.base}/import-table",
        job.report,
    )


def _unmatched(row: dict[str, Any] | list[Any]) -> UnmatchedRow:
    """Read a row of a report; jobs of the first version kept pairs of row and key."""
    return UnmatchedRow(**row) if isinstance(row, dict) else UnmatchedRow(*row)


def _read_label(visit: Visit, report: dict[str, Any]) -> str:
    return read_label(visit, report["format"], report["encoding"], report["separator"], report["sheet"])


def _stands(conn: Any, changeset: int) -> bool:
    """Tell whether a changeset can be undone."""
    entry = history.history(conn, before=changeset + 1, limit=1)[0]
    return entry.id == changeset and entry.undone_by is None


async def _frame(visit: Visit) -> Frame:
    """Return the frame of a page that leads to writing. Raises ReadOnly."""
    visit.require_writable()
    return await visit.frame(visit.words("table.title"))


def _kept(visit: Visit) -> TableUpload:
    return visit.server.tables.find(visit.request.url_vars["table"], _owner(visit), visit.project.name)


def _owner(visit: Visit) -> str:
    return json.dumps(visit.request.actor, sort_keys=True)


def _copy(file: Any, path: Path) -> None:
    file._file.seek(0)
    with path.open("xb") as target:
        shutil.copyfileobj(file._file, target, MEGABYTE)
