"""Vectors of the texts and pictures that a query is measured from, computed by commands and jobs before they run it.

The server does the same with processes of its own (`web/similar/examples.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.query import Query
from datasette_panoptic.domain.similar import Example, Similar
from datasette_panoptic.errors import NotThere
from datasette_panoptic.query import text
from datasette_panoptic.store import spaces
from datasette_panoptic.store.connection import transaction
from datasette_panoptic.store.similarity import missing, remember, vector_of
from datasette_panoptic.store.vector_cache import VectorCache

if TYPE_CHECKING:
    from panoptic_ml.types import Floats

    from .embedders import Made


def learnt(conn: sqlite3.Connection, query: str, vectors: VectorCache | None = None) -> Query:
    """Read a query string, and make sure that it can be answered: see `learn`. Raises BadQuery."""
    asked = text.parse_string(query)
    if asked.similar:
        learn(conn, asked.similar, vectors)
    return asked


def learn(
    conn: sqlite3.Connection,
    similar: Similar,
    vectors: VectorCache | None = None,
    pictures: Mapping[str, bytes] | None = None,
) -> None:
    """Compute the vectors of texts, and of `pictures` by SHA-1, that nobody knows yet.

    They are kept in `vectors`, or without it in the file. Raises PanopticError where an example cannot be compared: no
    space, an image without a vector, or an embedder that is not here or cannot read it.
    """
    cache = vectors or VectorCache()
    space_id, unknown = missing(conn, cache, similar)
    if unknown:
        from .embedders import of_space  # most queries name no words, and need not wait for it

        made = of_space(spaces.find(conn, str(space_id)))
        known = [(example, _vector(made, example, pictures or {})) for example in unknown]
        if vectors is not None:
            remember(conn, cache, space_id, known, in_file=False)
        else:
            with transaction(conn):
                remember(conn, cache, space_id, known, in_file=True)
    vector_of(conn, cache, similar)  # raises what SQL could not say


def _vector(made: Made, example: Example, pictures: Mapping[str, bytes]) -> Floats:
    if example.kind == "text":
        return made.embed_texts([example.key])[0]
    if example.key not in pictures:
        said = f"the picture `{example.key}` was sent to a server, and its vector is not in this project"
        raise NotThere(f"{said}; `datasette panoptic similar --file` compares with a file")
    from .inference_process import shown

    return made.embed([shown(pictures[example.key])])[0]
