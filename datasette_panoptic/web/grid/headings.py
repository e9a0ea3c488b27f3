"""The headings of groups on pages without scripts, worded as the script words them (core/group-words.ts)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from datasette_panoptic.domain.dates import calendar
from datasette_panoptic.domain.dates.periods import period
from datasette_panoptic.domain.fields import Field, Fields
from datasette_panoptic.domain.query import Grouping
from datasette_panoptic.query.clusters import NamedCluster, Names
from datasette_panoptic.query.operators import Value
from datasette_panoptic.query.steps import LOWEST, QUANTILES
from datasette_panoptic.query.view import Row
from datasette_panoptic.store.clusterings import NOISE
from datasette_panoptic.web.http.words import Words


@dataclass(frozen=True)
class GroupHeading:
    """A group that begins, or goes on from an earlier page; `level` counts from 1, the outermost."""

    level: int
    label: str
    count_label: str
    score_label: str = ""  # of a cluster, how coherent it is


def headings(
    words: Words,
    fields: Fields,
    groupings: tuple[Grouping, ...],
    rows: Iterable[Row],
    shown: tuple[int, int],
    clusters: Names | None = None,
) -> dict[int, list[GroupHeading]]:
    """Return the headings above cells by position: of those that begin there, and of all that the first is in.

    `shown` are the positions of the first cell and of the one after the last.
    """
    above: dict[int, list[GroupHeading]] = {}
    for depth, value, start, count, level in rows:
        first = max(start, shown[0])
        if first >= min(start + count, shown[1]):
            continue
        named = None
        if clusters and level in clusters and isinstance(value, int):
            named = clusters[level].get(value)
            label = cluster_label(words, value, named)
        else:
            label = value_label(words, fields[groupings[level].field], groupings[level].step, value)
        above.setdefault(first, []).append(
            GroupHeading(depth + 1, label, words.number(count), score_label(words, named))
        )
    return above


def cluster_label(words: Words, label: int, named: NamedCluster | None) -> str:
    """Say what a cluster is called; one that nobody has named has its number, counted from 1."""
    if label == NOISE:
        return words("cluster.noise")
    return (named and named.name) or words("cluster.unnamed", n=label + 1)


def score_label(words: Words, named: NamedCluster | None) -> str:
    """Say how coherent a cluster is, in percent; empty where nobody knows."""
    if named is None or named.coherence is None:
        return ""
    return words("cluster.coherence", percent=round(100 * named.coherence))


def value_label(words: Words, field: Field, step: str, value: Value | None) -> str:
    """Say a group's value as its field's type and the step of its grouping make it."""
    if value is None:
        return words("group.none")
    if value == "":
        return words("group.empty")
    if field.type == "checkbox":
        return words("value.yes" if value else "value.no")
    if field.type == "color":
        return words.color(str(value))
    if field.type == "number" and step:
        return _bin(words, float(value), step)
    if field.type == "date" and step:
        return date_label(words, step, str(value))
    return value if isinstance(value, str) else words.number(value)


def date_label(words: Words, step: str, value: str) -> str:
    """Say a group of dates; one that is less exact than the step says so: 1890, month not known."""
    if step in ("monthofyear", "weekday"):
        names = words("months" if step == "monthofyear" else "weekdays").split(" ")
        width = 2 if step == "monthofyear" else 1
        known = {f"{n:0{width}}": name for n, name in enumerate(names, 1)}
        known |= {"XX": words("group.no_month"), "X": words("group.no_weekday")}
        return known.get(value, value)
    dates = period(value)
    if dates is None:  # what an older release stored
        return words(f"group.unknown_{step}", value=value)
    label = value
    if value.endswith("0s"):
        label = words("group.decade", year=value[:-1])
    elif value.endswith("XX"):
        low, high = calendar.low_and_high("century", calendar.index("century", dates.begin))
        label = words("group.range", low=calendar.write_year(low), high=calendar.write_year(high))
    if calendar.index(step, dates.begin) != calendar.index(step, dates.end):
        return words(f"group.unknown_{step}", value=label)
    return label


def _bin(words: Words, low: float, step: str) -> str:
    """A bin is named by its lower edge."""

    def number(value: float) -> str:
        return words.number(int(value) if value == int(value) else round(value, 10))

    if QUANTILES.fullmatch(step):
        return words("group.from", low=number(low))
    if not step.startswith("e"):
        width = float(step)
        if width == 1:
            return number(low)
        is_whole = low == int(low) and width == int(width)
        key = "group.range" if is_whole else "group.below"
        return words(key, low=number(low), high=number(low + width - is_whole))
    edges = [float(edge) for edge in step[1:].split("_")]
    if low == LOWEST:
        return words("group.under", high=number(edges[0]))
    above = edges[edges.index(low) + 1 :]
    if not above:
        return words("group.from", low=number(low))
    return words("group.below", low=number(low), high=number(above[0]))
