"""From examples to scores: what `similarity` is in a query, in Python and as SQL functions.

SQL functions read nothing but their own database. The vectors of texts and of pictures that were sent are computed
beforehand (`missing` names those that nobody knows yet) and remembered, in the file or, where it cannot be written, in
the cache of this process.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from time import monotonic

import numpy as np
from datasette.utils.sqlite import sqlite3
from numpy.typing import NDArray

from datasette_panoptic.domain.similar import DECIMALS, Example, Similar, read_examples
from datasette_panoptic.domain.timestamps import now
from datasette_panoptic.errors import BadQuery, NotThere

from . import matrices
from .guard import read_within_function
from .matrices import Floats
from .vector_cache import VectorCache

#: How much examples of what an image must not be like count against the others (after Rocchio, 1971).
AGAINST = 0.5
#: Where scores of texts begin to be squashed: what is better than `Scale.high` still stands before it.
KNEE = 0.8
#: Seconds for which a SQL function, called once per row, does not look whether its space has changed.
SAME_STATEMENT = 0.002

Wide = NDArray[np.float64]


@dataclass(frozen=True)
class Scale:
    """What cosines of a text become: `low`, usual between texts and unrelated images, 0; `high`, of a good match, 1."""

    low: float
    high: float


def default_space(conn: sqlite3.Connection, *, reads_texts: bool = False) -> int:
    """Return the space that queries mean which name none: the first that was made of those that suit them.

    Raises BadQuery where there is none.
    """
    condition = "exists (select 1 from json_each(modalities) where value = 'text')" if reads_texts else "1"
    row = conn.execute(
        f"""select id from embedding_spaces where {condition}
            and exists (select 1 from _panoptic_embeddings where space_id = embedding_spaces.id) order by id limit 1"""
    ).fetchone()
    if row is None:
        what = "no embeddings that texts can be compared with" if reads_texts else "no embeddings yet"
        raise BadQuery(f"this project has {what}; `datasette panoptic embed` makes some")
    return int(row[0])


def settled(conn: sqlite3.Connection, similar: Similar) -> Similar:
    """The same examples with their space named."""
    if similar.space is not None:
        return similar
    return replace(similar, space=default_space(conn, reads_texts=similar.reads_texts))


def missing(conn: sqlite3.Connection, vectors: VectorCache, similar: Similar) -> tuple[int, list[Example]]:
    """Return the space of some examples, and the texts and pictures among them whose vectors nobody knows yet.

    Raises BadQuery where the project has no vectors to compare with, NotThere where it has no such space.
    """
    space = matrices.space(conn, _space_of(settled(conn, similar))).id
    named = dict.fromkeys(replace(each, is_negative=False) for each in similar.examples if each.kind != "image")
    return space, [each for each in named if _remembered(conn, vectors, space, each) is None]


def remember(
    conn: sqlite3.Connection,
    vectors: VectorCache,
    space: int,
    learnt: Iterable[tuple[Example, Floats]],
    *,
    in_file: bool,
) -> None:
    """Keep unit vectors of texts and sent pictures: in the cache, or in the file, in the transaction that is open."""
    for example, vector in learnt:
        data = np.ascontiguousarray(vector, "<f4").tobytes()
        if in_file:
            conn.execute(
                "insert or replace into _panoptic_query_vectors (space_id, kind, key, vector, at) "
                "values (?, ?, ?, ?, ?)",
                [space, example.kind, example.key, data, now()],
            )
        else:
            vectors.remember(space, example, data)


def vector_of(conn: sqlite3.Connection, vectors: VectorCache, similar: Similar) -> Floats:
    """Return the unit vector that examples come to: the mean of each kind, added up; less half of what is negative.

    Raises BadQuery where an example has no vector, NotThere without the space.
    """
    similar = settled(conn, similar)
    space = matrices.space(conn, _space_of(similar))
    total = np.zeros(space.dimension)
    for is_negative in (False, True):
        for is_text in (False, True):  # a picture and three words weigh the same
            chosen = [
                _vector(conn, vectors, space, each)
                for each in similar.examples
                if each.is_negative == is_negative and (each.kind == "text") == is_text
            ]
            if chosen:
                mean = _unit(np.mean(np.vstack(chosen), axis=0, dtype=np.float64))
                total += -AGAINST * mean if is_negative else mean
    return _unit(total).astype(np.float32)


def similarity(conn: sqlite3.Connection, vectors: VectorCache, similar: Similar) -> Wide:
    """Return the similarity of every image to some examples by image id, rounded to DECIMALS; NaN: it has no vector.

    Scores of texts are put on the scale of their space, if it has one: see `Scale`. Raises as `vector_of` does.
    """
    similar = settled(conn, similar)
    space = matrices.space(conn, _space_of(similar))

    def compute() -> Wide:
        scores = of_all(conn, vectors, space.id, vector_of(conn, vectors, similar)).astype(np.float64)
        if similar.has_texts_only and (scale := scale_of(conn, space.id)):
            scores = squashed((scores - scale.low) / (scale.high - scale.low))
        return np.round(scores, DECIMALS) + 0.0  # no −0

    return vectors.scores(similar, space, compute)


def of_all(conn: sqlite3.Connection, vectors: VectorCache, space_id: int, vector: Floats) -> Floats:
    """Return how similar each image is to a unit vector, float32 by image id, NaN where an image has no vector.

    1 is identical: the cosine, or with hashes the share of bits that are equal.
    """
    resident = vectors.matrix(conn, space_id)
    space = resident.space if resident is not None else matrices.space(conn, space_id)
    if resident is not None:
        parts = [(resident.ids, resident.vectors @ vector)]
    else:
        parts = [(ids, rows @ vector) for ids, rows, _ in matrices.blocks(conn, space)]
    by_image = np.full(max((int(ids.max(initial=0)) for ids, _ in parts), default=0) + 1, np.nan, dtype=np.float32)
    for ids, cosines in parts:
        by_image[ids] = np.clip(cosines, -1, 1) if space.metric == "cosine" else (1 + np.clip(cosines, -1, 1)) / 2
    return by_image


def squashed(scores: Wide) -> Wide:
    """Return scores at most 1 in the same order: up to KNEE as they are, from there on ever closer to 1."""
    rest = 1 - KNEE
    above = KNEE + rest * -np.expm1(-np.maximum(scores - KNEE, 0) / rest)
    return np.maximum(np.where(scores > KNEE, above, scores), -1)


def scale_of(conn: sqlite3.Connection, space: int) -> Scale | None:
    """Return the scale of texts of a space; None where it has not been measured."""
    row = conn.execute("select calibration from _panoptic_space_states where space_id = ?", [space]).fetchone()
    measured = json.loads(row[0]).get("text") if row and row[0] else None
    return Scale(measured["low"], measured["high"]) if measured else None


def define(conn: sqlite3.Connection, cache: Callable[[], VectorCache]) -> None:
    """Give a connection `panoptic_similarity(image_id, examples, space)` and `panoptic_scores(vector, space)`.

    `panoptic_scores` answers a BLOB of float32 by image id, which `vec_each` turns into rows. `cache` returns the cache
    of the connection's project.
    """
    asked: tuple[str, int | None] | None = None
    until = 0.0
    scores: Wide | None = None
    told: list[float | None] = []

    def of_image(image: int | None, examples: str, space: int | None) -> float | None:
        nonlocal asked, until, scores, told
        if asked != (examples, space) or monotonic() > until:
            now = similarity(conn, cache(), Similar(read_examples(examples), space))
            if now is not scores:
                scores, told = now, np.where(np.isnan(now), None, now).tolist()  # type: ignore[call-overload]
            asked, until = (examples, space), monotonic() + SAME_STATEMENT
        return None if image is None or not 0 <= image < len(told) else told[image]

    def of_images(vector: bytes, space: int) -> bytes:
        return of_all(conn, cache(), space, np.frombuffer(vector, "<f4").astype(np.float32)).tobytes()

    conn.create_function("panoptic_similarity", 3, of_image)
    conn.create_function("panoptic_scores", 2, of_images)


def _vector(conn: sqlite3.Connection, vectors: VectorCache, space: matrices.VectorSpace, example: Example) -> Floats:
    of_image = example.kind == "image"
    data = _of_image(conn, space, example) if of_image else _remembered(conn, vectors, space.id, example)
    if data is None:
        raise BadQuery(f"no vector is known for `{example.key[:80]}` in embedding space {space.id}")
    return np.frombuffer(data, "<f4").astype(np.float32)


def _of_image(conn: sqlite3.Connection, space: matrices.VectorSpace, example: Example) -> bytes:
    image = int(example.key)
    row: tuple[bytes | None] | None = conn.execute(
        """select vector from images
           left join _panoptic_embeddings on image_id = images.id and space_id = ?
           where images.id = ?""",
        [space.id, image],
    ).fetchone()
    if row is None:
        raise BadQuery(f"no image `{image}` in this project")
    (vector,) = row
    if vector is None:  # it may be of an image that a file showed before, and a saved view names it
        sql = "select vector from _panoptic_hidden_embeddings where space_id = ? and image_id = ?"
        hidden = read_within_function(conn, sql, [space.id, image])
        vector = hidden[0] if hidden else None
    if vector is None:
        lack = f"image {image} has no vector in embedding space {space.id}"
        raise BadQuery(f"{lack}; `datasette panoptic embed` computes it")
    return vector


def _remembered(conn: sqlite3.Connection, vectors: VectorCache, space: int, example: Example) -> bytes | None:
    if (kept := vectors.vector(space, example)) is not None:
        return kept
    sql = "select vector from _panoptic_query_vectors where space_id = ? and kind = ? and key = ?"
    row = read_within_function(conn, sql, [space, example.kind, example.key])
    return row[0] if row else None


def _space_of(similar: Similar) -> int:
    if similar.space is None:
        raise NotThere("no embedding space is named")
    return similar.space


def _unit(vector: Wide) -> Wide:
    length = np.linalg.norm(vector)
    return vector / length if length else vector
