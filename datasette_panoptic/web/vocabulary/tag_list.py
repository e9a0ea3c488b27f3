"""Which tags the plain page lists, and how their lists are nested: lines in order, as a template prints them."""

from __future__ import annotations

from collections.abc import Iterable

from datasette_panoptic.domain.texts import fold
from datasette_panoptic.store.tags import Tag

#: Tags that a page lists.
MOST = 1000

#: A tag, whether those below it follow, how many they are, how many lists end after it.
Line = tuple[Tag, bool, int, int]


def listed(tags: list[Tag], q: str, chosen: int | None) -> list[Line]:
    """Put tags in the order of the list; return whether what is below each follows, how much that is, and what ends.

    A tag stands below each of its parents, and what is below it stands there once. All is open where it fits on a
    page, else the way to the one that is chosen. A search finds tags whose names contain it, without their tree.
    """
    if q:
        return [(tag, False, 0, 0) for tag in tags if fold(q) in fold(tag.name)]
    below: dict[int, list[Tag]] = {}
    for tag in tags:
        for parent in tag.parent_ids or (0,):
            below.setdefault(parent, []).append(tag)
    fits = sum(map(len, below.values())) <= MOST
    unfolds = set(below) if fits else above(tags, chosen)
    rows: list[Line] = []
    waiting = [iter(below.get(0, ()))]
    while waiting:
        if (next_one := next(waiting[-1], None)) is None:
            waiting.pop()
            if waiting:
                last, follows, under, closes = rows[-1]
                rows[-1] = (last, follows, under, closes + 1)
            continue
        is_open = next_one.id in unfolds and next_one.id in below
        unfolds.discard(next_one.id)
        rows.append((next_one, is_open, len(below.get(next_one.id, ())), 0))
        if is_open:
            waiting.append(iter(below[next_one.id]))
    return rows


def cut(rows: list[Line]) -> list[Line]:
    """Keep the lines that a page has room for, with their lists closed."""
    if len(rows) <= MOST:
        return rows
    *kept, (tag, _, below, _) = rows[:MOST]
    depth = sum(is_open - closes for _, is_open, _, closes in kept)
    return [*kept, (tag, False, below, depth)]


def above(tags: Iterable[Tag], chosen: int | None) -> set[int]:
    """Return a tag with all tags above it."""
    parents = {tag.id: tag.parent_ids for tag in tags}
    ids: set[int] = set()
    waiting = [] if chosen is None else [chosen]
    while waiting:
        if (tag_id := waiting.pop()) not in ids:
            ids.add(tag_id)
            waiting += parents.get(tag_id, ())
    return ids
