"""Batches of stored pictures become vectors: in this process, or in those of a Dask cluster.

Whatever pictures and plugins do, each picture of a batch gets a row or a sentence that says why not.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import Any, Protocol

import numpy as np
from PIL import Image

from datasette_panoptic.errors import MissingExtra, PanopticError
from panoptic_ml.guard import PluginFault
from panoptic_ml.types import Floats

from .embedders import Made, decoded, make

#: Seconds in which a Dask scheduler must answer.
REACH = 10

NO_PICTURE = "no picture of this image is stored"


@dataclass(frozen=True, eq=False)
class Answer:
    """What came of a batch: a vector for each place in `places`; for the others why not, and if by a plugin's fault."""

    places: tuple[int, ...]
    vectors: Floats
    faults: dict[int, tuple[str, bool]]


class Executor(Protocol):
    """Takes batches, and answers each when it is done."""

    @property
    def ahead(self) -> int:
        """Batches that it is given at once: fewer would let it wait for the next."""
        ...

    def submit(self, pictures: Sequence[bytes | None]) -> Future[Answer]: ...

    def end(self) -> None:
        """Take no more, and forget what has not begun."""
        ...


class Local:
    """Embeds in this process: some threads decode the next batch while one runs the embedder on this one."""

    ahead = 2

    def __init__(self, made: Made) -> None:
        self._made = made
        self._decoders = ThreadPoolExecutor(os.cpu_count() or 1)
        self._runner = ThreadPoolExecutor(1)

    def submit(self, pictures: Sequence[bytes | None]) -> Future[Answer]:
        decoding = [self._decoders.submit(shown, picture) for picture in pictures]
        return self._runner.submit(lambda: embedded(self._made, [one.result() for one in decoding]))

    def end(self) -> None:
        for pool in (self._decoders, self._runner):
            pool.shutdown(wait=False, cancel_futures=True)


class BatchSystem:
    """Embeds in the processes of a Dask cluster, each of which has the same plugin installed."""

    def __init__(self, address: str, made: Made) -> None:
        try:
            import distributed
        except ImportError:
            raise MissingExtra("--dask", "dask") from None
        connect: Any = distributed.Client  # has no types
        try:
            self._client = connect(address, timeout=REACH, set_as_default=False)
        except (OSError, ValueError) as error:
            raise PanopticError(f"cannot reach a Dask scheduler at `{address}`: {error}") from error
        self._pool = self._client.get_executor(pure=False)
        self._recipe = (made.listed.id, json.dumps(made.params), made.embedder.revision)

    @property
    def ahead(self) -> int:
        """Two for each thread there is now: clusters grow."""
        return 2 * max(1, sum(self._client.nthreads().values()))

    def submit(self, pictures: Sequence[bytes | None]) -> Future[Answer]:
        future: Future[Answer] = self._pool.submit(embedded_there, list(pictures), *self._recipe)
        return future

    def end(self) -> None:
        self._pool.shutdown(wait=False)
        self._client.close()


def embedded_there(pictures: Sequence[bytes | None], embedder: str, params: str, revision: str) -> Answer:
    """Embed a batch in a worker of a cluster, whose embedder must be the one that the project asks for."""
    images = [shown(picture) for picture in pictures]
    with _busy:  # a worker has several threads, and embedders need not bear that
        made = kept(embedder, params)
        if made.embedder.revision != revision:
            raise PanopticError(f"a worker has revision {made.embedder.revision} of `{embedder}`, not {revision}")
        return embedded(made, images)


@cache
def kept(embedder: str, params: str) -> Made:
    return make(embedder, json.loads(params))


_busy = Lock()


def shown(picture: bytes | None) -> Image.Image | str:
    """Decode a stored picture; a text says why it cannot be."""
    if picture is None:
        return NO_PICTURE
    try:
        return decoded(picture)
    except Exception as error:  # decoders raise whatever their parsers stumble on
        return f"the picture that is stored of this image cannot be decoded ({type(error).__name__}: {error})"


def embedded(made: Made, pictures: Sequence[Image.Image | str]) -> Answer:
    """Embed a batch; where the embedder fails at it, each picture by itself."""
    faults = {place: (picture, False) for place, picture in enumerate(pictures) if isinstance(picture, str)}
    images = {place: picture for place, picture in enumerate(pictures) if not isinstance(picture, str)}
    try:
        return Answer(tuple(images), made.embed(list(images.values())) if images else nothing(made), faults)
    except PluginFault:
        rows: dict[int, Floats] = {}
        for place, image in images.items():
            try:
                rows[place] = made.embed([image])
            except PluginFault as fault:
                faults[place] = str(fault), True
        return Answer(tuple(rows), np.concatenate([nothing(made), *rows.values()]), faults)


def nothing(made: Made) -> Any:
    return np.empty((0, made.embedder.dimension), np.float32)
