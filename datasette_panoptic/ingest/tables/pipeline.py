"""Import a table of values: read, match, and write all of it as one changeset, or say what would be written.

Instances that are made for publications belong to the corpus: undo takes their values back and leaves them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain import descriptions, values
from datasette_panoptic.domain.changes import Value
from datasette_panoptic.domain.descriptions import DescribedProperty
from datasette_panoptic.domain.fields import TAG_TYPES, Field
from datasette_panoptic.domain.values import NotAValue
from datasette_panoptic.errors import IngestError, OptionError
from datasette_panoptic.store import changelog, properties, sheets, vocabulary
from datasette_panoptic.store.changelog import Subject
from datasette_panoptic.store.connection import transaction

from . import match as table_match
from .cells import Cell
from .headers import TableOptions
from .plan import Key, Plan, PlannedColumn, make_plan
from .read import Table, read
from .report import LISTED, ColumnReport, SampleRow, TableReport
from .tree import read_tree
from .values import Combinations, ReadCell, reader

#: Tells how many rows are read; raises Stopped to end the import.
Progress = Callable[[int], None]
#: Rows between two looks at the progress.
PACE = 1000


class ImportStopped(IngestError):
    """Somebody cancelled the import: nothing is written."""


def import_table(
    conn: sqlite3.Connection,
    path: Path,
    options: TableOptions | None = None,
    *,
    encoding: str | None = None,
    separator: str | None = None,
    sheet: str | None = None,
    trees: Mapping[str, Path] | None = None,
    sidecar: bool = True,
    actor: str | None = None,
    dry_run: bool = False,
) -> TableReport:
    """Import a table, unless it has cells that cannot be read or `dry_run` says to look only: see `written`.

    `trees` names files of tags for columns, in Panoptic's form. `sidecar`: read what describes the properties, in the
    file or beside it. Raises IngestError for a file or a header that makes no sense.
    """
    options = options or TableOptions()
    table = read(path, encoding=encoding, separator=separator, sheet=sheet)
    described = describe(table, trees or {}, beside=path.with_name(path.stem + descriptions.SUFFIX), sidecar=sidecar)
    plan = make_plan(table, known_properties(conn), described, options)
    return carry_out(conn, table, plan, options, actor=actor, dry_run=dry_run)


def carry_out(
    conn: sqlite3.Connection,
    table: Table,
    plan: Plan,
    options: TableOptions,
    *,
    actor: str | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
    sample: int = 0,
    listed: int = LISTED,
) -> TableReport:
    """Do what a plan says. The report has the first rows as they are read, `sample` of them."""
    started = time.monotonic()
    report = TableReport(
        table.name, table.format, table.encoding, table.separator, table.sheet, plan.key.name, options.fusion,
        list(plan.passed_over), listed=listed,
    )  # fmt: skip
    tagged = [column for column in plan.columns if column.has_tags]
    combinations = {each.place: Combinations(single=each.type == "tag", literal=table.is_literal) for each in tagged}
    reads = [(each.place, each.name, reader(each.type, combinations.get(each.place))) for each in plan.columns]
    with sheets.opened(conn, len(plan.columns)):
        sheets.stage(conn, len(plan.columns), _staged(table, plan, reads, report, progress))
        write = not dry_run and (not report.errors or options.skip_errors)
        with transaction(conn) if write else nullcontext():
            _aim(conn, plan, options, report)
            _write(conn, plan, options, combinations, report, actor=actor, write=write)
        report.sample = [_shown(row, plan, combinations) for row in sheets.sample(conn, sample)]
    report.written = write
    report.seconds = time.monotonic() - started
    return report


def known_properties(conn: sqlite3.Connection) -> dict[str, Field]:
    """Return the project's properties by name in small letters."""
    return {
        row["name"].lower(): Field(row["name"], row["type"], row["scope"], row["id"]) for row in properties.listed(conn)
    }


def describe(
    table: Table, trees: Mapping[str, Path], *, beside: Path, sidecar: bool = True
) -> dict[str, DescribedProperty]:
    """Read what the table says of its properties, what stands beside it, and the trees of tags that were named."""
    found: dict[str, DescribedProperty] = {}
    try:
        if sidecar:
            found = table.described()
            if beside.exists():
                found |= descriptions.from_json(beside.read_text("utf-8"))
    except (IngestError, UnicodeError) as error:
        where = beside.name if beside.exists() else table.name
        raise OptionError(f"`{where}`: {error}", "--no-sidecar leaves it out") from error
    for name, file in trees.items():
        was = found.get(name.lower()) or DescribedProperty(name, "multi_tags", "instance")
        found[name.lower()] = replace(was, tags=tuple(read_tree(file)))
    return found


def _shown(row: tuple[Any, ...], plan: Plan, combinations: Mapping[int, Combinations]) -> SampleRow:
    source, instance, number, key, *cells = row
    several = {place: list(each.numbers) for place, each in combinations.items()}
    texts = [
        "" if cell is None else values.join_tags(several[column.place][cell]) if column.has_tags
        else values.write(cell, column.type)
        for cell, column in zip(cells, plan.columns, strict=True)
    ]  # fmt: skip
    return SampleRow(number, str(key), source, source is not None and instance != source, tuple(texts))


def _staged(
    table: Table, plan: Plan, reads: list[tuple[int, str, ReadCell]], report: TableReport, progress: Progress | None
) -> Iterator[list[object]]:
    """Yield the rows as they are staged; what cannot be read is reported and says nothing."""
    width, key = len(table.headers), plan.key
    read_key = _key_reader(key)
    for row, cells in table.rows():
        report.rows += 1
        if progress and report.rows % PACE == 0:
            progress(report.rows)
        if len(cells) != width:
            if any(cells[width:]):
                report.complain(row, "", "", f"the row has {len(cells)} cells, and there are {width} columns")
                continue
            cells = [*cells, *[""] * (width - len(cells))]
        try:
            name = read_key(cells[key.place])
        except NotAValue as error:
            report.complain(row, key.name, cells[key.place], str(error))
            continue
        head = [row, "" if name is None else name]
        try:
            yield [*head, *[read(cells[place]) if cells[place] else None for place, _, read in reads]]
        except NotAValue:
            yield [*head, *[_read_or_complain(report, row, name, read, cells[place]) for place, name, read in reads]]


def _read_or_complain(report: TableReport, row: int, column: str, read: ReadCell, cell: Cell) -> Value | None:
    try:
        return read(cell) if cell else None
    except NotAValue as error:
        report.complain(row, column, cell, str(error))
        return None


def _key_reader(key: Key) -> ReadCell:
    if key.property is not None:
        return _stripped if key.property.type in TAG_TYPES else reader(key.property.type)
    if key.name == "id":
        return reader("number")
    return (lambda cell: str(cell).strip().lower()) if key.name == "sha1" else str


def _stripped(cell: Cell) -> str:
    return str(cell).strip()


def _aim(conn: sqlite3.Connection, plan: Plan, options: TableOptions, report: TableReport) -> None:
    rows = list(sheets.keys(conn))
    found = table_match.find(conn, plan.key, (name for _, name in rows))
    occupied: set[int] = set()
    if options.fusion == "new":
        for column in plan.columns:
            if column.existing and column.scope == "instance":
                subject = changelog.subject_of(conn, column.existing)
                occupied |= sheets.occupied(conn, subject, tags=column.has_tags)
    aimed = table_match.Aimed()
    sheets.aim(conn, table_match.share(rows, found, options.fusion, occupied, sheets.next_instance(conn), aimed))
    report.matched, report.instances_made = aimed.matched, aimed.made
    report.unmatched, report.unmatched_rows = len(aimed.unmatched), aimed.unmatched[: report.listed]


def _write(
    conn: sqlite3.Connection,
    plan: Plan,
    options: TableOptions,
    combinations: Mapping[int, Combinations],
    report: TableReport,
    *,
    actor: str | None,
    write: bool,
) -> None:
    """Report what each column has for its subjects, and where `write`, write it in the transaction that is open."""
    changeset = 0
    if write:
        changeset = changelog.begin(conn, actor=actor, tool="import-csv")
        sheets.make_instances(conn)
    for place, column in enumerate(plan.columns):
        filled = sheets.fill(conn, place, column.scope, last=options.fusion == "last")
        numbers = combinations[column.place].numbers if column.has_tags else None
        told = ColumnReport(
            column.name, column.type, column.scope, not column.existing, column.guessed, filled.values, filled.overruled
        )
        told.new_tags = _count_new_tags(conn, column, numbers or {})
        report.columns.append(told)
        if write:
            subject = _subject(conn, changeset, column)
            if column.has_tags and column.described:
                vocabulary.plant(conn, changeset, subject.id, column.described.tags)
            sheets.write_column(conn, changeset, subject, numbers)
    if write:
        done = changelog.end(conn, changeset)
        report.changeset, report.changed = done.changeset, done.changed


def _subject(conn: sqlite3.Connection, changeset: int, column: PlannedColumn) -> Subject:
    """Return the property of a column, made where there is none."""
    says = column.described.description if column.described else None
    existing = column.existing or properties.make(conn, changeset, column.name, column.type, column.scope, says)
    return changelog.subject_of(conn, existing)


def _count_new_tags(conn: sqlite3.Connection, column: PlannedColumn, numbers: Mapping[tuple[str, ...], int]) -> int:
    names = {name for several in numbers for name in several}
    names |= {tag.name for tag in column.described.tags} if column.described else set()
    there = vocabulary.described(conn, column.existing) if column.existing and column.has_tags else ()
    return len(names - {tag.name for tag in there})
