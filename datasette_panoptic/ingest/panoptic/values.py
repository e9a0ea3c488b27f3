"""Values and tags as Panoptic stores them, read as values and tags of ours; what cannot be is a complaint."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from datasette_panoptic.domain import values
from datasette_panoptic.domain.changes import Value
from datasette_panoptic.domain.descriptions import DescribedTag
from datasette_panoptic.domain.fields import FieldType
from datasette_panoptic.domain.names import LONGEST, fitted, name_key, tidied
from datasette_panoptic.domain.old import Anchor, OldProperty, OldTag, local_moment
from datasette_panoptic.domain.palette import PALETTE
from datasette_panoptic.domain.values import NotAValue
from datasette_panoptic.ingest.tables.values import color, date

Said = tuple[int | str, object]

#: Complaints that are listed with their words; all are counted.
LISTED = 20

#: Characters of a value that a complaint shows.
SHOWN = 60


class Complaints:
    """What could not be carried of a property, counted and, up to a point, listed."""

    def __init__(self, anchor: Anchor) -> None:
        self.anchor = anchor
        self.count = 0
        self.listed: list[str] = []

    def add(self, anchor: int | str, message: str) -> None:
        self.count += 1
        if len(self.listed) < LISTED:
            self.listed.append(f"{self.anchor} {anchor}: {message}")


def read_values(said: Iterator[Said], type_: FieldType, complaints: Complaints) -> Iterator[tuple[int | str, Value]]:
    """Yield what can be read of a property's values."""
    read = READERS[type_]
    for anchor, value in said:
        try:
            yield anchor, read(value)
        except NotAValue as error:
            complaints.add(anchor, str(error))


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _number(value: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise NotAValue(f"`{_shown(value)}` is no number")
    return values.number(value if isinstance(value, str) else repr(value))


def _checkbox(value: object) -> int:
    return values.checkbox(value if isinstance(value, str) else _text(value))


def _date(value: object) -> str:
    if not isinstance(value, str):
        raise NotAValue(f"`{_shown(value)}` is no date")
    try:
        return date(local_moment(value))
    except NotAValue as error:
        raise NotAValue(str(error).replace(value, _shown(value))) from error


def _color(value: object) -> str:
    try:
        return color(str(value))
    except NotAValue:
        raise NotAValue(f"`{_shown(value)}` is no colour: one is a number from 0 to {len(PALETTE) - 1}") from None


def _shown(value: object) -> str:
    text = _text(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


READERS: Mapping[FieldType, Callable[[object], Value]] = {
    "text": _text,
    "url": _text,
    "number": _number,
    "checkbox": _checkbox,
    "date": _date,
    "color": _color,
}


def read_tags(said: Iterator[Said], ids: Mapping[int, int], complaints: Complaints) -> Iterator[tuple[int | str, int]]:
    """Yield each tag that something has, as the id that `ids` gives it here."""
    for anchor, tags in said:
        for tag in tags if isinstance(tags, list) else [tags]:
            if isinstance(tag, int) and tag in ids:
                yield anchor, ids[tag]
            elif tag is not None:
                complaints.add(anchor, f"there is no tag {_shown(tag)} of this property")


def names_here(known: OldProperty) -> dict[int, str]:
    """Return what each tag of a property is called here, by its id there: tags of one name as the first is spelled."""
    fitting = {tag.id: fitted(tag.name) for tag in known.tags}
    first: dict[str, str] = {}
    return {id_: first.setdefault(name_key(name), name) for id_, name in fitting.items() if name}


def described(known: OldProperty, notes: list[str]) -> tuple[DescribedTag, ...]:
    """Return a property's tags as `plant` takes them; what two of one name, or a circle, come to is noted.

    A tag of a name stands for all of that name, with the parents of each. A name that is too long is cut, and stands
    whole in the description.
    """
    names = names_here(known)
    if nameless := len(known.tags) - len(names):
        notes.append(f"{nameless:,} tags of `{known.name}` have no name")
    several = [name for name, times in Counter(names.values()).items() if times > 1]
    if several:
        notes.append(f"tags of one name in `{known.name}` are one tag now: {', '.join(several)}")
    merged: dict[str, DescribedTag] = {}
    for tag in known.tags:
        if not (name := names.get(tag.id)):
            continue
        parents = [names[parent] for parent in tag.parents if parent in names]
        before = merged.get(name) or DescribedTag(name)
        merged[name] = replace(
            before,
            color=before.color or _hue(tag),
            description=before.description or (tag.name if len(tidied(tag.name)) > LONGEST else None),
            parents=tuple(dict.fromkeys([*before.parents, *(parent for parent in parents if parent != name)])),
        )
    if cut := sum(tag.description is not None for tag in merged.values()):
        notes.append(
            f"{cut:,} tags of `{known.name}` have names of more than {LONGEST} characters: they are cut, and stand "
            "whole in the tags' descriptions"
        )
    if lost := sum(parent not in names for tag in known.tags if tag.id in names for parent in tag.parents):
        notes.append(f"{lost:,} parents of tags of `{known.name}` are no tags of it")
    return without_circles(list(merged.values()), known.name, notes)


def _hue(tag: OldTag) -> str | None:
    return PALETTE[tag.color] if tag.color is not None and tag.color < len(PALETTE) else None


def without_circles(tags: Sequence[DescribedTag], name: str, notes: list[str]) -> tuple[DescribedTag, ...]:
    """Take away each parent that stands below its own child, by whatever way."""
    parents = {tag.name: list(tag.parents) for tag in tags}
    done: set[str] = set()
    for start in parents:
        path: list[str] = []
        walk: list[tuple[str, Iterator[str]]] = []
        if start not in done:
            path, walk = [start], [(start, iter(tuple(parents[start])))]
        while walk:
            at, rest = walk[-1]
            parent = next(rest, None)
            if parent is None:
                done.add(at)
                path.pop()
                walk.pop()
            elif parent in path:
                parents[at].remove(parent)
                notes.append(f"tag `{at}` of `{name}` is no longer below `{parent}`, which is below it")
            elif parent not in done:
                path.append(parent)
                walk.append((parent, iter(tuple(parents[parent]))))
    return tuple(replace(tag, parents=tuple(parents[tag.name])) for tag in tags)
