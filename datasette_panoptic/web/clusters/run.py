"""Runs of clusterers over HTTP: what is asked for becomes a job, over a view or one of its groups."""

from __future__ import annotations

from typing import Any

from datasette import Response

from datasette_panoptic.domain.query import Query
from datasette_panoptic.errors import BadQuery
from datasette_panoptic.jobs.worker import QueuedJob
from datasette_panoptic.query import text
from datasette_panoptic.query.annotate import selection_of_cells
from datasette_panoptic.query.orders import fields
from datasette_panoptic.query.within_group import GroupStep, within_group
from datasette_panoptic.store import clusterings, jobs, selections, spaces
from datasette_panoptic.store.clusterings import BY_TAGS
from datasette_panoptic.store.plugin_defaults import remember
from datasette_panoptic.web.http.answer import actor_of, cells_of
from datasette_panoptic.web.http.body import Body, body
from datasette_panoptic.web.http.visit import Visit
from datasette_panoptic.web.plugins import called
from datasette_panoptic.web.similar.examples import learnt

CHOICE = ("plugin", "params", "seed", "space", "texts", "by_default")
VIEW = ("query", "path", "positions", "version", "name")


async def cluster(visit: Visit) -> Response:
    """Put the images of `query` into clusters, in a job: `plugin`, `params`, `seed`, `space`, `texts`, `by_default`.

    `path` names one of its groups, [[level, value], …]; `positions` and `version` are its cells in the view.
    """
    asked = await body(visit, *CHOICE, *VIEW)
    choice = await called(visit, "clusterer", dict(asked.values))
    usual = visit.words.messages.get(f"plugin.clusterer.{choice.listed.id}", choice.listed.id)
    params = {
        "clusterer": choice.listed.id,
        "params": choice.params,
        "seed": choice.seed,
        "query": await asked_query(visit, asked),
        "space": choice.space,
        "texts": choice.texts,
        "name": asked.text_or_none("name") or await visit.read(lambda conn: clusterings.free_name(conn, usual)),
        "actor": actor_of(visit),
    }
    if choice.by_default:
        actor, remembered = actor_of(visit), choice.remembered
        await visit.write(lambda conn: remember(conn, actor, "clusterer", choice.listed.id, remembered))
    return await started(visit, params)


async def cluster_by_tags(visit: Visit) -> Response:
    """Put the images of `query` into clusters by the tags of `property`, read as texts, in a job.

    `prompt` has {} for the name of the tag; empty, the name alone is the text. `parents` are `used`, `combined` or
    `ignored`; `several` writes all tags that reach `minimum`, to be checked.
    """
    asked = await body(visit, "property", "prompt", "parents", "several", "minimum", "space", *VIEW)
    from datasette_panoptic.jobs import cluster_by_tags

    settings = cluster_by_tags.Settings.of(
        {
            "property": asked.text("property"),
            "prompt": None if asked.values.get("prompt") is None else asked.text("prompt"),
            "parents": asked.text_or_none("parents"),
            "several": asked.flag("several"),
            "minimum": None if asked.values.get("minimum") == "" else asked.values.get("minimum"),
        }
    )
    space = asked.id_or_none("space")

    def check(conn: Any) -> None:
        cluster_by_tags.prompts(conn, settings)
        if space is not None:
            spaces.find(conn, str(space))

    await visit.read(check)
    job = {
        "clusterer": BY_TAGS,
        "params": vars(settings),
        "query": await asked_query(visit, asked),
        "space": space,
        "name": asked.text_or_none("name") or "",
        "actor": actor_of(visit),
    }
    return await started(visit, job)


async def rerun(visit: Visit) -> Response:
    """Run a clustering again, on the images that its query finds now, with its settings and its seed: another run."""
    await body(visit)
    run_id = int(visit.request.url_vars["id"])
    run = await visit.read(lambda conn: clusterings.get(conn, run_id))
    params = clusterings.again(run)
    return await started(visit, {**params, "actor": actor_of(visit)})


async def started(visit: Visit, params: dict[str, Any]) -> Response:
    """Put a job in the queue; a form is sent to the jobs, a script gets the id."""
    job_id = await visit.write(lambda conn: jobs.create(conn, "cluster", params, actor_of(visit)))
    visit.server.worker.put(QueuedJob(visit.project.database, job_id))
    if visit.wants_page:
        return Response.redirect(f"{visit.base}/jobs", status=303)
    url = f"{visit.base}/jobs/{job_id}.json"
    return Response.json({"ok": True, "job": job_id, "url": url, "query": params["query"]}, status=202)


async def asked_query(visit: Visit, asked: Body) -> str:
    """Return the query that is meant: the view's, or that of one of its groups, by conditions where they can name it.

    Else its cells are kept as a selection.
    """
    query = await learnt(visit, text.parse_string(asked.text("query", "")))
    path = path_of(asked.values.get("path"), query)
    if path:
        named = await visit.read(lambda conn: within_group(conn, query, fields(conn).asked_by(query), path))
        if named is not None:
            return text.to_string(named)
    cells = await cells_of(visit, asked, query)
    if cells is None:
        if path:
            raise BadQuery("this group can only be identified by its `positions` and `version`; send them too")
        return text.to_string(query)
    chosen = selection_of_cells(query.mode, cells)
    instances = await visit.read(lambda conn: [row[0] for row in conn.execute(chosen.sql, chosen.params)])
    kept = await visit.write(lambda conn: selections.keep(conn, instances, actor=actor_of(visit)))
    return text.to_string(Query(mode=query.mode, within=kept))


def path_of(given: object, query: Query) -> list[GroupStep]:
    """Read the path to a group. Raises BadQuery."""
    if given is None:
        return []
    fault = BadQuery('`path` is a list of levels of `_group` and values, [[0, "Paris"], [1, null]]')
    if not isinstance(given, list):
        raise fault
    for pair in given:
        if not isinstance(pair, list) or len(pair) != 2 or type(pair[0]) is not int:
            raise fault
        if not 0 <= pair[0] < len(query.groups) or not (pair[1] is None or isinstance(pair[1], str | int | float)):
            raise fault
    return [(level, value) for level, value in given]
