"""What files and their sidecars say of an image in words, as the fields that people ask for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

#: Between the levels of a keyword: `Places|Paris`.
LEVELS = "|"
#: What of keywords is kept, one after the other: their names, and the paths of those that have levels.
LISTS = ("keywords", "hierarchies")

#: What one file or sidecar says: texts, numbers and lists of texts by the name of what they say.
Saying = Mapping[str, object]


class Described(NamedTuple):
    """An image in words; None and no keywords where nothing is said."""

    title: str | None
    description: str | None
    creator: str | None
    rights: str | None
    camera: str | None  # maker and model
    lens: str | None
    place: str | None  # from the spot to the country
    keywords: tuple[str, ...]


def described(sayings: Sequence[Saying]) -> Described:
    """Join what sidecars and the file say: of each field what the first says that says anything, of keywords all."""
    said = joined(sayings)

    def text(key: str) -> str | None:
        value = said.get(key)
        return value if isinstance(value, str) and value else None

    return Described(
        text("title"),
        text("description"),
        text("creator"),
        text("copyright"),
        camera(text("camera_make") or "", text("camera_model") or ""),
        text("lens"),
        text("place"),
        tuple(dict.fromkeys(name for keyword in texts_of(said.get("keywords")) for name in levels(keyword))),
    )


def joined(sayings: Sequence[Saying]) -> dict[str, object]:
    """Join sayings, those that count more first."""
    said = {key: value for saying in reversed(sayings) for key, value in saying.items()}
    for key in LISTS:
        if texts := list(dict.fromkeys(text for saying in sayings for text in texts_of(saying.get(key)))):
            said[key] = texts
    return said


def camera(make: str, model: str) -> str | None:
    """Name a camera by its maker and its model, which often begins with the maker."""
    make, model = make.strip(), model.strip()
    is_named = model.casefold().startswith((make.split() or [""])[0].casefold())
    return (model if is_named else f"{make} {model}".strip()) or make or None


def levels(path: str) -> list[str]:
    """Split a keyword into the names of its levels, from the top."""
    return [name for part in path.split(LEVELS) if (name := part.strip())]


def texts_of(value: object) -> Iterator[str]:
    """Yield the texts of a list, whatever else a file that others wrote has there."""
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        yield from (text for text in value if isinstance(text, str))
