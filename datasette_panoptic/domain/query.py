"""What a person asks to see: a frozen value that the URL, the SQL and the ordered ids all follow from.

Fields are named, and operands are texts, as they stand in the URL: whether a project has such a field, and whether its
type takes such an operand, is found out when the query meets a project.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

from .similar import Similar

Mode = Literal["instances", "images"]
Kind = Literal["all", "any", "not"]
GroupOrder = Literal["value", "size", "min", "max", "mean", "sum"]

MODES: tuple[Mode, ...] = get_args(Mode)
KINDS: tuple[Kind, ...] = get_args(Kind)
GROUP_ORDERS: tuple[GroupOrder, ...] = get_args(GroupOrder)
#: Orders of groups by another field.
AGGREGATES: tuple[GroupOrder, ...] = ("min", "max", "mean", "sum")

#: Levels of groups within each other: more than anybody reads, few enough for several tags on each.
MOST_LEVELS = 10

#: The sort key that is no field: a shuffle.
RANDOM = "random"


@dataclass(frozen=True)
class Condition:
    """A field's value compared by an operator with operands; which operators there are is `query.operators`' table."""

    field: str
    operator: str
    operands: tuple[str, ...] = ()


#: The field of conditions that any text, tag or file name may fulfil.
ANYWHERE = "*"


@dataclass(frozen=True)
class Combined:
    """Conditions joined: `all` of none is true, `any` of none is false, `not` is true where none of its parts is."""

    kind: Kind
    parts: tuple[Where, ...] = ()


Where = Condition | Combined


@dataclass(frozen=True)
class Sort:
    """One key of an order: a field's name, or RANDOM. Ties go to the next key, and last to the lower instance id.

    Cells without a value come last in both directions.
    """

    key: str
    descending: bool = False


@dataclass(frozen=True)
class Grouping:
    """One level of groups: the values of a field, or steps of them.

    `step` is for dates (year, month, day, …), numbers (a width, quantiles, edges), tags and folders (tree); see
    `query.steps`. Groups are ordered by value, by size or by what another field, `of`, comes to in each; those for
    which that is nothing come last, and after them the cells without a value. A cell with several tags stands in the
    group of each.
    """

    field: str
    step: str = ""
    order: GroupOrder = "value"
    of: str = ""  # the field of min, max, mean and sum
    descending: bool = False


@dataclass(frozen=True)
class Query:
    """Which instances or images, in which groups and order. The default is every instance by id.

    In mode `images` identical images are stacked: one cell per image and group, where its first instance would stand.
    """

    mode: Mode = "instances"
    folders: frozenset[int] = frozenset()  # their subfolders included; empty: everywhere
    within: int | None = None  # a stored selection; None: any instance
    search: str = ""  # words as `query.search` reads them
    where: tuple[Where, ...] = ()  # all of them hold
    groups: tuple[Grouping, ...] = ()
    sorts: tuple[Sort, ...] = ()
    seed: int = 0  # of the sort key `random`
    similar: Similar | None = None  # gives its cells the field `similarity`; by itself it leaves none out

    def everywhere(self) -> Query:
        """The same question without its restriction to folders."""
        return replace(self, folders=frozenset())
