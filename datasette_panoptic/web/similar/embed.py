"""HTTP of embeddings: which spaces there are, and the request that fills one."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from datasette import Response

from datasette_panoptic.domain.similar import DEFAULT_EMBEDDER
from datasette_panoptic.errors import BadQuery
from datasette_panoptic.jobs.worker import QueuedJob
from datasette_panoptic.store import jobs, spaces
from datasette_panoptic.web.http.answer import actor_of
from datasette_panoptic.web.http.body import Body, body
from datasette_panoptic.web.http.visit import Visit
from datasette_panoptic.web.jobs import answer
from datasette_panoptic.web.plugins import called, space_label


async def embed(visit: Visit) -> Response:
    """Start a job that computes what is missing in a `space`, or by an `embedder` with `params`, its settings."""
    params = await _params(visit, await body(visit, "space", "embedder", "params"))
    job_id = await visit.write(lambda conn: jobs.create(conn, "embed", params, actor_of(visit)))
    visit.server.worker.put(QueuedJob(visit.project.database, job_id))
    return await answer(visit, await visit.read(lambda conn: jobs.get(conn, job_id)), status=202)


async def spaces_json(visit: Visit) -> Response:
    """Send the embedding spaces: the first is what queries mean that name none."""
    known = await visit.read(spaces.listed)
    return Response.json({"rows": [{**asdict(space), "label": space_label(visit.words, space)} for space in known]})


async def _params(visit: Visit, said: Body) -> dict[str, Any]:
    if said.id_or_none("space") is not None:
        if "embedder" in said or "params" in said:
            raise BadQuery("name a `space` or an `embedder`; a space has both embedder and settings")
        space = await visit.read(lambda conn: spaces.find(conn, str(said.id("space"))))
        return {"embedder": space.embedder, "params": space.params, "space": space.id}
    settings = said.json("params") or {}
    asked = await called(visit, "embedder", {"plugin": said.text("embedder", DEFAULT_EMBEDDER), "params": settings})
    return {"embedder": asked.listed.id, "params": asked.params}
