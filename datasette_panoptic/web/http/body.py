"""What a request says, each part read as the type it should have: JSON, forms, files that are sent, query strings."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from datasette.utils.asgi import BadRequest, PayloadTooLarge

from datasette_panoptic.errors import BadQuery

from .visit import Pairs, Visit

MEGABYTE = 1024 * 1024

#: Half a character, which JSON can write and UTF-8 cannot, or the one that ends a text in C.
NO_TEXT = re.compile("[\0\ud800-\udfff]")
#: Digits of a whole number: each of so many fits into 64 bits.
DIGITS = 18
#: Levels of lists and objects in JSON: plugins' parameters have some, and nothing else more than three.
DEEPEST = 50
#: Ids in one list.
MOST_IDS = 20_000
#: Characters of what was wrong that a message repeats.
LONGEST_SHOWN = 80
#: How a form says yes.
TRUE = ("1", "on", "true")
#: How Datasette says that a form is larger than it was told to take.
TOO_MUCH = re.compile("too (large|many)", re.IGNORECASE)

MULTIPART = "multipart/form-data"


@dataclass(frozen=True)
class Body:
    """Fields by name. What is absent and what is null are told apart by `in`."""

    values: Mapping[str, Any]

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def text(self, name: str, default: str | None = None) -> str:
        """Read a text. Raises BadQuery where it is something else, or absent without a default."""
        value = self.values.get(name, default)
        if value is None:
            raise BadQuery(f"`{name}` is missing")
        return text_of(value, name)

    def text_or_none(self, name: str) -> str | None:
        """Read a text; null and the empty one are None."""
        value = self.values.get(name)
        return None if value is None else text_of(value, name) or None

    def id(self, name: str) -> int:
        """Read an id: a whole number, or its digits. Raises BadQuery where it is none, or absent."""
        value = self.values.get(name)
        if value is None:
            raise BadQuery(f"`{name}` is missing")
        return id_of(value, name)

    def id_or_none(self, name: str) -> int | None:
        """Read an id; an empty field of a form is None."""
        return None if self.values.get(name) in (None, "") else self.id(name)

    def ids(self, name: str) -> list[int]:
        """Read an id or a list of them, MOST_IDS at most; absent is none."""
        value = self.values.get(name)
        values = [] if value is None else value if isinstance(value, list) else [value]
        if len(values) > MOST_IDS:
            raise BadQuery(f"`{name}` takes {MOST_IDS:,} ids at most, not {len(values):,}")
        return [id_of(value, name) for value in values]

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Read yes or no: true or false, or as a form says it."""
        return str(self.values.get(name, default)).lower() in TRUE

    def json(self, name: str) -> Any:
        """Read what a form sends as the text of some JSON. Raises BadQuery."""
        value = self.values.get(name)
        return read_json(value, f"`{name}`") if isinstance(value, str) and value else value


async def body(visit: Visit, *known: str) -> Body:
    """Read the body of a request, which may be absent, with the fields that the route knows. Raises BadQuery."""
    if media_type(visit) in ("application/x-www-form-urlencoded", MULTIPART):
        form = await visit.request.form()
        values: Any = {name: str(value) for name, value in form.items()}
    else:
        values = read_json(await visit.request.post_body() or b"{}", "the body")
    if not isinstance(values, dict):
        raise BadQuery("the body must be a JSON object")
    _require_known("field", values.keys(), known)
    return Body(values)


async def form_pairs(visit: Visit) -> Pairs:
    """Read a form whose fields may be repeated, in their order."""
    return parse_qsl((await visit.request.post_body()).decode(errors="replace"), keep_blank_values=True)


async def sent_files(visit: Visit, field: str, limits: str, **bounds: int) -> Any:
    """Read a form with files in a field, to be closed with `async with`. `bounds` are those of Datasette's form.

    Raises BadQuery where it is another kind of request, PayloadTooLarge with what `limits` says.
    """
    if media_type(visit) != MULTIPART:
        raise BadQuery(f"send files as {MULTIPART}, in the field `{field}`")
    try:
        return await visit.request.form(files=True, **bounds)
    except BadRequest as error:
        if TOO_MUCH.search(str(error)):
            raise PayloadTooLarge(f"{error}: {limits}") from error
        raise


def media_type(visit: Visit) -> str:
    """Return the media type of a request's body, without parameters."""
    return (visit.request.headers.get("content-type") or "").partition(";")[0].strip().lower()


def address_keys(visit: Visit, *known: str) -> dict[str, str]:
    """Read the keys of an address that is no view's; the language may always be among them. Raises BadQuery."""
    pairs = visit.without("_lang")
    _require_known("key", [name for name, _ in pairs], known)
    return dict(pairs)


def _require_known(kind: str, names: Any, known: tuple[str, ...]) -> None:
    unknown = set(names) - set(known)
    if unknown:
        raise BadQuery(f"unknown {kind} `{min(unknown)}`; known: {', '.join(sorted(known))}")


def text_of(value: object, name: str) -> str:
    """Check that a value is a text, and one that SQLite keeps whole. Raises BadQuery."""
    if not isinstance(value, str) or NO_TEXT.search(value):
        raise BadQuery(f"`{name}` takes a text, not {shown(value)}")
    return value


def shown(value: object) -> str:
    """What came instead of what was wanted, as a message says it: it may be anything, of any size."""
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "an object"
    text = value if isinstance(value, str) else json.dumps(value)
    return f"`{text[:LONGEST_SHOWN]}…`" if len(text) > LONGEST_SHOWN else f"`{text}`"


def id_of(value: object, name: str) -> int:
    """Check that a value is a whole number. Raises BadQuery."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise BadQuery(f"`{name}` takes whole numbers, not {shown(value)}")
    if isinstance(value, int):
        value = str(value) if 0 <= value < 10**DIGITS else "-"  # of larger ones Python may refuse to write the digits
    return whole(value, name)


def read_json(text: str | bytes, name: str) -> Any:
    """Read the text of some JSON whose numbers are finite, whose texts are whole and that nests no deeper than DEEPEST.

    Raises BadQuery.
    """
    try:
        value = json.loads(text)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except RecursionError as error:
        raise BadQuery(f"{name} is nested too deeply; at most {DEEPEST} levels are allowed") from error
    except UnicodeEncodeError as error:
        before, half = error.object[: error.start][-20:], ascii(error.object[error.start])[1:-1]
        raise BadQuery(f"{name} contains half a character, `{half}` after `{before}`") from error
    except ValueError as error:
        raise BadQuery(f"{name} is no JSON: {error}") from error
    level = [value]
    for _ in range(DEEPEST + 1):
        level = [
            each for outer in level if isinstance(outer, list | dict)
            for each in (outer.values() if isinstance(outer, dict) else outer)
        ]  # fmt: skip
    if level:
        raise BadQuery(f"{name} is nested too deeply; at most {DEEPEST} levels are allowed")
    return value


def whole(value: str, name: str) -> int:
    """Read a whole number. Raises BadQuery."""
    if not (value.isascii() and value.isdigit() and len(value) <= DIGITS):
        raise BadQuery(f"`{name}` takes whole numbers of up to {DIGITS} digits, not {shown(value)}")
    return int(value)


def ids_of(text: str, name: str, most: int) -> list[int]:
    """Read ids that commas separate, at least one. Raises BadQuery."""
    ids = [whole(part, name) for part in text.split(",") if part]
    if not 0 < len(ids) <= most:
        raise BadQuery(f"`{name}` takes 1 to {most} ids separated by commas, not {len(ids)}")
    return ids


def one_of(value: str, name: str, choices: tuple[Any, ...]) -> Any:
    """Read one of several words. Raises BadQuery."""
    if value not in choices:
        raise BadQuery(f"`{name}` cannot be {shown(value)}; choose among {', '.join(choices)}")
    return value
