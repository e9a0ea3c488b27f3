"""Import a table of values: read, match, and write all of it as one changeset, or say what would be written.

Instances that are made for publications belong to the corpus: undo takes their values back and leaves them.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain import descriptions, values
from datasette_panoptic.domain.descriptions import DescribedProperty
from datasette_panoptic.domain.fields import Field
from datasette_panoptic.domain.names import name_key
from datasette_panoptic.errors import IngestError, OptionError
from datasette_panoptic.store import changelog, properties, sheets, vocabulary
from datasette_panoptic.store.changelog import Subject
from datasette_panoptic.store.connection import transaction

from . import match as table_match
from . import spellings
from .headers import TableOptions
from .near import near
from .plan import Plan, PlannedColumn, make_plan
from .read import Table, as_escaped, read
from .report import LISTED, ColumnReport, Obstacle, SampleRow, TableReport, UnmatchedRow
from .staging import Progress, Staging
from .tree import read_tree
from .values import Combinations


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
    beside = path.with_name(path.stem + descriptions.SUFFIX)
    table = read(path, encoding=encoding, separator=separator, sheet=sheet)
    table = as_escaped(table, beside if sidecar else None, stated=options.is_escaped)
    described = describe(table, trees or {}, beside=beside, sidecar=sidecar)
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
        table.name, table.format, table.encoding.name if table.encoding else "", table.separator, table.sheet,
        plan.key.name, options.fusion, list(plan.passed_over), empty=sorted(options.empty), listed=listed,
    )  # fmt: skip
    staging = Staging(table, plan, options, report)
    with sheets.opened(conn, len(plan.columns)):
        sheets.stage(conn, len(plan.columns), staging.rows(progress))
        may_write = not dry_run and (not report.errors or options.skip_errors)
        # From the first look at what the rows find to the last write nobody else writes.
        with transaction(conn) if may_write else nullcontext():
            _aim(conn, plan, options, report)
            report.obstacle = _obstacle(report, options)
            report.written = may_write and not report.obstacle
            _write(conn, plan, options, staging, report, actor=actor)
        report.sample = [_shown(row, plan, staging.combinations) for row in sheets.sample(conn, sample)]
    report.notes = [*staging.notes(), *report.notes]
    report.seconds = time.monotonic() - started
    return report


def known_properties(conn: sqlite3.Connection) -> dict[str, Field]:
    """Return the project's properties by what their names are compared by."""
    return {
        name_key(row["name"]): Field(row["name"], row["type"], row["scope"], row["id"])
        for row in properties.listed(conn)
    }


def describe(
    table: Table, trees: Mapping[str, Path], *, beside: Path, sidecar: bool = True
) -> dict[str, DescribedProperty]:
    """Read what the table says of its properties, what stands beside it, and the trees of tags that were named."""
    described: dict[str, DescribedProperty] = {}
    try:
        if sidecar:
            described = table.described()
            if beside.exists():
                described |= descriptions.from_json(beside.read_text("utf-8"))
    except (IngestError, UnicodeError) as error:
        where = beside.name if beside.exists() else table.name
        raise OptionError(f"`{where}`: {error}", "--no-sidecar leaves it out") from error
    for name, file in trees.items():
        was = described.get(name_key(name)) or DescribedProperty(name, "multi_tags", "instance")
        described[name_key(name)] = replace(was, tags=tuple(read_tree(file)))
    return described


def _shown(row: tuple[Any, ...], plan: Plan, combinations: Mapping[int, Combinations]) -> SampleRow:
    source, instance, number, key, *cells = row
    several = {place: list(each.numbers) for place, each in combinations.items()}
    texts = [
        "" if cell is None else values.join_tags(several[column.place][cell]) if column.has_tags
        else values.write(cell, column.type)
        for cell, column in zip(cells, plan.columns, strict=True)
    ]  # fmt: skip
    return SampleRow(number, str(key), source, source is not None and instance != source, tuple(texts))


def _obstacle(report: TableReport, options: TableOptions) -> Obstacle | None:
    if report.errors and not options.skip_errors:
        return "bad_cells"
    if not report.rows:
        return "no_rows"
    return None if report.matched else "no_match"


def _aim(conn: sqlite3.Connection, plan: Plan, options: TableOptions, report: TableReport) -> None:
    rows = list(sheets.keys(conn))
    instances = table_match.find(conn, plan.key, (name for _, name in rows))
    occupied: set[int] = set()
    if options.fusion == "new":
        for column in plan.columns:
            if column.existing and column.scope == "instance":
                subject = changelog.subject_of(conn, column.existing)
                occupied |= sheets.occupied(conn, subject, tags=column.has_tags)
    aimed = table_match.Aimed()
    sheets.aim(conn, table_match.share(rows, instances, options.fusion, occupied, sheets.next_instance(conn), aimed))
    report.matched, report.instances_made = aimed.matched, aimed.made
    report.unmatched, listed = len(aimed.unmatched), aimed.unmatched[: report.listed]
    nearest = near(conn, plan.key, [key for _, key in listed])
    report.unmatched_rows = [UnmatchedRow(row, key, nearest.get(key, "")) for row, key in listed]


def _write(
    conn: sqlite3.Connection,
    plan: Plan,
    options: TableOptions,
    staging: Staging,
    report: TableReport,
    *,
    actor: str | None,
) -> None:
    """Report what each column has for its subjects, and write it if it is to be, in the transaction that is open."""
    changeset = made = 0
    if report.written:
        changeset = changelog.begin(conn, actor=actor, tool="import-csv")
        made = sheets.make_instances(conn, changeset)
    for place, column in enumerate(plan.columns):
        filled = sheets.fill(conn, place, column.scope, last=options.fusion == "last")
        combinations = staging.combinations.get(column.place)
        told = ColumnReport(
            column.name, column.type, column.scope, not column.existing, column.guess is not None, filled.values,
            filled.overruled, decimal=column.decimal, emptied=staging.emptied[column.place],
        )  # fmt: skip
        if combinations:
            told.new_tags = spellings.count_new_tags(conn, column, combinations)
            report.notes += spellings.notes(column, spellings.known_tags(conn, column), combinations)
        report.columns.append(told)
        if report.written:
            subject = _subject(conn, changeset, column)
            if column.has_tags and column.described:
                vocabulary.plant(conn, changeset, subject.id, column.described.tags)
            sheets.write_column(conn, changeset, subject, combinations.numbers if combinations else None)
    if report.written:
        done = changelog.end(conn, changeset)
        report.changeset, report.changed = done.changeset, done.changed - made


def _subject(conn: sqlite3.Connection, changeset: int, column: PlannedColumn) -> Subject:
    """Return the property of a column, made where there is none."""
    says = column.described.description if column.described else None
    existing = column.existing or properties.make(conn, changeset, column.name, column.type, column.scope, says)
    return changelog.subject_of(conn, existing)
