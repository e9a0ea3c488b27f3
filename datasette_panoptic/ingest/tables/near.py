"""What a key that finds nothing may have meant: a name in other letters, with other spaces, or with another ending."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from itertools import islice

from datasette.utils.sqlite import sqlite3

from .match import FILES, FOLDERS, Name, rows_of
from .plan import Key

#: Keys that are looked after: the others are named without a hint.
MOST = 10_000


def near(conn: sqlite3.Connection, key: Key, names: Iterable[Name]) -> dict[Name, str]:
    """Return, for those of the keys that resemble one of the project, that one as the project writes it.

    Case, outer and repeated spaces, the form of accents, the direction of slashes, the folder and the ending may
    differ. All files are looked at once, for all keys together.
    """
    wanted: dict[Name, str] = {
        name: loose(name) for name in islice(names, MOST) if isinstance(name, str) and name.strip()
    }
    if not wanted or (key.property is None and key.name not in ("path", "name")):
        return {}
    if key.property is not None:
        known = {loose(value): value for value in {str(row[0]) for row in conn.execute(rows_of(key))}}
        return {name: known[text] for name, text in wanted.items() if text in known}
    return _near_files(conn, wanted, key.name)


def loose(text: str) -> str:
    """Write a name so that those which look alike are equal."""
    text = text.replace("\\", "/")
    if text.isascii():
        folded = text.lower()
    else:
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "/".join(" ".join(part.split()) for part in folded.split("/"))


def _near_files(conn: sqlite3.Connection, wanted: dict[Name, str], kind: str) -> dict[Name, str]:
    by_last: dict[str, list[Name]] = {}
    by_stem: dict[str, list[Name]] = {}
    for name, text in wanted.items():
        last = text.rsplit("/", 1)[-1]
        by_last.setdefault(last, []).append(name)
        by_stem.setdefault(_stem(last), []).append(name)
    folders = {id_: (path, loose(path)) for id_, path, _ in conn.execute(FOLDERS)}
    best: dict[Name, tuple[int, str]] = {}
    for folder, name, _ in conn.execute(FILES):
        last = loose(name)
        stem = _stem(last)
        if stem not in by_stem:
            continue
        path, loose_path = folders[folder]
        for key in by_stem[stem]:
            text = wanted[key]
            above = text.rpartition("/")[0]
            is_elsewhere = bool(above) and not f"/{loose_path}".endswith(f"/{above}")
            distance = 2 * (key not in by_last.get(last, ())) + is_elsewhere
            if key not in best or distance < best[key][0]:
                best[key] = distance, f"{path}/{name}" if kind == "path" and "/" in text else name
    return {key: nearest for key, (_, nearest) in best.items()}


def _stem(name: str) -> str:
    """Return a name without its ending, which has up to five letters."""
    stem, point, ending = name.rpartition(".")
    return stem if point and stem and len(ending) <= 5 else name
