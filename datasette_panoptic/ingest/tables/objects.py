"""Tables in JSON: a list of objects, or an object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from datasette_panoptic.errors import IngestError

from .cells import Cell, Token, Unreadable, cell_of, whole_text
from .encoding import Encoding

Form = Literal["json", "jsonl"]


def headers(path: Path, name: str, encoding: Encoding) -> tuple[Form, tuple[str, ...]]:
    """Tell a list from lines, and return every key in the order in which they appear; one may be Unreadable.

    Raises IngestError.
    """
    with path.open(encoding=encoding.name, errors=encoding.errors) as file:
        begin = next((line.lstrip()[:1] for line in file if line.strip()), "")
    form: Form = "json" if begin == "[" else "jsonl"
    keys = dict.fromkeys(key for given in _objects(path, name, encoding, form) for key in given)
    return form, tuple(text if isinstance(text := whole_text(key), Unreadable) else key for key in keys)


def rows(
    path: Path, name: str, encoding: Encoding, form: Form, keys: tuple[str, ...]
) -> Iterator[tuple[int, list[Cell]]]:
    """Yield the cells of each object, numbered from 1. Raises IngestError where the file cannot be read on."""
    for row, given in enumerate(_objects(path, name, encoding, form), 1):
        yield row, [cell_of(given.get(key)) for key in keys]


def _objects(path: Path, name: str, encoding: Encoding, form: Form) -> Iterator[dict[str, Any]]:
    decoder = json.JSONDecoder(object_pairs_hook=_unique, parse_int=Token, parse_float=Token)
    with path.open(encoding=encoding.name, errors=encoding.errors) as file:
        row = 0
        try:
            several = decoder.decode(file.read()) if form == "json" else map(decoder.decode, filter(str.strip, file))
            for row, given in enumerate(several, 1):
                if not isinstance(given, dict):
                    raise IngestError(f"row {row} of `{name}` is not an object; a JSON table must be a list of objects")
                yield given
        except RecursionError as error:
            raise IngestError(f"`{name}` is nested too deeply to be read, after row {row}") from error
        except json.JSONDecodeError as error:
            where = f"row {row + 1} of `{name}`" if form == "jsonl" else f"`{name}`"
            raise IngestError(f"{where} is no JSON: {error}") from error
        except _Twice as error:
            where = f"row {row + 1} of `{name}`" if form == "jsonl" else f"an object of `{name}`"
            raise IngestError(f"{where} has the key `{error}` twice; remove one") from error


class _Twice(ValueError):
    """A key that an object has twice, of which JSON would keep the last."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    one = dict(pairs)
    if len(one) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _Twice(max(keys, key=keys.count))
    return one
