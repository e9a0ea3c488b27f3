"""What each page says, as values. One context serves the HTML, which prints it, and the `.json` of the same address."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .grid.headings import Heading
from .http.frame import Frame, Link, Option, Pager
from .roots import ImportPanel


@dataclass(frozen=True)
class CardView:
    """A cell as HTML shows it. `copies_label` is empty for a single one."""

    id: int
    image_id: int
    sha1: str
    name: str
    width: int
    height: int
    color: str
    copies: int
    copies_label: str
    label: str
    href: str
    thumb_url: str
    headings: list[Heading] = field(default_factory=list)  # of the groups that begin with it


@dataclass(frozen=True)
class FolderView:
    """A folder of the tree, listed before its subfolders; `count` has those in it, `missing` has not.

    `closes`: how many lists of subfolders end after it.
    """

    id: int
    parent_id: int | None
    name: str
    count: int
    count_label: str
    missing: int
    missing_label: str
    href: str
    is_chosen: bool
    is_open: bool
    has_children: bool
    closes: int


@dataclass(frozen=True)
class Chip:
    """A condition (`kind` where) or level of groups (`kind` group) of the address: the `index`-th of its kind."""

    kind: str
    index: int
    label: str
    title: str
    remove_href: str
    remove_label: str


@dataclass(frozen=True)
class FilterBar:
    """`kept` is what the forms send along, `search_kept` the same without the search.

    `clear` leads to the view without conditions and search, null where there are none.
    """

    search: str
    search_kept: list[tuple[str, str]]
    chips: list[Chip]
    clear: Link | None
    kept: list[tuple[str, str]]
    fields: list[Option]
    operators: list[Option]
    steps: list[Option]


@dataclass(frozen=True)
class Tab:
    """A saved view. `href` is the grid as it was saved, `link` the address that follows later changes of the view.

    `fault` says why the view cannot be shown as it is, and is empty where it can; then `count` has its cells.
    """

    id: int
    name: str
    query: str
    layout: dict[str, str]
    actor: str | None
    href: str
    link: str
    count: int | None
    fault: str


@dataclass(frozen=True)
class TabsBar:
    """The tabs above the grid. `kept` is the address that saving it would save; the last three lead to other pages."""

    tabs: list[Link]
    everything: Link
    save_url: str | None
    kept: str
    sql: Link
    export: Link
    split: Link


@dataclass(frozen=True)
class TabFaultPage:
    """A saved view that does not suit the project any more: why, what of it is lost, and the view of what is left."""

    frame: Frame
    message: str
    missing: list[str]
    rest: Link


@dataclass(frozen=True)
class SqlPage:
    """The SQL of a view. `literal` has its parameters written in; `tokens` are kinds and texts that make up `sql`.

    `editor_url` opens it in Datasette; null: the visitor may not run SQL, or it is too long for an address.
    """

    frame: Frame
    sql: str
    params: dict[str, str | int | float]
    literal: str
    tokens: list[tuple[str, str]]
    notes: list[str]
    editor_url: str | None
    grid: Link


@dataclass(frozen=True)
class Side:
    """Half of a split view: what it shows, as the address of the page says it, and the grid that shows it."""

    key: str
    label: str
    asked: str
    src: str
    alone: Link


@dataclass(frozen=True)
class SplitPage:
    """Two grids beside each other; `share` is the width of the left one in percent."""

    frame: Frame
    left: Side
    right: Side
    share: int
    swapped: Link


@dataclass(frozen=True)
class GridPage:
    """`empty_note` is what an empty view says, `empty_message` the same where this one is empty.

    `asked` are the conditions and groups, as keys that the form of the page sends along; `then` its further sorts.
    """

    frame: Frame
    query: str
    mode: str
    count: int
    images: int
    instances: int
    counts_label: str
    thumb: int
    at: int
    seed: int
    empty_message: str
    empty_note: str
    filters: FilterBar | None
    asked: list[tuple[str, str]]
    then: list[str]
    modes: list[Option]
    sorts: list[Option]
    orders: list[Option]
    chosen_folders: list[int]
    everywhere: Link
    folders: list[FolderView]
    cards: list[CardView]
    pager: Pager
    panel: ImportPanel | None
    script: dict[str, Any]


@dataclass(frozen=True)
class RejectView:
    id: int
    name: str
    folder: str
    reason: str
    size_label: str
    at: str


@dataclass(frozen=True)
class RejectsPage:
    frame: Frame
    count: int
    count_label: str
    rejects: list[RejectView]
    pager: Pager
