"""A histogram as SVG: each bar leads to the view of what it counts. Drawn by the server, so it needs no script."""

from __future__ import annotations

from dataclasses import replace

from markupsafe import Markup

from datasette_panoptic.domain.names import same_name
from datasette_panoptic.domain.query import Condition, Query, Where
from datasette_panoptic.query import text
from datasette_panoptic.query.bars import Bar
from datasette_panoptic.query.facets import about
from datasette_panoptic.query.histogram import Histogram
from datasette_panoptic.web.http.visit import Pairs, Visit, with_query
from datasette_panoptic.web.http.words import Words

from .filters import field_label

#: In pixels; the bars stand above a strip for the labels.
WIDTH, HEIGHT, STRIP = 240, 76, 14
#: Colours of an image that stands alone. In a page of ours the style sheet has them.
ALONE = (
    "<style>svg{color:#1d1b19;font-family:sans-serif}.bar{fill:#1b5cb8}.rest .bar{opacity:.4}"
    "@media(prefers-color-scheme:dark){svg{color:#eceae6}.bar{fill:#8db5f8}}</style>"
)


AXIS = Markup('<line class="axis" x2="{0}" y1="{1}" y2="{1}" stroke="currentColor" stroke-opacity=".4"/>')


def drawing(visit: Visit, query: Query, chart: Histogram, layout: Pairs, *, alone: bool = False) -> str:
    """Draw a histogram. `layout` is what the bars' links keep besides the query."""
    words = visit.words
    label = field_label(words, chart.field)
    total = sum(bar.count for bar in chart.bars)
    name = words("chart.title", field=label)
    if chart.step and chart.field.type == "date":
        name = words("chart.title_step", field=label, step=words(f"step.{chart.step}"))
    notes = [words.count("chart.cells", total)]
    if chart.vague:
        notes.append(words.count("chart.vague", chart.vague))
    if chart.beyond:
        notes.append(words.count("chart.beyond", chart.beyond))
    if chart.blank:
        notes.append(words.count("chart.blank", chart.blank))
    chosen = [bar for bar in chart.bars if is_chosen(query, bar)]
    parts = [
        Markup('<title>{}</title><desc>{}</desc>').format(name, ", ".join(notes)),
        Markup(ALONE) if alone else "",
        AXIS.format(WIDTH, HEIGHT - STRIP),
    ]  # fmt: skip
    if chart.bars:
        parts.append(_bars(visit, words, query, chart, layout, chosen))
        parts.append(_labels(chart.bars))
    head = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {} {}" width="{}" height="{}" '
        'role="group" aria-label="{}">'
    ).format(WIDTH, HEIGHT, WIDTH * (2 if alone else 1), HEIGHT * (2 if alone else 1), name)
    return str(Markup("").join([head, *parts, Markup("</svg>")]))


def _bars(visit: Visit, words: Words, query: Query, chart: Histogram, layout: Pairs, chosen: list[Bar]) -> Markup:
    pitch, floor = WIDTH / len(chart.bars), HEIGHT - STRIP
    highest = max(bar.count for bar in chart.bars) or 1
    gap = 1 if pitch > 3 else 0
    drawn = []
    for n, bar in enumerate(chart.bars):
        if not bar.count:
            continue  # a gap is shown as a gap
        height = max((floor - 2) * bar.count / highest, 1.5)
        drawn.append(
            Markup(
                '<a class="{}" href="{}" aria-label="{}"><title>{}</title>'
                '<rect class="reach" x="{x}" y="0" width="{w}" height="{}" fill="transparent"/>'
                '<rect class="bar" x="{x}" y="{}" width="{w}" height="{}" fill="currentColor"/></a>'
            ).format(
                "rest" if chosen and bar not in chosen else "on" if chosen else "",
                with_query(visit.base, text.to_pairs(replace(query, where=asked(query, chart, bar))), layout),
                said := f"{label_of(words, chart, bar)}: {words.number(bar.count)}",
                said,
                floor,
                f"{floor - height:.1f}",
                f"{height:.1f}",
                x=f"{n * pitch:.2f}",
                w=f"{pitch - gap:.2f}",
            )
        )
    return Markup("").join(drawn)


def _labels(bars: list[Bar]) -> Markup:
    last = len(bars) - 1
    places = [0] if not last else [0, last] if last < 4 else [0, last // 2, last]
    drawn = []
    for place in places:
        at, anchor = (0, "start") if not place else (WIDTH, "end") if place == last else (WIDTH / 2, "middle")
        label = bars[place].last if place and place == last and bars[place].last else bars[place].first
        drawn.append(
            Markup('<text x="{}" y="{}" text-anchor="{}" font-size="10" fill="currentColor">{}</text>').format(
                at, HEIGHT - 3, anchor, label
            )
        )
    return Markup("").join(drawn)


def label_of(words: Words, chart: Histogram, bar: Bar) -> str:
    if not bar.last:
        return bar.first
    return words("group.range" if chart.field.type == "date" else "group.below", low=bar.first, high=bar.last)


def is_chosen(query: Query, bar: Bar) -> bool:
    """Tell whether the query asks for all that a bar does."""
    return all(any(_same(where, condition) for where in query.where) for condition in bar.conditions)


def asked(query: Query, chart: Histogram, bar: Bar) -> tuple[Where, ...]:
    """Return the conditions of a view that shows a bar's cells, or of one that no longer does where it did."""
    others = tuple(where for where in query.where if not about(where, chart.field))
    return others if is_chosen(query, bar) else (*others, *bar.conditions)


def _same(where: Where, condition: Condition) -> bool:
    return (
        isinstance(where, Condition)
        and same_name(where.field, condition.field)
        and replace(where, field=condition.field) == condition
    )
