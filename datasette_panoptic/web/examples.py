"""Texts and pictures that queries are measured from: pictures that were sent, and how both get their vectors."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from datasette_panoptic.domain.similar import Example
from datasette_panoptic.errors import NotThere
from datasette_panoptic.store import spaces
from datasette_panoptic.store.similarity import NoVectorYet, remember

from .access import EDIT

if TYPE_CHECKING:
    from .visit import Visit

#: Bytes of the pictures that are kept, of which the one asked for longest ago goes first.
MOST_BYTES = 64 * 2**20


class Pictures:
    """Pictures that were sent as queries, by SHA-1: somebody may want them compared in another space."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, sha1: str, data: bytes) -> None:
        with self._lock:
            self._kept[sha1] = data
            self._kept.move_to_end(sha1)
            while sum(map(len, self._kept.values())) > MOST_BYTES and len(self._kept) > 1:
                self._kept.popitem(last=False)

    def get(self, sha1: str) -> bytes | None:
        with self._lock:
            if sha1 in self._kept:
                self._kept.move_to_end(sha1)
            return self._kept.get(sha1)


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
