"""The job that puts the images of a query into clusters, by any clusterer, and keeps the run."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.corpus import Progress
from datasette_panoptic.errors import PanopticError
from datasette_panoptic.store import clusterings
from datasette_panoptic.store.clusterings import BY_TAGS, NewClustering
from datasette_panoptic.store.connection import snapshot
from datasette_panoptic.store.duplicates import CLUSTERERS as COPIES
from panoptic_ml import guard, vectors

from . import cluster_by_tags, duplicates
from .cluster_input import (
    Cancelled,
    Clustered,
    ClusterRequest,
    find,
    hashes_of,
    images_of,
    parsed,
    report,
    require_vectors,
    space_of,
    texts_of,
    vectors_of,
)
from .cluster_names import Material, named
from .examples import learnt
from .monitor import Monitor


def run_cluster(conn: sqlite3.Connection, params: dict[str, Any], monitor: Monitor) -> dict[str, object]:
    """Run the job; return the report, or nothing where it was stopped."""
    asked = ClusterRequest(**params)
    monitor.progress(Progress(0, None, 0.0, asked.name))
    done = ran(conn, asked, monitor.cancelled)
    return asdict(done) if done else {}


def ran(conn: sqlite3.Connection, asked: ClusterRequest, cancelled: Cancelled = lambda: False) -> Clustered | None:
    """Cluster by a plugin, by tags, or copies with the best of each cluster; None where it was cancelled."""
    if asked.clusterer == BY_TAGS:
        return cluster_by_tags.run(conn, asked, cancelled)
    if asked.clusterer in COPIES:
        return duplicates.clustered(conn, asked, cancelled)
    return run(conn, asked, cancelled)


def run(conn: sqlite3.Connection, asked: ClusterRequest, cancelled: Cancelled = lambda: False) -> Clustered | None:
    """Cluster the images that a query finds and keep the run; None where it was cancelled.

    The same images, settings and seed give the same clusters. Raises NotThere, BadQuery, and PanopticError where the
    clusterer cannot do it.
    """
    listed = find(asked.clusterer)
    settings = parsed(listed, asked.params)
    learnt(conn, asked.query)
    given: dict[str, Any] = {}
    with snapshot(conn):
        images = images_of(conn, asked.query)
        space_id = space_of(conn, asked, listed)
        count = len(images)
        if space_id is not None:
            images, given["vectors"] = vectors_of(conn, space_id, images)
            require_vectors(conn, space_id, images)
        if "hashes" in listed.parameters.given:
            given["hashes"] = hashes_of(conn, images)
        if "texts" in listed.parameters.given:
            given["texts"] = texts_of(conn, images, asked.texts)
    if cancelled():
        return None
    try:
        labels, fits = guard.cluster(listed, settings, seed=asked.seed, **given)
    except guard.PluginFault as fault:
        raise PanopticError(str(fault)) from fault
    if cancelled():
        return None
    labels = vectors.by_size(labels)
    material = Material(images, labels, space_id, given.get("vectors"), given.get("texts"))
    run_id = clusterings.save(
        conn,
        NewClustering(
            asked.name.strip() or clusterings.free_name(conn, asked.clusterer),
            asked.clusterer,
            images,
            labels,
            fits,
            named(conn, material),
            space=space_id,
            params=listed.parameters.dump(settings) | ({"texts": asked.texts} if asked.texts else {}),
            seed=asked.seed,
            query=asked.query,
            actor=asked.actor,
        ),
    )
    return report(conn, run_id, left_out=count - len(images))
