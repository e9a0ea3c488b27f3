"""Columns of what machine learning made: how similar images are to a query's examples, and where a run put them."""

from __future__ import annotations

import numpy as np
from datasette.utils.sqlite import sqlite3
from numpy.typing import NDArray

from datasette_panoptic.domain.fields import Field
from datasette_panoptic.domain.similar import DECIMALS
from datasette_panoptic.store.similarity import similarity
from datasette_panoptic.store.vector_cache import VectorCache

from .coding import Column, coded, coded_integers

#: Scores are whole numbers of these.
STEPS = 10**DECIMALS


def column(conn: sqlite3.Connection, vectors: VectorCache, field: Field, images: NDArray[np.uint32]) -> Column:
    """Return a derived field's column by instance, given the image of each."""
    by_image = scored(similarity(conn, vectors, field.similar)) if field.similar else of_run(conn, field)
    codes = np.append(by_image.codes, np.int32(-1))  # for images beyond the last that has a value
    return Column(by_image.values, codes[np.minimum(images, len(by_image.codes))])


def scored(scores: NDArray[np.float64]) -> Column:
    """Code rounded scores, NaN for none, by ticking them off: a tenth of what sorting them takes."""
    has = np.flatnonzero(~np.isnan(scores))
    by_step = coded_integers(has, np.rint(scores[has] * STEPS).astype(np.int64))
    return Column([step / STEPS for step in map(int, by_step.values)], by_step.codes)


def of_run(conn: sqlite3.Connection, field: Field) -> Column:
    """Code the labels of a run's images, or their fits."""
    where = f"from cluster_members where clustering_id = {field.clustering}"
    if field.name.startswith("cluster"):
        rows = conn.execute(f"select image_id, label {where}").fetchall()
    else:
        rows = conn.execute(f"select image_id, fit {where} and fit is not null").fetchall()
    return coded(np.array([image for image, _ in rows], dtype=np.int64), [value for _, value in rows])
