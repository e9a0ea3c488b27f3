"""Texts and pictures that queries are measured from, and how both get their vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasette_panoptic.domain.similar import Example
from datasette_panoptic.errors import NotThere
from datasette_panoptic.store import spaces
from datasette_panoptic.store.similarity import NoVectorYet, remember
from datasette_panoptic.web.http.access import EDIT

if TYPE_CHECKING:
    from datasette_panoptic.web.http.visit import Visit


async def learn(visit: Visit, unknown: NoVectorYet) -> None:
    """Compute the vectors of texts and pictures that a query names, and keep them: in the file, if the visitor may
    write there, else in this process.

    Raises PanopticError where the embedder of their space is not here, or cannot read them.
    """
    space = await visit.read(lambda conn: spaces.found(conn, str(unknown.space)))
    inference = visit.server.inference
    texts = [example for example in unknown.examples if example.kind == "text"]
    vectors = dict(zip(texts, await inference.texts(space, [text.key for text in texts]), strict=True)) if texts else {}
    for example in unknown.examples:
        if example.kind == "file":
            vectors[example] = await inference.picture(space, _sent(visit, example))
    in_file = visit.project.is_writable and await visit.may(EDIT)

    def keep(conn: Any) -> None:
        for example, vector in vectors.items():
            remember(conn, space.id, example, vector, in_file=in_file)

    await (visit.write if in_file else visit.read)(keep)


def _sent(visit: Visit, example: Example) -> bytes:
    picture = visit.server.pictures.get(example.key)
    if picture is None:
        raise NotThere(f"the picture `{example.key}` that was to be compared is not here any more; send it again")
    return picture
