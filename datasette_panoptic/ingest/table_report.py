"""What an import of a table did, or would do: columns, rows that found nothing, cells that cannot be read."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

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


@dataclass
class ColumnReport:
    """What a column becomes. `values`: subjects that get one; `overruled`: rows that said something else of them."""

    name: str
    type: str
    scope: str
    new: bool
    guessed: bool
    values: int = 0
    overruled: int = 0
    new_tags: int = 0


@dataclass
class TableReport:
    """What an import of a table did, or, where nothing was written, would do."""

    file: str
    format: str
    encoding: str
    separator: str
    key: str
    fusion: str
    passed_over: list[str]
    columns: list[ColumnReport] = field(default_factory=list)
    rows: int = 0
    matched: int = 0
    unmatched: int = 0
    unmatched_rows: list[tuple[int, str | int | float]] = field(default_factory=list)  # the first LISTED: row, key
    instances_made: int = 0
    errors: int = 0
    bad_cells: list[BadCell] = field(default_factory=list)  # the first LISTED
    written: bool = False
    changeset: int | None = None
    changed: int = 0
    seconds: float = 0.0

    def as_dict(self) -> dict[str, object]:
        return asdict(self) | {"seconds": round(self.seconds, 3)}

    def complain(self, row: int, column: str, cell: object, message: str) -> None:
        self.errors += 1
        if len(self.bad_cells) < LISTED:
            self.bad_cells.append(BadCell(row, column, str(cell)[:SHOWN], message))
