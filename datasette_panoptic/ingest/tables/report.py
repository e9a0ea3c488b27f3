"""What an import of a table did, or would do: columns, rows that found nothing, cells that cannot be read."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Literal

from .notes import Note

#: Errors and unmatched rows that a report lists; it counts them all.
LISTED = 1000
#: Characters of a cell that a report shows.
SHOWN = 80


@dataclass(frozen=True)
class BadCell:
    """A cell that cannot be read: its row as a spreadsheet counts, its column, its text, and what is wrong."""

    row: int
    column: str
    text: str
    message: str


@dataclass(frozen=True)
class UnmatchedRow:
    """A row that finds no image: its key, and what the project has that is most like it, if anything is."""

    row: int
    key: str | int | float
    near: str = ""


@dataclass(frozen=True)
class SampleRow:
    """A row as it is read. `source` is the instance that it speaks of or, if `is_new`, that another is made after."""

    row: int
    key: str
    source: int | None
    is_new: bool
    cells: tuple[str, ...]  # of the plan's columns


@dataclass
class ColumnReport:
    """What a column becomes. `values`: subjects that get one; `overruled`: rows that said something else of them.

    `decimal` is the mark of its numbers, `emptied` counts cells that hold a marker of nothing.
    """

    name: str
    type: str
    scope: str
    new: bool
    guessed: bool
    values: int = 0
    overruled: int = 0
    new_tags: int = 0
    decimal: str = "."
    emptied: int = 0


#: Why nothing can be written: cells that cannot be read, no row that finds an image, no row at all.
Obstacle = Literal["bad_cells", "no_match", "no_rows"]


@dataclass
class TableReport:
    """What an import of a table did, or, where nothing was written, would do."""

    file: str
    format: str
    encoding: str
    separator: str
    sheet: str
    key: str
    fusion: str
    passed_over: list[str]
    columns: list[ColumnReport] = field(default_factory=list)
    rows: int = 0
    matched: int = 0
    unmatched: int = 0
    unmatched_rows: list[UnmatchedRow] = field(default_factory=list)  # the first `listed`
    instances_made: int = 0
    errors: int = 0
    bad_cells: list[BadCell] = field(default_factory=list)  # the first `listed`
    notes: list[Note] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)  # the markers of nothing
    obstacle: Obstacle | None = None
    written: bool = False
    changeset: int | None = None
    changed: int = 0
    seconds: float = 0.0
    listed: int = LISTED
    sample: list[SampleRow] = field(default_factory=list)

    def as_dict(self, listed: int = LISTED) -> dict[str, object]:
        """Return what is reported, without the sample; `listed` of the errors and unmatched rows."""
        shown = {name: getattr(self, name)[:listed] for name in ("bad_cells", "unmatched_rows")}
        facts = asdict(replace(self, sample=[], **shown)) | {"seconds": round(self.seconds, 3)}
        del facts["sample"], facts["listed"]
        return facts | {"notes": [{**asdict(note), "text": note.text} for note in self.notes]}

    def complain(self, row: int, column: str, cell: object, message: str) -> None:
        self.errors += 1
        if len(self.bad_cells) < self.listed:
            self.bad_cells.append(BadCell(row, column, str(cell)[:SHOWN], message))
