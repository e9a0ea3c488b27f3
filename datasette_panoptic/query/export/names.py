"""The names of image files in an export: those of the project, made safe for every file system, each for one image."""

from __future__ import annotations

import os
import re
import unicodedata

from datasette.utils.sqlite import sqlite3

from .rows import Row

#: Characters that file systems or zips refuse or read as folders, control characters, and halves of characters.
UNSAFE = re.compile('[\x00-\x1f\x7f-\x9f/\\\\:*?"<>|\ud800-\udfff]')
#: What Windows keeps for devices, whatever follows the first point.
DEVICE = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])\s*", re.IGNORECASE)
#: Names that an import of folders passes over: what is exported is to be found again.
PASSED_OVER = re.compile(r"\.|@eadir$|thumbs\.db$|\$recycle\.bin$", re.IGNORECASE)

#: Bytes that a name may have in UTF-8, and letters of an ending that is kept when a name is cut.
LONGEST, LONGEST_ENDING = 255, 20


def portable(name: str) -> str:
    """Return a file's or folder's name as every file system takes it, Windows included."""
    safe = UNSAFE.sub("_", unicodedata.normalize("NFC", name))
    if safe in ("", ".", ".."):
        return "_"
    if PASSED_OVER.match(safe):
        safe = "_" + safe.removeprefix(".")
    kept = safe.rstrip(". ")
    safe = kept + "_" * (len(safe) - len(kept))
    first, point, rest = safe.partition(".")
    if DEVICE.fullmatch(first):
        safe = f"{first}_{point}{rest}"
    return fitted(safe)


def fitted(name: str, mark: str = "") -> str:
    """Put a mark before the ending of a name, and cut what is before both where it is too long."""
    stem, ending = os.path.splitext(name)
    if len(ending) > LONGEST_ENDING:
        stem, ending = name, ""
    room = LONGEST - len((mark + ending).encode())
    if len(stem.encode()) > room:
        stem = stem.encode()[:room].decode(errors="ignore").rstrip(". ")
    return f"{stem}{mark}{ending}"


class ExportedNames:
    """Gives each image file its path in an export: the same one each time, and no two that differ in case alone."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn
        #: By path without case: the image that has it, None for a folder, and the path as it is written.
        self._owners: dict[str, tuple[int | None, str]] = {}
        #: Paths that another image had already, with the image that wanted them, and how often that was so.
        self._given: dict[tuple[str, int | None], str] = {}
        self._wanted: dict[str, int] = {}

    def path_of(self, row: Row) -> str:
        """Return the path of a row's image: its own or, where it has no file, its SHA-1."""
        *folders, name = (row.path or self._unnamed(row.image_id)).split("/")
        above = ""
        for folder in folders:
            above = self._free(above, portable(folder), None)
        return self._free(above, portable(name), row.image_id)

    def _unnamed(self, image_id: int) -> str:
        sha1, format_ = self._conn.execute("select sha1, format from images where id = ?", [image_id]).fetchone()
        return f"{sha1}.{format_}"

    def _free(self, above: str, name: str, image_id: int | None) -> str:
        wanted = f"{above}/{name}" if above else name
        key = wanted.casefold()
        owner, path = self._owners.setdefault(key, (image_id, wanted))
        if owner == image_id:
            return path
        if given := self._given.get((key, image_id)):
            return given
        while True:
            self._wanted[key] = times = self._wanted.get(key, 0) + 1
            marked = fitted(name, "~" if times == 1 else f"~{times}~")
            path = f"{above}/{marked}" if above else marked
            if path.casefold() not in self._owners:
                break
        self._owners[path.casefold()] = image_id, path
        self._given[key, image_id] = path
        return path
