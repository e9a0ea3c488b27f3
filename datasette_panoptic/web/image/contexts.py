"""What the page of an image says, as values: see `contexts`."""

from __future__ import annotations

from dataclasses import dataclass, field

from datasette_panoptic.web.entries import EntryView
from datasette_panoptic.web.http.frame import Frame, Link


@dataclass(frozen=True)
class TagView:
    id: int
    name: str
    color: str | None


@dataclass(frozen=True)
class PaneRow:
    """One line of a pane. `href` leads elsewhere, or is null; `property_id` is null for what the import found out.

    Where it has several values, `links` leads from each to what has it too.
    Of a property: `text` is its value as one writes it, null where it has none; `said` who gave it that, and when.
    """

    key: str
    label: str
    value: str
    href: str | None = None
    links: list[Link] = field(default_factory=list)
    property_id: int | None = None
    type: str = "text"
    tags: list[TagView] = field(default_factory=list)
    color: str | None = None
    plain: object = None
    text: str | None = None
    said: str = ""
    group: str | None = None
    description: str | None = None


@dataclass(frozen=True)
class Pane:
    """`instance` is what its values are written of; null where nobody, or not this visitor, writes any."""

    key: str
    label: str
    rows: list[PaneRow]
    instance: int | None = None


@dataclass(frozen=True)
class InstanceView:
    id: int
    name: str
    folder: str
    missing_since: str | None
    missing_label: str
    href: str
    is_current: bool


@dataclass(frozen=True)
class InstanceRow:
    """A line of the table of instances; its cells go with the table's columns."""

    id: int
    name: str
    href: str
    is_current: bool
    cells: list[PaneRow]


@dataclass(frozen=True)
class InstanceTable:
    """What is said of each instance of an image that has several. `note` says that there are more, or is empty."""

    label: str
    columns: list[str]
    rows: list[InstanceRow]
    note: str


@dataclass(frozen=True)
class Neighbour:
    id: int
    instance_id: int | None
    href: str


@dataclass(frozen=True)
class ImagePage:
    """`position` counts from 1 within the view, and is null for an image that the view does not contain.

    `values_url` takes the form of a value, null for who may not annotate; `changes` are the last that touched it.
    """

    frame: Frame
    id: int
    instance_id: int | None
    sha1: str
    width: int
    height: int
    name: str
    title: str
    format: str
    color: str
    thumb_url: str
    preview_url: str
    original_url: str | None
    original_state: str
    original_label: str
    original_is_shown: bool
    values_url: str | None
    panes: list[Pane]
    instances: list[InstanceView]
    instances_label: str
    table: InstanceTable | None
    previous: Neighbour | None
    next: Neighbour | None
    position: int | None
    position_label: str
    count: int
    grid_url: str
    changes: list[EntryView]
    history: Link
