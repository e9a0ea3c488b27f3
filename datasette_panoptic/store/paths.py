"""Absolute paths, which say something of somebody's machine, taken out of what others may read."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import PureWindowsPath
from typing import Any

#: What a path on somebody's machine looks like inside a sentence; addresses in the network are none.
ABSOLUTE_PATH = re.compile(
    r"(?P<address>\b(?!file:)[A-Za-z][A-Za-z0-9+.-]+://\S+)"
    r"|(?<![\w/\\])(?:/|[A-Za-z]:[\\/]|\\\\)[^\s'\"`:;,]*[/\\][^'\"`:;,\n]*"
)

#: A text that is nothing but such a path.
WHOLE_PATH = re.compile(r"(?:file:)?(?:/|~|[A-Za-z]:[\\/]|\\\\)[^\n]*")


def without_paths(message: str, roots: Sequence[tuple[str, str]] = ()) -> str:
    """Take absolute paths out of a message: a root's directory becomes the root's name, any other an ellipsis.

    `roots` are directories with their names.
    """
    for directory, name in sorted(roots, key=lambda root: len(root[0]), reverse=True):
        message = message.replace(directory, name)
    return ABSOLUTE_PATH.sub(lambda path: path["address"] or "…", message)


def names_for_paths(value: Any) -> Any:
    """Leave of each absolute path in a JSON value, at any depth, the name of its file."""
    if isinstance(value, dict):
        return {names_for_paths(key): names_for_paths(each) for key, each in value.items()}
    if isinstance(value, list):
        return [names_for_paths(each) for each in value]
    if not isinstance(value, str):
        return value
    if WHOLE_PATH.fullmatch(value):
        return _name(value)
    return ABSOLUTE_PATH.sub(lambda path: path["address"] or _name(path[0]), value)


def json_without_paths(text: str) -> str:
    """Do the same to a JSON text; what is no JSON becomes null, since nobody knows what it says."""
    try:
        return json.dumps(names_for_paths(json.loads(text)), sort_keys=True, ensure_ascii=False)
    except (ValueError, RecursionError):
        return "null"


def _name(path: str) -> str:
    return PureWindowsPath(path).name  # which knows both separators
