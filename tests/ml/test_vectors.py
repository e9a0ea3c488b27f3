"""Arithmetic on vectors: each function against the same said slowly."""

from __future__ import annotations

import math
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from panoptic_ml import vectors
from panoptic_ml.types import Floats, Labels

NUMBERS = st.floats(-1e6, 1e6, width=32)
MATRICES = arrays.arrays(np.float32, st.tuples(st.integers(0, 12), st.integers(1, 6)), elements=NUMBERS)
LABELS = arrays.arrays(np.int32, st.integers(0, 30), elements=st.integers(-1, 6))


def directions(count: int, seed: int = 0, dimension: int = 8) -> Floats:
    return vectors.normalise(np.random.default_rng(seed).normal(size=(count, dimension)))


@given(MATRICES)
def test_rows_get_length_one_and_keep_their_direction(matrix: Floats) -> None:
    for row, unit in zip(matrix.astype(float), vectors.normalise(matrix), strict=True):
        length = math.sqrt(sum(number**2 for number in row))
        assert unit == pytest.approx(row / length if length else row, abs=1e-6)


def test_tiny_and_large_vectors_are_normalised_too() -> None:
    found = vectors.normalise(np.array([[3e-30, 4e-30], [3e30, 4e30]], np.float32))
    assert found == pytest.approx(np.array([[0.6, 0.8], [0.6, 0.8]]))


@given(MATRICES)
def test_stored_vectors_come_back_bit_for_bit(matrix: Floats) -> None:
    stored = [vectors.pack(row) for row in matrix]
    assert stored == [struct.pack(f"<{len(row)}f", *row) for row in matrix]
    back = vectors.unpack(stored, matrix.shape[1])
    assert back.dtype == np.float32
    assert back.tobytes() == matrix.tobytes()
    assert back.shape == matrix.shape


@pytest.mark.parametrize("stored", [b"", b"\0" * 7, b"\0" * 12])
def test_a_vector_of_another_length_is_refused(stored: bytes) -> None:
    with pytest.raises(ValueError, match=f"a vector of {len(stored)} bytes; 2 numbers"):
        vectors.unpack([bytes(8), stored], 2)


def test_scores_are_cosines_and_never_beyond_one() -> None:
    rows = directions(200, dimension=512)
    found = vectors.scores(rows[3], rows)
    assert found == pytest.approx([sum(a * b for a, b in zip(rows[3], row, strict=True)) for row in rows], abs=1e-5)
    assert found.max() <= 1
    assert found.argmax() == 3


def test_the_centroid_points_to_the_mean() -> None:
    rows = directions(9)
    assert vectors.centroid(rows) == pytest.approx(vectors.normalise(sum(row.astype(float) for row in rows)), abs=1e-6)
    assert not vectors.centroid(rows[:0]).any()
    assert not vectors.centroid(np.array([[1, 0], [-1, 0]], np.float32)).any()


def test_rocchio_moves_towards_what_is_wanted_and_away_from_what_is_not() -> None:
    wanted, unwanted = directions(4, 1), directions(3, 2)
    query = vectors.rocchio(wanted, unwanted, weight=0.3)
    expected = wanted.mean(axis=0) - 0.3 * unwanted.mean(axis=0)
    assert query == pytest.approx(expected / np.linalg.norm(expected), abs=1e-6)
    assert vectors.rocchio(wanted, unwanted[:0]) == pytest.approx(vectors.centroid(wanted), abs=1e-6)
    assert vectors.rocchio(wanted[:0], unwanted) == pytest.approx(-vectors.centroid(unwanted), abs=1e-6)


@given(LABELS, st.integers(1, 7))
def test_fits_are_cosines_with_the_centroid_of_the_label(labels: Labels, block: int) -> None:
    rows = directions(len(labels))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vectors, "BLOCK", block)
        centroids, fits = vectors.centroids(rows, labels), vectors.fit(rows, labels)
    expected = [vectors.centroid(rows[labels == label]) for label in range(labels.max(initial=-1) + 1)]
    assert centroids == pytest.approx(np.array(expected).reshape(-1, 8), abs=1e-5)
    for row, label, found in zip(rows, labels, fits, strict=True):
        assert found == pytest.approx(row @ expected[label] if label >= 0 else 0, abs=1e-5)


def test_coherence_is_the_mean_fit() -> None:
    labels = np.array([0, 2, 0, -1], np.int32)
    fits = np.array([0.5, 0.25, 1, 0.9], np.float32)
    assert vectors.coherence(labels, fits).tolist() == [0.75, 0, 0.25]


@given(LABELS)
def test_labels_by_size_say_the_same_and_the_largest_is_0(labels: Labels) -> None:
    found = vectors.by_size(labels)
    assert found.dtype == np.int32
    assert ((found == -1) == (labels == -1)).all()
    assert len(set(zip(labels.tolist(), found.tolist(), strict=True))) == len(set(labels.tolist()))
    used = sorted(set(found.tolist()) - {-1})
    assert used == list(range(len(used)))
    order = [(-int((found == label).sum()), int((found == label).argmax())) for label in used]
    assert order == sorted(order)
