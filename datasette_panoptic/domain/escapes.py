"""How names and values are written in a query string where a character of its grammar would mean something: as `~XX`.

Each such character stands by its byte in hexadecimal, the tilde among them: `dc:title` is `dc~3Atitle`.
"""

from __future__ import annotations

import re

#: Characters that the grammar of query strings uses inside values.
GRAMMAR = frozenset("~,;()=:!")

ESCAPE = re.compile(r"~([0-9A-F]{2})")
#: Underscores that a key gives a meaning to: the first one, as in `_sort`, and those before an operator, as in `x__gt`.
UNDERSCORES = re.compile(r"^_|_(?=_)|(?<=_)_")


def escaped(text: str) -> str:
    """Write a text so that no character of the grammar stands in it; `~` alone is the empty text."""
    return "".join(_escape(letter) if letter in GRAMMAR else letter for letter in text) or "~"


def unescaped(text: str) -> str:
    """Read a text that `escaped` wrote, or anybody else."""
    return "" if text == "~" else ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)


def escaped_name(name: str) -> str:
    """Write a field's name so that it is read as one wherever a query string has a name."""
    return UNDERSCORES.sub(lambda match: _escape(match[0]), escaped(name))


def key_name(name: str) -> str:
    """Write a field's name as the key of a condition or the value of `_sort`, where most characters are its own."""
    plain = ESCAPE.sub(lambda match: f"{_escape('~')}{match[1]}", name)
    return f"{_escape('_')}{plain[1:]}" if plain.startswith("_") else plain


def read_name(text: str) -> str:
    """Read a name that `key_name` or `escaped_name` wrote, or anybody else: a lone `~` is a name too."""
    return ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)


def _escape(letter: str) -> str:
    return f"~{ord(letter):02X}"
