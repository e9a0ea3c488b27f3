"""What a person asks to see: a frozen value that the URL, the SQL and the ordered ids all follow from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

Mode = Literal["instances", "images"]
SortKey = Literal["id", "name", "folder", "width", "height", "taken_at", "bytes", "random"]

MODES: tuple[Mode, ...] = get_args(Mode)
SORT_KEYS: tuple[SortKey, ...] = get_args(SortKey)


@dataclass(frozen=True)
class Sort:
    """One key of an order. Ties go to the next key, and last to the lower instance id, whatever the direction.

    Cells without a value (no capture date) come last in both directions.
    """

    key: SortKey
    descending: bool = False


@dataclass(frozen=True)
class Query:
    """Which instances or images, in which order. The default is every instance by id.

    In mode `images` identical images are stacked: one cell per image, where its first instance would stand.
    """

    mode: Mode = "instances"
    folders: frozenset[int] = frozenset()  # their subfolders included; empty: everywhere
    sorts: tuple[Sort, ...] = ()
    seed: int = 0  # of the sort key `random`

    def everywhere(self) -> Query:
        """The same question without its restriction to folders."""
        return replace(self, folders=frozenset())
