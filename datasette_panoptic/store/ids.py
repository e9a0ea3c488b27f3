"""Ids that never come to mean something else: addresses and stored views name rows by them."""

from __future__ import annotations

from datasette.utils.sqlite import sqlite3

#: Where each of these tables' ids are taken from, besides those of rows that were deleted.
TAKEN = {"images": ("images",), "instances": ("instances", "_panoptic_removed"), "folders": ("folders",)}


def next_id(table: str) -> str:
    """Return SQL of the id that a new row gets: above all that are and ever were."""
    highest = ", ".join(f"(select coalesce(max(id), 0) from {each})" for each in TAKEN[table])
    deleted = f"coalesce((select value from _panoptic_settings where key = 'last_deleted_{table}'), 0)"
    return f"(1 + max({highest}, {deleted}))"


def note_deleted(conn: sqlite3.Connection, table: str, last: int) -> None:
    """Remember the highest id of rows that are being deleted."""
    conn.execute(
        "insert into _panoptic_settings (key, value) values (?1, ?2) "
        "on conflict (key) do update set value = max(value, ?2)",
        [f"last_deleted_{table}", last],
    )
