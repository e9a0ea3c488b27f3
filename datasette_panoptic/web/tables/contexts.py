"""What the pages say that import a table: the form of its columns, its first rows, what is wrong, what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from datasette_panoptic.domain.fields import FIELD_TYPES, SCOPES
from datasette_panoptic.domain.names import same_name
from datasette_panoptic.ingest.tables.form import DECIMALS, FormColumn, TableForm, fingerprint
from datasette_panoptic.ingest.tables.headers import Fusion
from datasette_panoptic.ingest.tables.plan import KEYS, PlannedColumn
from datasette_panoptic.ingest.tables.preview import Preview
from datasette_panoptic.ingest.tables.report import UnmatchedRow
from datasette_panoptic.store.cards import Card
from datasette_panoptic.web.http.frame import Frame, Option
from datasette_panoptic.web.http.visit import Visit
from datasette_panoptic.web.http.words import Words

#: Encodings that a person may choose; any other one can be put into the address.
ENCODINGS = ("utf-8", "utf-16", "cp1252", "iso-8859-15", "mac-roman", "cp1250", "cp1251", "cp1253", "cp1254")
SEPARATORS = {";": ";", ",": ",", "tab": "\t", "|": "|"}
#: Bad cells and unmatched rows on a page.
SHOWN = 50


@dataclass(frozen=True)
class ImportTablePage:
    """The form that takes a table."""

    frame: Frame
    action: str
    limit_label: str


@dataclass(frozen=True)
class TableColumnView:
    """A column of the table. `becomes` says which property takes its values where there is one: no choice then."""

    number: int
    header: str
    name: str
    is_key: bool
    is_used: bool
    becomes: str
    types: list[Option]
    scopes: list[Option]


@dataclass(frozen=True)
class TableCellView:
    """A cell as it is read; where it cannot be, its text and what is wrong."""

    text: str
    fault: str


@dataclass(frozen=True)
class TableRowView:
    """A row as it is read, with the image that it speaks of; `found` says so in words."""

    row: int
    key: str
    found: str
    thumb_url: str | None
    href: str | None
    cells: list[TableCellView]


@dataclass(frozen=True)
class TableFault:
    """A cell that cannot be read, or a row that finds nothing."""

    row: int
    column: str
    text: str
    message: str


@dataclass(frozen=True)
class TablePreviewPage:
    """A table before its import. `problem` is what stands in its way, `headers` tells tables of other headers apart.

    A choice without options is none for this kind of file. `may_be_escaped`: a person has to say whether apostrophes
    before signs are those of an export for spreadsheets.
    """

    frame: Frame
    file: str
    read_label: str
    action: str
    headers: str
    problem: str
    encodings: list[Option]
    separators: list[Option]
    sheets: list[Option]
    keys: list[Option]
    key_kinds: list[Option]
    fusions: list[Option]
    empty: str
    decimals: list[Option]
    is_escaped: bool
    may_be_escaped: bool
    columns: list[TableColumnView]
    skips_errors: bool
    facts: list[str]
    sample_columns: list[str]
    sample: list[TableRowView]
    errors: int
    errors_label: str
    faults: list[TableFault]
    errors_url: str
    unmatched: int
    unmatched_label: str
    unmatched_rows: list[TableFault]
    unmatched_url: str
    can_import: bool
    import_label: str
    upload_url: str


def preview_page(visit: Visit, frame: Frame, form: TableForm, seen: Preview, cards: Sequence[Card]) -> TablePreviewPage:
    """Say what a preview found; `cards` are the images of its sample's rows."""
    words, table, report = visit.words, seen.table, seen.report
    number, kind = seen.key
    planned = {column.place + 1: column for column in seen.plan.columns} if seen.plan else {}
    told = {cell.column for cell in report.bad_cells} if report else set()
    columns = [
        _column(visit, seen, column, planned.get(column.number))
        for column in seen.columns
        if column.name or not column.is_used or not report or f"#{column.number}" in told
    ]
    address, query = f"{visit.base}/import-table/{visit.request.url_vars['table']}", visit.request.query_string
    errors, unmatched = (report.errors, report.unmatched) if report else (0, 0)
    encoding = table.encoding.name if table.encoding else ""
    return TablePreviewPage(
        frame,
        table.name,
        read_label(visit, table.format, encoding, table.separator, table.sheet),
        address,
        fingerprint(table),
        seen.problem or "",
        _options(visit, ENCODINGS, form.encoding, words("table.found", what=encoding)) if encoding else [],
        _options(visit, SEPARATORS, form.separator, words("table.found", what=shown_separator(table.separator)))
        if table.format == "csv"
        else [],
        [Option(sheet, sheet, sheet == table.sheet) for sheet in table.sheets],
        [Option(str(column.number), column.header, column.number == number) for column in seen.columns],
        [
            *(Option(key, words(f"table.key.{key}"), key == kind) for key in KEYS),
            *(Option(field.name, field.name, same_name(field.name, kind)) for field in seen.known),
        ],
        [Option(fusion, words(f"table.fusion.{fusion}"), fusion == form.fusion) for fusion in get_args(Fusion)],
        form.empty,
        [Option(mark, words(f"table.decimal.{mark or 'found'}"), mark == form.decimal) for mark in DECIMALS]
        if not table.is_literal
        else [],
        table.is_escaped,
        form.is_escaped or (report is not None and any(note.kind == "escaped" for note in report.notes)),
        columns,
        form.skip_errors,
        facts(visit, report.as_dict()) if report else [],
        [column.name for column in planned.values()],
        _sample(visit, seen, cards),
        errors,
        words.count("table.errors", errors),
        [TableFault(c.row, c.column, c.text, c.message) for c in report.bad_cells[:SHOWN]] if report else [],
        f"{address}/errors.csv?{query}",
        unmatched,
        words.count("table.unmatched", unmatched),
        unmatched_faults(visit, report.unmatched_rows[:SHOWN]) if report else [],
        f"{address}/unmatched.csv?{query}",
        report is not None and not report.obstacle,
        words.count("table.import", report.matched if report else 0),
        f"{visit.base}/import-table",
    )


def unmatched_faults(visit: Visit, rows: Sequence[UnmatchedRow]) -> list[TableFault]:
    """Say which rows find nothing, and what they may have meant."""
    words, faults = visit.words, []
    for row in rows:
        hint = words("table.near", name=row.near) if row.near else ""
        key = str(row.key)
        faults.append(TableFault(row.row, "", key, hint if key.strip() else words("table.no_key")))
    return faults


def obstacle(visit: Visit, report: Mapping[str, Any]) -> str:
    """Say why nothing was written."""
    return visit.words(f"table.obstacle.{report['obstacle']}") if report.get("obstacle") else ""


def _options(visit: Visit, known: Sequence[str] | dict[str, str], chosen: str, detected: str) -> list[Option]:
    also = [chosen] if chosen and chosen not in known else []
    return [Option("", detected, not chosen), *(Option(each, each, each == chosen) for each in [*known, *also])]


def shown_separator(separator: str) -> str:
    return "tab" if separator == "\t" else separator


def read_label(visit: Visit, format_: str, encoding: str, separator: str, sheet: str) -> str:
    """Say how a file is read."""
    words = visit.words
    parts = [format_.upper(), encoding]
    parts += [words("table.separated", separator=shown_separator(separator))] if separator else []
    parts += [words("table.of_sheet", sheet=sheet)] if sheet else []
    return ", ".join(filter(None, parts))


def _column(visit: Visit, seen: Preview, column: FormColumn, planned: PlannedColumn | None) -> TableColumnView:
    words = visit.words
    existing = next((field for field in seen.known if same_name(field.name, column.name)), None)
    becomes = ""
    if existing:
        becomes = words(
            "table.goes_into", type=words(f"table.type.{existing.type}"), scope=words(f"table.scope.{existing.scope}")
        )
    auto = words(f"table.type.{planned.type}") if planned else words("table.as_it_comes")
    if planned and planned.guess:
        auto = words("table.guessed", type=auto)
    scope = words(f"table.scope.{planned.scope if planned and not column.scope else 'instance'}")
    return TableColumnView(
        column.number,
        column.header,
        column.name,
        column.number == seen.key[0],
        column.is_used,
        becomes,
        [
            Option("", auto if not column.type else words("table.as_it_comes"), not column.type),
            *(Option(type_, words(f"table.type.{type_}"), type_ == column.type) for type_ in FIELD_TYPES),
        ],
        [
            *([Option("", scope, not column.scope)] if not column.scope else []),
            *(
                Option(one, words(f"table.scope.{one}"), one == column.scope)
                for one in SCOPES
                if column.scope or words(f"table.scope.{one}") != scope
            ),
        ],
    )


def _sample(visit: Visit, seen: Preview, cards: Sequence[Card]) -> list[TableRowView]:
    if not seen.report or not seen.plan:
        return []
    words, pictures = visit.words, {card.id: card for card in cards}
    faults = {(cell.row, cell.column): cell for cell in seen.report.bad_cells}
    rows = []
    for row in seen.report.sample:
        card = pictures.get(row.source) if row.source else None
        cells = []
        for column, text in zip(seen.plan.columns, row.cells, strict=True):
            fault = faults.get((row.row, column.name))
            cells.append(TableCellView(fault.text if fault else text, fault.message if fault else ""))
        target = words("table.new_instance") if row.is_new else card.name if card else words("table.not_found")
        thumb = f"{visit.base}/thumb/{card.sha1}-grid" if card else None
        href = f"{visit.base}/image/{card.image_id}" if card else None
        rows.append(TableRowView(row.row, row.key, target, thumb, href, cells))
    return rows


def facts(visit: Visit, report: dict[str, Any]) -> list[str]:
    """Say what an import does or did, a sentence each."""
    words, columns = visit.words, report["columns"]
    new = [column["name"] for column in columns if column["new"]]
    overruled = sum(column["overruled"] for column in columns)
    said = [words("table.rows", rows=report["rows"], matched=report["matched"])]
    said += [words.count("table.values", sum(column["values"] for column in columns))]
    said += [words("table.new_properties", names=", ".join(new))] if new else []
    said += [
        words.count("table.new_tags", column["new_tags"], name=column["name"])
        for column in columns
        if column["new_tags"]
    ]
    said += [words.count("table.instances_made", report["instances_made"])] if report["instances_made"] else []
    said += [words.count("table.overruled", overruled)] if overruled else []
    emptied = sum(column.get("emptied", 0) for column in columns)
    said += [words.count("table.emptied", emptied)] if emptied else []
    said += [words("table.passed_over", names=", ".join(report["passed_over"]))] if report["passed_over"] else []
    said += [words(f"table.note.{note['kind']}", **_in_words(words, note["facts"])) for note in report.get("notes", [])]
    return said


def _in_words(words: Words, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of a note with the names that types have in the page."""
    return {name: words(f"table.type.{fact}") if name == "type" else fact for name, fact in facts.items()}
