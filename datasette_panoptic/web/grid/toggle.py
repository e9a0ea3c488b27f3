"""What a click on a value of a facet makes of the conditions; the script does the same (`core/facet-toggle.ts`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from datasette_panoptic.domain.names import same_name
from datasette_panoptic.domain.query import Condition, Where

#: Operators of conditions that ask for values, and that leave values out; the first is what a click writes.
IN, OUT = ("any", "exact"), ("none", "not")


@dataclass(frozen=True)
class Chosen:
    """The values that conditions on a field alone ask for, and those they leave out."""

    values: frozenset[str]
    excluded: frozenset[str]
    blank: str  # "isblank", "notblank" or neither


def chosen(wheres: Sequence[Where], field: str) -> Chosen:
    def operands(operators: tuple[str, ...]) -> frozenset[str]:
        return frozenset(o for where in wheres for o in getattr(_of(where, field, operators), "operands", ()))

    blank = [key for key in ("isblank", "notblank") if any(_of(where, field, (key,)) for where in wheres)]
    return Chosen(operands(IN), operands(OUT), (blank or [""])[0])


def toggled(wheres: Sequence[Where], field: str, value: str | None, *, out: bool = False) -> tuple[Where, ...]:
    """Ask for a value of a field, or leave it out; or take that back. None is the absence of a value."""
    side, other, blank = (OUT, IN, "notblank") if out else (IN, OUT, "isblank")
    if value is None:
        gone = ("isblank", "notblank", *(() if out else IN))
        kept = tuple(where for where in wheres if not _of(where, field, gone))
        return kept if any(_of(where, field, (blank,)) for where in wheres) else (*kept, Condition(field, blank))
    now = chosen(wheres, field)
    was = value in (now.excluded if out else now.values)
    kept = _without(wheres, field, value, side if was else other)
    if was:
        return kept
    kept = tuple(where for where in kept if not _of(where, field, ("isblank",)))
    at, condition = next(((n, c) for n, w in enumerate(kept) if (c := _of(w, field, side))), (-1, None))
    if condition is None:
        return (*kept, Condition(field, side[0], (value,)))
    return (*kept[:at], replace(condition, operator=side[0], operands=(*condition.operands, value)), *kept[at + 1 :])


def _of(where: Where, field: str, operators: tuple[str, ...]) -> Condition | None:
    """Return a condition if it is on the field alone, by one of the operators."""
    if isinstance(where, Condition) and same_name(where.field, field) and where.operator in operators:
        return where
    return None


def _without(wheres: Sequence[Where], field: str, value: str, operators: tuple[str, ...]) -> tuple[Where, ...]:
    kept: list[Where] = []
    for where in wheres:
        condition = _of(where, field, operators)
        if condition is None:
            kept.append(where)
        elif (left := tuple(o for o in condition.operands if o != value)) or not condition.operands:
            kept.append(replace(condition, operands=left))
    return tuple(kept)
