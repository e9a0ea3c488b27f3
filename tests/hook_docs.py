"""Write docs/hooks.md from the hooks and types of panoptic_ml."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

from panoptic_ml import hookspecs, testing, types

PROTOCOLS = (types.Embedder, types.Clusterer, types.Projector, types.Action, types.ActionContext)
RESULTS = (types.Groups, types.Scores, types.Values, types.Tags, types.Notice)
CHECKS = (testing.check_embedder, testing.check_clusterer, testing.check_projector, testing.check_action)


def hooks() -> str:
    """Return the page's generated part: hooks, protocols, results, and the checks for tests."""
    specs = [value for name, value in vars(hookspecs).items() if name.startswith("register_")]
    return "\n".join(
        [
            "",
            "## Hooks",
            "",
            *[f"- `{spec.__name__}(register)`: {lower(says(spec))}" for spec in specs],
            "",
            "## What plugins are",
            "",
            *[line for protocol in PROTOCOLS for line in described(protocol)],
            "## What actions answer",
            "",
            *[line for result in RESULTS for line in described(result)],
            "## Refusing",
            "",
            f"`panoptic_ml.types.Refused` is {lower(says(types.Refused))}",
            "",
            "## Checks for tests",
            "",
            "In `panoptic_ml.testing`:",
            "",
            *[f"- `{check.__name__}`: {lower(says(check))}" for check in CHECKS],
            "",
        ]
    )


def described(kind: type) -> list[str]:
    """Return a section: what a class says of itself, its attributes and its methods."""
    lines = [f"### {kind.__name__}", "", says(kind, paragraphs=True), ""]
    return [*lines, *attributes(kind), *methods(kind), ""]


def attributes(kind: type) -> Iterator[str]:
    """Yield a line for each annotated name, with the `#:` comment above it."""
    source = textwrap.dedent(inspect.getsource(kind))
    rows = source.splitlines()
    for node in ast.parse(source).body[0].body:  # type: ignore[attr-defined]
        if isinstance(node, ast.AnnAssign):
            above = len(comments := list(comment_above(rows, node.lineno - 1)))
            says_so = f": {' '.join(reversed(comments))}" if above else ""
            default = f" = {ast.unparse(node.value)}" if node.value else ""
            yield f"- `{ast.unparse(node.target)}: {ast.unparse(node.annotation)}{default}`{says_so}"


def comment_above(rows: list[str], line: int) -> Iterator[str]:
    while line and (comment := re.match(r"\s*#: ?(.*)", rows[line - 1])):
        yield comment[1]
        line -= 1


def methods(kind: type) -> Iterator[str]:
    for name, member in vars(kind).items():
        function = member.fget if isinstance(member, property) else member
        if name.startswith("_") or not inspect.isfunction(function):
            continue
        called = name if isinstance(member, property) else f"{name}({', '.join(arguments(function))})"
        yield f"- `{called}`: {says(function)}"


def arguments(function: Callable[..., Any]) -> list[str]:
    taken = [one for one in inspect.signature(function).parameters.values() if one.name != "self"]
    return ["…"] if taken and taken[0].kind is taken[0].VAR_POSITIONAL else [one.name for one in taken]


def says(documented: object, *, paragraphs: bool = False) -> str:
    """Return a docstring with each paragraph on one line; all in one unless they are wanted."""
    parts = (inspect.getdoc(documented) or "").split("\n\n")
    return ("\n\n" if paragraphs else " ").join(part.replace("\n", " ") for part in parts)


def lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]
