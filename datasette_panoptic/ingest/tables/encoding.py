"""Which encoding the text of a table is in: by its first bytes, by all of it being UTF-8, or else by what makes sense.

A text that is UTF-8 but for some bytes stays UTF-8: `delimited` and `objects` name those bytes, cell by cell.
"""

from __future__ import annotations

import codecs
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path

from datasette_panoptic.errors import IngestError

from .cells import unreadable

#: What a file begins with, the longest mark first: that of UTF-16 begins one of UTF-32.
BOMS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}

#: Encodings of one byte a character that are tried, the most frequent first.
TRIED = ("cp1252", "iso-8859-15", "mac-roman")
#: How much of what is no ASCII has to make sense, of 1.
SENSIBLE = 0.9

#: Bytes read at a time, and those that tell UTF-16 without a mark.
BLOCK = 1 << 20
SAMPLE = 65_536

#: A byte that is no ASCII, between its neighbours.
WINDOW = re.compile(rb"(?s)(?=(.[\x80-\xff].))")

#: Letters that encodings have and western European languages hardly use, and signs that stand alone at most.
RARE = frozenset("ÿŸÞþÐðŠšŽžƒˆ˜¤¦¨¬¯´¸¹†‡‰µ")  # noqa: RUF001  # they are meant
#: Signs that stand between letters.
JOINING = frozenset("’‘·\xad")  # noqa: RUF001  # they are meant
#: Signs of Mac Roman that a table hardly has: mathematics, Greek letters and loose accents.
STRANGE = frozenset("∂∑∏π∫Ω√≈∆◊≠∞≤≥ı˘˙˚˝˛ˇ⁄\uf8ff")  # noqa: RUF001  # they are meant

#: A file, or the bytes of one.
File = Path | bytes


@dataclass(frozen=True)
class Encoding:
    """How to decode a text. `marks` finds, in what was decoded, bytes that the encoding does not have, and NUL."""

    name: str
    is_guessed: bool = False
    errors: str = "strict"
    marks: re.Pattern[str] | None = None


def encoding_of(file: File, stated: str | None = None) -> Encoding:
    """Find out a file's encoding, or take the one that was stated. Raises IngestError for an unknown name."""
    try:
        codec = codecs.lookup(stated or "utf-8")
    except (LookupError, ValueError):
        codec = None
    if codec is None or not codec._is_text_encoding:
        raise IngestError(f"unknown encoding `{stated}`; try utf-8, utf-16 or cp1252")
    head = next(_blocks(file), b"")[:SAMPLE]
    marked = _marked(head)
    if stated:
        # The mark itself is no text, in whichever way the encoding was named.
        return _checked(file, marked if marked and codec.name.startswith(marked.removesuffix("-sig")) else stated)
    name = marked or _unmarked_utf16(head) or "utf-8"
    decoded = _checked(file, name)
    if decoded.errors == "strict" or name != "utf-8":
        return decoded
    guessed = _sensible(file)
    return _checked(file, guessed, is_guessed=True) if guessed else decoded


def decoded(data: bytes, usual: str | None = None) -> str:
    """Decode a short text whole: as its first bytes say, else in the `usual` encoding of its format, else as found out.

    Raises IngestError, which names the first byte that is wrong and its line.
    """
    encoding = encoding_of(data, None if _marked(data) else usual)
    text = data.decode(encoding.name, encoding.errors)
    mark = encoding.marks.search(text) if encoding.marks else None
    if not mark:
        return text
    line = text.count("\n", 0, mark.start()) + 1
    cell = unreadable(mark[0], mark[0], encoding.name)
    raise IngestError(f"line {line} cannot be read: {cell.reason}; save it as UTF-8")


def _marked(head: bytes) -> str | None:
    return next((encoding for bom, encoding in BOMS.items() if head.startswith(bom)), None)


def _unmarked_utf16(head: bytes) -> str | None:
    zeros = [head[start::2].count(0) for start in (0, 1)]
    if max(zeros) <= len(head) // 8:
        return None
    return "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be"


def _checked(file: File, name: str, *, is_guessed: bool = False) -> Encoding:
    """Decode all of a file, and say how to decode it so that what is wrong can be named."""
    for errors, faults in (("strict", ""), ("surrogateescape", "\udc80-\udcff"), ("replace", "\ufffd")):
        try:
            has_nul = any("\0" in text for text in _decoded(file, name, errors))
        except UnicodeError:
            continue
        faults += "\0" if has_nul else ""
        return Encoding(name, is_guessed, errors, re.compile(f"[{faults}]") if faults else None)
    raise AssertionError("replacing what is wrong raises nothing")


def _decoded(file: File, name: str, errors: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(name)(errors)
    for block in _blocks(file):
        yield decoder.decode(block)
    yield decoder.decode(b"", final=True)


def _blocks(file: File) -> Iterator[bytes]:
    with io.BytesIO(file) if isinstance(file, bytes) else file.open("rb") as opened:
        while block := opened.read(BLOCK):
            yield block


def _sensible(file: File) -> str | None:
    """Return the encoding of one byte a character in which a text makes sense; None where it makes sense in none.

    Nor does a text that has UTF-8 in it: then the bytes that are not UTF-8 are the mistake.
    """
    windows: Counter[bytes] = Counter()
    before, whole, broken = b" ", 0, 0
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    for block in chain(_blocks(file), [b" "]):
        windows.update(WINDOW.findall(before + block))
        before = (before + block)[-2:]
        text = decoder.decode(block)
        marks = text.count("\ufffd")
        broken += marks
        whole += len(text) - len(text.encode("ascii", "ignore")) - marks
    # A capital with an accent before a closing quotation mark is UTF-8 by chance.
    if whole * 10 > broken:
        return None
    scores = {name: _score(windows, name) for name in TRIED}
    best = max(TRIED, key=lambda name: scores[name])
    return best if scores[best] >= SENSIBLE else None


def _score(windows: Counter[bytes], name: str) -> float:
    """Return how much of a text makes sense in an encoding, of 1."""
    sense = sum(_sense(window.decode(name, "replace")) * count for window, count in windows.items())
    return sense / windows.total()


@cache
def _sense(window: str) -> float:
    """Tell whether a character makes sense between its neighbours, as 1, 0 or in between."""
    before, letter, after = tuple(window)
    if letter == "\ufffd" or letter in STRANGE or unicodedata.category(letter) == "Cc":
        return 0.0
    between = before.isalpha() and after.isalpha()
    if letter in RARE:
        return 0.0 if between else 0.5
    if letter.isalpha() and letter not in "ªº":
        is_foreign = between and not before.isascii() and not after.isascii()
        return 0.0 if is_foreign or (letter.isupper() and before.islower()) else 1.0
    if between and unicodedata.category(letter) == "Pd":
        return 0.5
    return float(not between or letter in JOINING)
