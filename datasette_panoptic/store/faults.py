"""Faults around a project, below our code, in words a person can act on: a full disk, a lock, a damaged page."""

from __future__ import annotations

import errno

from datasette.utils.sqlite import sqlite3

#: What SQLite says, and what a person should know and do. The first that the message contains counts.
SQLITE = {
    "disk is full": "the disk is full; what was committed before is kept, free some space and run this again",
    "database is locked": "another program is writing to the project and did not finish in time; try again, or end it",
    "readonly database": "the project file cannot be written; check the permissions of the file and its directory",
    "disk i/o error": "the disk did not answer; what was committed before is kept, check the disk and run this again",
    "malformed": "the project file is damaged; `datasette panoptic check` says where, a backup has what is lost",
    "could not decode": "a text in the project file is damaged; `datasette panoptic check` says more",
    "not a database": "the file is no SQLite database, or its first page is damaged; restore it from a backup",
    "unable to open": "the project file cannot be opened; it may have been moved, or its directory cannot be written",
    "interrupted": "the read took longer than this server allows; ask for less",
}

SYSTEM = {
    errno.ENOSPC: SQLITE["disk is full"],
    errno.EDQUOT: SQLITE["disk is full"],
    errno.EROFS: "the disk is read-only; mount it for writing, or choose another place",
}


def told(error: BaseException) -> str | None:
    """Return what a person should know of an error that is no PanopticError; None for one that is a fault of ours."""
    if isinstance(error, sqlite3.Error):
        said = str(error).lower()
        return next((words for part, words in SQLITE.items() if part in said), None)
    if isinstance(error, OSError):
        if error.errno in SYSTEM:
            return SYSTEM[error.errno]
        where = f" `{error.filename}`" if error.filename else ""
        return f"the system refused{where}: {error.strerror or error}"
    if isinstance(error, MemoryError):
        return "there is not enough memory for this; ask for less at once, or close other programs"
    return None
