"""Undo and redo: a changeset taken back by another one, at any age."""

from __future__ import annotations

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.changes import Applied
from datasette_panoptic.domain.fields import TAG_TYPES
from datasette_panoptic.errors import NotThere, PanopticError

from . import edits
from .changelog import Subject, begin, count, subject_of
from .connection import transaction
from .people_views import quoted

#: What a changeset did to each value or link, from before its first change of it to after its last.
NET = """
create temp table net as
select property_id, subject_id, tag_id,
  (select old from _panoptic_changes where id = first) as old,
  (select new from _panoptic_changes where id = last) as new
from (
  select property_id, subject_id, tag_id, min(id) as first, max(id) as last
  from _panoptic_changes where changeset_id = :changeset
  group by property_id, subject_id, tag_id
)
"""


def undo(conn: sqlite3.Connection, *, actor: str | None, changeset: int | None = None) -> Applied:
    """Take back a changeset, by default the actor's last one that stands. Raises NotThere where there is none."""
    with transaction(conn):
        target = _standing(conn, changeset) if changeset else _last(conn, actor)
        return _take_back(conn, target, actor=actor, tool="undo")


def redo(conn: sqlite3.Connection, *, actor: str | None, changeset: int | None = None) -> Applied:
    """Take back an undo, by default the actor's last one, unless the actor has changed something else since.

    Raises NotThere where there is none, PanopticError where the changeset is no undo.
    """
    with transaction(conn):
        if changeset:
            target = _standing(conn, changeset)
            if not conn.execute("select undoes from _panoptic_changesets where id = ?", [target]).fetchone()[0]:
                raise PanopticError(f"changeset {changeset} is no undo; `undo` takes it back")
            return _take_back(conn, target, actor=actor, tool="redo")
        row = conn.execute(
            """
            select id from _panoptic_changesets
            where actor is :actor and tool = 'undo' and undone_by is null and id > (
              select coalesce(max(id), 0) from _panoptic_changesets where actor is :actor and undoes is null
            )
            order by id desc limit 1""",
            {"actor": actor},
        ).fetchone()
        if row is None:
            raise NotThere("there is nothing to redo")
        return _take_back(conn, row[0], actor=actor, tool="redo")


def _last(conn: sqlite3.Connection, actor: str | None) -> int:
    row = conn.execute(
        "select max(id) from _panoptic_changesets where actor is ? and undoes is null and undone_by is null", [actor]
    ).fetchone()
    if row[0] is None:
        raise NotThere("there is nothing to undo")
    return int(row[0])


def _standing(conn: sqlite3.Connection, changeset: int) -> int:
    row = conn.execute("select undone_by from _panoptic_changesets where id = ?", [changeset]).fetchone()
    if row is None:
        raise NotThere(f"no changeset {changeset}; `history` lists them")
    if row[0] is not None:
        raise PanopticError(f"changeset {changeset} is undone already, by changeset {row[0]}")
    return changeset


def _take_back(conn: sqlite3.Connection, target: int, *, actor: str | None, tool: str) -> Applied:
    """Put back what a changeset changed, where its new values still stand, and link the two."""
    changeset = begin(conn, actor=actor, tool=tool, undoes=target)
    conflicts = edits.take_back(conn, target, changeset)
    conn.execute("drop table if exists temp.net")
    conn.execute(NET, {"changeset": target})
    for (property_id,) in conn.execute("select distinct property_id from temp.net").fetchall():
        subject = subject_of(conn, property_id)
        restore = _restore_links if subject.type in TAG_TYPES else _restore_values
        conflicts += restore(conn, changeset, subject)
    conn.execute("drop table temp.net")
    # Kept even where there was nothing to put back: the next undo is to reach what came before.
    conn.execute("update _panoptic_changesets set undone_by = ? where id = ?", [changeset, target])
    # An undo that is undone gives back the changeset that it had taken.
    conn.execute("update _panoptic_changesets set undone_by = null where undone_by = ?", [target])
    return Applied(changeset, count(conn, changeset), conflicts)


def _restore_values(conn: sqlite3.Connection, changeset: int, subject: Subject) -> int:
    column = f"{subject.values}.{quoted(subject.name)}"
    asked, restored = _log(
        conn,
        changeset,
        subject,
        f"left join {subject.values} on {subject.values}.{subject.key} = net.subject_id where {column} is net.new",
    )
    conn.execute(
        f"insert into {subject.values} ({subject.key}, {quoted(subject.name)}) "
        "select subject_id, new from _panoptic_changes where changeset_id = ? and property_id = ? "
        f"on conflict ({subject.key}) do update set {quoted(subject.name)} = excluded.{quoted(subject.name)}",
        [changeset, subject.id],
    )
    return asked - restored


def _restore_links(conn: sqlite3.Connection, changeset: int, subject: Subject) -> int:
    linked = f"select 1 from {subject.links} where tag_id = net.tag_id and {subject.key} = net.subject_id"
    standing = f"where exists ({linked}) = net.new"
    if subject.type == "tag":
        # Someone gave the subject another tag since: putting ours back would make two where one is allowed.
        standing += f""" and (net.old = 0 or not exists (
            select 1 from {subject.links} as others join tags on tags.id = others.tag_id
            where tags.property_id = net.property_id and others.{subject.key} = net.subject_id
              and others.tag_id not in (
                select ours.tag_id from temp.net as ours
                where ours.property_id = net.property_id and ours.subject_id = net.subject_id)))"""
    asked, restored = _log(conn, changeset, subject, standing)
    changes = "from _panoptic_changes where changeset_id = :changeset and property_id = :property"
    bound = {"changeset": changeset, "property": subject.id}
    conn.execute(
        f"delete from {subject.links} where (tag_id, {subject.key}) in "
        f"(select tag_id, subject_id {changes} and new = 0)",
        bound,
    )
    conn.execute(
        f"insert into {subject.links} (tag_id, {subject.key}) select tag_id, subject_id {changes} and new = 1", bound
    )
    return asked - restored


def _log(conn: sqlite3.Connection, changeset: int, subject: Subject, standing: str) -> tuple[int, int]:
    """Log the way back for all that still stands; return how many were asked for and how many that is."""
    real = "net.property_id = :property and net.old is not net.new"
    (asked,) = conn.execute(f"select count(*) from temp.net where {real}", {"property": subject.id}).fetchone()
    logged = conn.execute(
        "insert into _panoptic_changes (changeset_id, property_id, subject_id, tag_id, old, new) "
        "select :changeset, property_id, subject_id, tag_id, net.new, net.old "
        f"from temp.net {standing} and {real}",
        {"changeset": changeset, "property": subject.id},
    )
    return asked, logged.rowcount
