"""All near pairs, whichever way they are looked for, held against comparing all with all."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from panoptic_ml import neighbours
from panoptic_ml.neighbours import HashJoin, VectorJoin, pairs
from panoptic_ml.types import Floats, Hashes
from panoptic_ml.vectors import normalise


def families(count: int = 400, dimension: int = 32) -> Floats:
    """Return unit vectors of which each has two copies, nearer and further from it."""
    random = np.random.default_rng(1)
    parents = random.normal(size=(count, dimension)) + 2  # all have a direction in common, as those of embedders
    noise = random.normal(size=(3, count, dimension)) * np.array([0, 0.2, 0.8])[:, None, None]
    return normalise(random.permutation((parents + noise).reshape(-1, dimension)))


def near(vectors: Floats, threshold: float) -> set[tuple[int, int]]:
    first, second = np.nonzero(np.triu(vectors @ vectors.T >= threshold, 1))
    return set(zip(first.tolist(), second.tolist(), strict=True))


def found(join: VectorJoin | HashJoin) -> list[tuple[int, int]]:
    first, second = pairs(join)
    return list(zip(first.tolist(), second.tolist(), strict=True))


@pytest.mark.parametrize("block", [7, 1024])
def test_up_to_a_limit_all_vectors_are_compared(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "BLOCK", block)
    vectors = families(60)
    assert found(VectorJoin(vectors, 0.95)) == sorted(near(vectors, 0.95))


def test_lists_find_nearly_all_pairs_each_once() -> None:
    vectors = families()
    join = VectorJoin(vectors, 0.97, exact=100)
    assert join.lists.shape == (1200, 3)
    assert np.bincount(join.lists.ravel()).max() < 400, "no list swallows the others"
    pairs_found = found(join)
    expected = near(vectors, 0.97)
    assert set(pairs_found) <= expected
    assert len(pairs_found) == len(set(pairs_found)) >= 0.98 * len(expected) > 300


def test_a_seed_always_finds_the_same() -> None:
    vectors = families()
    assert found(VectorJoin(vectors, 0.9, seed=3, exact=100)) == found(VectorJoin(vectors, 0.9, seed=3, exact=100))


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_rows_have_no_pairs(count: int) -> None:
    assert found(VectorJoin(np.ones((count, 1), np.float32), 0.5)) == []
    assert found(HashJoin(np.ones(count, np.uint64), 3)) == []


def test_pairs_are_of_a_row_on_the_left_and_a_later_one_on_the_right() -> None:
    join = VectorJoin(np.ones((5, 1), np.float32), 0.5)
    parts = list(join.pairs(np.array([1, 3]), np.array([0, 2, 3, 4])))
    assert {(int(one), int(two)) for part in parts for one, two in zip(*part, strict=True)} == {
        (1, 2), (1, 3), (1, 4), (3, 4)
    }  # fmt: skip


@st.composite
def kin(draw: st.DrawFn) -> Hashes:
    """Draw hashes of which many are a few bits from each other, whichever bits those are."""
    parents = draw(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=4))
    flips = st.lists(st.integers(0, 63), max_size=9, unique=True)
    children = draw(st.lists(st.tuples(st.sampled_from(parents), flips), max_size=25))
    return np.array([parent ^ sum(1 << bit for bit in bits) for parent, bits in children], np.uint64)


@settings(max_examples=25)
@given(kin(), st.integers(0, 11), st.sampled_from([0, 3, 16_384]), st.sampled_from([1, 5, 1_000_000]))
def test_all_hashes_within_a_distance_are_found_once(hashes: Hashes, distance: int, table: int, part: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbours, "TABLE", table)
        patch.setattr(neighbours, "AT_A_TIME", part)
        patch.setattr(neighbours, "BLOCK", 4)
        differences = {
            (one, two): int(hashes[one] ^ hashes[two]).bit_count() for one, two in combinations(range(len(hashes)), 2)
        }
        assert found(HashJoin(hashes, distance)) == [pair for pair, bits in differences.items() if bits <= distance]
