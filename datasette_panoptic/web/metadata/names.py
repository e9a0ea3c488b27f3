"""Properties filled with what file names say: a pattern, a preview of what it reads, and the change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from datasette import Response

from datasette_panoptic.domain.changes import Applied, Selection
from datasette_panoptic.errors import BadName, BadPattern
from datasette_panoptic.store.file_names import NameColumn, NamesRead, fill, preview
from datasette_panoptic.web.http.answer import actor_of, written
from datasette_panoptic.web.http.body import TRUE, address_keys, body
from datasette_panoptic.web.http.frame import Frame
from datasette_panoptic.web.http.render import render
from datasette_panoptic.web.http.visit import Visit

from .asked import selecting

#: Placeholders of patterns that the help shows as they are written.
IN_HELP = ("year", "place", "name", "h", "m", "s")


@dataclass(frozen=True)
class NameColumnView:
    """A property that a pattern fills, and in words what it is and what becomes of it."""

    name: str
    kind_label: str
    facts: list[str]
    unfit: list[str]


@dataclass(frozen=True)
class NameRow:
    """The path of a file and what its name says, in the order of the columns."""

    path: str
    texts: list[str]


@dataclass(frozen=True)
class NamesPage:
    """What a pattern reads of the names of all that a query finds; `problem` says what is wrong with it.

    Without a pattern nothing is read, and there is nothing in `facts`, `columns` and `rows`.
    """

    frame: Frame
    action: str
    pattern: str
    pattern_help: str
    query: str
    overwrites: bool
    problem: str
    matched: int
    unmatched: int
    facts: list[str]
    unmatched_names: list[str]
    columns: list[NameColumnView]
    rows: list[NameRow]
    fills: int
    fill_label: str


async def page(visit: Visit) -> Response:
    """The page of a pattern for file names, with a preview of what it reads."""
    return await render(visit, "from_names", await page_json(visit))


async def page_json(visit: Visit) -> NamesPage:
    """Send what a `pattern` reads of the file names of all that `query` finds, without writing; `overwrite` counts
    values that are there already among those it would fill."""
    visit.require_writable()
    asked = address_keys(visit, "pattern", "query", "overwrite")
    pattern, query, overwrites = asked.get("pattern", ""), asked.get("query", ""), asked.get("overwrite") in TRUE
    problem, names = "", None
    if pattern:

        def look(conn: Any, selection: Selection) -> NamesRead:
            return preview(conn, selection, pattern, overwrite=overwrites)

        try:
            names = await visit.read(await selecting(visit, query, look))
        except (BadPattern, BadName) as error:
            problem = str(error)
    words = visit.words
    fills = sum(column.filled for column in names.columns) if names else 0
    return NamesPage(
        await visit.frame(words("from_names.title")),
        f"{visit.base}/from-names",
        pattern,
        words("from_names.pattern_long", **{name: f"{{{name}}}" for name in IN_HELP}),
        query,
        overwrites,
        problem,
        names.matched if names else 0,
        names.unmatched if names else 0,
        [words.count("from_names.matched", names.matched), words.count("from_names.unmatched", names.unmatched)]
        if names
        else [],
        list(names.unmatched_names) if names else [],
        [_column(visit, column) for column in names.columns] if names else [],
        [NameRow(path, list(texts)) for path, texts in names.rows] if names else [],
        fills,
        words.count("from_names.fill", fills),
    )


async def apply(visit: Visit) -> Response:
    """Fill properties, made if missing, with what a `pattern` reads of the file names of all that `query` finds.

    Values that are there already stay, unless `overwrite`. It is one changeset.
    """
    asked = await body(visit, "pattern", "query", "overwrite")
    pattern, query, overwrites = asked.text("pattern"), asked.text("query", ""), asked.flag("overwrite")

    def write(conn: Any, selection: Selection) -> Applied:
        done = fill(conn, selection, pattern, overwrite=overwrites, actor=actor_of(visit), query=query or None)
        return Applied(done.changeset, done.changed)

    return await written(
        visit,
        await selecting(visit, query, write),
        report=lambda done: visit.words.count("from_names.filled", done.changed),
    )


def _column(visit: Visit, column: NameColumn) -> NameColumnView:
    words = visit.words
    if column.is_known:
        return NameColumnView(column.name, "", [words("from_names.known")], [])
    kind = f"{words(f'type.{column.type}')}, {words(f'scope.{column.scope}')}"
    counts = {
        "fills": column.filled,
        "kept": column.kept,
        "unfit": column.unfit_count,
        "disagreeing": column.disagreeing,
    }
    facts = [words("from_names.new")] if column.is_new else []
    facts += [words.count(f"from_names.{key}", n) for key, n in counts.items() if n or key == "fills"]
    return NameColumnView(column.name, kind, facts, list(column.unfit))
