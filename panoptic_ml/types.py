"""What plugins are and what they answer: four protocols with one method each, arrays in and arrays out.

A plugin is a class, or an object of one, that has the attributes and the method of its protocol. It need not inherit
from it; whoever does gets the defaults. Settings are parameters of the method or, for an embedder, of the constructor:
see `panoptic_ml.params`. Heavy packages are imported inside methods, and named in `requires`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol

import numpy as np
import numpy.typing as npt
from pydantic import WithJsonSchema

if TYPE_CHECKING:
    from PIL.Image import Image

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int32]
Ids = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]

Modality = Literal["image", "text"]
Metric = Literal["cosine", "hamming"]
Level = Literal["info", "warning", "error"]

#: One value of a property, of one image; None leaves it as it is.
Value = str | int | float | bool | None

#: Annotates a parameter that names an embedding space: the form offers those of the project.
Space = Annotated[str, WithJsonSchema({"type": "string", "format": "space"})]

#: Annotates a parameter that names a property: the form offers those of the project, and takes the name of a new one.
PropertyName = Annotated[str, WithJsonSchema({"type": "string", "format": "property"})]

#: Annotates a parameter that names a property which has tags.
TagProperty = Annotated[str, WithJsonSchema({"type": "string", "format": "tag-property"})]


#: Field(json_schema_extra=PLACE) marks a parameter that may name a file of this machine: requests over HTTP cannot.
PLACE: dict[str, Any] = {"format": "place"}


class Refused(Exception):
    """Raised by a plugin that cannot do what is asked, with a sentence for the person who asked."""


class Embedder(Protocol):
    """Turns images, and texts if it can, into vectors that may be compared with each other.

    Parameters of the constructor are its settings: it is made once and then given many batches. One space holds the
    vectors of one `id`, `revision` and settings, so change `revision` whenever the same image would get another vector.
    """

    #: Lower-case letters, digits and hyphens; what people write after `--embedder`.
    id: str
    revision: str
    #: Length of each vector.
    dimension: int
    #: `cosine` compares directions. `hamming` says that all vectors are of +1 and −1, so that it counts unequal bits.
    metric: Metric = "cosine"
    #: What it reads. With `text` in it there is a method `embed_texts(texts: list[str])`, of the same shape, which
    #: refuses what it cannot read: see `Refused`.
    modalities: frozenset[Modality] = frozenset({"image"})
    #: Names of things that it knows by sight and reads as texts: proposed as tags, and as names of clusters.
    words: Sequence[str] = ()
    #: Whether it reads texts only as far as it has words for things, so that searching by text is shown as basic.
    is_basic: bool = False
    #: Parameters that say where or how fast it computes and leave vectors as they are: they tell no spaces apart.
    incidental: frozenset[str] = frozenset()
    #: Modules that must be importable, and what `pip install` is to be given where one is not.
    requires: Mapping[str, str] = {}

    def embed_images(self, images: Sequence[Image], /) -> Floats:
        """Return float32 (n, dimension), a row for each image, whatever the others in the batch are.

        Images are RGB, upright, and of any size from 1×1. Vectors may have any length but 0.
        """
        ...


class Clusterer(Protocol):
    """Puts things that are alike into clusters.

    It is given what it has parameters for: `vectors`, float32 (n, dim) unit vectors; `hashes`, uint64 (n,) perceptual
    hashes; `texts`, n strings; and `seed`, an int. All its other parameters are settings that people choose.
    """

    id: str
    requires: Mapping[str, str] = {}

    def cluster(self, *args: Any, **kwargs: Any) -> tuple[Labels, Floats]:
        """Return labels, int32 (n,), −1 for noise, and scores, float32 (n,): how well each row fits, 1 is best."""
        ...


class Projector(Protocol):
    """Lays vectors out in the plane, similar ones near each other.

    It is given what it has parameters for, `vectors` and `seed`, as a clusterer is.
    """

    id: str
    requires: Mapping[str, str] = {}

    def project(self, *args: Any, **kwargs: Any) -> Floats:
        """Return a point for each row, float32 (n, 2), in any unit."""
        ...


class ActionContext(Protocol):
    """What an action may read: the images it was started on, in a fixed order. It cannot write."""

    @property
    def ids(self) -> Ids:
        """Ids of the images, int64 (n,). Everything below is in their order."""
        ...

    def values(self, name: str) -> Sequence[Value | tuple[str, ...]]:
        """Return the values of the property `name`; those of tag properties are tuples of names."""
        ...

    def thumbnails(self) -> Iterator[Image]:
        """Yield a small RGB picture of each image. How far it was read is the progress that people see."""
        ...

    def originals(self) -> Iterator[Image | None]:
        """Yield each image at its full size, RGB and upright; None where its file is not there."""
        ...

    def vectors(self, space: str) -> Floats:
        """Return unit vectors of that space, float32 (n, dim); a row of zeros where an image has none yet."""
        ...


class Action(Protocol):
    """Does something with images that people picked, and answers what the core then shows or writes.

    It is given `context` (an ActionContext), and `seed` if it has a parameter for it.
    """

    id: str
    requires: Mapping[str, str] = {}

    def run(self, *args: Any, **kwargs: Any) -> Result | Sequence[Result]:
        """Return one result or several, which may be none."""
        ...


@dataclass(frozen=True, eq=False)
class Groups:
    """Images fall into groups; shown as clusters are."""

    #: int32 (n,), −1 for images in none.
    labels: Labels
    #: A name for each label, or none at all.
    names: tuple[str, ...] = ()
    #: float32 (n,), how well each image fits; 1 is best.
    scores: Floats | None = None


@dataclass(frozen=True, eq=False)
class Scores:
    """A number for each image, to sort and cut by."""

    #: float32 (n,)
    scores: Floats
    #: What the number says.
    name: str


@dataclass(frozen=True)
class Values:
    """A value of one property for each image. The core writes them as one change that can be undone."""

    property: str
    #: One per image; None leaves the image as it is.
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Tags:
    """Tags of one property to add to each image, by name. Unknown names become tags."""

    property: str
    #: One tuple per image, empty where there is nothing to add.
    tags: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Notice:
    """A message for the person who started the action."""

    text: str
    level: Level = "info"


Result = Groups | Scores | Values | Tags | Notice
