"""Tags of a table that are spelled in several ways: which of them are one tag, and which may be meant as one."""

from __future__ import annotations

from collections.abc import Sequence

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.names import name_key
from datasette_panoptic.domain.texts import fold
from datasette_panoptic.store import vocabulary

from .notes import Note
from .plan import PlannedColumn
from .values import Combinations

#: Tags that a note lists.
LISTED = 20


def count_new_tags(conn: sqlite3.Connection, column: PlannedColumn, combinations: Combinations) -> int:
    """Count the tags that the import of a column makes, with those that are described beside it."""
    described = {name_key(tag.name) for tag in column.described.tags} if column.described else set()
    return len((combinations.spellings.keys() | described) - known_tags(conn, column).keys())


def known_tags(conn: sqlite3.Connection, column: PlannedColumn) -> dict[str, str]:
    """Return the tags that a column's property has already, by what their names are compared by."""
    there = vocabulary.described(conn, column.existing) if column.existing else ()
    return {name_key(tag.name): tag.name for tag in there}


def notes(column: PlannedColumn, known: dict[str, str], combinations: Combinations) -> list[Note]:
    """Say which tags the table spells in several ways or otherwise than the project, and propose others for merging."""
    kept = known | {key: known.get(key, spellings[0]) for key, spellings in combinations.spellings.items()}
    same = [
        [kept[key], *(spelling for spelling in spellings if spelling != kept[key])]
        for key, spellings in combinations.spellings.items()
    ]
    alike: dict[str, list[str]] = {}
    for name in kept.values():
        alike.setdefault(fold(name), []).append(name)
    new = {kept[key] for key in combinations.spellings.keys() - known.keys()}
    proposed = [sorted(names) for names in alike.values() if len(names) > 1 and new & set(names)]
    notes = []
    if one_tag := [names for names in same if len(names) > 1]:
        notes.append(Note("one_tag", {"column": column.name, "tags": _listed(one_tag)}))
    if proposed:
        notes.append(Note("alike_tags", {"column": column.name, "tags": _listed(proposed)}))
    return notes


def _listed(groups: Sequence[Sequence[str]]) -> str:
    shown = "; ".join(" = ".join(names) for names in groups[:LISTED])
    return f"{shown} … ({len(groups)})" if len(groups) > LISTED else shown
