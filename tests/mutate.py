"""Would a test notice? `python -m tests.mutate [--count 40] [--seed 1] [MODULE…]` changes one place of a module at a
time and runs the tests nearest to it.

The mutants are drawn from our modules by a seed, so a run can be repeated. Each is tried in a copy of the working tree;
the tree itself is never touched. A mutant is killed when a test fails or takes far longer than usual; one that survives
is printed with its line, and is a place where a test is missing or where the code says nothing.

Which tests are near is read from the source: those that import the module, directly or through others of ours, and
those whose names share words with it. Browser and packaging tests are left out: they take minutes.
"""

from __future__ import annotations

import ast
import copy
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from .test_architecture import ROOT, imports, modules, tree

#: Test files run for one mutant, the nearest first.
MOST_FILES = 8
#: Seconds for the tests of one mutant, of which an unchanged tree needs a fraction.
PATIENCE = 240

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Div: ast.Mult,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.Mod: ast.Mult,
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One changed place: `text` is the whole module with it."""

    path: Path
    line: int
    change: str
    text: str


def changes(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Yield what a node could be instead, with a word for each."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARISONS:
        other = copy.deepcopy(node)
        other.ops[0] = COMPARISONS[type(node.ops[0])]()
        yield "the other comparison", other
    elif isinstance(node, ast.BoolOp):
        other = copy.deepcopy(node)
        other.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield "and for or", other
        for at in range(len(node.values)):
            rest = [value for place, value in enumerate(node.values) if place != at]
            yield "a condition dropped", rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "not dropped", node.operand
    elif (
        isinstance(node, ast.BinOp)
        and type(node.op) in ARITHMETIC
        and not is_text(node.left)
        and not is_text(node.right)
    ):
        yield "the other operation", ast.BinOp(node.left, ARITHMETIC[type(node.op)](), node.right)
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        yield "one more", ast.Constant(node.value + 1)
    elif isinstance(node, ast.Constant) and type(node.value) is bool:
        yield "true for false", ast.Constant(not node.value)
    elif isinstance(node, ast.Return) and node.value is not None and not is_none(node.value):
        yield "nothing returned", ast.Return(ast.Constant(None))
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield "a call dropped", ast.Pass()
    elif isinstance(node, ast.IfExp):
        yield "the other branch", ast.IfExp(node.test, node.orelse, node.body)
    elif isinstance(node, ast.If | ast.While) and not isinstance(node.test, ast.Constant):
        other = copy.deepcopy(node)
        other.test = ast.UnaryOp(ast.Not(), node.test)
        yield "the opposite condition", other


def is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def mutants(path: Path) -> list[Mutant]:
    """Return every mutant of a module, but for annotations, type checks and texts."""
    return [
        Mutant(path, line, change, ast.unparse(ast.fix_missing_locations(text)))
        for line, change, text in _mutated(tree(path))
    ]


def _mutated(module: ast.Module) -> Iterator[tuple[int, str, ast.Module]]:
    places = [(node, name) for node in ast.walk(module) for name in node._fields if name not in SKIPPED]
    for node, name in places:
        if is_for_types(node):
            continue
        value = getattr(node, name, None)
        each = enumerate(value) if isinstance(value, list) else [(None, value)]
        for at, old in list(each):
            if not isinstance(old, ast.AST) or is_for_types(old):
                continue
            for change, new in changes(old):
                if at is None:
                    setattr(node, name, new)
                else:
                    value[at] = new
                yield getattr(old, "lineno", 0), change, copy.deepcopy(module)
                if at is None:
                    setattr(node, name, old)
                else:
                    value[at] = old


#: Fields of nodes that hold types or decorators.
SKIPPED = {"annotation", "returns", "decorator_list", "type_params"}


def is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def nearest_tests(path: Path) -> list[Path]:
    """Return the test files nearest to a module, nearest first."""
    distance = {path: 0}
    waiting = [path]
    while waiting:
        target = waiting.pop(0)
        for other in IMPORTERS.get(target, ()):
            if other not in distance:
                distance[other] = distance[target] + 1
                waiting.append(other)
    words = set(path.stem.split("_")) | set(path.parent.name.split("_"))

    def rank(test: Path) -> tuple[int, int, str]:
        shared = len(
            words & {word.removesuffix("s") for word in test.stem.split("_")} | words & set(test.stem.split("_"))
        )
        return distance[test] - 3 * shared, distance[test], test.name

    near = [test for test in distance if test.name.startswith("test_") and not {"browser"} & set(test.parts)]
    return sorted((test for test in near if test.stem not in ("test_architecture", "test_packaging")), key=rank)[
        :MOST_FILES
    ]


def importers() -> dict[Path, set[Path]]:
    """Return who imports each of our files, tests among them."""
    files = [*modules(), *(ROOT / "tests").rglob("*.py")]
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in files}
    found: dict[Path, set[Path]] = {}
    for path in files:
        for name in imports(path):
            for known in (name, name.rpartition(".")[0]):
                if known in names:
                    found.setdefault(names[known], set()).add(path)
    return found


IMPORTERS = importers()


def passes(path: Path, copied: Path) -> bool:
    """Tell whether the tests nearest to a module pass in a copy of the tree."""
    files = [str(test.relative_to(ROOT)) for test in nearest_tests(path)]
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *files]
    environment = {**os.environ, "PYTHONPATH": str(copied), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(command, cwd=copied, env=environment, capture_output=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def is_killed(mutant: Mutant, copied: Path) -> bool:
    """Tell whether the nearest tests notice a mutant. Raises ClickException where they fail without it."""
    target = copied / mutant.path.relative_to(ROOT)
    target.write_text(mutant.text)
    try:
        if passes(mutant.path, copied):
            return False
    finally:
        shutil.copyfile(mutant.path, target)
    if mutant.path not in SOUND:
        if not passes(mutant.path, copied):
            raise click.ClickException(f"the tests of {mutant.path} fail without any mutant")
        SOUND.add(mutant.path)
    return True


#: Modules whose nearest tests are known to pass as they are.
SOUND: set[Path] = set()


def drawn(paths: list[Path], count: int, seed: int) -> list[Mutant]:
    """Draw mutants: a module first, then a place in it, so that long modules do not take all."""
    chance = random.Random(seed)
    left = {path: None for path in sorted(paths) if nearest_tests(path)}
    made: dict[Path, list[Mutant]] = {}
    chosen: list[Mutant] = []
    while left and len(chosen) < count:
        path = chance.choice(list(left))
        places = made.setdefault(path, mutants(path))
        if places:
            chosen.append(places.pop(chance.randrange(len(places))))
        else:
            del left[path]
    return chosen


@click.command()
@click.option("--count", default=40, show_default=True, help="Mutants to try.")
@click.option("--seed", default=1, show_default=True, help="Another seed draws other mutants.")
@click.argument("names", metavar="[MODULE]...", nargs=-1, type=click.Path(exists=True, path_type=Path))
def main(count: int, seed: int, names: tuple[Path, ...]) -> None:
    paths = [
        path.resolve() for name in names for path in (name.rglob("*.py") if name.is_dir() else [name])
    ] or modules()
    with tempfile.TemporaryDirectory(prefix="panoptic-mutants-") as scratch:
        copied = Path(scratch) / "tree"
        ignored = shutil.ignore_patterns(".git", ".venv", "node_modules", "*.db", ".*_cache", "__pycache__")
        shutil.copytree(ROOT, copied, symlinks=True, ignore=ignored)
        killed = 0
        chosen = drawn(paths, count, seed)
        for number, mutant in enumerate(chosen, 1):
            dead = is_killed(mutant, copied)
            killed += dead
            place = f"{mutant.path.relative_to(ROOT)}:{mutant.line}"
            click.echo(f"{number:3} {'killed  ' if dead else 'SURVIVED'} {place}: {mutant.change}")
        click.echo(f"{killed} of {len(chosen)} killed, {killed / max(1, len(chosen)):.0%}")


if __name__ == "__main__":
    main()
