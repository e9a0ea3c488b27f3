"""How texts are compared when case, accents and the width of numbers should not matter."""

from __future__ import annotations

import re
import unicodedata

DIGITS = re.compile(r"([0-9]+)")

#: Letters that Unicode does not decompose, as readers of European languages look them up.
DOTLESS_I = "\N{LATIN SMALL LETTER DOTLESS I}"
LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", DOTLESS_I: "i"},
)


def fold(text: str) -> str:
    """Return a text without case and accents: what searches compare."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).translate(LETTERS)


def natural(text: str) -> tuple[tuple[int, int, str] | tuple[int, str], ...]:
    """Return a key that sorts texts as people do: img2 before img10, é beside e, upper beside lower case.

    Of texts that differ in accents or case alone, the plain one comes first.
    """
    parts = DIGITS.split(fold(text))
    # Every second part is a number; 0 and 1 sort numbers before letters, as in ASCII, −1 the end of a text before both.
    key = tuple((0, int(part), part) if place % 2 else (1, part) for place, part in enumerate(parts) if part)
    return (*key, (-1, text))
