"""IPTC's own records (IIM): pairs of a number and bytes, as agencies and older programs write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from .texts import Texts, decoded, words

#: What each record begins with: this byte and the number of its group, then its own number and its length follow.
MARK = re.compile(rb"\x1c[\x01\x02](?=[\x00-\xff]{3})")
#: In a record's length: what follows is the length, and this the length of that.
EXTENDED = 0x8000
#: How record 1:90 says that texts are UTF-8, or Latin-1.
UTF_8 = b"\x1b%G"
LATIN_1 = (b"\x1b.A", b"\x1b-A")


def read(block: bytes) -> Texts:
    """Return what an IPTC block says. A broken record costs itself, or those behind it where its length is wrong."""
    found: dict[int, list[bytes]] = {}
    charset = b""
    for group, number, value in records(block):
        if (group, number) == (1, 90):
            charset = value.strip(b"\0 ")
        elif group == 2 and value:
            found.setdefault(number, []).append(value)

    def texts(number: int) -> list[str]:
        return [text for value in found.get(number, []) for text in words(text_of(value, charset))]

    date = "".join(texts(55))
    time = re.match(r"(\d\d)(\d\d)(\d\d)", "".join(texts(60)))
    when = f"{date[:4]}-{date[4:6]}-{date[6:8]}" if len(date) == 8 else ""
    return {
        "taken_at": [f"{when}T{':'.join(time.groups())}" if when and time else when],
        "title": (texts(5) or texts(105))[:1],  # the object's name, or the headline
        "description": texts(120)[:1],
        "keywords": texts(25),
        "creator": texts(80),
        "copyright": texts(116)[:1],
        "place": [text for number in (92, 90, 95, 101) for text in texts(number)[:1]],  # from the spot to the country
    }


def records(block: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield group, number and value of each record. Bytes between records are passed over.

    A value ends at the next mark, which no text has in it: a wrong length costs its own record alone.
    """
    for mark, next_mark in pairwise([*(match.start() for match in MARK.finditer(block)), len(block)]):
        group, number, length = block[mark + 1], block[mark + 2], int.from_bytes(block[mark + 3 : mark + 5], "big")
        begin = mark + 5
        if length & EXTENDED:
            size = length & ~EXTENDED
            begin, length = begin + size, int.from_bytes(block[begin : begin + min(size, 8)], "big")
        yield group, number, block[begin : min(begin + length, next_mark)]


def text_of(value: bytes, charset: bytes) -> str:
    if charset in LATIN_1:
        return value.decode("cp1252", "replace")
    return value.decode("utf-8", "replace") if charset == UTF_8 and is_nearly_utf_8(value) else decoded(value)


def is_nearly_utf_8(value: bytes) -> bool:
    """Tell whether a text that is marked as UTF-8 is, but for single damaged letters; some programs mark Latin-1 so."""
    text = value.decode("utf-8", "replace")
    wide = sum(letter > "\x7f" and letter != "\ufffd" for letter in text)
    return text.count("\ufffd") <= wide
