"""Copies of images: which of some is the best, groups that a run found, and files that are the same byte by byte."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.changes import AddTags, Applied
from datasette_panoptic.domain.fields import TAG_TYPES
from datasette_panoptic.errors import BadQuery

from . import properties
from .changelog import SUBJECTS, begin, end
from .changesets import make
from .clusterings import get
from .connection import transaction
from .matrices import Ids

TOOL = "duplicates"
#: Clusterers whose runs are groups of copies.
CLUSTERERS = ("near-duplicates", "duplicates")

RANKED = """
select id from images
order by width * height desc, bytes desc, format in ('png', 'tiff', 'bmp') desc, id
"""

#: People move images between clusters: a group that has lost its best copy says no longer which of it to keep.
GROUPED = """
select members.label, best_image_id, members.image_id, members.fit
from cluster_members as members
join clusters on clusters.clustering_id = members.clustering_id and clusters.label = members.label
join cluster_members as best
  on best.clustering_id = members.clustering_id and best.image_id = best_image_id and best.label = members.label
where members.clustering_id = :run
"""

MEMBERS = f"""
{GROUPED} and (:groups is null or members.label < :groups)
order by members.label, members.image_id <> best_image_id, members.fit desc, members.image_id
"""

OTHERS = f"""
create temp table selection as select id as instance_id from instances
where image_id in (select image_id from ({GROUPED}) where image_id <> best_image_id)
"""

#: Files that have the same bytes as others; images that were never a file have none.
SEVERAL = (
    "select image_id, count(*) as copies from files where missing_since is null "
    "and exists (select 1 from instances where file_id = files.id) group by image_id having copies > 1"
)

EXACT = f"""
with chosen as (
  select image_id, copies from ({SEVERAL})
  where :images is null or image_id in (select value from json_each(:images))
  order by copies desc, image_id limit :limit
)
select image_id, copies, files.id, ltrim(folders.path || '/' || files.name, '/')
from chosen join files using (image_id) join folders on folders.id = folder_id
where missing_since is null and exists (select 1 from instances where file_id = files.id)
order by copies desc, image_id, files.id
"""


@dataclass(frozen=True)
class CopyMember:
    """An image of a group, and how similar it is to `best`, the copy that is proposed to be kept."""

    group: int
    best: int
    image_id: int
    similarity: float


@dataclass(frozen=True)
class Copy:
    """One of several files with the same bytes, which are one image; `copies` counts them."""

    image_id: int
    copies: int
    file_id: int
    file: str


def ranked(conn: sqlite3.Connection, images: Ids) -> Ids:
    """Return images with the best copies first: by area, then bytes, then whether no pixel was lost, then age."""
    order = np.array([image for (image,) in conn.execute(RANKED)], dtype=np.int64)
    return order[np.isin(order, images)]


def members(conn: sqlite3.Connection, run_id: int, *, groups: int | None = None) -> list[CopyMember]:
    """Return the images of a run's groups, the largest first, in each the best copy first, then by similarity.

    `groups` says how many of them; None: all.
    """
    return [CopyMember(*row) for row in conn.execute(MEMBERS, {"run": run_id, "groups": groups})]


def exact(conn: sqlite3.Connection, images: Iterable[int] | None = None, *, limit: int = -1) -> list[Copy]:
    """Return files with the same bytes as others, those of at most `limit` images, most copies first."""
    chosen = None if images is None else json.dumps([int(image) for image in images])
    return [Copy(*row) for row in conn.execute(EXACT, {"images": chosen, "limit": limit})]


def count_exact(conn: sqlite3.Connection) -> int:
    """Return how many images have several files."""
    return int(conn.execute(f"select count(*) from ({SEVERAL})").fetchone()[0])


def any_copies(conn: sqlite3.Connection) -> bool:
    """Tell whether somebody looked for copies."""
    marks = ", ".join("?" * len(CLUSTERERS))
    return (
        conn.execute(f"select 1 from clusterings where clusterer in ({marks}) limit 1", CLUSTERERS).fetchone()
        is not None
    )


def tag_others(conn: sqlite3.Connection, run_id: int, name: str, tag: str, *, actor: str | None) -> Applied:
    """Give all images of a run's groups but the best copies a tag of the property `name`, which is made if need be.

    One changeset, which undo takes back. Raises NotThere for the run, BadQuery where the property takes no tags or
    there are no others.
    """
    if not name.strip() or not tag.strip():
        raise BadQuery("choose the property and tag for the other copies, as in `Status=spare`")
    with transaction(conn):
        get(conn, run_id)
        changeset = begin(conn, actor=actor, tool=TOOL, query=view(run_id))
        existing = properties.find(conn, name)
        type_ = existing[1] if existing else "multi_tags"
        if type_ not in TAG_TYPES:
            raise BadQuery(f"`{name}` is of type {type_} and takes no tags; choose another property")
        conn.execute(SUBJECTS)
        conn.execute(OTHERS, {"run": run_id})
        try:
            if not conn.execute("select 1 from temp.selection").fetchone():
                raise BadQuery(f"clustering {run_id} has no copies besides the best ones; there is nothing to tag")
            property_id = existing[0] if existing else properties.make(conn, changeset, name.strip(), type_, "image")
            make(conn, changeset, AddTags(property_id, (tag.strip(),)))
        finally:
            conn.execute("drop table temp.selection")
        return end(conn, changeset)


def view(run_id: int) -> str:
    """Return the query string of the view that shows the groups of a run, copies beside each other."""
    return f"cluster_{run_id}__gte=0&_group=cluster_{run_id}&_sort_desc=fit_{run_id}&_mode=images"
