"""Clusters made into tags: one changeset with the property, its tags and what has them, which undo takes back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.changes import Applied
from datasette_panoptic.domain.descriptions import DescribedTag
from datasette_panoptic.domain.fields import TAG_TYPES
from datasette_panoptic.domain.names import name_key
from datasette_panoptic.errors import BadQuery

from . import clusterings, properties
from .changelog import SUBJECTS, Subject, begin, end, link, subject_of, unlink_all_but
from .clusterings import NOISE
from .connection import transaction
from .vocabulary import ensure_all, plant

TOOL = "cluster"
#: What clusters are called that nobody has named, counted from 1.
UNNAMED = "Cluster {}"

#: A place in nested runs: the label in each, outermost first.
Path = tuple[int, ...]


@dataclass(frozen=True)
class Tagging:
    """Which tag each image gets, by name, and the tags with those above them."""

    tags: tuple[DescribedTag, ...]
    images: Mapping[str, Sequence[int]]


def save_as_tags(
    conn: sqlite3.Connection,
    runs: Sequence[int],
    name: str,
    *,
    labels: Sequence[int] | None = None,
    is_nested: bool = False,
    unnamed: str = UNNAMED,
    actor: str | None,
) -> Applied:
    """Give the images of a run a tag of the property `name` by their clusters; a property that is not there is made.

    Several runs are of clusters within clusters, outermost first: a tag is below that of the cluster around it.
    `is_nested` puts all below a tag that is named like the first run. `labels` are those of the first run to save;
    noise never is. Raises NotThere for a run, BadQuery where the property takes no tags or there is nothing to save.
    """
    with transaction(conn):
        listed = [clusterings.get(conn, run) for run in runs]
        tagging = tagged(conn, runs, labels, listed[0].name if is_nested else None, unnamed)
        if not tagging.images:
            raise BadQuery(f"clustering {runs[0]} has no such cluster with images; nothing to save as tags")
        changeset = begin(conn, actor=actor, tool=TOOL, query=listed[0].query)
        known = properties.find(conn, name)
        property_id = known[0] if known else properties.make(conn, changeset, name, "multi_tags", "image")
        subject = subject_of(conn, property_id)
        if subject.type not in TAG_TYPES:
            raise BadQuery(f"`{name}` is of type {subject.type} and takes no tags; choose another property")
        plant(conn, changeset, property_id, tagging.tags)
        ids = ensure_all(conn, changeset, property_id, tagging.images)
        for tag, images in tagging.images.items():
            _put_on(conn, changeset, subject, ids[tag], images)
        done = end(conn, changeset)
        if done.changeset is not None:
            details = {"clusterings": [_origin(run) for run in listed]}
            conn.execute("insert into _panoptic_provenance values (?, ?)", [done.changeset, json.dumps(details)])
    return done


def tagged(
    conn: sqlite3.Connection,
    runs: Sequence[int],
    labels: Sequence[int] | None,
    top: str | None,
    unnamed: str = UNNAMED,
) -> Tagging:
    """Return the tags of clusters within clusters, no two of one name, and the images of each."""
    paths: dict[int, Path] = {}
    for depth, run in enumerate(runs):
        for image, label in clusterings.labels_of(conn, run).items():
            path = paths.get(image, ())
            is_wanted = label != NOISE and (depth or labels is None or label in labels)
            if is_wanted and len(path) == depth:
                paths[image] = (*path, label)
    images: dict[Path, list[int]] = {}
    for image, path in paths.items():
        images.setdefault(path, []).append(image)
    names = [{cluster.label: cluster.name for cluster in clusterings.clusters(conn, run)} for run in runs]
    called: dict[Path, str] = {}
    seen = {name_key(top)} if top else set()
    every = {deep[: depth + 1] for deep in images for depth in range(len(deep))}
    for path in sorted(every, key=lambda path: (len(path), path)):  # the outermost keep their names
        usual = unnamed.format(".".join(str(label + 1) for label in path))
        wanted = names[len(path) - 1].get(path[-1]) or usual
        while name_key(wanted) in seen:  # one tag has a name; it says what it is in
            around = called.get(path[:-1], "")
            wanted = f"{wanted} ({around})" if around and not wanted.endswith(f"({around})") else f"{wanted} ({usual})"
        seen.add(name_key(wanted))
        called[path] = wanted
    tags = [
        DescribedTag(name, None, None, None, (called[path[:-1]],) if len(path) > 1 else (top,) if top else ())
        for path, name in called.items()
    ]
    return Tagging(tuple(tags), {called[path]: sorted(members) for path, members in images.items()})


def _put_on(conn: sqlite3.Connection, changeset: int, subject: Subject, tag: int, images: Sequence[int]) -> None:
    conn.execute(SUBJECTS)
    conn.execute("delete from temp.subjects")
    chosen = "select value from json_each(?)"
    if subject.scope == "instance":
        chosen = f"select id from instances where image_id in ({chosen})"
    conn.execute(f"insert into temp.subjects (id) {chosen}", [json.dumps(list(images))])
    if subject.type == "tag":
        unlink_all_but(conn, changeset, subject, [tag])
    link(conn, changeset, subject, [tag])


def _origin(run: clusterings.Clustering) -> dict[str, object]:
    """What tells where tags came from, when the run itself may have been deleted."""
    return {
        "id": run.id,
        "name": run.name,
        "clusterer": run.clusterer,
        "space": run.space_id,
        "params": run.params,
        "seed": run.seed,
        "query": run.query,
    }
