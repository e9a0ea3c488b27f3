"""sqlite-vec's SQL functions in every connection of this process, on any Python.

Tier 1 registers the extension with SQLite itself (`sqlite3_auto_extension`), which needs no `enable_load_extension` and
reaches connections that Datasette opens without asking plugins. Tier 2 loads it into one connection. Tier 3 defines the
distance functions with numpy under the same names, so that a published query runs anywhere, only slower.
"""

from __future__ import annotations

import ctypes
import importlib
import sys
from functools import cache

import sqlite_vec
from datasette.utils.sqlite import sqlite3

SUFFIX = {"win32": ".dll", "darwin": ".dylib"}.get(sys.platform, ".so")


@cache
def register() -> bool:
    """Register sqlite-vec for every connection opened from now on; False where this SQLite does not allow it."""
    probe = sqlite3.connect(":memory:")
    try:
        # An SQLite built without extension loading hands extensions a null API pointer: registering would crash.
        if probe.execute("select sqlite_compileoption_used('OMIT_LOAD_EXTENSION')").fetchone()[0]:
            return False
        name = "_sqlite3" if sqlite3.__name__ == "sqlite3" else sqlite3.__name__ + "._sqlite3"
        library = ctypes.CDLL(importlib.import_module(name).__file__)
        library.sqlite3_sourceid.restype = ctypes.c_char_p
        source_id = probe.execute("select sqlite_source_id()").fetchone()[0]
        if library.sqlite3_sourceid().decode() != source_id:
            return False  # the symbols found are those of another SQLite than Python's
        extension = ctypes.CDLL(sqlite_vec.loadable_path() + SUFFIX)
        library.sqlite3_auto_extension.argtypes = [ctypes.c_void_p]
        entry = ctypes.cast(extension.sqlite3_vec_init, ctypes.c_void_p)
        return bool(library.sqlite3_auto_extension(entry) == 0)
    except (AttributeError, OSError, TypeError):
        return False
    finally:
        probe.close()


def ensure(conn: sqlite3.Connection) -> int:
    """Give a connection sqlite-vec's functions and return the tier that did it: 1, 2 or 3."""
    try:
        conn.execute("select vec_version()")
    except sqlite3.OperationalError:
        return 2 if _load(conn) else _define(conn)
    return 1 if register() else 2


def _load(conn: sqlite3.Connection) -> bool:
    try:
        conn.enable_load_extension(True)
    except AttributeError:
        return False
    try:
        sqlite_vec.load(conn)
    except sqlite3.OperationalError:
        return False
    finally:
        conn.enable_load_extension(False)
    return True


def _define(conn: sqlite3.Connection) -> int:
    from .numpy_functions import define

    define(conn)
    return 3
