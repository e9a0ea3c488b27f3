"""What an action may read of a project, and how its reading becomes progress."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Protocol

import numpy as np
from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.corpus import Progress
from datasette_panoptic.domain.fields import TAG_TYPES
from datasette_panoptic.domain.names import same_name
from datasette_panoptic.errors import NotThere
from datasette_panoptic.store import properties, spaces
from datasette_panoptic.store.values import statements
from panoptic_ml.types import Floats, Ids, Refused, Value

from . import pictures

if TYPE_CHECKING:
    from PIL.Image import Image


class Follower(Protocol):
    """Who learns how far a job is, and says whether it is to stop."""

    def progress(self, now: Progress) -> None: ...

    def cancelled(self) -> bool: ...


class Stopped(BaseException):
    """The job is to end. No `Exception`, so that no plugin takes it for a fault of its own and goes on."""


@dataclass
class Reading:
    """Images in a fixed order, read as far as somebody asks. Keep to a connection that writes nothing."""

    conn: sqlite3.Connection
    images: list[int]
    follower: Follower
    _read: int = 0
    _begun: float = field(default_factory=monotonic)

    @property
    def ids(self) -> Ids:
        return np.array(self.images, np.int64)

    def values(self, name: str) -> Sequence[Value | tuple[str, ...]]:
        """Return what a property says of each image; of one that describes instances, what it says of the first."""
        try:
            _, type_, scope = properties.named(self.conn, name)
        except NotThere as error:
            raise Refused(str(error)) from error
        first = dict(zip(self.images, self.images, strict=True)) if scope == "image" else self._first_instances()
        said = statements(self.conn, scope, list(first.values()))
        answers: list[Value | tuple[str, ...]] = []
        for image in self.images:
            one = next((each for each in said.get(first.get(image, -1), ()) if same_name(each.name, name)), None)
            if type_ in TAG_TYPES:
                answers.append(tuple(tag.name for tag in one.tags) if one else ())
            else:
                value = one.value if one and not isinstance(one.value, bytes) else None
                answers.append(bool(value) if type_ == "checkbox" and value is not None else value)
        return answers

    def thumbnails(self) -> Iterator[Image]:
        return self._followed(pictures.thumbnails(self.conn, self.images))

    def originals(self) -> Iterator[Image | None]:
        return self._followed(pictures.original(self.conn, image) for image in self.images)

    def vectors(self, space: str) -> Floats:
        """Return unit vectors; a row of zeros where an image has none. `space` is an id, an embedder, or empty."""
        self._look()
        try:
            space_row = spaces.find(self.conn, space)
        except NotThere as error:
            raise Refused(str(error)) from error
        rows = np.zeros((len(self.images), space_row.dimension), np.float32)
        places = {image: row for row, image in enumerate(self.images)}
        for image, vector in self.conn.execute(
            "select image_id, vector from _panoptic_embeddings "
            "where space_id = ? and image_id in (select value from json_each(?))",
            [space_row.id, json.dumps(self.images)],
        ):
            rows[places[image]] = np.frombuffer(vector, "<f4")
        return rows

    def _first_instances(self) -> dict[int, int]:
        return dict(
            self.conn.execute(
                "select image_id, min(id) from instances where image_id in (select value from json_each(?)) "
                "group by image_id",
                [json.dumps(self.images)],
            ).fetchall()
        )

    def _followed(self, each: Iterator[Image] | Iterator[Image | None]) -> Iterator[Image]:
        """Yield what is read, and tell the job how far that is."""
        for number, picture in enumerate(each, start=1):
            self._look(number)
            yield picture  # type: ignore[misc]

    def _look(self, number: int = 0) -> None:
        self._read = max(self._read, number)
        rate = self._read / max(monotonic() - self._begun, 1e-3)
        self.follower.progress(Progress(self._read, len(self.images), rate, ""))
        if self.follower.cancelled():
            raise Stopped
