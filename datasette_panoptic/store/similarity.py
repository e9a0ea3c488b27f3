"""From examples to scores: what `similarity` is in a query, in Python and as SQL functions.

SQL functions read nothing but their own database. The vectors of texts and of pictures that were sent are computed
beforehand and remembered (`remember`), in the file or, where it cannot be written, in this process.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from time import monotonic
from typing import TypeVar

import numpy as np
from datasette.utils.sqlite import sqlite3
from numpy.typing import NDArray

from datasette_panoptic.domain.similar import DECIMALS, Example, Similar, read_examples
from datasette_panoptic.errors import BadQuery, NotThere, PanopticError

from . import matrices
from .guard import read_within_function
from .matrices import Floats

#: How much examples of what an image must not be like count against the others (after Rocchio, 1971).
AGAINST = 0.5
#: Where scores of texts begin to be squashed: what is better than `Scale.high` still stands before it.
KNEE = 0.8
#: Scores of queries kept: at 8 bytes per image, 64 MB for eight of a million.
KEPT_SCORES = 8
#: Vectors of texts and pictures kept for projects that cannot be written.
KEPT_VECTORS = 1000
#: Seconds for which a SQL function, called once per row, does not look whether its space has changed.
SAME_STATEMENT = 0.05

Wide = NDArray[np.float64]

_scores: OrderedDict[tuple[str, Similar, int], Wide] = OrderedDict()
_vectors: OrderedDict[tuple[str, int, str, str], bytes] = OrderedDict()
_lock = threading.RLock()
_raised = threading.local()

T = TypeVar("T")


class NoVectorYet(BadQuery):
    """A text or picture that a query names has no vector; `examples` are those, to be embedded by whoever can."""

    def __init__(self, space: int, examples: tuple[Example, ...]) -> None:
        named = ", ".join(f"`{each.key[:80]}`" for each in examples)
        super().__init__(f"no vector is known for {named} in embedding space {space}; search for it once, signed in")
        self.space, self.examples = space, examples


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


def missing(conn: sqlite3.Connection, similar: Similar) -> tuple[Example, ...]:
    """Return the texts and pictures among the examples whose vectors are not known yet."""
    space = _space_of(settled(conn, similar))
    return tuple(each for each in similar.examples if each.kind != "image" and _remembered(conn, space, each) is None)


def remember(conn: sqlite3.Connection, space: int, example: Example, vector: Floats, *, in_file: bool) -> None:
    """Keep the unit vector of a text or a picture that was sent: in this process, or in the file, in the transaction
    that is open.
    """
    data = np.ascontiguousarray(vector, "<f4").tobytes()
    if in_file:
        conn.execute(
            "insert or replace into _panoptic_query_vectors (space_id, kind, key, vector, at) "
            "values (?, ?, ?, ?, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))",
            [space, example.kind, example.key, data],
        )
        return
    with _lock:
        _vectors[matrices.path(conn), space, example.kind, example.key] = data
        while len(_vectors) > KEPT_VECTORS:
            _vectors.popitem(last=False)


def vector_of(conn: sqlite3.Connection, similar: Similar) -> Floats:
    """Return the unit vector that examples come to: the mean of each kind, added up; less half of what is negative.

    Raises BadQuery where an image has no vector, NoVectorYet where a text or picture has none, NotThere without space.
    """
    similar = settled(conn, similar)
    space = matrices.space(conn, _space_of(similar))
    if absent := missing(conn, similar):
        raise NoVectorYet(space.id, absent)
    total = np.zeros(space.dimension)
    for is_negative in (False, True):
        for is_text in (False, True):  # a picture and three words weigh the same
            chosen = [
                _vector(conn, space, each)
                for each in similar.examples
                if each.is_negative == is_negative and (each.kind == "text") == is_text
            ]
            if chosen:
                mean = _unit(np.mean(np.vstack(chosen), axis=0, dtype=np.float64))
                total += -AGAINST * mean if is_negative else mean
    return _unit(total).astype(np.float32)


def similarity(conn: sqlite3.Connection, similar: Similar) -> Wide:
    """Return the similarity of every image to some examples by image id, rounded to DECIMALS; NaN: it has no vector.

    Scores of texts are put on the scale of their space, if it has one: see `Scale`.
    """
    similar = settled(conn, similar)
    space_id = _space_of(similar)
    key = matrices.path(conn), similar, matrices.space(conn, space_id).version
    with _lock:
        if key in _scores:
            _scores.move_to_end(key)
            return _scores[key]
    found = matrices.scores(conn, space_id, vector_of(conn, similar)).astype(np.float64)
    if similar.has_texts_only and (scale := scale_of(conn, space_id)):
        found = squashed((found - scale.low) / (scale.high - scale.low))
    found = np.round(found, DECIMALS) + 0.0  # no −0
    if not key[0]:  # in memory
        return found
    with _lock:
        _scores[key] = found
        while len(_scores) > KEPT_SCORES:
            _scores.popitem(last=False)
    return found


def squashed(scores: Wide) -> Wide:
    """Return scores at most 1 in the same order: up to KNEE as they are, from there on ever closer to 1."""
    rest = 1 - KNEE
    above = KNEE + rest * -np.expm1(-np.maximum(scores - KNEE, 0) / rest)
    return np.maximum(np.where(scores > KNEE, above, scores), -1)


def scale_of(conn: sqlite3.Connection, space: int) -> Scale | None:
    """Return the scale of texts of a space; None where it has not been measured."""
    row = conn.execute("select calibration from _panoptic_space_states where space_id = ?", [space]).fetchone()
    found = json.loads(row[0]).get("text") if row and row[0] else None
    return Scale(found["low"], found["high"]) if found else None


def define(conn: sqlite3.Connection) -> None:
    """Give a connection `panoptic_similarity(image_id, examples, space)` and `panoptic_scores(vector, space)`.

    `panoptic_scores` answers a BLOB of float32 by image id, which `vec_each` turns into rows.
    """
    asked: tuple[str, int | None] | None = None
    until = 0.0
    found: list[float | None] = []

    def of_image(image: int | None, examples: str, space: int | None) -> float | None:
        nonlocal asked, until, found
        if asked != (examples, space) or monotonic() > until:
            try:
                scores = similarity(conn, Similar(read_examples(examples), space))
            except PanopticError as error:
                _raised.error = error
                raise
            found = np.where(np.isnan(scores), None, scores).tolist()  # type: ignore[call-overload]
            asked, until = (examples, space), monotonic() + SAME_STATEMENT
        return None if image is None or not 0 <= image < len(found) else found[image]

    def of_all(vector: bytes, space: int) -> bytes:
        return matrices.scores(conn, space, np.frombuffer(vector, "<f4").astype(np.float32)).tobytes()

    conn.create_function("panoptic_similarity", 3, of_image)
    conn.create_function("panoptic_scores", 2, of_all)


def worded(function: Callable[[sqlite3.Connection], T]) -> Callable[[sqlite3.Connection], T]:
    """Let a function raise what our SQL functions raised, of which SQLite says that they did, and not what."""

    def run(conn: sqlite3.Connection) -> T:
        _raised.error = None
        try:
            return function(conn)
        except sqlite3.OperationalError as error:
            raised: PanopticError | None = _raised.error
            raise raised or error from error

    return run


def _vector(conn: sqlite3.Connection, space: matrices.VectorSpace, example: Example) -> Floats:
    data = _of_image(conn, space, example) if example.kind == "image" else _remembered(conn, space.id, example)
    if data is None:
        raise NoVectorYet(space.id, (example,))
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
    if vector is None:
        lack = f"image {image} has no vector in embedding space {space.id}"
        raise BadQuery(f"{lack}; `datasette panoptic embed` computes it")
    return vector


def _remembered(conn: sqlite3.Connection, space: int, example: Example) -> bytes | None:
    with _lock:
        kept = _vectors.get((matrices.path(conn), space, example.kind, example.key))
    if kept is not None:
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
