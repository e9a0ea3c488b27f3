"""JSON: folders with counts, and the requests that import images."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from datasette import Response
from datasette.utils.asgi import PayloadTooLarge

from datasette_panoptic.domain.passing import checked
from datasette_panoptic.errors import IngestError
from datasette_panoptic.jobs.worker import QueuedJob
from datasette_panoptic.store import jobs
from datasette_panoptic.web.similar.examples import learnt

from .grid.tree import counted
from .http.answer import actor_of
from .http.body import MEGABYTE, TRUE, Body, body, sent_files, text_of
from .http.visit import Visit
from .jobs import answer
from .roots import import_roots, inside
from .uploads import LARGEST_FILE, LARGEST_REQUEST, MOST_FILES_PER_REQUEST

#: The pseudo root folder that uploads are filed under.
UPLOADS = "Uploads"
LIMITS = (
    f"a batch takes {MOST_FILES_PER_REQUEST} files and {LARGEST_REQUEST // MEGABYTE} MB, "
    f"a file {LARGEST_FILE // MEGABYTE} MB"
)


async def folders(visit: Visit) -> Response:
    """Send every folder with the number of a query's cells in it and below."""
    query, project = await learnt(visit, visit.query()), visit.project
    return Response.json(
        await visit.read(lambda conn: counted(project.folders(conn), project.orders.folder_counts(conn, query)))
    )


async def start_import(visit: Visit) -> Response:
    """Import a folder below one of the configured roots: `root` is its place, `folder` the path below it.

    `exclude` has patterns of what is passed over in the source, as a list or one a line; `include_hidden` is yes or no.
    Both are remembered, and where they are absent or blank what is remembered counts. `no_exclude` forgets patterns.
    """
    said = await body(visit, "root", "folder", "recurse", "exclude", "no_exclude", "include_hidden")
    roots = import_roots(visit.settings)
    folder = await asyncio.to_thread(inside, roots, said.id_or_none("root") or 0, said.text("folder", ""))
    recurse = said.flag("recurse", default=True)
    params = {"folders": [str(folder)], "recurse": recurse, "store_originals": False, **_rules(said)}
    return await _start(visit, params)


def _rules(said: Body) -> dict[str, Any]:
    """Return what a request decides of the source's rules."""
    rules: dict[str, Any] = {}
    given = said.values.get("exclude")
    if isinstance(given, list):
        rules["exclude"] = checked(text_of(each, "exclude") for each in given)
    elif given and (lines := [line for line in said.text("exclude").split("\n") if line.strip()]):
        rules["exclude"] = checked(lines)
    if said.flag("no_exclude"):
        rules["exclude"] = []
    if said.values.get("include_hidden") not in (None, ""):
        rules["include_hidden"] = said.flag("include_hidden")
    return rules


async def upload(visit: Visit) -> Response:
    """Take a batch of files. The answer's `upload` names the upload for the next batch; `start=1` imports it."""
    form = await sent_files(
        visit,
        "files",
        LIMITS,
        max_file_size=LARGEST_FILE,
        max_request_size=LARGEST_REQUEST,
        max_files=MOST_FILES_PER_REQUEST,
    )
    uploads, owner = visit.server.uploads, _owner(visit)
    async with form:
        # An untouched file field of a plain form arrives as one file without a name.
        files = [file for file in form.getlist("files") if not isinstance(file, str) and file.filename]
        token = str(form.get("upload") or "")
        batch = uploads.find(token, owner, visit.project.name) if token else uploads.begin(owner, visit.project.name)
        try:
            await uploads.add(batch, files)
            if str(form.get("start") or "") not in TRUE:
                return Response.json({"ok": True, "upload": batch.token, "files": batch.files, "bytes": batch.bytes})
            spool = uploads.close(batch)
        except (PayloadTooLarge, IngestError):
            if not token:  # nobody knows of it
                uploads.discard(batch)
            raise
    # The spool stands for the folder of uploads, and the batch's folder, named by the time, is one in it.
    params = {"folders": [str(spool)], "recurse": True, "store_originals": True, "source": UPLOADS}
    return await _start(visit, params, spool)


async def discard_upload(visit: Visit) -> Response:
    """Throw away an `upload` that was not imported yet, with the files that came; it goes by itself after an hour."""
    token, uploads = (await body(visit, "upload")).text("upload"), visit.server.uploads
    uploads.discard(uploads.find(token, _owner(visit), visit.project.name))
    return Response.json({"ok": True})


def _owner(visit: Visit) -> str:
    return json.dumps(visit.request.actor, sort_keys=True)


async def _start(visit: Visit, params: dict[str, Any], spool: Path | None = None) -> Response:
    job_id = await visit.write(lambda conn: jobs.create(conn, "import", params, actor_of(visit)))
    visit.server.worker.put(QueuedJob(visit.project.database, job_id, spool))
    job = await visit.read(lambda conn: jobs.get(conn, job_id))
    return await answer(visit, job, status=202)
