"""Which columns of dates a file with types of its own can hold as dates, so that they come back as they were."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.fields import Field
from datasette_panoptic.store.people_views import quoted

Precision = Literal["day", "minute", "second"]

#: As SQLite's patterns. A zone, a fraction, a mark or a fifth digit of the year fits none of them.
SHAPES: dict[Precision, str] = {
    "day": "####-##-##",
    "minute": "####-##-##T##:##",
    "second": "####-##-##T##:##:##",
}

#: How a spreadsheet shows each; the place of a format is the style of its cells, after the style of all others.
SHOWN: dict[Precision, str] = {"day": "yyyy-mm-dd", "minute": "yyyy-mm-dd hh:mm", "second": "yyyy-mm-dd hh:mm:ss"}
#: Spreadsheets count days from here; those before March 1900 they count wrongly, or not at all.
DAY_0, FIRST_IN_SHEETS = datetime(1899, 12, 30), date(1900, 3, 1)


@dataclass(frozen=True)
class SheetDate:
    """A date as a spreadsheet has it: days since DAY_0, and the style that shows its precision."""

    days: float
    style: int


def sheet_date(text: str, precision: Precision) -> SheetDate:
    since = datetime.fromisoformat(text) - DAY_0
    days = since.days + since.seconds / 86_400 if since.seconds else since.days
    return SheetDate(days, [*SHOWN].index(precision) + 1)


def shared_precision(conn: sqlite3.Connection, field: Field, first: date = date.min) -> Precision | None:
    """Return the precision of all dates of a property, where it is a day or finer and none is before `first`.

    None where they differ or any is anything else than a plain day or time, and where all times are midnights: readers
    take these for days.
    """
    if field.type != "date" or field.property_id is None:
        return None
    column = quoted(field.name)
    for precision, shape in SHAPES.items():
        are_plain, are_midnights = conn.execute(
            f"select min({column} glob ? and {column} >= ? and panoptic_begin({column}) is not null), "
            f"min(panoptic_begin({column}) % 86400 = 0) from {field.scope}_values where {column} is not null",
            [shape.replace("#", "[0-9]"), first.isoformat()],
        ).fetchone()
        if are_plain:
            return None if precision != "day" and are_midnights else precision
    return None
