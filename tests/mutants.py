"""Every mutant of a module: the module with one comparison, condition, number, call or result of it changed."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .test_architecture import tree

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
    """Yield a module while one place of it is changed; it is as it was once all have been seen."""
    for node, name in list(_places(module)):
        value = getattr(node, name, None)
        each = enumerate(value) if isinstance(value, list) else [(None, value)]
        for at, old in list(each):
            if not isinstance(old, ast.AST) or says_nothing(old):
                continue
            for change, new in changes(old):
                if at is None:
                    setattr(node, name, new)
                else:
                    value[at] = new
                yield getattr(old, "lineno", 0), change, module
                if at is None:
                    setattr(node, name, old)
                else:
                    value[at] = old


def _places(node: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Yield each field of a node and of what is in it."""
    for name in node._fields:
        if name in TYPES:
            continue
        yield node, name
        value = getattr(node, name, None)
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not says_nothing(child):
                yield from _places(child)


#: Fields of nodes that hold types.
TYPES = {"annotation", "returns", "type_params"}
#: Decorators whose arguments no test could tell apart: what is frozen only differs for code that we do not write.
FORMAL = {"dataclass", "lru_cache"}


def says_nothing(node: ast.AST) -> bool:
    """Tell whether a node is for types alone, or one of the formal decorators."""
    if isinstance(node, ast.If):
        return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FORMAL
