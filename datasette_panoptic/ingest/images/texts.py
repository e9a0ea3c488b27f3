"""Texts as metadata blocks have them: bytes of several encodings, ended by NULs, with control characters among them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import TypeVar

#: What one block says: texts by the name of what they say. Empty lists and absent names are the same.
Texts = Mapping[str, list[str]]
T = TypeVar("T")


def attempt(read: Callable[[], T]) -> T | None:
    """Read something that anybody may have written; None where that fails."""
    try:
        return read()
    except Exception:
        # Pillow's and the XML parser's failures on broken blocks have no common type: struct, Syntax, Value, Key, …
        return None


def words(value: object) -> list[str]:
    """Return texts, or one text, as a list without empty ones. Bytes are Windows' XP tags (UTF-16) or of any encoding.

    A text ends at its first NUL: what follows is left over from a longer one.
    """
    if value is None:
        return []
    if isinstance(value, bytes):
        is_wide = value[1::2].count(0) > len(value) // 4
        value = value.decode("utf-16-le", "replace") if is_wide else decoded(value)
    texts = [value] if isinstance(value, str) else value if isinstance(value, Iterable) else [str(value)]
    cleaned = ("".join(c for c in str(text).partition("\0")[0] if c >= " " or c in "\n\t").strip() for text in texts)
    return [text.encode("utf-8", "replace").decode() for text in cleaned if text]


def decoded(value: bytes) -> str:
    """Decode bytes as UTF-8, which most programs write, or as Windows' Latin-1."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("cp1252", "replace")


def ascii_(value: object) -> list[str]:
    """Return an EXIF text. The standard wants ASCII, most programs write UTF-8, Pillow reads Latin-1."""
    if isinstance(value, str):
        with suppress(UnicodeError):
            value = value.partition("\0")[0].encode("latin-1")
    return words(decoded(value) if isinstance(value, bytes) else value)
