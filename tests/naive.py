"""The plainest evaluation of a query there is: row by row, value by value. The oracle of the SQL and of the cache."""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cmp_to_key
from itertools import groupby
from typing import Any

from datasette_panoptic.domain.fields import SYSTEM_FIELDS
from datasette_panoptic.domain.query import Combined, Condition, Grouping, Query, Where
from datasette_panoptic.domain.similar import Similar
from tests import naive_dates
from tests.rows import Folder, Instance, Picture, Property

#: What files say, a text for each image.
TEXTS_OF_FILES = ("title", "description", "creator", "rights", "camera", "lens", "place")

PRIME, MULTIPLIER = 2**31 - 1, 48_271
LOWEST = -1.7976931348623157e308


def plain(text: str) -> str:
    """Without case and accents; enough for the letters that the tests use."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


def tag_name(text: str) -> str:
    """Whatever the case, the accents' form and the spaces; enough for the tags that the tests use."""
    return " ".join(unicodedata.normalize("NFC", text).lower().split())


def number(text: str) -> int | float:
    return int(text) if text.lstrip("-").isdigit() else float(text)


def natural(text: str) -> list[Any]:
    """Numbers as numbers, after most signs and before letters; the text decides between those that look alike."""
    if "\x01" in text:
        return [part for name in text.split("\x01") for part in [*natural(name), (-2,)]]
    key: list[Any] = []
    for is_number, letters in groupby(plain(text), key=lambda letter: letter in "0123456789"):
        run = "".join(letters)
        key += [(1, int(run), run)] if is_number else [(0 if letter < "0" else 2, letter) for letter in run]
    return [*key, (-1, text)]


@dataclass
class Corpus:
    folders: Sequence[Folder]
    pictures: Sequence[Picture]
    instances: Sequence[Instance]
    properties: Sequence[Property] = ()
    changed: Sequence[tuple[str, str | None, str, int]] = ()  # when, who, property, place of a picture or instance
    selections: Mapping[int, Sequence[int]] = field(default_factory=dict)

    vectors: Sequence[tuple[float, ...] | None] = ()  # of each picture, in embedding space 1
    clusters: Sequence[tuple[int, float] | None] = ()  # label and fit of each picture in run 1
    removed: Collection[int] = ()  # places of instances that somebody removed
    similar: Similar | None = None  # of the query that is evaluated
    #: By field: which of a cell's several names it sorts by, if not the first.
    sorted_by: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)

    @property
    def there(self) -> list[tuple[int, Instance]]:
        """The instances in the corpus, with their places."""
        return [(n, instance) for n, instance in enumerate(self.instances) if n not in self.removed]

    @property
    def changes(self) -> list[tuple[str, str | None, Callable[[int], bool]]]:
        def finder(name: str, place: int) -> Callable[[int], bool]:
            by_instance = self.property(name).scope == "instance"
            return lambda n: place == (n if by_instance else self.instances[n].picture)

        return [(at, actor, finder(name, place)) for at, actor, name, place in self.changed]

    def above(self, folder: int | None) -> list[int]:
        return [] if folder is None else [*self.above(self.folders[folder].parent), folder]

    def property(self, name: str) -> Property | None:
        return next((p for p in self.properties if p.name.lower() == name.lower()), None)

    def type(self, name: str) -> str:
        found = self.property(name)
        if name in ("similarity", "cluster_1", "fit_1"):
            return "number"
        return found.type if found else next(f.type for f in SYSTEM_FIELDS if f.name == name)

    def similarity(self, picture: int) -> float | None:
        """The cosine with the one example that queries of the tests have."""
        vector = self.vectors[picture]
        if vector is None or self.similar is None:
            return None
        example = self.vectors[int(self.similar.examples[0].key) - 1]
        return round(sum(a * b for a, b in zip(vector, example or (), strict=True)), 4)

    def value(self, n: int, name: str) -> Any:
        """The value of the n-th instance; a set of names for tags, None where there is none."""
        instance = self.instances[n]
        picture = self.pictures[instance.picture]
        if found := self.property(name):
            return found.values.get(n if found.scope == "instance" else instance.picture)
        folder = "/".join(self.folders[f].name for f in self.above(instance.folder)) or None
        return {
            "id": n + 1,
            "name": None if folder is None else instance.name,
            "folder": folder,
            "path": None if folder is None else f"{folder}/{instance.name}",
            "width": picture.width,
            "height": picture.height,
            "bytes": picture.bytes,
            "taken_at": picture.taken_at,
            "format": "jpeg",
            "changed_at": max((at for at, _, found in self.changes if found(n)), default=None),
            "annotated_by": {actor for _, actor, found in self.changes if found(n) and actor} or None,
            "unchecked": None,
            "keywords": picture.keywords or None,
            **{name: picture.texts.get(name) for name in TEXTS_OF_FILES},
            "similarity": self.similarity(instance.picture),
            "cluster_1": (self.clusters[instance.picture] or (None, None))[0],
            "fit_1": (self.clusters[instance.picture] or (None, None))[1],
            "missing": None if folder is None else int(instance.is_missing),
            "copies": sum(other.picture == instance.picture for _, other in self.there),
        }[name]

    def tags_with_those_above(self, found: Property, names: Any) -> set[str]:
        result: set[str] = set()
        waiting = list(names or ())
        while waiting:
            name = waiting.pop()
            if name not in result:
                result.add(name)
                waiting += found.parents.get(name, ())
        return result

    def holds(self, n: int, where: Where) -> bool:
        if isinstance(where, Combined):
            parts = [self.holds(n, part) for part in where.parts]
            return {"all": all(parts), "any": any(parts), "not": not any(parts)}[where.kind]
        return self.compare(n, where)

    def found(self, n: int, search: str) -> bool:
        """Searches of the tests are words and phrases, side by side or joined by OR, with minus signs alone."""
        words = [f.name for f in self.properties if f.type in ("text", "url")]
        texts = [self.value(n, name) for name in [*words, "name"]]
        tagged = [f.name for f in self.properties if f.type in ("tag", "multi_tags")]
        texts += [tag for name in [*tagged, "keywords"] for tag in self.value(n, name) or ()]
        texts += [self.value(n, name) for name in TEXTS_OF_FILES]

        def holds(term: str) -> bool:
            wanted = plain(term.removeprefix("-").strip('"'))
            return any(wanted in plain(text) for text in texts if text is not None) != term.startswith("-")

        return any(all(map(holds, shlex.split(part, posix=False))) for part in search.split(" OR "))

    def compare(self, n: int, condition: Condition) -> bool:
        if condition.field == "*":
            return self.found(n, f'"{condition.operands[0]}"') == (condition.operator == "contains")
        opposite = {"not": "exact", "none": "any", "notcontains": "contains", "isblank": "notblank"}
        if condition.operator in opposite:
            return not self.compare(n, Condition(condition.field, opposite[condition.operator], condition.operands))
        value, type_ = self.value(n, condition.field), self.type(condition.field)
        if condition.field in ("annotated_by", "keywords") and condition.operator != "notblank":
            return any(self.holds_of("text", name, condition) for name in value or ())
        if condition.operator == "notblank":
            return bool(value) if type_ in ("tag", "multi_tags") else value is not None
        if type_ in ("tag", "multi_tags"):
            has = {tag_name(tag) for tag in self.tags_with_those_above(self.property(condition.field), value)}
            asked = [tag_name(operand) in has for operand in condition.operands]
            return all(asked) if condition.operator == "all" else any(asked)
        return value is not None and self.holds_of(type_, value, condition)

    def holds_of(self, type_: str, value: Any, condition: Condition) -> bool:
        operands: list[Any] = list(condition.operands)
        if type_ == "number":
            operands = [number(text) for text in operands]
        if type_ == "checkbox":
            operands = [int(text == "true") for text in operands]
        if type_ == "date":
            return naive_dates.holds(condition.operator, value, operands)
        if type_ in ("text", "url") and condition.operator in ("exact", "any"):
            return any(unicodedata.normalize("NFC", value) == unicodedata.normalize("NFC", text) for text in operands)
        return {
            "exact": lambda: value == operands[0],
            "any": lambda: value in operands,
            "matches": lambda: re.search(operands[0], value) is not None,
            "contains": lambda: plain(operands[0]) in plain(value),
            "startswith": lambda: plain(value).startswith(plain(operands[0])),
            "endswith": lambda: plain(value).endswith(plain(operands[0])),
            "gt": lambda: value > operands[0],
            "gte": lambda: value >= operands[0],
            "lt": lambda: value < operands[0],
            "lte": lambda: value <= operands[0],
            "between": lambda: operands[0] <= value <= operands[1],
        }[condition.operator]()

    def comparable(self, name: str, value: Any) -> Any:
        if isinstance(value, (set, frozenset)):
            return self.sorted_by.get(name, min)(map(natural, value)) if value else None
        if value is not None and self.type(name) == "date":
            return naive_dates.in_time(value)
        return (
            natural(value) if value is not None and self.type(name) in ("text", "url", "tag", "multi_tags") else value
        )

    def order(self, query: Query, a: int, b: int) -> int:
        for sort in query.sorts:
            if sort.key == "random":
                x, y = ((((n + 1) % PRIME * MULTIPLIER + query.seed % PRIME) % PRIME) ** 3 % PRIME for n in (a, b))
            else:
                x, y = (self.comparable(sort.key, self.value(n, sort.key)) for n in (a, b))
            if x is None or y is None:
                if (x is None) != (y is None):
                    return 1 if x is None else -1
            elif x != y:
                return (1 if x > y else -1) * (-1 if sort.descending else 1)
        return a - b

    def step(self, grouping: Grouping, value: Any) -> Any:
        if value is None or not grouping.step:
            return value
        if self.type(grouping.field) == "date":
            return naive_dates.step(value, grouping.step)
        match grouping.step:
            case "tree":
                return value.replace("/", "\x01")
            case step if step[0] == "q":
                values = sorted(v for v in (self.value(n, grouping.field) for n, _ in self.there) if v is not None)

                def bin_of(v: Any) -> int:
                    return sum(other < v for other in values) * int(step[1:]) // len(values)

                return next(v for v in values if bin_of(v) == bin_of(value))
            case step if step[0] == "e":
                return max([edge for edge in map(number, step[1:].split("_")) if edge <= value], default=LOWEST)
            case width:
                return value // float(width) * float(width)

    def paths(self, found: Property, name: str) -> list[str]:
        above = found.parents.get(name, ())
        return [f"{path}\x01{name}" for parent in above for path in self.paths(found, parent)] or [name]

    def measure(self, grouping: Grouping, cells: list[int]) -> Any:
        values = [v for v in (self.value(n, grouping.of) for n in cells) if v is not None]
        if self.type(grouping.of) == "date":
            ends = [found[grouping.order == "max"] for found in map(naive_dates.span, values) if found]
            return {"min": min, "max": max}[grouping.order](ends) if ends else None
        if not values:
            return None
        return {"min": min, "max": max, "sum": sum, "mean": lambda v: sum(v) / len(v)}[grouping.order](values)

    def evaluate(self, query: Query) -> list[tuple[Any, ...]]:
        """Return (id, group value, group value, …) for each cell in order."""
        self.similar = query.similar
        found = [
            n
            for n, instance in self.there
            if (query.within is None or n + 1 in self.selections.get(query.within, ()))
            and (not query.search or self.found(n, query.search))
            and (not query.folders or any(f + 1 in query.folders for f in self.above(instance.folder)))
            and all(self.holds(n, where) for where in query.where)
        ]
        found.sort(key=cmp_to_key(lambda a, b: self.order(query, a, b)))
        rows: list[tuple[Any, ...]] = [(n,) for n in found]
        for grouping in query.groups:
            spread = []
            for row in rows:
                value = self.value(row[0], grouping.field)
                if isinstance(value, (set, frozenset)) or self.type(grouping.field) in ("tag", "multi_tags"):
                    names = sorted(value or ())
                    if grouping.step:
                        names = [path for name in names for path in self.paths(self.property(grouping.field), name)]
                    spread += [(*row, name) for name in names] or [(*row, None)]
                else:
                    spread.append((*row, self.step(grouping, value)))
            rows = spread
        spread = rows
        if query.mode == "images":
            rows = list(dict.fromkeys((self.instances[n].picture, *path) for n, *path in rows))
        rows = [(n + 1, *path) for n, *path in rows]

        def position(row: tuple[Any, ...]) -> list[Any]:
            key: list[Any] = []
            for depth, grouping in enumerate(query.groups, 1):
                value = row[depth]
                key.append(value is None)
                if grouping.order != "value":
                    by = sum(other[1 : depth + 1] == row[1 : depth + 1] for other in rows)
                    if grouping.order != "size":
                        by = self.measure(
                            grouping, [n for n, *path in spread if tuple(path[:depth]) == row[1 : depth + 1]]
                        )
                    key.append(by is None)
                    key.append(0 if by is None else _Reversed(by) if grouping.descending else by)
                    key.append(self.comparable(grouping.field, value) if value is not None else 0)
                elif value is None:
                    key.append(0)
                else:
                    comparable = self.comparable(grouping.field, value)
                    key.append(_Reversed(comparable) if grouping.descending else comparable)
            return key

        return sorted(rows, key=position)


@dataclass
class _Reversed:
    value: Any

    def __lt__(self, other: _Reversed) -> bool:
        return bool(other.value < self.value)
