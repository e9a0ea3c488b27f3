"""What people asked to be taken "by default": of each role a plugin, and of each plugin its settings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from datasette.utils.sqlite import sqlite3

from .connection import transaction

#: By role: the plugin to offer first, null where none was chosen, and the settings of each by its id.
Remembered = dict[str, tuple[str | None, dict[str, dict[str, Any]]]]


def remembered(conn: sqlite3.Connection, actor: str | None) -> Remembered:
    """Return what somebody, or everybody who is not signed in, wants by default."""
    defaults: Remembered = {}
    rows = conn.execute(
        "select role, plugin, params, is_chosen from _panoptic_plugin_defaults where actor = ?", [actor or ""]
    )
    for role, plugin, params, is_chosen in rows:
        chosen, settings = defaults.get(role, (None, {}))
        defaults[role] = (plugin if is_chosen else chosen, settings | {plugin: json.loads(params)})
    return defaults


def remember(
    conn: sqlite3.Connection, actor: str | None, role: str, plugin: str, settings: Mapping[str, object]
) -> None:
    """Offer a plugin first of its role from now on, with these settings: `params`, and what it was given besides."""
    with transaction(conn):
        conn.execute(
            "update _panoptic_plugin_defaults set is_chosen = 0 where actor = ? and role = ?", [actor or "", role]
        )
        conn.execute(
            """
            insert into _panoptic_plugin_defaults (actor, role, plugin, params, is_chosen) values (?, ?, ?, ?, 1)
            on conflict do update set params = excluded.params, is_chosen = 1""",
            [actor or "", role, plugin, json.dumps(settings)],
        )
