"""Steps of values: the year of a date, the bin of a number. Each as SQL and as Python, for grouping by them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from datasette_panoptic.domain.fields import Field
from datasette_panoptic.errors import BadQuery

from .operators import Value, number


@dataclass(frozen=True)
class Step:
    """`sql` is over {value}; `apply` does the same to one value. Both answer None where a value has no such step."""

    sql: str
    apply: Callable[[Value], Value | None]


def _cut(length: int) -> Step:
    return Step(f"substr({{value}}, 1, {length})", lambda value: str(value)[:length])


def _decade(value: Value) -> str:
    return f"{str(value)[:3]}0s"


def _month_of_year(value: Value) -> str | None:
    return str(value)[5:7] or None


def _iso_week(value: Value) -> str | None:
    if len(str(value)) < 10:
        return None
    year, week, _ = date.fromisoformat(str(value)[:10]).isocalendar()
    return f"{year:04}-W{week:02}"


THURSDAY = "date(substr({value}, 1, 10), '-3 days', 'weekday 4')"  # of the week: its year is the week's year

DATE_STEPS: dict[str, Step] = {
    "decade": Step("substr({value}, 1, 3) || '0s'", _decade),
    "year": _cut(4),
    "month": _cut(7),
    "week": Step(
        "case when length({value}) >= 10 then "
        f"strftime('%Y', {THURSDAY}) || printf('-W%02d', (strftime('%j', {THURSDAY}) - 1) / 7 + 1) end",
        _iso_week,
    ),
    "day": _cut(10),
    "hour": _cut(13),
    "minute": _cut(16),
    "second": _cut(19),
    "monthofyear": Step("nullif(substr({value}, 6, 2), '')", _month_of_year),
}

WHOLE = Step("{value}", lambda value: value)


def step_of(field: Field, name: str) -> Step:
    """Resolve a step of a field by name; '' is the value itself. Raises BadQuery."""
    if not name:
        return WHOLE
    if field.type == "date" and name in DATE_STEPS:
        return DATE_STEPS[name]
    if field.type == "number":
        return _bins(number(name))
    known = f"the steps {', '.join(DATE_STEPS)}" if field.type == "date" else "no steps"
    raise BadQuery(f"`{field.name}` has no step `{name}`; type {field.type} has {known}")


def _bins(width: int | float) -> Step:
    """Bins of a width, each named by its lower edge."""
    if width <= 0:
        raise BadQuery(f"a bin must be wider than 0, not `{width}`")
    # SQLite's cast cuts towards zero; below zero the floor is one less unless the division is even.
    quotient = f"({{value}} * 1.0 / {width})"
    floor = f"(cast({quotient} as integer) - ({quotient} < cast({quotient} as integer)))"
    return Step(f"{floor} * {width}", lambda value: math.floor(float(value) * 1.0 / width) * width)
