"""The mutants that `just mutate` tries, and the tests it finds for them."""

from __future__ import annotations

import ast

from tests.mutate import drawn, mutants, nearest_tests
from tests.test_architecture import ROOT

PATTERNS = ROOT / "datasette_panoptic" / "domain" / "patterns.py"


def test_each_mutant_is_a_module_that_differs_from_the_original():
    original = ast.unparse(ast.parse(PATTERNS.read_text()))
    made = mutants(PATTERNS)
    assert made
    assert all(ast.parse(mutant.text) and mutant.text != original for mutant in made)
    assert ast.unparse(ast.parse(PATTERNS.read_text())) == original


def test_a_seed_draws_the_same_mutants_again():
    def places(seed: int) -> list[tuple[int, str]]:
        return [(mutant.line, mutant.change) for mutant in drawn([PATTERNS], 5, seed)]

    assert places(1) == places(1)
    assert len(places(1)) == 5
    assert len({tuple(places(seed)) for seed in range(5)}) > 1


def test_the_nearest_tests_come_first():
    near = nearest_tests(ROOT / "datasette_panoptic" / "query" / "order.py")
    assert near[0].name == "test_order.py"
    assert not [path for path in near if "browser" in path.parts]
