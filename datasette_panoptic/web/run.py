"""Running actions over HTTP, as jobs."""

from __future__ import annotations

from typing import Any

from datasette import Response

from datasette_panoptic.jobs.worker import QueuedJob
from datasette_panoptic.query import text
from datasette_panoptic.store import jobs
from datasette_panoptic.store.plugin_defaults import remember
from datasette_panoptic.web.similar.examples import learnt

from .clusters.run import CHOICE, asked_query
from .http.answer import actor_of
from .http.body import body
from .http.visit import Visit
from .jobs import answer
from .plugins import called


async def run(visit: Visit) -> Response:
    """Run the action `plugin` with `params` and `seed` on all that `query` finds, or on cells of it as of `/cluster`.

    The answer's `job` is to be followed; `by_default` remembers the choice.
    """
    asked = await body(visit, *CHOICE, "query", "path", "positions", "version")
    choice = await called(visit, "action", dict(asked.values))
    query, actor = await asked_query(visit, asked), actor_of(visit)
    meant = await learnt(visit, text.parse_string(query))
    await visit.read(lambda conn: visit.project.orders.order(conn, meant))  # it suits the project, or says why not
    params = {
        "action": choice.listed.id,
        "params": choice.params,
        "seed": choice.seed,
        "query": query,
        "actor": actor,
    }

    def begin(conn: Any) -> jobs.Job:
        if choice.by_default:
            remember(conn, actor, "action", choice.listed.id, choice.remembered)
        return jobs.get(conn, jobs.create(conn, "action", params, actor))

    made = await visit.write(begin)
    visit.server.worker.put(QueuedJob(visit.project.database, made.id))
    return await answer(visit, made, status=202)
