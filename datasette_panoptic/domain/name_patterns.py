"""Patterns that say what the names of files and folders mean: `{film}_{h}h_{m}m_{s}s`, `{year}-{place}/{name}`.

They are no regular expressions: a placeholder takes as few characters as it can, all of one level, and matching
takes a time that the lengths of pattern and name bound, whatever stands in them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from datasette_panoptic.errors import BadPattern

from .dates import reading as dates
from .names import checked, name_key

Kind = Literal["any", "text", "number", "date"]

#: Characters of a pattern, and placeholders in it.
LONGEST = 300
MOST = 20
#: Characters of a number or a date.
LONGEST_TYPED = 20
#: Characters of a name and its folders that are looked at; no system has longer names.
LONGEST_NAME = 4_096

#: The parts of a time code; the property that they make is named as those of imported films are.
CLOCK = ("h", "m", "s", "ms")
TIME_CODE = "Time code"

#: A placeholder, a brace that stands for itself, or other text.
PART = re.compile(r"\{\{|\}\}|\{(?P<inside>[^{}]*)\}|(?P<brace>[{}])|[^{}]+")
EXTENSION = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,4}\Z")
NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
PLAIN_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
COMPACT_DATE = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")


@dataclass(frozen=True)
class Placeholder:
    """A part of a name with a meaning. Without a name it is kept nowhere; a width is a number of characters."""

    name: str
    kind: Kind = "any"
    width: int | None = None
    is_clock: bool = False

    @property
    def is_open(self) -> bool:
        """Tell whether it takes any text of any length."""
        return self.width is None and not self.is_clock and self.kind in ("any", "text")

    def suits(self, text: str) -> bool:
        if self.is_clock:
            return text.isascii() and text.isdigit() and _is_on_clock(self.name, text)
        if self.kind == "number":
            return NUMBER.fullmatch(text) is not None
        return self.kind != "date" or date_of(text) is not None


@dataclass(frozen=True)
class NamePattern:
    """A pattern. `levels` is how many of the last names of a path it is about; `extension` is asked for if it has one.

    `columns` are the properties that it fills, with what the pattern says of their types.
    """

    text: str
    parts: tuple[str | Placeholder, ...]
    levels: int
    extension: str

    @property
    def columns(self) -> dict[str, Kind]:
        slots = [part for part in self.parts if isinstance(part, Placeholder)]
        named: dict[str, Kind] = {}
        for slot in slots:
            if slot.is_clock:
                named[TIME_CODE] = "text"
            elif slot.name:
                named[slot.name] = slot.kind
        return named

    def read(self, path: str) -> dict[str, str] | None:
        """Return what the name at the end of a path says, by property; None where it does not match."""
        names = unicodedata.normalize("NFC", path).split("/")[-self.levels :]
        stem, _, extension = names[-1].rpartition(".")
        if not stem:
            stem, extension = names[-1], ""
        if self.extension and extension.lower() != self.extension:
            return None
        text = "/".join([*names[:-1], stem])
        if len(names) < self.levels or len(text) > LONGEST_NAME:
            return None
        said = self._match(text, 0, 0, set())
        return None if said is None else self._values(said)

    def _match(self, text: str, place: int, at: int, failed: set[tuple[int, int]]) -> list[str] | None:
        """Return what each placeholder takes from a part and a position on. `failed` are those that were tried."""
        if place == len(self.parts):
            return [] if at == len(text) else None
        part = self.parts[place]
        if isinstance(part, str):
            return self._match(text, place + 1, at + len(part), failed) if text.startswith(part, at) else None
        if (place, at) in failed:
            return None
        following = self.parts[place + 2] if place + 2 < len(self.parts) else None
        for end in self._ends(text, place, at):
            taken = text[at:end]
            if not part.suits(taken):
                continue
            rest = self._match(text, place + 1, end, failed)
            if rest is not None:
                return [taken, *rest]
            if part.is_open and isinstance(following, Placeholder) and following.is_open:
                break  # what it would take more, the next one could have taken
        failed.add((place, at))
        return None

    def _ends(self, text: str, place: int, at: int) -> Iterator[int]:
        """Yield where a placeholder that begins at a position may end, the nearest first."""
        part, literal = self.parts[place], self.parts[place + 1] if place + 1 < len(self.parts) else ""
        level = text.find("/", at)
        limit = len(text) if level < 0 else level
        assert isinstance(part, Placeholder)
        if part.width is not None:
            if at + part.width <= limit:
                yield at + part.width
        elif not literal or isinstance(literal, Placeholder):
            if limit > at:
                yield limit
        else:
            last = limit if part.is_open else min(limit, at + LONGEST_TYPED)
            end = text.find(literal, at + 1)
            while at < end <= last:
                yield end
                end = text.find(literal, end + 1)

    def _values(self, said: list[str]) -> dict[str, str]:
        slots = [part for part in self.parts if isinstance(part, Placeholder)]
        values: dict[str, str] = {}
        clock: dict[str, int] = {}
        for slot, text in zip(slots, said, strict=True):
            if slot.is_clock:
                clock[slot.name] = int(text)
                values[TIME_CODE] = ""
            elif slot.name:
                values[slot.name] = (date_of(text) or text) if slot.kind == "date" else text.strip()
        if clock:
            values[TIME_CODE] = ":".join(f"{clock.get(part, 0):02}" for part in CLOCK[:3])
            values[TIME_CODE] += f".{clock['ms']:03}" if "ms" in clock else ""
        return values


def parse(text: str) -> NamePattern:
    """Read a pattern. Raises BadPattern, and BadName where a placeholder cannot be a property's name."""
    if len(text) > LONGEST:
        raise BadPattern(f"a pattern has at most {LONGEST} characters, not {len(text):,}")
    parts: list[str | Placeholder] = []
    for match in PART.finditer(unicodedata.normalize("NFC", text).strip("/")):
        if match["brace"]:
            raise BadPattern(f"`{text}` has a `{match['brace']}` of its own; write `{match['brace'] * 2}` for the sign")
        if match["inside"] is not None:
            parts.append(_placeholder(match["inside"]))
        elif parts and isinstance(parts[-1], str):
            parts[-1] += _unescaped(match[0])
        else:
            parts.append(_unescaped(match[0]))
    extension = ""
    if parts and isinstance(parts[-1], str) and (end := EXTENSION.search(parts[-1])):
        parts[-1], extension = parts[-1][: end.start()], end[0][1:].lower()
        parts = [part for part in parts if part]
    parts = _with_clock(parts)
    _check(text, parts)
    levels = 1 + sum(part.count("/") for part in parts if isinstance(part, str))
    return NamePattern(text, tuple(parts), levels, extension)


def seconds_of(time_code: str) -> float:
    """Return the seconds of a time code that a pattern read."""
    hours, minutes, seconds = time_code.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def date_of(text: str) -> str | None:
    """Return a date as it is stored: ISO 8601 at its precision, or eight digits; None where it is no such day."""
    match = PLAIN_DATE.fullmatch(text) or COMPACT_DATE.fullmatch(text)
    if not match:
        return None
    try:
        return dates.parse("-".join(part for part in match.groups() if part))
    except dates.NotADate:
        return None


def _placeholder(inside: str) -> Placeholder:
    name, colon, kind = inside.rpartition(":")
    if colon and kind in ("text", "number", "date"):
        return Placeholder(_name(name), kind)  # type: ignore[arg-type]
    if colon and kind.isascii() and kind.isdigit():
        if not 0 < len(kind) <= 3 or not int(kind):
            raise BadPattern(f"`{{{inside}}}`: a placeholder takes 1 to 999 characters")
        return Placeholder(_name(name), width=int(kind))
    return Placeholder(_name(inside))


def _name(text: str) -> str:
    return checked(text, "property") if text.strip() else ""


def _unescaped(text: str) -> str:
    return text[0] if text in ("{{", "}}") else text


def _with_clock(parts: list[str | Placeholder]) -> list[str | Placeholder]:
    """Make `{h}`, `{m}`, `{s}` and `{ms}` one time code where there are minutes with hours or seconds."""
    names = {part.name for part in parts if isinstance(part, Placeholder)}
    if "m" not in names or not names & {"h", "s"}:
        return parts
    return [
        Placeholder(part.name, width=part.width, is_clock=True)
        if isinstance(part, Placeholder) and part.name in CLOCK
        else part
        for part in parts
    ]


def _is_on_clock(name: str, digits: str) -> bool:
    return len(digits) <= 3 and (name in ("h", "ms") or int(digits) < 60)


def _check(text: str, parts: list[str | Placeholder]) -> None:
    slots = [part for part in parts if isinstance(part, Placeholder)]
    if not any(slot.name for slot in slots):
        raise BadPattern(f"`{text}` has no placeholder; write one as `{{name}}`")
    if len(slots) > MOST:
        raise BadPattern(f"a pattern has at most {MOST} placeholders, not {len(slots)}")
    if any("//" in part for part in parts if isinstance(part, str)):
        raise BadPattern(f"`{text}` has a folder without a name: `//`")
    named = [name_key(slot.name) for slot in slots if slot.name and not slot.is_clock]
    named += [slot.name for slot in slots if slot.is_clock]
    named += [name_key(TIME_CODE)] if any(slot.is_clock for slot in slots) else []
    for name in named:
        if named.count(name) > 1:
            raise BadPattern(f"`{text}` names `{name}` twice; give each placeholder a name of its own")
    for part, following in pairwise(parts):
        if isinstance(part, Placeholder) and isinstance(following, Placeholder) and part.width is None:
            raise BadPattern(
                f"nothing tells where `{{{part.name}}}` ends and `{{{following.name}}}` begins; put a sign between "
                f"them, or say how many characters it has: `{{{part.name}:4}}`"
            )
