"""What a request to write says: the fields of a JSON object or of a form, each read as the type it should have."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from datasette_panoptic.errors import BadQuery
from datasette_panoptic.web.media import whole

from .visit import Visit

#: Half a character, which JSON can write and UTF-8 cannot, or the one that ends a text in C.
NO_TEXT = re.compile("[\0\ud800-\udfff]")


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
        """Read an id or a list of them; absent is none."""
        value = self.values.get(name)
        values = [] if value is None else value if isinstance(value, list) else [value]
        return [id_of(value, name) for value in values]


async def body(visit: Visit, *known: str) -> Body:
    """Read the body of a request, which may be absent, with the fields that the route knows. Raises BadQuery."""
    content_type = (visit.request.headers.get("content-type") or "").partition(";")[0].strip()
    if content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        form = await visit.request.form()
        values: Any = {name: str(value) for name, value in form.items()}
    else:
        try:
            values = json.loads(await visit.request.post_body() or b"{}")
        except (ValueError, RecursionError) as error:
            raise BadQuery(f"the body is no JSON: {error}") from error
    if not isinstance(values, dict):
        raise BadQuery("the body must be a JSON object")
    unknown = values.keys() - set(known)
    if unknown:
        raise BadQuery(f"unknown field `{min(unknown)}`; known: {', '.join(known)}")
    return Body(values)


def text_of(value: object, name: str) -> str:
    """Check that a value is a text, and one that SQLite keeps whole. Raises BadQuery."""
    if not isinstance(value, str) or NO_TEXT.search(value):
        raise BadQuery(f"`{name}` takes a text, not `{json.dumps(value)[:80]}`")
    return value


def id_of(value: object, name: str) -> int:
    """Check that a value is a whole number. Raises BadQuery."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise BadQuery(f"`{name}` takes whole numbers, not `{json.dumps(value)[:80]}`")
    return whole(str(value), name)
