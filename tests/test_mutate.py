"""The mutants that `just mutate` tries, and the tests it finds for them."""

from __future__ import annotations

import ast

from tests.mutants import mutants
from tests.mutate import drawn, nearest_tests, spellings
from tests.test_architecture import ROOT

PATTERNS = ROOT / "datasette_panoptic" / "domain" / "patterns.py"


def test_each_mutant_is_a_module_that_differs_from_the_original():
    original = ast.unparse(ast.parse(PATTERNS.read_text()))
    made = mutants(PATTERNS)
    assert made
    assert all(ast.parse(mutant.text) and mutant.text != original for mutant in made)
    assert ast.unparse(ast.parse(PATTERNS.read_text())) == original


def test_types_and_formal_decorators_are_left_alone(tmp_path):
    """Nobody could notice a change of them."""
    module = tmp_path / "module.py"
    module.write_text(
        "@dataclass(frozen=True)\nclass Box:\n    side: Literal[3]\n\n"
        "@option('--all', is_flag=True)\ndef read(box: Literal[4] = 5) -> Literal[6]:\n    'Text.'\n"
    )
    assert [(mutant.line, mutant.change) for mutant in mutants(module)] == [(6, "one more"), (5, "true for false")]


def test_a_seed_draws_the_same_mutants_again():
    def places(seed: int) -> list[tuple[int, str]]:
        return [(mutant.line, mutant.change) for mutant in drawn([PATTERNS], 5, seed)]

    first = places(1)
    assert places(1) == first
    assert len(first) == 5
    assert [places(2), places(3)] != [first, first]


def test_the_nearest_tests_come_first():
    near = nearest_tests(ROOT / "datasette_panoptic" / "query" / "order.py")
    assert near[0].name == "test_order.py"
    assert not [path for path in near if "browser" in path.parts]


def test_tests_that_name_the_changed_command_are_near():
    corpus = ROOT / "datasette_panoptic" / "cli" / "corpus.py"
    line = corpus.read_text().split("def publish_prep")[0].count("\n") + 1
    assert "publish-prep" in spellings(corpus, line)
    assert "publish-prep" not in spellings(corpus, 1)
    assert "test_publication" in {path.stem for path in nearest_tests(corpus, line)}
