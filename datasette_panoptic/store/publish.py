"""Make a copy of a project that is fit to be published: compact, without what is the owner's affair alone."""

from __future__ import annotations

import json
import os
import re
import secrets
from contextlib import closing
from pathlib import Path, PurePath
from urllib.parse import parse_qsl

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.similar import read_examples
from datasette_panoptic.errors import ProjectError

from .connection import connect_read_only
from .schema import is_newer, migrate

#: Settings that say something about the corpus; any other stays at home.
PUBLIC_SETTINGS = ("corpus_version", "derived_version")

#: What a path on somebody's machine looks like inside a sentence.
ABSOLUTE_PATH = re.compile(r"(?<![\w/\\])(?:/|[A-Za-z]:[\\/]|\\\\)[^\s'\"`:;,]*[/\\][^'\"`:;,\n]*")

#: What goes, in an order that foreign keys allow.
REMOVALS = (
    "update folders set source = null, raw_name = case when parent_id is null then null else raw_name end",
    "delete from _panoptic_job_errors",
    "delete from _panoptic_jobs",
    "update _panoptic_selections set actor = null",
    "update saved_views set actor = null",
    "update clusterings set actor = null",
    "update _panoptic_refusals set actor = null",
    "delete from _panoptic_plugin_defaults",
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
            migrate(copy)
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
        _strip_queries(copy)
        _strip_spaces(copy)
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


def _strip_queries(copy: sqlite3.Connection) -> None:
    """Remove the vectors of what people searched by, but for saved views: where they are read nothing may embed."""
    named = set()
    for (query,) in copy.execute("select query from saved_views"):
        for examples in (value for key, value in parse_qsl(query) if key == "_similar"):
            named |= {(example.kind, example.key) for example in read_examples(examples)}
    for space, kind, key in copy.execute("select space_id, kind, key from _panoptic_query_vectors").fetchall():
        if (kind, key) not in named:
            copy.execute(
                "delete from _panoptic_query_vectors where space_id = ? and kind = ? and key = ?", [space, kind, key]
            )


def _strip_spaces(copy: sqlite3.Connection) -> None:
    """Of an embedder's settings that are paths on somebody's machine leave the names of files."""
    for space, params in copy.execute("select id, params from embedding_spaces").fetchall():
        kept = json.dumps(
            {
                name: ABSOLUTE_PATH.sub(lambda path: PurePath(path[0].replace("\\", "/")).name, value)
                if isinstance(value, str)
                else value
                for name, value in json.loads(params).items()
            },
            sort_keys=True,
            ensure_ascii=False,
        )
        if kept != params:
            copy.execute("update or ignore embedding_spaces set params = ? where id = ?", [kept, space])


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
