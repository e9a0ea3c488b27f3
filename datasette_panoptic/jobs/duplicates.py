"""The job that groups copies of images, by vectors or by perceptual hashes, and keeps the groups as a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from datasette.utils.sqlite import sqlite3
from pydantic import BaseModel

from datasette_panoptic.domain.corpus import Progress
from datasette_panoptic.errors import BadQuery, PanopticError
from datasette_panoptic.store import clusterings, spaces
from datasette_panoptic.store.clusterings import NewClustering
from datasette_panoptic.store.connection import snapshot
from datasette_panoptic.store.duplicates import ranked
from panoptic_ml import guard
from panoptic_ml.registry import Listed

from . import cluster_input
from .cluster_input import (
    Cancelled,
    Clustered,
    find,
    hashes_of,
    images_of,
    parsed,
    require_vectors,
    unembedded,
    vectors_of,
)
from .examples import learnt
from .monitor import Monitor

#: The clusterer of each method, its parameter, and what that is by default.
METHODS: Mapping[str, tuple[str, str, float]] = {
    "vectors": ("near-duplicates", "min_similarity", 0.95),
    "hashes": ("duplicates", "distance", 4),
}


@dataclass(frozen=True)
class DuplicateSearch:
    """Copies are images whose cosine is `limit` or more, or by `hashes` those that differ in so many bits or fewer.

    `limit` None: as usual. `space` empty: the default one. `name` empty: one that says what was asked.
    """

    method: str = "vectors"
    limit: Any = None
    space: str = ""
    query: str = ""
    actor: str | None = None
    name: str = ""


@dataclass(frozen=True)
class FoundCopies:
    """The stored run, its groups, the images in them, and of how many those are; the rest has no vector."""

    clustering: int
    name: str
    groups: int
    images: int
    searched: int
    left_out: int
    notices: tuple[dict[str, Any], ...] = ()


def run_duplicates(conn: sqlite3.Connection, params: dict[str, Any], monitor: Monitor) -> dict[str, object]:
    """Run the job; return the report, or nothing where it was stopped."""
    monitor.progress(Progress(0, None, 0.0, ""))
    done = run(conn, DuplicateSearch(**params), monitor.cancelled)
    return asdict(done) if done else {}


def checked(asked: DuplicateSearch) -> tuple[Listed, BaseModel, Any]:
    """Return the clusterer of a method, its settings, and the limit as a number. Raises BadQuery."""
    if asked.method not in METHODS:
        raise BadQuery(f"no method `{asked.method}`; known: {', '.join(METHODS)}")
    clusterer, name, usual = METHODS[asked.method]
    listed = find(clusterer)
    settings = parsed(listed, {name: usual if asked.limit is None else asked.limit})
    return listed, settings, getattr(settings, name)


def run(conn: sqlite3.Connection, asked: DuplicateSearch, cancelled: Cancelled = lambda: False) -> FoundCopies | None:
    """Group the copies among the images that a query finds, keep the groups, and return what was found.

    None where it was cancelled. Each group is led by its best copy, which all others of it are near. Raises NotThere
    for a space, BadQuery for a query or limit, and where there is nothing to compare.
    """
    listed, settings, limit = checked(asked)
    learnt(conn, asked.query)
    given: dict[str, Any] = {}
    with snapshot(conn):
        images = images_of(conn, asked.query)
        count, space = len(images), None
        if asked.method == "vectors":
            space = spaces.find(conn, asked.space).id
            images, rows = vectors_of(conn, space, images)
            require_vectors(conn, space, images)
        best_first = ranked(conn, images)
        if space is not None:
            given["vectors"] = rows[np.searchsorted(images, best_first)]
        else:
            given["hashes"] = hashes_of(conn, best_first)
    if cancelled():
        return None
    try:
        labels, fits = guard.cluster(listed, settings, seed=0, **given)
    except guard.PluginFault as fault:
        raise PanopticError(str(fault)) from fault
    if cancelled():
        return None
    grouped = labels >= 0
    present, first = np.unique(labels[grouped], return_index=True)
    copies = best_first[grouped]
    title = f"Duplicates ≥ {limit}" if space is not None else f"Duplicates, hashes ≤ {limit} bits apart"
    title = asked.name.strip() or title
    run_id = clusterings.save(
        conn,
        NewClustering(
            title,
            listed.id,
            copies,
            labels[grouped],
            fits[grouped],
            best=dict(zip(present.tolist(), copies[first].tolist(), strict=True)),
            space=space,
            params=listed.parameters.dump(settings),
            query=asked.query,
            actor=asked.actor,
        ),
    )
    left_out = count - len(images)
    notices = (unembedded(left_out, space),) if left_out else ()
    return FoundCopies(run_id, title, len(present), len(copies), len(images), left_out, notices)


def clustered(conn: sqlite3.Connection, asked: cluster_input.ClusterRequest, cancelled: Cancelled) -> Clustered | None:
    """Run what was asked for as a clustering, so that its clusters have best copies too."""
    listed = find(asked.clusterer)
    (limit,) = listed.parameters.dump(parsed(listed, asked.params)).values()
    method = next(name for name, (clusterer, *_) in METHODS.items() if clusterer == listed.id)
    space = "" if asked.space is None else str(asked.space)
    result = run(conn, DuplicateSearch(method, limit, space, asked.query, asked.actor, asked.name), cancelled)
    if result is None:
        return None
    alone = result.searched - result.images
    return Clustered(
        result.clustering, result.name, result.groups, result.searched, alone, result.left_out, notices=result.notices
    )
