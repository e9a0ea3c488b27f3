"""Steps of values to group by: the year of a date, the bin of a number, a place in a tree. As SQL and as Python."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from datasette_panoptic.domain.dates import steps as date_steps
from datasette_panoptic.domain.fields import Field, Fields
from datasette_panoptic.domain.query import AGGREGATES, Grouping
from datasette_panoptic.domain.texts import PATH
from datasette_panoptic.errors import BadQuery

from .operators import Value, number

#: The step that puts tags and folders under those above them; its values are paths, their names separated by PATH.
TREE = "tree"
#: Names the bin of what is below the first edge.
LOWEST = -1.7976931348623157e308
MOST_BINS = 1000
#: How many widths from 0 a bin may lie: beyond, doubles do not tell one from the next, and a value stands in none.
MOST_WIDTHS = 2**53

QUANTILES = re.compile(r"q([0-9]{1,4})")


@dataclass(frozen=True)
class Step:
    """`sql` is over {value}; `apply` does the same to one value. Both answer None where a value has no such step.

    With `quantiles` bins depend on all values of the corpus and `sql` is over {low} as well: see `quantile_of`.
    """

    sql: str
    apply: Callable[[Value], Value | None]
    quantiles: int = 0


def _of_dates(step: str) -> Step:
    return Step(f"panoptic_step({{value}}, '{step}')", lambda value: date_steps.step_of(str(value), step))


DATE_STEPS = {step: _of_dates(step) for step in date_steps.STEPS}

WHOLE = Step("{value}", lambda value: value)
FOLDER_TREE = Step(
    f"replace({{value}}, '/', char({ord(PATH)}))",
    lambda value: str(value).replace("/", PATH),
)


#: What steps of numbers look like: a width, quantiles, edges.
OF_NUMBERS = re.compile(r"[qe]?[-+.0-9][-+.0-9eE_]*")


def is_step(name: str) -> bool:
    """Tell whether a word is that of a step of some type of field; '' is the value itself."""
    return not name or name == TREE or name in DATE_STEPS or bool(OF_NUMBERS.fullmatch(name))


def step_of(field: Field, name: str) -> Step:
    """Resolve a step of a field by name; '' is the value itself. Raises BadQuery.

    Of numbers: `10` are bins of that width, `q4` four bins with about as many instances each, `e0_10_100` bins between
    edges, the last without an end. Each bin is named by its lowest value.
    """
    if not name or (name == TREE and field.has_tags):
        return WHOLE
    if name == TREE and field.property_id is None and field.name == "folder":
        return FOLDER_TREE
    if field.type == "date" and name in DATE_STEPS:
        return DATE_STEPS[name]
    if field.type == "number":
        return _bins_of(name)
    known = "no steps"
    if field.type == "date":
        known = f"the steps {', '.join(DATE_STEPS)}"
    elif field.has_tags:
        known = f"the step {TREE}"
    raise BadQuery(f"`{field.name}` has no step `{name}`; type {field.type} has {known}")


def aggregated(grouping: Grouping, fields: Fields) -> Field | None:
    """Return the field that groups are ordered by, None where it is none. Raises BadQuery where that cannot be."""
    if grouping.step == TREE and (grouping.order != "value" or grouping.descending):
        raise BadQuery(f"`{grouping.field}:{TREE}` is always ordered by name; leave the order out")
    if grouping.order not in AGGREGATES:
        return None
    field = fields[grouping.of]
    if field.type == "number" or (field.type == "date" and grouping.order in ("min", "max")):
        return field
    raise BadQuery(f"groups cannot be ordered by the {grouping.order} of `{field.name}`, which is of type {field.type}")


def quantile_of(counts: list[int], quantiles: int) -> list[int]:
    """Return for ascending values, given how many instances have each, the place of the first value of each's bin.

    The bin of a value is how many instances have a lower one, times the number of bins, divided by all.
    """
    total, below, lows = sum(counts), 0, []
    last_bin, low = -1, 0
    for place, count in enumerate(counts):
        bin_ = below * quantiles // total if total else 0
        if count and bin_ != last_bin:  # a value that no instance has names no bin
            last_bin, low = bin_, place
        lows.append(low)
        below += count
    return lows


def _bins_of(name: str) -> Step:
    if name.startswith("q"):
        match = QUANTILES.fullmatch(name)
        if not match or not 1 < int(match[1]) <= MOST_BINS:
            raise BadQuery(f"`{name}`: write `q4` for four bins with as many instances each, at most q{MOST_BINS}")
        return Step("{low}", lambda value: value, quantiles=int(match[1]))
    if name.startswith("e"):
        return _edges(name)
    return _bins(number(name))


def _edges(name: str) -> Step:
    edges = [number(part) for part in name[1:].split("_")]
    if len(edges) > MOST_BINS or any(low >= high for low, high in pairwise(edges)):
        raise BadQuery(f"`{name}`: edges ascend, as in `e0_10_100`, and are {MOST_BINS} at most")
    named: list[int | float] = [LOWEST, *edges]
    cases = " ".join(f"when {{value}} < {edge!r} then {low!r}" for low, edge in zip(named, edges, strict=False))
    sql = f"case {cases} when {{value}} is not null then {named[-1]!r} end"
    return Step(sql, lambda value: named[bisect_right(edges, value)])


def _bins(width: int | float) -> Step:
    """Bins of a width, each named by its lower edge."""
    if width <= 0:
        raise BadQuery(f"a bin must be wider than 0, not `{width}`")
    # SQLite's cast cuts towards zero; below zero the floor is one less unless the division is even.
    quotient = f"({{value}} * 1.0 / {width})"
    floor = f"(cast({quotient} as integer) - ({quotient} < cast({quotient} as integer)))"
    sql = f"case when abs({quotient}) < {MOST_WIDTHS} then {floor} * {width} end"

    def bin_of(value: Value) -> Value | None:
        widths = float(value) / width
        return math.floor(widths) * width if abs(widths) < MOST_WIDTHS else None

    return Step(sql, bin_of)
