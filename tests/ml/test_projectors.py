"""What the built-in projectors draw."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA

from panoptic_ml import guard, vectors
from panoptic_ml.registry import installed
from panoptic_ml.testing import check_projector
from panoptic_ml.types import Floats


def project(rows: Floats) -> Floats:
    listed = installed().projectors["pca"]
    return guard.project(listed, listed.parameters.parse({}), rows, seed=0)


def test_every_projector_keeps_its_promises() -> None:
    for listed in installed().projectors.values():
        if listed.plugin.startswith("datasette-panoptic:"):
            check_projector(listed.target)


def test_principal_components_are_scikit_learns_but_for_the_sign() -> None:
    random = np.random.default_rng(0)
    rows = vectors.normalise(random.normal(size=(300, 12)) * np.linspace(3, 0.2, 12) + 1)
    found, expected = project(rows), PCA(2).fit_transform(rows)
    assert np.abs(found) == pytest.approx(np.abs(expected), abs=1e-4)
    assert project(rows[::-1])[::-1] == pytest.approx(found, abs=1e-4)


def test_vectors_of_one_number_lie_on_a_line() -> None:
    points = project(np.array([[1], [-1], [1]], np.float32))
    assert points[:, 0] == pytest.approx([2 / 3, -4 / 3, 2 / 3], abs=1e-6)
    assert not points[:, 1].any()
