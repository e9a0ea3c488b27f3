"""What contexts of several pages have: what stands around a page, links, choices of forms, pages of a list."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Link:
    label: str
    href: str
    is_current: bool = False


@dataclass(frozen=True)
class Option:
    """A choice in a form."""

    key: str
    label: str
    is_chosen: bool = False


@dataclass(frozen=True)
class Frame:
    """What every page has around it."""

    database: str
    title: str
    base: str
    language: str
    languages: list[Link]
    links: list[Link]
    can_edit: bool
    can_import: bool
    can_run: bool
    notices: list[str] = field(default_factory=list)
