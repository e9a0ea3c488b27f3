"""Undo and redo: a changeset taken back by another one, at any age."""

from __future__ import annotations

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.changes import Applied
from datasette_panoptic.domain.fields import TAG_TYPES
from datasette_panoptic.errors import Conflict, NotThere, PanopticError

from . import carry, edits, instances
from .changelog import CHECKED, Subject, begin, count, subject_of
from .connection import transaction
from .corpus import KEPT
from .name_clashes import TOOL
from .people_views import quoted

#: Of an image that an edited file showed before, what was said has followed to another one, with its history: there it
#: is taken back, and here only by the changeset with which it followed.
FOLLOWED = f""" and not exists (
  select 1 from _panoptic_replacements join _panoptic_changesets as carrying on carrying.id = carried_by
  where old_image_id = net.subject_id and carried_by <> :target and carrying.undone_by is null
    and not {KEPT.format("net.subject_id")}
)"""


def undo(conn: sqlite3.Connection, *, actor: str | None, changeset: int | None = None) -> Applied:
    """Take back a changeset, by default the actor's last one that stands.

    Raises NotThere where there is none, Conflict where nothing of the changeset that is named can be taken back.
    """
    with transaction(conn):
        if changeset:
            return _take_back_named(conn, _standing(conn, changeset), actor=actor, tool="undo")
        return _take_back(conn, _last(conn, actor), actor=actor, tool="undo")


def redo(conn: sqlite3.Connection, *, actor: str | None, changeset: int | None = None) -> Applied:
    """Take back an undo, by default the actor's last one, unless the actor has changed something else since.

    Raises NotThere where there is none, PanopticError where the changeset is no undo, Conflict as `undo`.
    """
    with transaction(conn):
        if changeset:
            target = _standing(conn, changeset)
            if not conn.execute("select undoes from _panoptic_changesets where id = ?", [target]).fetchone()[0]:
                raise PanopticError(f"changeset {changeset} is not an undo; use `undo` to undo it")
            return _take_back_named(conn, target, actor=actor, tool="redo")
        row = conn.execute(
            """
            select id from _panoptic_changesets
            where actor is :actor and tool = 'undo' and undone_by is null and id > (
              select coalesce(max(id), 0) from _panoptic_changesets
              where actor is :actor and undoes is null and tool <> :names
            )
            order by id desc limit 1""",
            {"actor": actor, "names": TOOL},
        ).fetchone()
        if row is None:
            raise NotThere("there is nothing to redo")
        return _take_back(conn, row[0], actor=actor, tool="redo")


def _last(conn: sqlite3.Connection, actor: str | None) -> int:
    # An import that only noted which files show another picture has changed nothing that could be put back, and nobody
    # made the changes of names that were the same.
    row = conn.execute(
        """
        select max(id) from _panoptic_changesets as changesets
        where actor is ? and undoes is null and undone_by is null and tool <> ? and (
          exists (select 1 from _panoptic_changes where changeset_id = changesets.id)
          or exists (select 1 from _panoptic_edits where changeset_id = changesets.id)
          or exists (select 1 from _panoptic_removals where changeset_id = changesets.id)
        )""",
        [actor, TOOL],
    ).fetchone()
    if row[0] is None:
        raise NotThere("there is nothing to undo")
    return int(row[0])


def _standing(conn: sqlite3.Connection, changeset: int) -> int:
    row = conn.execute("select undone_by from _panoptic_changesets where id = ?", [changeset]).fetchone()
    if row is None:
        raise NotThere(f"no changeset {changeset}; `history` lists them")
    if row[0] is not None:
        raise Conflict(f"changeset {changeset} was already undone by changeset {row[0]}")
    return changeset


def _take_back_named(conn: sqlite3.Connection, target: int, *, actor: str | None, tool: str) -> Applied:
    """Take back a changeset that somebody named: it stays as it is where nothing of it can be, to be undone later."""
    done = _take_back(conn, target, actor=actor, tool=tool)
    if done.conflicts and not done.changed:
        raise Conflict(
            f"everything that changeset {target} changed has been changed again since, or its name is taken; "
            "nothing was undone"
        )
    return done


def _take_back(conn: sqlite3.Connection, target: int, *, actor: str | None, tool: str) -> Applied:
    """Put back what a changeset changed, where its new values still stand, and link the two."""
    changeset = begin(conn, actor=actor, tool=tool, undoes=target)
    conflicts = edits.take_back(conn, target, changeset) + instances.take_back(conn, target, changeset)
    is_carried = carry.take_back(conn, target, changeset)
    touched = conn.execute("select distinct property_id from _panoptic_changes where changeset_id = ?", [target])
    for (property_id,) in touched.fetchall():
        subject = subject_of(conn, property_id)
        restore = _restore_links if subject.type in TAG_TYPES else _restore_values
        conflicts += restore(conn, target, changeset, subject)
    if not is_carried:  # nobody has looked at what only follows a file
        conn.execute(CHECKED, [changeset])
    # Kept even where there was nothing to put back: the next undo is to reach what came before.
    _mark(conn, target, changeset)
    return Applied(changeset, count(conn, changeset), conflicts)


def _mark(conn: sqlite3.Connection, target: int, undone_by: int) -> None:
    """Mark a changeset as undone. What it had itself taken back stands again, what that had taken back does not, …"""
    by: int | None = undone_by
    marked: int | None = target
    while marked is not None:
        conn.execute("update _panoptic_changesets set undone_by = ? where id = ?", [by, marked])
        by = None if by else marked
        (marked,) = conn.execute("select undoes from _panoptic_changesets where id = ?", [marked]).fetchone()


def _restore_values(conn: sqlite3.Connection, target: int, changeset: int, subject: Subject) -> int:
    column = f"{subject.values}.{quoted(subject.name)}"
    asked, restored = _log(
        conn,
        target,
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


def _restore_links(conn: sqlite3.Connection, target: int, changeset: int, subject: Subject) -> int:
    linked = f"select 1 from {subject.links} where tag_id = net.tag_id and {subject.key} = net.subject_id"
    standing = f"where exists ({linked}) = net.new"
    if subject.type == "tag":
        # Someone gave the subject another tag since, or it had several when there might be: one is allowed.
        standing += f""" and (net.old = 0 or 1 = (
            select count(*) from _panoptic_changes as ours
            where ours.changeset_id = net.changeset_id and ours.property_id = net.property_id
              and ours.subject_id = net.subject_id and ours.old = 1) and not exists (
            select 1 from {subject.links} as others join tags on tags.id = others.tag_id
            where tags.property_id = net.property_id and others.{subject.key} = net.subject_id
              and others.tag_id not in (
                select ours.tag_id from _panoptic_changes as ours
                where ours.changeset_id = net.changeset_id and ours.property_id = net.property_id
                  and ours.subject_id = net.subject_id)))"""
    asked, restored = _log(conn, target, changeset, subject, standing)
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


def _log(conn: sqlite3.Connection, target: int, changeset: int, subject: Subject, standing: str) -> tuple[int, int]:
    """Log the way back for all that still stands; return how many were asked for and how many that is."""
    bound = {"target": target, "changeset": changeset, "property": subject.id}
    ours = "net.changeset_id = :target and net.property_id = :property"
    if subject.scope == "image":
        ours += FOLLOWED
    (asked,) = conn.execute(f"select count(*) from _panoptic_changes as net where {ours}", bound).fetchone()
    logged = conn.execute(
        "insert into _panoptic_changes (changeset_id, property_id, subject_id, tag_id, old, new) "
        "select :changeset, net.property_id, net.subject_id, net.tag_id, net.new, net.old "
        f"from _panoptic_changes as net {standing} and {ours}",
        bound,
    )
    return asked, logged.rowcount
