"""What groups promise, and that the way in which they are found makes no difference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from panoptic_ml import representatives
from panoptic_ml.representatives import by_hashes, by_vectors
from panoptic_ml.types import Floats, Hashes, Labels
from panoptic_ml.vectors import normalise

from .test_neighbours import families, kin


def one_by_one(near: np.ndarray) -> list[set[int]]:
    """Return the groups of two or more that come of the rule as it is written, given who is near whom."""
    groups: dict[int, set[int]] = {}
    for row in range(len(near)):
        leader = next((leader for leader in groups if near[leader, row]), row)
        groups.setdefault(leader, set()).add(row)
    return [group for group in groups.values() if len(group) > 1]


def grouped(labels: Labels) -> list[set[int]]:
    """Return the rows of each label, by the first of each."""
    found = [set(np.flatnonzero(labels == label).tolist()) for label in range(labels.max(initial=-1) + 1)]
    return sorted(found, key=min)


def parts(patch: pytest.MonkeyPatch, start: int) -> None:
    """Make a few rows many."""
    patch.setattr(representatives, "START", start)
    patch.setattr(representatives, "MOST", start * start)


@settings(max_examples=25)
@given(kin(), st.integers(0, 7), st.sampled_from([2, 5, 2048]))
def test_hashes_are_grouped_as_the_rule_says(hashes: Hashes, distance: int, start: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        parts(patch, start)
        labels, scores = by_hashes(hashes, distance)
    differ = np.bitwise_count(hashes[:, None] ^ hashes)
    groups = grouped(labels)
    assert groups == one_by_one(differ <= distance)
    assert all(scores[row] == 1 - differ[row, min(group)] / 64 for group in groups for row in group)
    assert not scores[labels < 0].any()


@pytest.mark.parametrize("start", [2, 30, 2048])
@pytest.mark.parametrize("threshold", [0.6, 0.9, 0.97])
def test_vectors_are_grouped_as_the_rule_says(threshold: float, start: int, monkeypatch: pytest.MonkeyPatch) -> None:
    parts(monkeypatch, start)
    vectors = families(60)
    labels, scores = by_vectors(vectors, threshold)
    cosines = vectors @ vectors.T
    groups = grouped(labels)
    assert groups == one_by_one(cosines >= threshold)
    assert len(groups) > 1 or threshold < 0.7
    for group in groups:
        assert scores[[*group]] == pytest.approx(cosines[min(group), [*group]], abs=2e-6)
    assert scores[labels >= 0].min() >= threshold


def crowd(count: int) -> Floats:
    """Return a blank page in many scans, then as many times without any noise, and one other picture."""
    random = np.random.default_rng(4)
    scans = np.eye(1, 16) + random.normal(scale=0.01, size=(count, 16))
    return normalise(np.concatenate([scans, np.eye(16)[[1]], np.repeat(np.eye(1, 16), count, axis=0)]))


def test_a_crowd_is_one_group_and_its_pairs_are_never_held(monkeypatch: pytest.MonkeyPatch) -> None:
    parts(monkeypatch, 50)
    held, most = representatives.held, []
    monkeypatch.setattr(representatives, "held", lambda *given: most.append(0) or held(*given))
    labels, scores = by_vectors(crowd(600), 0.95)
    assert grouped(labels) == [{*range(600), *range(601, 1201)}]
    assert labels[600] == -1
    assert scores[0] == 1
    assert len(most) < 10
