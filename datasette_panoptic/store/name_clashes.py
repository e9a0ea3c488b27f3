"""Give names their keys where they have none yet: those of older files, and those that other software wrote.

Where two of these names are the same, nothing of either is lost: two tags become one, and a property, group or view
gets a number behind its name, which saved views follow. All of that is one changeset, and is logged for the person.
"""

from __future__ import annotations

import logging

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.names import name_key, numbered

from . import edits, view_names
from .changelog import begin, subject_of
from .dissolving import dissolve
from .name_keys import NAMED, are_settled

#: What the history says made such a changeset.
TOOL = "names"

KINDS = {"property_groups": "property groups", "properties": "properties", "saved_views": "saved views"}

#: The names of a table, or of one property's tags, that are taken: by which row, and whether that is deleted.
Keys = dict[str, tuple[int, bool]]

#: What a machine said, and nobody has checked, of something that does not have the other tag as well.
UNCHECKED = """
update or ignore _panoptic_unchecked set value = :into
where property_id = :property and value = :tag
  and subject_id not in (select {key} from {links} where tag_id = :into)"""

REFUSALS = """
update or ignore _panoptic_refusals set value = cast(:into as text)
where property_id = :property and value = cast(:tag as text)"""

log = logging.getLogger(__name__)


def settle(conn: sqlite3.Connection) -> None:
    """Give each name that lacks one its key, in the transaction that is open."""
    if are_settled(conn):
        return
    clashes = _Clashes(conn)
    for table, within in NAMED.items():
        clashes.settle(table, within)
    clashes.tell()


class _Clashes:
    """Settles the names of a project; its changeset is begun with the first name that is taken."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self.conn = conn
        self.notes: list[str] = []
        self._changeset: int | None = None

    @property
    def changeset(self) -> int:
        if self._changeset is None:
            self._changeset = begin(self.conn, actor=None, tool=TOOL)
        return self._changeset

    def settle(self, table: str, within: tuple[str, ...]) -> None:
        """Give the names of a table their keys: those in use first, then the oldest; the others make room."""
        deleted = "deleted_at is not null" if table in ("properties", "tags") else "0"
        scope = within[0] if within else "null"
        rows = self.conn.execute(f"select id, name, {scope}, {deleted}, name_key from {table}").fetchall()
        taken: dict[object, Keys] = {}
        for row_id, _, of, is_deleted, key in rows:
            if key is not None:
                taken.setdefault(of, {})[key] = row_id, bool(is_deleted)
        for row_id, name, of, is_deleted, key in sorted(rows, key=lambda row: (row[3], row[0])):
            if key is None:
                self._give_key(table, row_id, name, taken.setdefault(of, {}), is_deleted=bool(is_deleted))

    def _give_key(self, table: str, row_id: int, name: str, keys: Keys, *, is_deleted: bool) -> None:
        key = name_key(name)
        holder, holder_is_deleted = keys.get(key, (0, False))
        if holder and holder_is_deleted and not is_deleted:  # a deleted one leaves its name to others
            self._rename(table, holder, keys, is_deleted=True)
            holder = 0
        if not holder:
            self.conn.execute(f"update {table} set name_key = ? where id = ?", [key, row_id])
            keys[key] = row_id, is_deleted
            return
        # A tag too gets a name of its own before it is merged, which it has when somebody takes the merging back.
        self._rename(table, row_id, keys, is_deleted=is_deleted)
        if table == "tags" and not is_deleted:
            self._merge(row_id, holder, name)

    def _rename(self, table: str, row_id: int, keys: Keys, *, is_deleted: bool) -> None:
        row = edits.read(self.conn, table, {"id": row_id}) or {}
        name = numbered(f"{row['name']} (deleted {row_id})" if is_deleted else row["name"], keys)
        edits.put(self.conn, self.changeset, table, {"id": row_id}, row | {"name": name})
        keys[name_key(name)] = row_id, is_deleted
        if is_deleted or table == "tags":
            return
        if table == "properties":
            view_names.rename_field(self.conn, self.changeset, row["name"], name)
        self.notes.append(f"there are two {KINDS[table]} of the name `{row['name']}`: one is called `{name}` now")

    def _merge(self, tag_id: int, into: int, name: str) -> None:
        """Make one tag of two, with all that is known of either."""
        conn, changeset = self.conn, self.changeset
        tag, kept = (edits.read(conn, "tags", {"id": one}) or {} for one in (tag_id, into))
        subject = subject_of(conn, tag["property_id"])
        for statement in (UNCHECKED, REFUSALS):
            sql = statement.format(links=subject.links, key=subject.key)
            conn.execute(sql, {"tag": tag_id, "into": into, "property": subject.id})
        filled = kept | {column: kept[column] or tag[column] for column in ("color", "description", "uri")}
        edits.put(conn, changeset, "tags", {"id": into}, filled)
        dissolve(conn, changeset, subject.id, [tag_id], into=into)
        self.notes.append(f"the tags `{kept['name']}` and `{name}` of `{subject.name}` are the same, and are one now")

    def tell(self) -> None:
        for note in self.notes:
            log.warning("%s; changeset %d of the history has what was changed", note, self.changeset)
