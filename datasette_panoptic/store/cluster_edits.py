"""What people do to a stored run: put images elsewhere, merge clusters, name them; and what undoes each.

Every write answers with a `Before`, which `put` takes to make things as they were.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from datasette.utils.sqlite import sqlite3

from datasette_panoptic.errors import BadQuery, NotThere

from .clusterings import BY_TAGS, NOISE, SAVED, checked_name, clusters, get, measure, rounded
from .connection import transaction
from .corpus import bump_derived

#: Runs whose fits are measured in another way than by the cosine with a cluster's centre.
MEASURED_OTHERWISE = (BY_TAGS, SAVED, "duplicates", "near-duplicates")


@dataclass(frozen=True)
class Before:
    """What was so before a write: labels of images, and names of clusters."""

    labels: Mapping[int, Sequence[int]] = field(default_factory=dict)
    names: Mapping[int, str | None] = field(default_factory=dict)

    @property
    def images(self) -> int:
        return sum(map(len, self.labels.values()))


def put(
    conn: sqlite3.Connection,
    run_id: int,
    labels: Mapping[int, Collection[int]] | None = None,
    names: Mapping[int, str | None] | None = None,
) -> Before:
    """Put images of a run into clusters by label, and name clusters; return what undoes that.

    Images that are not of the run are passed over. Raises NotThere for a label that no cluster of it has.
    """
    labels, names = labels or {}, names or {}
    with transaction(conn):
        get(conn, run_id)
        known = dict(conn.execute("select label, name from clusters where clustering_id = ?", [run_id]))
        for label in {*labels, *names}:
            if label not in known and (label != NOISE or label in names):
                raise NotThere(f"clustering {run_id} has no cluster {label}; its clusters are {_few(known)}")
        before: dict[int, list[int]] = {}
        for label, images in labels.items():
            moved = conn.execute(
                "select image_id, label from cluster_members "
                "where clustering_id = ? and label <> ? and image_id in (select value from json_each(?))",
                [run_id, label, json.dumps(list(map(int, images)))],
            ).fetchall()
            for image, was in moved:
                before.setdefault(was, []).append(image)
            conn.executemany(
                "update cluster_members set label = ? where clustering_id = ? and image_id = ?",
                [(label, run_id, image) for image, _ in moved],
            )
        for label, name in names.items():
            conn.execute(
                "update clusters set name = ? where clustering_id = ? and label = ?",
                [None if name is None or not name.strip() else checked_name(name), run_id, label],
            )
        touched = {*before, *(label for label in labels if before)} - {NOISE}
        _refit(conn, run_id, touched)
        measure(conn, run_id)
        bump_derived(conn)
    return Before(before, {label: known[label] for label in names})


def merge(conn: sqlite3.Connection, run_id: int, labels: Collection[int], into: int) -> Before:
    """Put all images of some clusters into one of the run; return what undoes that."""
    with transaction(conn):
        there = {cluster.label for cluster in clusters(conn, run_id)}
        if unknown := sorted({*labels, into} - there):
            get(conn, run_id)
            raise NotThere(f"clustering {run_id} has no cluster {unknown[0]}; its clusters are {_few(there)}")
        if not {*labels} - {into}:
            raise BadQuery("name at least two clusters to merge")
        rows = conn.execute(
            "select image_id from cluster_members "
            "where clustering_id = ? and label in (select value from json_each(?))",
            [run_id, json.dumps(sorted({*labels} - {into}))],
        )
        return put(conn, run_id, {into: [image for (image,) in rows]})


def reset(conn: sqlite3.Connection, run_id: int) -> Before:
    """Put every image back where the run put it; return what undoes that."""
    with transaction(conn):
        wanted: dict[int, list[int]] = {}
        moved = "select image_id, ran_label from cluster_members where clustering_id = ? and label <> ran_label"
        for image, label in conn.execute(moved, [run_id]):
            wanted.setdefault(label, []).append(image)
        return put(conn, run_id, wanted)


def _refit(conn: sqlite3.Connection, run_id: int, labels: Collection[int]) -> None:
    """Measure anew how well the images of some clusters fit: their cosine with its centre, where there are vectors."""
    clusterer, space = conn.execute("select clusterer, space_id from clusterings where id = ?", [run_id]).fetchone()
    if space is None or clusterer in MEASURED_OTHERWISE:
        return
    for label in labels:
        rows = conn.execute(
            "select members.image_id, vector from cluster_members as members "
            "join _panoptic_embeddings as embeddings on embeddings.image_id = members.image_id and space_id = ? "
            "where clustering_id = ? and label = ? order by members.image_id",
            [space, run_id, label],
        ).fetchall()
        if not rows:
            continue
        images, blobs = zip(*rows, strict=True)
        vectors = np.frombuffer(b"".join(blobs), "<f4").reshape(len(images), -1)
        centre = vectors.sum(axis=0, dtype=np.float64)
        centre /= np.linalg.norm(centre) or 1.0
        fits = np.clip(vectors @ centre.astype(np.float32), -1, 1)
        conn.executemany(
            "update cluster_members set fit = ? where clustering_id = ? and image_id = ?",
            [(fit, run_id, image) for fit, image in zip(rounded(fits), images, strict=True)],
        )


def _few(labels: Collection[int]) -> str:
    shown = sorted(labels)[:20]
    return (", ".join(map(str, shown)) or "none") + (", …" if len(labels) > len(shown) else "")
