"""Make a copy of a project that is fit to be published: compact, without what is the owner's affair alone.

The copy is a new file, into which is copied what `publication` says. Nothing is taken out of it, so nothing lingers.
"""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.timestamps import now
from datasette_panoptic.errors import ProjectError

from .connection import PAGE_SIZE, connect_read_only
from .paths import json_without_paths, without_paths
from .people_views import quoted, recreate_views
from .privacy import VIEWS
from .public_views import Publishable, choose
from .publication import counts, parts, value_columns
from .schema import SCHEMA_VERSION, is_newer, migrate

#: What a copy is told by, as long as nothing was added to it.
PUBLISHED = "published"

#: Kilobytes of pages kept in memory while indexes are made.
CACHE = 131_072


def publish(source: Path, out: Path, publishable: Publishable, *, keep_originals: bool = False) -> dict[str, object]:
    """Write a copy of a project with what is public in it, and return what it is.

    The copy appears under its name when it is complete, and never in the place of a file that is there. It is in
    rollback-journal mode, so that it can be read where nothing can be written. Raises ProjectError.
    """
    if out.exists():
        raise ProjectError(f"`{out}` already exists; name a new file, or remove it first")
    draft = out.with_name(f".{out.name}.{secrets.token_hex(4)}")
    try:
        with _current(source, out.parent) as project:
            indexes = _lay_out(draft)
            with _reading(project) as conn:
                facts = _copy(conn, draft, publishable, keep_originals=keep_originals)
            _finish(draft, indexes)
        _put(draft, out)
    except (sqlite3.Error, OSError) as error:
        raise ProjectError(f"cannot write `{out}`: {error}") from error
    finally:
        draft.unlink(missing_ok=True)
    return {"out": str(out), **facts, "bytes_before": source.stat().st_size, "bytes": out.stat().st_size}


def preview(source: Path, publishable: Publishable, *, keep_originals: bool = False) -> dict[str, object]:
    """Return what a copy would have and would not have, without writing it. Raises ProjectError."""
    try:
        with (
            tempfile.TemporaryDirectory(prefix="panoptic-") as folder,
            _current(source, Path(folder)) as project,
            _reading(project) as conn,
        ):
            left_out = choose(conn, publishable)
            copied = parts(conn, keep_originals=keep_originals)
            rows = {part.table: conn.execute(part.count).fetchone()[0] for part in copied}
            return counts(conn, copied, rows, left_out)
    except (sqlite3.Error, OSError) as error:
        raise ProjectError(f"cannot read `{source}`: {error}") from error


def is_publication(conn: sqlite3.Connection) -> bool:
    """Tell whether a file is a published copy to which nothing private has been added since."""
    return bool(
        conn.execute(
            f"""select exists (select 1 from _panoptic_settings where key = '{PUBLISHED}')
                and not exists (select 1 from _panoptic_changesets where tool <> '{PUBLISHED}')
                and not exists (select 1 from _panoptic_jobs)
                and not exists (select 1 from folders where source is not null)"""
        ).fetchone()[0]
    )


@contextmanager
def _current(source: Path, folder: Path) -> Iterator[Path]:
    """Yield a project of this code's schema: a copy of it in a folder where it is older. Raises ProjectError."""
    with closing(connect_read_only(source)) as conn:
        if is_newer(conn):
            raise ProjectError(f"a newer datasette-panoptic made `{source}`; `pip install -U datasette-panoptic`")
        if conn.execute("pragma user_version").fetchone()[0] == SCHEMA_VERSION:
            yield source
            return
        migrated = folder / f".{source.name}.{secrets.token_hex(4)}"
        try:
            conn.execute("vacuum into ?", [str(migrated)])
            with closing(sqlite3.connect(migrated, isolation_level=None)) as copy:
                migrate(copy)
            yield migrated
        finally:
            migrated.unlink(missing_ok=True)


@contextmanager
def _reading(project: Path) -> Iterator[sqlite3.Connection]:
    """Yield a connection that sees a project at one moment, with the functions that the rules call."""
    with closing(connect_read_only(project)) as conn:
        conn.create_function("panoptic_without_paths", 1, without_paths, deterministic=True)
        conn.create_function("panoptic_json_without_paths", 1, json_without_paths, deterministic=True)
        conn.create_function("panoptic_unique_params", 3, _unique_params())
        yield conn


def _unique_params() -> Callable[[str, str, str], str]:
    """Make a function that takes paths out of the settings of embedders, and still tells their spaces apart."""
    seen: set[tuple[str, str, str]] = set()

    def unique(embedder: str, revision: str, params: str) -> str:
        cleaned = json_without_paths(params)
        while (embedder, revision, cleaned) in seen:
            cleaned = json.dumps({"same_but_for_paths": json.loads(cleaned)}, ensure_ascii=False)
        seen.add((embedder, revision, cleaned))
        return cleaned

    return unique


def _lay_out(draft: Path) -> list[str]:
    """Make an empty project without indexes; return the statements that make these, which is quicker at the end."""
    with closing(sqlite3.connect(draft, isolation_level=None)) as copy:
        copy.execute(f"pragma page_size = {PAGE_SIZE}")
        migrate(copy)
        indexes = copy.execute(
            "select name, sql from sqlite_master where type = 'index' and sql is not null"
        ).fetchall()
        for name, _ in indexes:
            copy.execute(f"drop index {quoted(name)}")
        for view in VIEWS:
            copy.execute(f"drop view {view}")
        copy.execute("delete from _panoptic_settings")
        return [sql for _, sql in indexes]


def _copy(
    conn: sqlite3.Connection, draft: Path, publishable: Publishable, *, keep_originals: bool
) -> dict[str, object]:
    """Copy what is public into a project that was laid out, and return what that is."""
    conn.execute("attach ? as copy", [f"{draft.absolute().as_uri()}?mode=rw"])
    conn.execute("pragma copy.journal_mode = off")  # what is not finished is thrown away
    conn.execute("pragma copy.synchronous = off")
    conn.execute("begin")
    left_out = choose(conn, publishable)
    for scope in ("image", "instance"):
        for column, type_ in value_columns(conn, scope).items():
            conn.execute(f"alter table copy.{scope}_values add column {quoted(column)} {type_}")
    copied = parts(conn, keep_originals=keep_originals)
    rows = {}
    for part in copied:
        names = ", ".join(map(quoted, part.columns))
        rows[part.table] = conn.execute(f"insert into copy.{part.table} ({names}) {part.select}").rowcount
    at = now()
    conn.execute(
        f"""insert into copy._panoptic_changesets (id, tool, at) select 1, '{PUBLISHED}', ?
            where exists (select 1 from copy._panoptic_unchecked)""",
        [at],
    )
    conn.execute("insert into copy._panoptic_settings values (?, ?)", [PUBLISHED, at])
    conn.execute("commit")
    return counts(conn, copied, rows, left_out)


def _finish(draft: Path, indexes: list[str]) -> None:
    with closing(sqlite3.connect(draft, isolation_level=None)) as copy:
        copy.execute(f"pragma cache_size = -{CACHE}")
        copy.execute("pragma journal_mode = delete")
        copy.execute("begin")
        for sql in indexes:
            copy.execute(sql)
        recreate_views(copy)
        copy.execute("commit")
        copy.execute("analyze")
        if copy.execute("pragma freelist_count").fetchone()[0]:
            copy.execute("vacuum")
    with open(draft, "rb+") as written:
        os.fsync(written.fileno())


def _put(draft: Path, out: Path) -> None:
    """Give a complete file its name, unless something has taken it meanwhile."""
    try:
        os.link(draft, out)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if out.exists():
            raise FileExistsError(f"`{out}` was created by somebody else meanwhile; name another file") from None
        draft.rename(out)
