"""Copies of images over HTTP: the job that looks for them, what it found, and tags for all but the best."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from datasette import Response

from datasette_panoptic.errors import NotThere
from datasette_panoptic.jobs.worker import QueuedJob
from datasette_panoptic.query import text
from datasette_panoptic.query.compile import compile
from datasette_panoptic.query.orders import fields
from datasette_panoptic.store import clusterings, jobs, spaces
from datasette_panoptic.store import duplicates as store
from datasette_panoptic.store.clusterings import Clustering
from datasette_panoptic.web.http.answer import actor_of, written
from datasette_panoptic.web.http.body import body
from datasette_panoptic.web.http.render import render
from datasette_panoptic.web.http.visit import Visit
from datasette_panoptic.web.similar.examples import learnt

from .duplicates_page import DuplicatesPage, duplicates_page


async def page(visit: Visit) -> Response:
    """The page of copies: what looks for them, what was found, files with the same bytes. `query` is where to look."""
    return await render(visit, "duplicates", await duplicates_page(visit))


async def page_json(visit: Visit) -> DuplicatesPage:
    """Send the stored searches for copies, and files that are the same byte by byte."""
    return await duplicates_page(visit)


async def start(visit: Visit) -> Response:
    """Look for copies among what `query` finds, in a job: `method` is `vectors` or `hashes`.

    Vectors are of a `space` (an id or an embedder) and copies have `min_similarity`; hashes differ in `hash_distance`
    bits at most.
    """
    from datasette_panoptic.jobs.duplicates import DuplicateSearch, checked

    asked = await body(visit, "method", "min_similarity", "hash_distance", "space", "query")
    method = asked.text("method", "vectors")
    parsed = await learnt(visit, text.parse_string(asked.text("query", "").removeprefix("?")))
    limit = asked.values.get("hash_distance" if method == "hashes" else "min_similarity")
    space = str(asked.values.get("space") or "") if method == "vectors" else ""
    wanted = DuplicateSearch(method, None if limit == "" else limit, space, text.to_string(parsed), actor_of(visit))
    words, (*_, least) = visit.words, checked(wanted)
    wanted = replace(wanted, name=words(f"duplicates.by_{method}_name", limit=words.number(least)))

    def look(conn: Any) -> None:
        compile(parsed, fields(conn))
        if method == "vectors":
            spaces.find(conn, space)

    await visit.read(look)
    job_id = await visit.write(lambda conn: jobs.create(conn, "duplicates", asdict(wanted), wanted.actor))
    visit.server.worker.put(QueuedJob(visit.project.database, job_id))
    if visit.wants_page:
        return Response.redirect(f"{visit.base}/duplicates", status=303)
    return Response.json({"ok": True, "job": job_id, "url": f"{visit.base}/jobs/{job_id}.json"}, status=202)


async def show(visit: Visit) -> Response:
    """Send the groups of a run: `rows` with `group`, `best` (the image to keep), `image_id` and `similarity` to it."""
    run, rows = await visit.read(lambda conn: (_run_of(conn, visit), store.members(conn, _id(visit))))
    return Response.json({**asdict(run), "rows": [asdict(row) for row in rows]})


async def exact_json(visit: Visit) -> Response:
    """Send the files that have the same bytes as others, as `rows`; those with the same `image_id` are one image."""
    rows = await visit.read(store.exact)
    return Response.json({"rows": [asdict(row) for row in rows]})


async def tag_others(visit: Visit) -> Response:
    """Give all images of a run's groups but the best copies the `tag` of a `property`, which is made if need be."""
    asked = await body(visit, "property", "tag")
    name, tag = asked.text("property"), asked.text("tag")

    def act(conn: Any) -> Any:
        return store.tag_others(conn, _run_of(conn, visit).id, name, tag, actor=actor_of(visit))

    return await written(visit, act, back="/history")


def _run_of(conn: Any, visit: Visit) -> Clustering:
    run = clusterings.get(conn, _id(visit))
    if run.clusterer not in store.CLUSTERERS:
        raise NotThere(f"clustering {run.id} is no search for copies")
    return run


def _id(visit: Visit) -> int:
    return int(visit.request.url_vars["id"])
