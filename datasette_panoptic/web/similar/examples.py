"""Texts and pictures that queries are measured from get their vectors here, before the query is answered."""

from __future__ import annotations

from typing import Any

from datasette_panoptic.domain import discretion
from datasette_panoptic.domain.query import Query
from datasette_panoptic.domain.similar import Example, Similar
from datasette_panoptic.errors import NotThere
from datasette_panoptic.store import spaces
from datasette_panoptic.store.similarity import missing, remember, vector_of
from datasette_panoptic.web.http.access import EDIT
from datasette_panoptic.web.http.visit import Visit


async def learnt(visit: Visit, query: Query) -> Query:
    """Return a query that can be answered: see `learn`. Whoever reads a query's cells asks this first."""
    if query.similar:
        await learn(visit, query.similar)
    return query


async def learn(visit: Visit, similar: Similar) -> None:
    """Compute the vectors of texts and pictures that nobody knows yet.

    They are kept in the file, if the visitor may write there, else in this process. Raises PanopticError where an
    example cannot be compared: no space, an image without a vector, or an embedder that is not here or cannot read it.
    """
    vectors = visit.project.vectors

    def look(conn: Any) -> tuple[spaces.Space, list[Example]] | None:
        space, unknown = missing(conn, vectors, similar)
        if unknown:
            with discretion.kept(False):  # the embedder needs its settings
                return spaces.find(conn, str(space)), unknown
        vector_of(conn, vectors, similar)  # raises what SQL could not say
        return None

    if (asked := await visit.read(look)) is None:
        return
    visit.close()  # computing may take a while, and what is read afterwards is one moment
    space, unknown = asked
    texts = [example for example in unknown if example.kind == "text"]
    rows = await visit.server.inference.texts(space, [text.key for text in texts]) if texts else ()
    known = list(zip(texts, rows, strict=True))
    pictures = [example for example in unknown if example.kind == "file"]
    known += [(each, await visit.server.inference.picture(space, _sent(visit, each))) for each in pictures]
    in_file = visit.project.is_writable and await visit.may(EDIT)

    def keep(conn: Any) -> None:
        remember(conn, vectors, space.id, known, in_file=in_file)
        vector_of(conn, vectors, similar)

    await (visit.write if in_file else visit.read)(keep)


def _sent(visit: Visit, example: Example) -> bytes:
    picture = visit.server.pictures.get(example.key)
    if picture is None:
        raise NotThere(f"the picture `{example.key}` to compare with is no longer on the server; send it again")
    return picture
