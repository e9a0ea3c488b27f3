"""The rows of a table as values to be staged. What cannot be read is reported by row and column, and says nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from datasette_panoptic.domain.changes import Value
from datasette_panoptic.domain.fields import TAG_TYPES
from datasette_panoptic.domain.spreadsheets import MARKED
from datasette_panoptic.domain.values import NotAValue

from .cells import Cell, Unreadable
from .headers import TableOptions
from .notes import Note, NoteKind
from .plan import Key, Plan
from .read import Table
from .report import SHOWN, TableReport
from .values import Combinations, ReadCell, checking, reader

#: Tells how many rows are read; raises Stopped to end the import.
Progress = Callable[[int], None]
#: Rows between two looks at the progress.
PACE = 1000

#: Numbers of rows and names of sheets that a note lists.
NAMED = 20


class Staging:
    """One reading of a table by a plan. It counts what it leaves out, in the report and as notes."""

    def __init__(self, table: Table, plan: Plan, options: TableOptions, report: TableReport) -> None:
        self.table, self.plan, self.options, self.report = table, plan, options, report
        #: Of the columns of tags: each combination of tags has a number, which is what is staged.
        self.combinations = {
            column.place: Combinations(single=column.type == "tag", literal=table.is_literal)
            for column in plan.columns
            if column.has_tags
        }
        #: Cells of each column that hold a marker of nothing.
        self.emptied = Counter[int]()
        self._is_guessed = table.encoding is not None and table.encoding.is_guessed
        #: The first text that is no ASCII, by which a person sees whether a guessed encoding is right.
        self._first_foreign = self._foreign(1, table.headers) if self._is_guessed else None
        #: The first text that looks like one of an export for spreadsheets, in a file that has any.
        self._first_escaped: Note | None = None
        self._may_be_escaped = table.may_be_escaped()
        self._reads = [
            (column.place, column.name, reader(column.type, self.combinations.get(column.place), column.decimal))
            for column in plan.columns
        ]
        self._read_key = _key_reader(plan.key)
        if table.has_unreadable:
            self._reads = [(place, name, checking(read)) for place, name, read in self._reads]
            self._read_key = checking(self._read_key)

    def rows(self, progress: Progress | None = None) -> Iterator[list[object]]:
        """Yield the number, the key and the values of each row."""
        report, reads, read_key = self.report, self._reads, self._read_key
        width, key, nameless = len(self.table.headers), self.plan.key, self.plan.nameless
        for row, cells in self.table.rows():
            report.rows += 1
            if progress and report.rows % PACE == 0:
                progress(report.rows)
            if len(cells) != width:
                if problem := _misfit(cells, width):
                    report.complain(row, "", "", problem)
                    continue
                cells = [*cells, *[""] * (width - len(cells))]
            for place in nameless:
                if cells[place]:
                    self._complain_of_nameless(row, place, cells[place])
            if self._may_be_escaped and not self._first_escaped:
                self._first_escaped = self._escaped(row, cells)
            if self.options.empty:
                cells = self._without_markers(cells)
            if self._is_guessed and not self._first_foreign:
                self._first_foreign = self._foreign(row, cells)
            try:
                name = read_key(cells[key.place])
            except NotAValue as error:
                report.complain(row, key.name, cells[key.place], str(error))
                continue
            head = [row, "" if name is None else name]
            try:
                yield [*head, *[read(cells[place]) if cells[place] else None for place, _, read in reads]]
            except NotAValue:
                yield [*head, *[self._read(row, name, read, cells[place]) for place, name, read in reads]]

    def _read(self, row: int, column: str, read: ReadCell, cell: Cell) -> Value | None:
        try:
            return read(cell) if cell else None
        except NotAValue as error:
            self.report.complain(row, column, cell, str(error))
            return None

    def _complain_of_nameless(self, row: int, place: int, cell: Cell) -> None:
        number = f"#{place + 1}"
        message = f"the cell is under no header; give column {number} a name, or leave it out"
        self.report.complain(row, number, cell, message)

    def _without_markers(self, cells: Sequence[Cell]) -> list[Cell]:
        given = list(cells)
        for place, _, _ in self._reads:
            cell = given[place]
            text = cell if isinstance(cell, str) else cell[0] if len(cell) == 1 else ""
            if text and text.strip() in self.options.empty:
                given[place] = ""
                self.emptied[place] += 1
        return given

    def _foreign(self, row: int, cells: Sequence[Cell]) -> Note | None:
        encoding = self.table.encoding.name if self.table.encoding else ""
        for header, cell in zip(self.table.headers, cells, strict=False):  # blank cells may stand beyond the headers
            text = "".join(cell)
            if not text.isascii():
                return Note(
                    "encoding_guessed", {"encoding": encoding, "row": row, "column": header, "text": text[:SHOWN]}
                )
        return None

    def _escaped(self, row: int, cells: Sequence[Cell]) -> Note | None:
        for header, cell in zip(self.table.headers, cells, strict=False):  # blank cells may stand beyond the headers
            if isinstance(cell, str) and MARKED.match(cell):
                return Note("escaped", {"row": row, "column": header, "text": cell[:SHOWN]})
        return None

    def notes(self) -> list[Note]:
        """Return what is worth knowing of how the table was read."""
        notes = [note for note in (self._first_foreign, self._first_escaped) if note]
        notes += [Note("unescaped", {})] if self.table.is_escaped else []
        notes += [
            Note(doubt.kind, {"column": column.name, "row": doubt.row, "text": doubt.text, "type": doubt.type})
            for column in self.plan.columns
            if column.guess and (doubt := column.guess.doubt)
        ]
        table = self.table
        lists: tuple[tuple[NoteKind, str, list[str]], ...] = (
            ("decimal_commas", "columns", [column.name for column in self.plan.columns if column.decimal == ","]),
            ("other_sheets", "sheets", [name for name in table.sheets if name != table.sheet]),
            ("merged", "cells", table.facts.merged),
            ("hidden_rows", "rows", [str(row) for row in table.facts.hidden_rows]),
        )
        return notes + [Note(kind, {what: _listed(names)}) for kind, what, names in lists if names]


def _misfit(cells: Sequence[Cell], width: int) -> str:
    """Say why a row cannot be read; nothing where it is only short."""
    if len(cells) == 1 and isinstance(cells[0], Unreadable) and not cells[0]:
        return cells[0].reason
    if not any(cells[width:]):
        return ""
    beyond = ", ".join(f"`{cell}`" for cell in cells[width:] if cell)
    return f"the row has {len(cells)} cells, and there are {width} columns: no column takes {beyond}"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:NAMED])
    return f"{shown} … ({len(names)})" if len(names) > NAMED else shown


def _key_reader(key: Key) -> ReadCell:
    if key.property is not None:
        return _stripped if key.property.type in TAG_TYPES else reader(key.property.type)
    if key.name == "id":
        return reader("number")
    return (lambda cell: str(cell).strip().lower()) if key.name == "sha1" else str


def _stripped(cell: Cell) -> str:
    return str(cell).strip()
