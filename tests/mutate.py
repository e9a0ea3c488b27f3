"""Would a test notice? `python -m tests.mutate [--count 20] [--seed 1] [MODULE…]` changes one place of a module at a
time and runs the tests nearest to it.

The mutants are drawn by a seed, as many from each layer, so a run can be repeated. Each is tried in a copy of the
working tree; the tree itself is never touched. A mutant is killed when a test fails or takes far longer than usual; one
that survives is printed with its line, and is a place where a test is missing or where the code says nothing.

Which tests are near is read from the source: those that name the changed function, or its command or route; those that
import the module, directly or through others of ours; and those whose names share words with it. Browser and packaging
tests are left out: they take minutes.
"""

from __future__ import annotations

import ast
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import click

from .mutants import Mutant, mutants
from .test_architecture import ROOT, imports, modules, tree

#: Test files run for one mutant, the nearest first.
MOST_FILES = 8
#: Seconds of a processor for the tests of one mutant, of which an unchanged tree needs a fraction.
CPU_SECONDS = 150
#: Seconds of the clock, for a mutant that waits without end. They are many because the machine can be busy.
CLOCK_SECONDS = 900


def nearest_tests(path: Path, line: int = 0) -> list[Path]:
    """Return the test files nearest to a line of a module, nearest first."""
    distance = {path: 0}
    waiting = [path]
    while waiting:
        target = waiting.pop(0)
        for other in IMPORTERS.get(target, ()):
            if other not in distance:
                distance[other] = distance[target] + 1
                waiting.append(other)
    words = set(path.stem.split("_")) | set(path.parent.name.split("_"))

    named = re.compile("|".join([rf"\b{name}\b" for name in spellings(path, line)] or ["(?!)"]))

    def rank(test: Path) -> tuple[int, int, str]:
        shared = len(
            words & {word.removesuffix("s") for word in test.stem.split("_")} | words & set(test.stem.split("_"))
        )
        if named.search(test.read_text()):
            shared += 2
        return distance[test] - 3 * shared, distance[test], test.name

    near = [test for test in distance if test.name.startswith("test_") and not {"browser"} & set(test.parts)]
    return sorted((test for test in near if test.stem not in ("test_architecture", "test_packaging")), key=rank)[
        :MOST_FILES
    ]


def spellings(path: Path, line: int) -> set[str]:
    """Return how a test may name the functions and classes that a line is in: as in the code, or as a command."""
    around = [
        node.name.strip("_")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and min([node.lineno, *(each.lineno for each in node.decorator_list)]) <= line <= (node.end_lineno or 0)
        and not node.name.startswith("__")
    ]
    return {spelt for name in around for spelt in (name, name.replace("_", "-"))}


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


def failure(tests: list[Path], copied: Path) -> str | None:
    """Run test files in a copy of the tree and return the first that fails, "" where none can be named, or None."""
    files = [str(test.relative_to(ROOT)) for test in tests]
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *files]
    environment = {**os.environ, "PYTHONPATH": str(copied), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            command,
            cwd=copied,
            env=environment,
            capture_output=True,
            text=True,
            timeout=CLOCK_SECONDS,
            check=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS)),
        )
    except subprocess.TimeoutExpired:
        return ""
    if done.returncode == 0:
        return None
    named = re.search(r"^(?:FAILED|ERROR) (tests/[^:\s]+)", done.stdout, re.M)
    return named[1] if named else ""


def is_killed(mutant: Mutant, copied: Path) -> bool:
    """Tell whether the nearest tests notice a mutant. A test file that also fails without it is left out."""
    target = copied / mutant.path.relative_to(ROOT)
    tests = nearest_tests(mutant.path, mutant.line)
    while True:
        target.write_text(mutant.text)
        try:
            failed = failure([test for test in tests if SOUND.get(test, True)], copied)
        finally:
            shutil.copyfile(mutant.path, target)
        if not failed:
            return failed is not None
        test = ROOT / failed
        if test not in SOUND:
            SOUND[test] = failure([test], copied) is None
        if SOUND[test]:
            return True
        click.echo(f"{failed} fails without any mutant, and is left out")


#: Test files that made out a mutant, and whether they pass in the tree as it is.
SOUND: dict[Path, bool] = {}


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


def layer_of(path: Path) -> str:
    """Return the package that a module is in: `store`, `web`, or `panoptic_ml` as a whole."""
    package, *inner = path.relative_to(ROOT).parts
    return inner[0] if package == "datasette_panoptic" and len(inner) > 1 else package


@click.command()
@click.option("--count", default=20, show_default=True, help="Mutants to try in each layer.")
@click.option("--seed", default=1, show_default=True, help="Another seed draws other mutants.")
@click.argument("names", metavar="[MODULE]...", nargs=-1, type=click.Path(exists=True, path_type=Path))
def main(count: int, seed: int, names: tuple[Path, ...]) -> None:
    paths = [
        path.resolve() for name in names for path in (name.rglob("*.py") if name.is_dir() else [name])
    ] or modules()
    layers: dict[str, list[Path]] = {}
    for path in paths:
        layers.setdefault(layer_of(path), []).append(path)
    with tempfile.TemporaryDirectory(prefix="panoptic-mutants-") as scratch:
        copied = Path(scratch) / "tree"
        ignored = shutil.ignore_patterns(".git", ".venv", "node_modules", "*.db", ".*_cache", "__pycache__")
        shutil.copytree(ROOT, copied, symlinks=True, ignore=ignored)
        rates = [(layer, *tried(drawn(layers[layer], count, seed), copied)) for layer in sorted(layers)]
    for layer, killed, tries in [*rates, ("all", sum(rate[1] for rate in rates), sum(rate[2] for rate in rates))]:
        click.echo(f"{layer}: {killed} of {tries} killed, {killed / max(1, tries):.0%}")


def tried(chosen: list[Mutant], copied: Path) -> tuple[int, int]:
    """Try mutants one after the other, print what becomes of each, and return how many were killed, and of how many."""
    killed = 0
    for mutant in chosen:
        dead = is_killed(mutant, copied)
        killed += dead
        place = f"{mutant.path.relative_to(ROOT)}:{mutant.line}"
        click.echo(f"{'killed  ' if dead else 'SURVIVED'} {place}: {mutant.change}")
    return killed, len(chosen)


if __name__ == "__main__":
    main()
