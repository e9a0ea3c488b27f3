"""How texts are compared when case, accents and the width of numbers should not matter."""

from __future__ import annotations

import re
import unicodedata

DIGITS = re.compile(r"([0-9]+)")

#: Between the names of a path in a tree: sorts before any letter that a name may have.
PATH = "\x01"

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


def forms(text: str) -> list[str]:
    """Return a text as it is, composed and decomposed: macOS writes the names of files decomposed, people do not."""
    if text.isascii():
        return [text]
    return list(dict.fromkeys([text, *(unicodedata.normalize(form, text) for form in ("NFC", "NFD"))]))


def natural(text: str) -> str:
    """Return a key that sorts texts as people do: img2 before img10, é beside e, upper beside lower case.

    Of texts that differ in accents, case or leading zeros alone, the plain one comes first. A path in a tree comes
    before the paths below it, and those before its siblings.
    """
    if PATH in text:
        return "\0\0".join(map(natural, text.split(PATH)))
    return f"{DIGITS.sub(_by_size, fold(text))}\0{text}"


def _by_size(match: re.Match[str]) -> str:
    """Write a number so that comparing letters compares numbers: how many digits it has, then the digits.

    It begins with a 0, so numbers sort before letters and after most signs, as in ASCII.
    """
    digits = match[0].lstrip("0")
    return f"0{chr(0x30 + len(digits))}{digits}"
