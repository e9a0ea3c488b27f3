"""Changesets as people read them: on the page of the history, and on the page of each image."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl

from datasette_panoptic.store.history import Entry

from .http.frame import Link
from .http.visit import Visit


@dataclass(frozen=True)
class EntryView:
    """One changeset; `view` is what it was said of. An address is null where there is nothing to do, or who may not."""

    id: int
    actor: str | None
    actor_label: str
    at: str
    at_label: str
    tool: str
    tool_label: str
    changed: int
    changed_label: str
    properties: str
    view: Link | None
    is_standing: bool
    state_label: str
    undo_url: str | None
    redo_url: str | None


def entry_view(visit: Visit, entry: Entry, *, can_edit: bool) -> EntryView:
    """Say of a changeset what a person wants to know; an undo offers to be taken back as redoing."""
    words = visit.words
    tool = f"tool.{entry.tool}"
    tool_label = words(tool) if tool in words.messages else entry.tool
    if entry.undoes:
        tool_label = words("history.takes_back", tool=tool_label, changeset=str(entry.undoes))
    is_standing = entry.undone_by is None
    is_redone = entry.tool == "redo"  # what it gave back stands by itself, and has the button
    return EntryView(
        entry.id,
        entry.actor,
        entry.actor or visit.nobody,
        entry.at,
        words.moment(entry.at),
        entry.tool,
        tool_label,
        entry.changed,
        words.number(entry.changed),
        entry.properties,
        _view(visit, entry.query),
        is_standing,
        words("history.stands") if is_standing else words("history.undone_by", changeset=str(entry.undone_by)),
        undo_url=f"{visit.base}/undo" if can_edit and is_standing and not entry.undoes else None,
        redo_url=f"{visit.base}/redo" if can_edit and is_standing and entry.undoes and not is_redone else None,
    )


def _view(visit: Visit, query: str | None) -> Link | None:
    """Link to the view that something was said of; its label is its query string as one reads it."""
    if query is None:
        return None
    said = ", ".join(f"{name}={value}" for name, value in parse_qsl(query, keep_blank_values=True))
    return Link(said or visit.words("history.all"), f"{visit.base}?{query}" if query else visit.base)
