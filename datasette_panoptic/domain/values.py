"""Values as people write them, in cells of a table or on the command line: read by type, and written so that they read
back the same.

An empty cell says nothing. So a text is written as it stands, but for one made of nothing but quotation marks, or of
nothing at all: that has two more of them. Tags are separated by commas; one that would not survive is in quotes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from . import numerals
from .changes import Value
from .dates import reading as dates
from .fields import FieldType
from .palette import COLORS


class NotAValue(ValueError):
    """A text that is no value of its type; the message says what would be."""


TRUE = frozenset({"true", "yes", "oui", "vrai", "1", "on", "x", "y"})
FALSE = frozenset({"false", "no", "non", "faux", "0", "off", "n"})

INTEGER = re.compile(r"[+-]?[0-9]+")
DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
#: Points and commas, each in the place of the other.
SWAPPED = str.maketrans(".,", ",.")
COLOR = re.compile(r"#[0-9a-f]{6}")

#: One tag and what ends it: quoted, with quotes inside doubled, or plain.
TAG = re.compile(r'\s*(?:"((?:[^"]|"")*)"\s*|([^,]*))(,|$)')


def parse(text: str, type_: FieldType) -> Value:
    """Read a value of a type that has no tags. Raises NotAValue."""
    match type_:
        case "number":
            return number(text)
        case "checkbox":
            return checkbox(text)
        case "color":
            return color(text)
        case "date":
            try:
                return dates.parse(text)
            except dates.NotADate as error:
                raise NotAValue(str(error)) from error
        case _:
            return text


def number(text: str, decimal: str = ".") -> int | float:
    """Read a number: integers of 64 bits exactly, anything else as a double. Raises NotAValue.

    Where the `decimal` mark is a comma, a point is none: it could stand between thousands.
    """
    text = text.strip()
    if INTEGER.fullmatch(text):
        if len(text) > 20 or not -(2**63) <= (whole := int(text)) < 2**63:
            raise NotAValue(f"`{text}` has more digits than a number can store; use a text property")
        return whole
    pointed = text if decimal == "." else text.translate(SWAPPED)
    if not DECIMAL.fullmatch(pointed):
        meant = [each if decimal == "." else each.translate(SWAPPED) for each in numerals.meanings(text)]
        raise NotAValue(f"`{text}` is no number" + (f"; write {' or '.join(meant)}" if meant else ""))
    value = float(pointed)
    if not math.isfinite(value):
        raise NotAValue(f"`{text}` is larger than any number that can be stored; use a text property")
    return value


def checkbox(text: str) -> int:
    """Read true or false, as 1 or 0. Raises NotAValue."""
    word = text.strip().lower()
    if word not in TRUE and word not in FALSE:
        raise NotAValue(f"a checkbox is true or false, not `{text}`")
    return int(word in TRUE)


def color(text: str) -> str:
    """Read a colour, in small letters; those of the palette have names. Raises NotAValue."""
    lower = text.strip().lower()
    if not COLOR.fullmatch(lower) and lower not in COLORS:
        raise NotAValue(f"`{text}` is no colour; write #rrggbb or one of {', '.join(COLORS)}")
    return COLORS.get(lower, lower)


def split_tags(text: str) -> list[str]:
    """Split tags at commas; a comma in quotes belongs to its tag: `cat, "rue, place"`. Each is kept once."""
    if '"' not in text:
        return list(dict.fromkeys(tag.strip() for tag in text.split(",") if tag.strip()))
    tags, at = [], 0
    while at <= len(text):
        match = TAG.match(text, at)
        assert match, "the plain part matches anything"
        quoted, plain, end = match.groups()
        tags.append(plain.strip() if quoted is None else quoted.replace('""', '"'))
        at = match.end() if end else len(text) + 1
    return list(dict.fromkeys(tag for tag in tags if tag.strip()))


def join_tags(tags: Iterable[str]) -> str:
    """Write tags so that `split_tags` gives them back."""
    return ",".join(_quoted(tag) if "," in tag else write_tag(tag) for tag in tags)


def read_tag(text: str) -> str:
    """Read the one tag of a cell: commas are its own, quotes around it are not."""
    match = TAG.fullmatch(text) if '"' in text else None
    return match[1].replace('""', '"') if match and match[1] is not None else text.strip()


def write_tag(tag: str) -> str:
    """Write one tag so that `read_tag` gives it back."""
    return _quoted(tag) if tag.startswith('"') or tag != tag.strip() else tag


def _quoted(tag: str) -> str:
    return '"' + tag.replace('"', '""') + '"'


def read_text(cell: str) -> str:
    """Read a text that `write_text` wrote, or anybody else."""
    return cell[2:] if cell.startswith('""') and not cell.strip('"') else cell


def write_text(text: str) -> str:
    """Write a text so that it is not taken for an empty cell."""
    return text if text.strip('"') else text + '""'


def write(value: Value, type_: FieldType) -> str:
    """Write a value as a cell."""
    if type_ == "checkbox":
        return "true" if value else "false"
    if isinstance(value, str):
        return write_text(value) if type_ in ("text", "url") else value
    return repr(value)
