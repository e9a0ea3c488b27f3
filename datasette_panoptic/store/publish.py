"""Make a copy of a project that is fit to be published: compact, without what is the owner's affair alone."""

from __future__ import annotations

import os
import re
import secrets
from contextlib import closing
from pathlib import Path

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.errors import ProjectError

from .connection import connect_read_only
from .schema import is_newer

#: Settings that say something about the corpus; any other stays at home.
PUBLIC_SETTINGS = ("corpus_version",)

#: What a path on somebody's machine looks like inside a sentence.
ABSOLUTE_PATH = re.compile(r"(?<![\w/\\])(?:/|[A-Za-z]:[\\/]|\\\\)[^\s'\"`:;,]*[/\\][^'\"`:;,\n]*")

#: What goes, in an order that foreign keys allow.
REMOVALS = (
    "update folders set source = null, raw_name = case when parent_id is null then null else raw_name end",
    "delete from _panoptic_job_errors",
    "delete from _panoptic_jobs",
    "update _panoptic_selections set actor = null",
)


def prepare(source: Path, out: Path, *, keep_originals: bool = False) -> dict[str, object]:
    """Write a compact copy of a project without absolute paths, jobs and private settings; return what it is.

    The copy appears under its name when it is complete, and never in the place of a file that is there. It is in
    rollback-journal mode, so that it can be read where nothing can be written. Raises ProjectError.
    """
    if out.exists():
        raise ProjectError(f"`{out}` is there already; name a new file, or remove it first")
    draft = out.with_name(f".{out.name}.{secrets.token_hex(4)}")
    try:
        with closing(connect_read_only(source)) as conn:
            if is_newer(conn):
                raise ProjectError(f"a newer datasette-panoptic made `{source}`; `pip install -U datasette-panoptic`")
            before = source.stat().st_size
            conn.execute("vacuum into ?", [str(draft)])
        with closing(sqlite3.connect(draft, isolation_level=None)) as copy:
            facts = _strip(copy, keep_originals=keep_originals)
        _publish(draft, out)
    except (sqlite3.Error, OSError) as error:
        raise ProjectError(f"cannot write `{out}`: {error}") from error
    finally:
        draft.unlink(missing_ok=True)
    return {"out": str(out), **facts, "bytes_before": before, "bytes": out.stat().st_size}


def _strip(copy: sqlite3.Connection, *, keep_originals: bool) -> dict[str, object]:
    # What is deleted must not linger in free pages, although the file is rewritten in the end.
    copy.execute("pragma secure_delete = on")
    copy.execute("pragma journal_mode = delete")
    roots = copy.execute("select source, name from folders where source is not null").fetchall()
    with copy:
        copy.execute("begin")
        for removal in REMOVALS:
            copy.execute(removal)
        marks = ", ".join("?" * len(PUBLIC_SETTINGS))
        copy.execute(f"delete from _panoptic_settings where key not in ({marks})", PUBLIC_SETTINGS)
        rejects = copy.execute("select id, reason from _panoptic_rejects").fetchall()
        for reject_id, reason in rejects:
            copy.execute(
                "update _panoptic_rejects set reason = ? where id = ?", [without_paths(reason, roots), reject_id]
            )
        originals = copy.execute("select count(*) from _panoptic_originals").fetchone()[0]
        if not keep_originals:
            copy.execute("delete from _panoptic_originals")
    copy.execute("analyze")
    copy.execute("vacuum")
    images, instances = (copy.execute(f"select count(*) from {name}").fetchone()[0] for name in ("images", "instances"))
    return {
        "images": images,
        "instances": instances,
        "originals_kept": originals if keep_originals else 0,
        "originals_removed": 0 if keep_originals else originals,
    }


def without_paths(reason: str, roots: list[tuple[str, str]]) -> str:
    """Take absolute paths out of a message: a root's directory becomes the root's name, any other an ellipsis."""
    for directory, name in sorted(roots, key=lambda root: len(root[0]), reverse=True):
        reason = reason.replace(directory, name)
    return ABSOLUTE_PATH.sub("…", reason)


def _publish(draft: Path, out: Path) -> None:
    """Give a complete file its name, unless something has taken it meanwhile."""
    try:
        os.link(draft, out)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if out.exists():
            raise FileExistsError(f"`{out}` has appeared meanwhile") from None
        draft.rename(out)
