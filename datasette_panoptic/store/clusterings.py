"""Stored runs of clusterers: images in clusters, as they are kept, listed and read.

A run keeps where it put each image, wherever people move it afterwards (`store.cluster_edits`). A cluster that has lost
all its images is not listed, and keeps its name for when they return.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import numpy as np
from datasette.utils.sqlite import sqlite3
from numpy.typing import NDArray

from datasette_panoptic.domain.discretion import private
from datasette_panoptic.domain.similar import DECIMALS
from datasette_panoptic.domain.timestamps import now
from datasette_panoptic.errors import NotThere, PanopticError

from .connection import transaction
from .corpus import bump_derived
from .matrices import Floats, Ids

#: The label of images that are in no cluster.
NOISE = -1
#: The clusterer of runs whose clusters are tags, and of those that an action answered.
BY_TAGS, SAVED = "by-tags", "saved"
#: Names are headings.
LONGEST_NAME = 200


@dataclass(frozen=True, eq=False)
class NewClustering:
    """What a clusterer answered: for each of `images` the label of its cluster, −1 for none, and how well it fits.

    `names` are proposed for labels; `best` has of duplicates the copy to keep.
    """

    name: str
    clusterer: str
    images: Ids
    labels: NDArray[np.int32]
    fits: Floats | None = None
    names: Mapping[int, str] = field(default_factory=dict)
    best: Mapping[int, int] = field(default_factory=dict)
    space: int | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    query: str = ""
    actor: str | None = None


@dataclass(frozen=True)
class Member:
    """An image of a run; the cluster −1 is noise."""

    image_id: int
    cluster: int
    fit: float | None


@dataclass(frozen=True)
class Cluster:
    """`name` None: nobody has named it. `coherence` is the mean fit of its images, 1 is best."""

    label: int
    name: str | None
    images: int
    coherence: float | None
    best_image_id: int | None


@dataclass(frozen=True)
class Clustering:
    """A stored run; `noise` counts its images that are in no cluster, `moved` those that people put elsewhere."""

    id: int
    name: str
    clusterer: str
    space_id: int | None
    params: dict[str, Any]
    seed: int
    query: str
    actor: str | None
    at: str
    closed_at: str | None
    images: int
    clusters: int
    noise: int
    moved: int


LISTED = """
select id, name, clusterer, space_id, params, seed, query, actor, at, closed_at,
  count(image_id), count(distinct nullif(label, -1)), coalesce(sum(label = -1), 0), coalesce(sum(label <> ran_label), 0)
from clusterings left join cluster_members on clustering_id = id
where :id is null or id = :id
group by id order by id desc
"""


def save(conn: sqlite3.Connection, run: NewClustering) -> int:
    """Keep a run and return its id, which no other run gets, even after this one is deleted."""
    labels, fits = run.labels.tolist(), [None] * len(run.labels) if run.fits is None else rounded(run.fits)
    with transaction(conn):
        conn.execute(
            "insert into _panoptic_settings "
            "select 'last_clustering', coalesce(max(id), 0) + 1 from clusterings where 1 "
            "on conflict (key) do update set value = max(value + 1, excluded.value)"
        )
        (run_id,) = conn.execute("select value from _panoptic_settings where key = 'last_clustering'").fetchone()
        conn.execute(
            "insert into clusterings (id, name, clusterer, space_id, params, seed, query, actor, at) "
            "values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [run_id, checked_name(run.name), run.clusterer, run.space, json.dumps(dict(run.params)), run.seed,
             run.query, run.actor, now()],
        )  # fmt: skip
        conn.executemany(
            "insert into clusters (clustering_id, label, name, best_image_id) values (?, ?, ?, ?)",
            [(run_id, each, run.names.get(each), run.best.get(each)) for each in sorted({*labels} - {NOISE})],
        )
        conn.executemany(
            "insert into cluster_members (clustering_id, image_id, label, fit, ran_label) values (?, ?, ?, ?, ?)",
            (
                (run_id, image, label, fit, label)
                for image, label, fit in zip(run.images.tolist(), labels, fits, strict=True)
            ),
        )
        measure(conn, run_id)
        bump_derived(conn)
    return int(run_id)


def listed(conn: sqlite3.Connection) -> list[Clustering]:
    """Return the runs of a project, the latest first; none in a file of an older release that cannot be written."""
    if not may_have_runs(conn):
        return []
    return [_clustering(row) for row in conn.execute(LISTED, {"id": None})]


def names(conn: sqlite3.Connection) -> dict[int, str]:
    """Return the names of runs by id."""
    return dict(conn.execute("select id, name from clusterings order by id")) if may_have_runs(conn) else {}


def may_have_runs(conn: sqlite3.Connection) -> bool:
    """Tell whether the file is of a release that keeps runs."""
    return conn.execute("select 1 from sqlite_master where name = 'clusterings'").fetchone() is not None


def has_runs(conn: sqlite3.Connection) -> bool:
    """Tell whether somebody made clusters."""
    return may_have_runs(conn) and conn.execute("select 1 from clusterings limit 1").fetchone() is not None


def get(conn: sqlite3.Connection, run_id: int) -> Clustering:
    """Return a run. Raises NotThere."""
    row = conn.execute(LISTED, {"id": run_id}).fetchone()
    if row is None:
        raise NotThere(f"no clustering {run_id} in this project; `clusterings` lists those there are")
    return _clustering(row)


def clusters(conn: sqlite3.Connection, run_id: int) -> list[Cluster]:
    """Return the clusters of a run that have images, by label."""
    rows = conn.execute(
        """select clusters.label, name, count(*), coherence, best_image_id
           from clusters join cluster_members as members
             on members.clustering_id = clusters.clustering_id and members.label = clusters.label
           where clusters.clustering_id = ? group by clusters.label order by clusters.label""",
        [run_id],
    )
    return [Cluster(*row) for row in rows]


def labels_of(conn: sqlite3.Connection, run_id: int) -> dict[int, int]:
    """Return the label of each image of a run as it is now."""
    return dict(conn.execute("select image_id, label from cluster_members where clustering_id = ?", [run_id]))


def members(conn: sqlite3.Connection, run_id: int) -> list[Member]:
    """Return the images of a run, those that fit best first in each cluster, and noise last."""
    rows = conn.execute(
        """select image_id, label, fit from cluster_members where clustering_id = ?
           order by label < 0, label, fit desc, image_id""",
        [run_id],
    )
    return [Member(*row) for row in rows]


def rename(conn: sqlite3.Connection, run_id: int, name: str) -> None:
    """Call a run something else."""
    with transaction(conn):
        get(conn, run_id)
        conn.execute("update clusterings set name = ? where id = ?", [checked_name(name), run_id])
        bump_derived(conn)


def close(conn: sqlite3.Connection, run_id: int, *, is_closed: bool = True) -> None:
    """Offer a run no longer, or again."""
    with transaction(conn):
        get(conn, run_id)
        conn.execute("update clusterings set closed_at = ? where id = ?", [now() if is_closed else None, run_id])
        bump_derived(conn)


def delete(conn: sqlite3.Connection, run_id: int) -> None:
    """Forget a run for good. Tags that were made of it stay."""
    with transaction(conn):
        get(conn, run_id)
        for table, key in (
            ("cluster_members", "clustering_id"),
            ("_panoptic_hidden_members", "clustering_id"),
            ("clusters", "clustering_id"),
            ("clusterings", "id"),
        ):
            conn.execute(f"delete from {table} where {key} = ?", [run_id])
        bump_derived(conn)


def free_name(conn: sqlite3.Connection, usual: str) -> str:
    """Return a name that no run has: the usual one, or it with a number."""
    taken = {name for (name,) in conn.execute("select name from clusterings")}
    return usual if usual not in taken else next(f"{usual} {n}" for n in count(2) if f"{usual} {n}" not in taken)


def again(run: Clustering) -> dict[str, Any]:
    """Return what makes a run once more, of the images that its query finds now; it goes by the same name."""
    if run.clusterer == SAVED:
        raise PanopticError(f"clustering {run.id} was created by an action; run the action again")
    params = {name: value for name, value in run.params.items() if name != "texts"}
    return {
        "clusterer": run.clusterer,
        "params": params,
        "seed": run.seed,
        "query": run.query,
        "space": run.space_id,
        "texts": run.params.get("texts"),
        "name": run.name,
    }


def checked_name(name: str) -> str:
    """Return a name that can be kept. Raises PanopticError."""
    if not 0 < len(name.strip()) <= LONGEST_NAME:
        raise PanopticError(f"a name has 1 to {LONGEST_NAME} characters")
    return name.strip()


def rounded(fits: Floats) -> list[float]:
    """Fits are told apart to as many decimals as similarities are: a million of them have few values."""
    return [float(fit) for fit in np.round(fits.astype(np.float64), DECIMALS) + 0.0]


def measure(conn: sqlite3.Connection, run_id: int) -> None:
    """Compute the coherence of each cluster from the fits of its images."""
    means = "select label, avg(fit) from cluster_members where clustering_id = ? and fit is not null group by label"
    conn.executemany(
        "update clusters set coherence = ? where clustering_id = ? and label = ?",
        [(round(fit, DECIMALS), run_id, label) for label, fit in conn.execute(means, [run_id]).fetchall()],
    )


def _clustering(row: tuple[Any, ...]) -> Clustering:
    run_id, name, clusterer, space, params, *rest = row
    run = Clustering(run_id, name, clusterer, space, json.loads(params), *rest)
    return private(run, replace(run, params={}, actor=None))
