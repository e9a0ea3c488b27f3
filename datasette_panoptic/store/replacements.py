"""Files that show another image than when they were last read, and what has become of what was said of the one before.

Where the picture is the same, what was said has followed (`carry`). Where it is another one, nothing has until somebody
asks for it. An image that no file shows any more is kept while anything is known of it, and is otherwise gone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.changes import Applied
from datasette_panoptic.errors import Conflict, NotThere

from . import corpus, images
from .carry import Followed, carry, copy_vectors, is_known, is_said
from .changelog import begin, count
from .connection import transaction
from .corpus import KEPT
from .details import FOLDER_NAMES
from .hidden import bring_back, settle

#: How a picture was turned, 1 being not at all, given what the project stored of it before and after; None: another.
Turned = Callable[[bytes, bytes], int | None]

IMPORT, CARRY = "import", "carry"

#: Replacements of which nothing followed, or what followed was taken back.
LISTED = f"""
select replacements.id, files.name, {FOLDER_NAMES}, old_image_id, files.image_id, changesets.at
from _panoptic_replacements as replacements
join files on files.id = file_id
join folders on folders.id = files.folder_id
join _panoptic_changesets as changesets on changesets.id = changeset_id
left join _panoptic_changesets as carrying on carrying.id = carried_by
where (carried_by is null or carrying.undone_by is not null) and old_image_id is not files.image_id
  and (:id is null or replacements.id = :id)
order by replacements.id desc limit :limit
"""


#: Images that no instance shows, and that nothing else is kept of: an original may be the only copy of what was edited,
#: and a view may be sorted by its similarity to an image.
UNSEEN = """
select id from images
where id not in (select image_id from instances)
  and id not in (select image_id from _panoptic_removed)
  and id not in (select image_id from _panoptic_originals)
  and not exists (select 1 from _panoptic_replacements where old_image_id = images.id and carried_by is not null)
  and not exists (select 1 from saved_views where query like '%image%' || images.id || '%')
"""


@dataclass(frozen=True)
class Replacement:
    """A file that shows another picture; `is_said`: something was said of the one before, and can be carried over."""

    id: int
    name: str
    folder: str
    old_image_id: int | None
    image_id: int
    at: str
    is_said: bool

    @property
    def path(self) -> str:
        return "/".join(part for part in (self.folder, self.name) if part)


def succeed(
    conn: sqlite3.Connection, changeset: Callable[[], int], file_id: int, old: int, new: int, turned: Turned
) -> Followed | None:
    """Let an image that a file showed be followed by the one that it shows now; None where that is another picture.

    `changeset` gives the one to write in, which is asked for only where there is something to note.
    """
    is_shown = conn.execute(f"select {KEPT.format(':id')}", {"id": old}).fetchone()[0]
    before, after = (images.stored_picture(conn, image) for image in (old, new))
    turn = turned(before, after) if before and after else None
    done = Followed(0, 0) if turn else None
    if turn == 1:
        copy_vectors(conn, old, new)
    if turn and is_known(conn, old):
        done = carry(conn, changeset(), old, new, move=not is_shown)
        corpus.bump_derived(conn)
    if done is None or done.count or done.kept:
        conn.execute(
            "insert into _panoptic_replacements (file_id, old_image_id, new_image_id, changeset_id, carried_by) "
            "values (?, ?, ?, ?, ?)",
            [file_id, old, new, changeset(), changeset() if done else None],
        )
    return done


def let_go(conn: sqlite3.Connection) -> int:
    """Delete the images that nothing shows and nothing is known of, and count them.

    What is computed of those that are kept is set aside.
    """
    with transaction(conn):
        unseen = [image for (image,) in conn.execute(UNSEEN).fetchall() if not is_known(conn, image)]
        for image in unseen:
            images.delete(conn, image)
        if unseen:
            corpus.bump(conn)
        settle(conn)
    return len(unseen)


def listed(conn: sqlite3.Connection, limit: int = 100) -> list[Replacement]:
    """Return the files that show another picture, the latest first."""
    if not conn.execute("select 1 from sqlite_master where name = '_panoptic_replacements'").fetchone():
        return []  # a file of an older release that cannot be written
    return [_replacement(conn, row) for row in conn.execute(LISTED, {"id": None, "limit": limit})]


def carry_over(conn: sqlite3.Connection, replacement_id: int, *, actor: str | None) -> Applied:
    """Have what was said of a file's image before follow to the one that it shows. Raises NotThere, or Conflict."""
    with transaction(conn):
        row = conn.execute(LISTED, {"id": replacement_id, "limit": 1}).fetchone()
        if row is None:
            raise NotThere(f"no replaced file {replacement_id}; `datasette panoptic replaced` lists them")
        replacement = _replacement(conn, row)
        if replacement.old_image_id is None or not replacement.is_said:
            raise Conflict(f"the picture that `{replacement.path}` showed before has no annotations to carry over")
        changeset = begin(conn, actor=actor, tool=CARRY)
        is_shown = conn.execute(f"select {KEPT.format(':id')}", {"id": replacement.old_image_id}).fetchone()[0]
        bring_back(conn, replacement.old_image_id)
        done = carry(conn, changeset, replacement.old_image_id, replacement.image_id, move=not is_shown)
        settle(conn)
        # Not `end`: what a machine said and nobody has checked is no more checked than before.
        changed = count(conn, changeset)
        if not changed:
            conn.execute("delete from _panoptic_changesets where id = ?", [changeset])
            return Applied(None, 0, done.kept)
        conn.execute("update _panoptic_replacements set carried_by = ? where id = ?", [changeset, replacement_id])
        corpus.bump_derived(conn)
    return Applied(changeset, changed, done.kept)


def _replacement(conn: sqlite3.Connection, row: tuple[int, str, str, int | None, int, str]) -> Replacement:
    return Replacement(*row, is_said=row[3] is not None and is_said(conn, row[3]))
