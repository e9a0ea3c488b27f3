"""Clusters by tags: each image goes to the tag whose name, read as a text, it is most similar to.

With `several`, an image is given every tag that is similar enough, as values that wait to be checked: a run has one
cluster for each image.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
from datasette.utils.sqlite import sqlite3
from numpy.typing import NDArray

from datasette_panoptic.domain.fields import TAG_TYPES
from datasette_panoptic.errors import BadQuery, PanopticError
from datasette_panoptic.query import text
from datasette_panoptic.query.annotate import selection_of
from datasette_panoptic.query.orders import fields
from datasette_panoptic.store import clusterings, machine, properties, spaces, tags
from datasette_panoptic.store.clusterings import BY_TAGS, NOISE, NewClustering
from datasette_panoptic.store.connection import snapshot
from datasette_panoptic.store.similarity import default_space, scale_of
from panoptic_ml import vectors
from panoptic_ml.types import Floats

from .cluster_input import Clustered, ClusterRequest, images_of, report, require_vectors, unembedded, vectors_of
from .embedders import Made, of_space
from .examples import learnt

#: What is done with tags that have others below them.
Parents = Literal["used", "combined", "ignored"]
PARENTS: tuple[Parents, ...] = get_args(Parents)

#: Where the name of the tag goes in a prompt.
PLACE = "{}"
#: The least similarity where none is said: of the one tag that is nearest, and of each of several.
MINIMUM, MINIMUM_OF_SEVERAL = 0.0, 0.5
#: Rows that are compared with all tags at a time.
BLOCK = 8192


@dataclass(frozen=True)
class Settings:
    """`prompt` has PLACE for the name; empty, the name alone is the text.

    `minimum` is on the scale of the space, where it has one, else a cosine.
    """

    property: str
    prompt: str = "a photo of {}"
    parents: Parents = "used"
    several: bool = False
    minimum: float = MINIMUM

    @classmethod
    def of(cls, params: dict[str, Any]) -> Settings:
        """Check settings of JSON or of a command; those that are null are as usual. Raises BadQuery."""
        params = {name: value for name, value in params.items() if value is not None}
        usual = MINIMUM_OF_SEVERAL if params.get("several") else MINIMUM
        try:
            settings = cls(**{"minimum": usual, **params})
            minimum = float(settings.minimum)
        except (TypeError, ValueError) as error:
            raise BadQuery(
                f"clusters by tags take `property`, `prompt`, `parents`, `several` and `minimum`: {error}"
            ) from None
        if settings.prompt and PLACE not in settings.prompt:
            raise BadQuery(
                f"`prompt` needs {PLACE} in place of the tag's name, as in `{cls.prompt}`; empty means the name alone"
            )
        if settings.parents not in PARENTS:
            raise BadQuery(f"`parents` is one of {', '.join(PARENTS)}, not `{settings.parents}`")
        if not -1 <= minimum <= 1:
            raise BadQuery(f"`minimum` is a similarity from −1 to 1, not `{settings.minimum}`")
        return cls(settings.property, settings.prompt, settings.parents, bool(settings.several), minimum)


def run(
    conn: sqlite3.Connection, asked: ClusterRequest, cancelled: Callable[[], bool] = lambda: False
) -> Clustered | None:
    """Sort the images of a query by the tags of a property; None where it was cancelled.

    Raises NotThere and PanopticError, BadQuery where no space reads texts or the property has no tags.
    """
    settings = Settings.of({name: value for name, value in asked.params.items() if name != "texts"})
    learnt(conn, asked.query)
    with snapshot(conn):
        names, texts = prompts(conn, settings)
        space = default_space(conn, reads_texts=True) if asked.space is None else asked.space
        every = images_of(conn, asked.query)
        images, of_images = vectors_of(conn, space, every)
        require_vectors(conn, space, images)
    names, of_tags, unread = read(of_space(spaces.find(conn, str(space))), names, texts)
    if cancelled():
        return None
    if settings.several:
        scores = similarities(conn, space, of_images, of_tags)
        done = _write(conn, asked, settings, names, scores, images, space)
        return replace(done, notices=(*done.notices, *unknown(unread)))
    labels, fits = nearest(conn, space, of_images, of_tags, settings.minimum)
    numbers = vectors.by_size(labels)
    of_label = dict(zip(numbers.tolist(), labels.tolist(), strict=True))
    run_id = clusterings.save(
        conn,
        NewClustering(
            asked.name.strip() or clusterings.free_name(conn, settings.property),
            BY_TAGS,
            images,
            numbers,
            fits,
            {label: names[place] for label, place in of_label.items() if label != NOISE},
            space=space,
            params=vars(settings),
            query=asked.query,
            actor=asked.actor,
        ),
    )
    done = report(conn, run_id, left_out=len(every) - len(images))
    return replace(done, notices=(*done.notices, *unknown(unread)))


def prompts(conn: sqlite3.Connection, settings: Settings) -> tuple[list[str], list[str]]:
    """Return the names of the tags that are looked for, and for each the text that it is compared by."""
    property_id, type_, _ = properties.named(conn, settings.property)
    if type_ not in TAG_TYPES:
        raise BadQuery(f"`{settings.property}` is of type {type_} and has no tags; choose a property with tags")
    listed = tags.listed(conn, property_id)
    above = {parent for tag in listed for parent in tag.parent_ids}
    if settings.parents == "ignored":
        listed = [tag for tag in listed if tag.id not in above]
    if not listed:
        raise BadQuery(f"`{settings.property}` has no tags yet; create the tags to look for")
    combined = settings.parents == "combined"
    said = [" ".join([*tag.parents, tag.name]) if combined else tag.name for tag in listed]
    return [tag.name for tag in listed], [(settings.prompt or PLACE).replace(PLACE, name) for name in said]


def read(made: Made, names: list[str], texts: list[str]) -> tuple[list[str], Floats, list[str]]:
    """Return the tags whose texts the embedder can read, their vectors, and the others. Raises PanopticError: none."""
    try:
        return names, made.embed_texts(texts), []
    except PanopticError as error:
        refusal = error
    vectors: dict[str, Floats] = {}
    for name, text_ in zip(names, texts, strict=True):
        with suppress(PanopticError):
            vectors[name] = made.embed_texts([text_])[0]
    if not vectors:
        raise refusal
    return list(vectors), np.stack(list(vectors.values())), [name for name in names if name not in vectors]


def unknown(tags: list[str]) -> tuple[dict[str, Any], ...]:
    """Say which tags the embedder could not read."""
    said = f"tags that these embeddings cannot read were left out: {', '.join(tags)}"
    return ({"key": "unread", "text": said, "level": "warning"},) if tags else ()


def similarities(conn: sqlite3.Connection, space: int, images: Floats, of_tags: Floats) -> Floats:
    """Return the similarity of each image to each tag, as searches by text show it."""
    scale = scale_of(conn, space)
    scores = images @ of_tags.T
    return np.clip((scores - scale.low) / (scale.high - scale.low) if scale else scores, -1, 1)


def nearest(
    conn: sqlite3.Connection, space: int, images: Floats, of_tags: Floats, minimum: float
) -> tuple[NDArray[np.int32], Floats]:
    """Return the place of each image's tag, −1 where none is similar enough, and how similar it is."""
    labels, fits = np.empty(len(images), np.int32), np.empty(len(images), np.float32)
    for start in range(0, len(images), BLOCK):
        rows = slice(start, start + BLOCK)
        scores = similarities(conn, space, images[rows], of_tags)
        labels[rows] = scores.argmax(axis=1)
        fits[rows] = scores.max(axis=1)
    return np.where(fits >= minimum, labels, NOISE).astype(np.int32), fits


def _write(
    conn: sqlite3.Connection,
    asked: ClusterRequest,
    settings: Settings,
    names: list[str],
    scores: Floats,
    images: NDArray[np.int64],
    space: int,
) -> Clustered:
    """Give each image all tags that it is similar enough to, as one changeset of values to be checked."""
    said = {
        image: tuple(names[place] for place in np.flatnonzero(row >= settings.minimum))
        for image, row in zip(images.tolist(), scores, strict=True)
    }
    query = text.parse_string(asked.query)
    details = {"clusterer": BY_TAGS, "space": space, **vars(settings)}
    origin = machine.Origin("cluster", asked.actor, asked.query, selection_of(query, fields(conn)), details)
    done = machine.tag(conn, origin, settings.property, said)
    left_out = len(images_of(conn, asked.query)) - len(images)
    untagged = sum(not each for each in said.values())
    notices = (unembedded(left_out, space),) if left_out else ()
    used = len({name for each in said.values() for name in each})
    return Clustered(None, settings.property, used, len(images), untagged, left_out, done.changeset, notices)
