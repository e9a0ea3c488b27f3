"""What every way of clustering is asked for, what it is given of the images, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from datasette.utils.sqlite import sqlite3
from pydantic import BaseModel

from datasette_panoptic.errors import BadQuery, NotThere
from datasette_panoptic.query import text
from datasette_panoptic.query.compile import compile
from datasette_panoptic.query.orders import fields
from datasette_panoptic.store import clusterings, spaces
from datasette_panoptic.store.matrices import Floats, Ids, blocks, read, space
from panoptic_ml.params import BadParameter
from panoptic_ml.registry import Listed, installed

#: Says whether to stop; asked where nothing is written yet.
Cancelled = Callable[[], bool]


@dataclass(frozen=True)
class ClusterRequest:
    """What is to be clustered and how; `space` None: the default one where the clusterer is given vectors.

    `texts` names the property whose texts a clusterer is given that reads some; None: names of files.
    """

    clusterer: str
    params: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    query: str = ""
    space: int | None = None
    texts: str | None = None
    name: str = ""
    actor: str | None = None


@dataclass(frozen=True)
class Clustered:
    """What came of it: the stored run, its clusters, its images, and of these those that are in none.

    `clustering` is None where tags were written instead, with `changeset`. Each of `notices` has a `text`.
    """

    clustering: int | None
    name: str
    clusters: int
    images: int
    noise: int
    left_out: int = 0
    changeset: int | None = None
    notices: tuple[dict[str, Any], ...] = ()


def report(conn: sqlite3.Connection, run_id: int, *, left_out: int) -> Clustered:
    """Describe a run that was just kept, with the next step where images had no vectors."""
    run = clusterings.get(conn, run_id)
    notices = (unembedded(left_out, run.space_id),) if left_out else ()
    return Clustered(run.id, run.name, run.clusters, run.images, run.noise, left_out, notices=notices)


def unembedded(count: int, space_id: int | None) -> dict[str, Any]:
    """Say that images were left out for want of vectors, and what computes them."""
    said = f"{count:,} images have no vector and were left out; `datasette panoptic embed` computes them"
    return {"key": "unembedded", "n": count, "space": space_id, "text": said, "level": "warning"}


def find(name: str) -> Listed:
    """Return an installed clusterer. Raises NotThere, with those that there are."""
    known = installed().clusterers
    if name not in known:
        raise NotThere(f"no clusterer `{name}` is installed; there is {', '.join(f'`{each}`' for each in known)}")
    return known[name]


def parsed(listed: Listed, params: Mapping[str, Any]) -> BaseModel:
    """Check the settings of a clusterer. Raises BadQuery."""
    try:
        return listed.parameters.parse({name: value for name, value in params.items() if name != "texts"})
    except BadParameter as error:
        raise BadQuery(f"clusterer `{listed.id}`: {error}") from error


def space_of(conn: sqlite3.Connection, asked: ClusterRequest, listed: Listed) -> int | None:
    """Return the space whose vectors a clusterer is to be given; None where it takes none. Raises NotThere."""
    if "vectors" not in listed.parameters.given:
        return None
    named_by = [one.name for one in listed.parameters.fields if one.kind == "space"]
    wanted = str(asked.params.get(named_by[0]) or "") if named_by else ""
    return spaces.find(conn, wanted if asked.space is None else str(asked.space)).id


def images_of(conn: sqlite3.Connection, query: str) -> Ids:
    """Return the distinct images that a query string finds, ascending. Raises BadQuery, also where there are none."""
    asked = replace(text.parse_string(query), mode="instances", groups=(), sorts=())
    compiled = compile(asked, fields(conn))
    sql = f"select distinct image_id from instances where id in (select instance_id from ({compiled.text})) order by 1"
    images = np.array([image for (image,) in conn.execute(sql, compiled.params)], dtype=np.int64)
    if not len(images):
        raise BadQuery("this view has no images; remove some of its conditions")
    return images


def vectors_of(conn: sqlite3.Connection, space_id: int, images: Ids) -> tuple[Ids, Floats]:
    """Return those of some ascending images that have a vector, and a row for each."""
    known = space(conn, space_id)
    matrix = read(conn, known, None)
    if matrix is not None:
        rows = matrix.rows(images)
        has = rows >= 0
        is_whole = len(rows) == len(matrix.ids) and bool((rows == np.arange(len(rows))).all())
        return images[has], matrix.vectors if is_whole else matrix.vectors[rows[has]]
    kept, parts = [], []
    for ids, part, _ in blocks(conn, known):  # more than memory may hold whole
        chosen = np.isin(ids, images)
        kept.append(ids[chosen])
        parts.append(part[chosen])
    ids = np.concatenate(kept)
    order = np.argsort(ids)
    return ids[order], np.vstack(parts)[order]


def require_vectors(conn: sqlite3.Connection, space_id: int, images: Ids) -> None:
    """Raise BadQuery where no image has a vector."""
    if not len(images):
        embedder = next(one.embedder for one in spaces.listed(conn) if one.id == space_id)
        raise BadQuery(
            f"none of these images has an embedding from `{embedder}`; `datasette panoptic embed` computes them"
        )


def hashes_of(conn: sqlite3.Connection, images: Ids) -> np.typing.NDArray[np.uint64]:
    """Return the perceptual hash of each image."""
    hashes = dict(conn.execute("select id, perceptual_hash from images").fetchall())
    return np.array([int(hashes[image], 16) for image in images.tolist()], dtype=np.uint64)


def texts_of(conn: sqlite3.Connection, images: Ids, name: str | None) -> Sequence[str]:
    """Return for each image the texts of a property, or else the names of its files, one after another."""
    column = "group_value" if name else "name"
    if name:
        from datasette_panoptic.domain.query import Grouping, Query

        compiled = compile(Query(mode="images", groups=(Grouping(name),)), fields(conn))
        rows = conn.execute(f"select image_id, group_1 as {column} from ({compiled.text})", compiled.params)
    else:
        rows = conn.execute("select image_id, name from files")
    said: dict[int, list[str]] = {}
    for image, value in rows:
        if value is not None:
            said.setdefault(image, []).append(str(value))
    return [" ".join(said.get(image, ())) for image in images.tolist()]
