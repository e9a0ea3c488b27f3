"""Names that are proposed for clusters: tags that their images have more often than others, else what an embedder
knows by sight, else words of their texts or files. A machine's proposals: people rename what does not fit.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from datasette.utils.sqlite import sqlite3
from numpy.typing import NDArray

from datasette_panoptic.domain.fields import TAG_TYPES
from datasette_panoptic.errors import PanopticError
from datasette_panoptic.store import spaces
from datasette_panoptic.store.matrices import Floats, Ids
from panoptic_ml import guard, vectors
from panoptic_ml.registry import installed

from .embedders import of_space

#: Words or tags in a name.
MOST = 2
#: The share of a cluster that must have a tag or a word, and how many times its share of all images that must be.
SHARE, TIMES = 0.3, 1.5
#: Characters of a name.
LONGEST = 60

WORD = re.compile(r"[^\W\d_]{3,}")
#: What names of files say of cameras and formats.
SAYS_NOTHING = frozenset(
    ["img", "dsc", "dscn", "dscf", "image", "photo", "picture", "scan", "file", "copy", "jpg", "jpeg", "png", "gif",
     "tif", "tiff", "webp", "bmp", "avif", "the", "and", "les", "des", "une", "dans", "pour", "sur", "avec"]
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Material:
    """A labelled run, and what is known of its images: vectors in a space, texts."""

    images: Ids
    labels: NDArray[np.int32]
    space: int | None = None
    vectors: Floats | None = None
    texts: Sequence[str] | None = None


def named(conn: sqlite3.Connection, material: Material) -> dict[int, str]:
    """Return a name for each cluster that has one, no two alike.

    What several clusters would be called tells none of them apart, so there the next source is asked.
    """
    clusters = range(int(material.labels.max(initial=-1)) + 1)
    sources: list[Callable[[], dict[int, str]]] = [
        lambda: telling(by_tags(conn, material), material.labels),
        lambda: telling(words_of(material.texts or ()), material.labels) if material.texts else {},
        lambda: by_sight(conn, material),
        lambda: telling(words_of(file_names(conn, material.images)), material.labels),
    ]
    names: dict[int, str] = {}
    doubtful: dict[int, str] = {}
    for source in sources:
        if len(names) == len(clusters):
            break
        proposed = {label: name for label, name in source().items() if label not in names}
        often = Counter([*proposed.values(), *names.values()])
        names |= {label: name for label, name in proposed.items() if often[name] == 1}
        doubtful = proposed | doubtful
    return distinct({label: (doubtful | names)[label] for label in clusters if label in doubtful or label in names})


def telling(said: Sequence[frozenset[str]], labels: NDArray[np.int32]) -> dict[int, str]:
    """Return for each label the words that many of its images have, and others seldom."""
    everywhere = Counter(word for words in said for word in words)
    total = len(said)
    names = {}
    order = np.argsort(labels, kind="stable")
    ends = np.searchsorted(labels[order], np.arange(int(labels.max(initial=-1)) + 2))
    for label, (start, end) in enumerate(pairwise(ends.tolist())):
        rows = order[start:end].tolist()
        here = Counter(word for row in rows for word in said[row])
        shares = {
            word: (count / len(rows)) * np.log(count / len(rows) * total / everywhere[word])
            for word, count in here.items()
            if count / len(rows) >= SHARE and count / len(rows) >= TIMES * everywhere[word] / total
        }
        best = sorted(shares, key=lambda word: (-shares[word], word))[:MOST]
        if best:
            names[label] = " & ".join(best)[:LONGEST]
    return names


def by_tags(conn: sqlite3.Connection, material: Material) -> list[frozenset[str]]:
    """Return the tags of each image, those of its instances among them."""
    marks = ", ".join(f"'{type_}'" for type_ in TAG_TYPES)
    rows = conn.execute(
        f"""
        select subjects.image_id, tags.name from (
          select image_id, tag_id from image_tags
          union select image_id, tag_id from instance_tags join instances on instances.id = instance_id
        ) as subjects
        join tags on tags.id = tag_id and tags.deleted_at is null
        join properties on properties.id = property_id and properties.deleted_at is null and type in ({marks})
        where subjects.image_id in (select value from json_each(?))""",
        [json.dumps(material.images.tolist())],
    )
    said: dict[int, set[str]] = {}
    for image, tag in rows:
        said.setdefault(image, set()).add(tag)
    return [frozenset(said.get(image, ())) for image in material.images.tolist()]


def by_sight(conn: sqlite3.Connection, material: Material) -> dict[int, str]:
    """Return for each cluster the words nearest to its centre that the embedder of its space knows by sight."""
    if material.space is None or material.vectors is None:
        return {}
    space = spaces.find(conn, str(material.space))
    listed = installed().embedders.get(space.embedder)
    if listed is None or not guard.words_of(listed.target):
        return {}
    try:
        made = of_space(space)
        words = list(guard.words_of(made.embedder))
        texts = made.embed_texts(words)
    except PanopticError:  # a name is a courtesy: a run without one is a run
        return {}
    centres = vectors.centroids(material.vectors, material.labels)
    # What is near to all of them tells none of them apart.
    scores = centres @ texts.T
    scores -= scores.mean(axis=0) * (len(centres) > 1)
    best = np.argsort(-scores, axis=1, kind="stable")[:, :MOST]
    return {label: " & ".join(words[place] for place in places)[:LONGEST] for label, places in enumerate(best)}


def words_of(texts: Iterable[str]) -> list[frozenset[str]]:
    """Return the words of each text that may tell something, in small letters."""
    return [frozenset(WORD.findall(text.lower())) - SAYS_NOTHING for text in texts]


def file_names(conn: sqlite3.Connection, images: Ids) -> list[str]:
    """Return the names of each image's files."""
    names: dict[int, list[str]] = {}
    for image, name in conn.execute("select image_id, name from files where image_id is not null"):
        names.setdefault(image, []).append(name)
    return [" ".join(names.get(image, ())) for image in images.tolist()]


def distinct(names: dict[int, str]) -> dict[int, str]:
    """Number names that several clusters have: "boat", "boat 2"."""
    seen: Counter[str] = Counter()
    numbered = {}
    for label, name in names.items():
        seen[name] += 1
        numbered[label] = name if seen[name] == 1 else f"{name} {seen[name]}"
    return numbered
