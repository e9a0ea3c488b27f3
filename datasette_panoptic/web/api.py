"""JSON: folders with counts, and the requests that import images."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

from datasette import Response
from datasette.utils.asgi import BadRequest, PayloadTooLarge

from datasette_panoptic.errors import BadQuery
from datasette_panoptic.jobs.worker import Order
from datasette_panoptic.store import jobs

from .grid.tree import plain
from .http.visit import Visit
from .jobs import answer
from .roots import import_roots, inside
from .uploads import LARGEST_FILE, LARGEST_REQUEST, MEGABYTE, MOST_FILES_PER_REQUEST, Upload

#: The pseudo root folder that uploads are filed under.
UPLOADS = "Uploads"
TRUE = ("1", "on", "true")

#: How Datasette says that a form is larger than it was told to take.
TOO_MUCH = re.compile("too (large|many)", re.IGNORECASE)
LIMITS = (
    f"a batch takes {MOST_FILES_PER_REQUEST} files and {LARGEST_REQUEST // MEGABYTE} MB, "
    f"a file {LARGEST_FILE // MEGABYTE} MB"
)


async def folders(visit: Visit) -> Response:
    """Send every folder with the number of a query's cells in it and below."""
    query, project = visit.query(), visit.project
    return Response.json(
        await visit.read(lambda conn: plain(project.folders(conn), project.orders.folder_counts(conn, query)))
    )


async def start_import(visit: Visit) -> Response:
    """Import a folder below one of the configured roots: `root` is its place, `folder` the path below it."""
    form = await fields(visit)
    unknown = form.keys() - {"root", "folder", "recurse"}
    if unknown:
        raise BadQuery(f"unknown field `{min(unknown)}`; known: folder, recurse, root")
    roots = import_roots(visit.settings)
    folder = await asyncio.to_thread(inside, roots, form.get("root", "0"), form.get("folder", ""))
    recurse = form.get("recurse", "1").lower() in TRUE
    return await _start(visit, {"folders": [str(folder)], "recurse": recurse, "store_originals": False})


async def upload(visit: Visit) -> Response:
    """Take a batch of files. The answer's `upload` names the upload for the next batch; `start=1` imports it."""
    if not (visit.request.headers.get("content-type") or "").startswith("multipart/form-data"):
        raise BadQuery("send the files as multipart/form-data, in the field `files`")
    try:
        form = await visit.request.form(
            files=True,
            max_file_size=LARGEST_FILE,
            max_request_size=LARGEST_REQUEST,
            max_files=MOST_FILES_PER_REQUEST,
        )
    except BadRequest as error:
        if TOO_MUCH.search(str(error)):
            raise PayloadTooLarge(f"{error}: {LIMITS}") from error
        raise
    uploads, owner = visit.server.uploads, json.dumps(visit.request.actor, sort_keys=True)
    async with form:
        # An untouched file field of a plain form arrives as one file without a name.
        files = [file for file in form.getlist("files") if not isinstance(file, str) and file.filename]
        token = str(form.get("upload") or "")
        batch = uploads.find(token, owner, visit.project.name) if token else uploads.begin(owner, visit.project.name)
        await uploads.add(batch, files)
        if str(form.get("start") or "") not in TRUE:
            return Response.json({"ok": True, "upload": batch.token, "files": batch.files, "bytes": batch.bytes})
    return await _start_upload(visit, batch)


async def _start_upload(visit: Visit, batch: Upload) -> Response:
    spool = visit.server.uploads.close(batch)
    # The spool stands for the folder of uploads, and the batch's folder, named by the time, is one in it.
    params = {"folders": [str(spool)], "recurse": True, "store_originals": True, "source": UPLOADS}
    return await _start(visit, params, spool)


async def _start(visit: Visit, params: dict[str, Any], spool: Path | None = None) -> Response:
    actor = (visit.request.actor or {}).get("id")
    job_id = await visit.write(lambda conn: jobs.create(conn, "import", params, None if actor is None else str(actor)))
    visit.server.worker.put(Order(visit.project.database, job_id, spool))
    found = await visit.read(lambda conn: jobs.get(conn, job_id))
    return await answer(visit, found, status=202)


async def fields(visit: Visit) -> dict[str, str]:
    """Read the fields of a form or a JSON object as texts."""
    content_type = (visit.request.headers.get("content-type") or "").partition(";")[0].strip()
    if content_type == "application/json":
        try:
            body = json.loads(await visit.request.post_body())
        except ValueError as error:
            raise BadQuery(f"the body is no JSON: {error}") from error
        if not isinstance(body, dict):
            raise BadQuery("the body must be a JSON object")
        return {
            str(name): str(value).lower() if isinstance(value, bool) else str(value) for name, value in body.items()
        }
    form = await visit.request.form()
    return {name: str(value) for name, value in form.items()}
