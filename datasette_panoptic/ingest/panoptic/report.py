"""What bringing an old project did, or would do, and what of it has no place here."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field


@dataclass
class OldPropertyReport:
    """What a property becomes: `name` as it was, `become` as it is here."""

    name: str
    become: str
    type: str
    scope: str
    heading: str | None
    new: bool
    tags: int = 0
    values: int = 0  # images or instances that get a value; without writing: values that can be read
    kept: int = 0  # images or instances that say something else here, and keep it
    unreadable: int = 0
    complaints: list[str] = field(default_factory=list)  # the first of them: of what, and why


@dataclass
class OldViewReport:
    """What a tab becomes. `lost`: what of it cannot be asked here."""

    name: str
    query: str
    layout: dict[str, str] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)


@dataclass
class OldVectorsReport:
    """A type of vectors: how many there were, and how many of them are of images that are here now."""

    name: str
    count: int
    carried: int = 0
    unreadable: int = 0  # without a direction, or of another dimension than the first


@dataclass
class OldReport:
    project: str
    version: str
    folders: int = 0
    files: int = 0
    instances: int = 0
    present: int = 0  # files that are in their place
    gone: int = 0  # files that are not, made of the picture that the project kept
    complete: int = 0  # those among them that were made just now, with all their pixels
    lost: int = 0  # files that are neither: nothing of them is carried
    unreadable: int = 0  # files in their place that cannot be read
    instances_made: int = 0  # publications beyond the first of a file
    properties: list[OldPropertyReport] = field(default_factory=list)
    views: list[OldViewReport] = field(default_factory=list)
    views_saved: int = 0
    vectors: list[OldVectorsReport] = field(default_factory=list)
    not_carried: list[str] = field(default_factory=list)
    written: bool = False
    changeset: int | None = None
    changed: int = 0
    seconds: float = 0.0

    def as_dict(self) -> dict[str, object]:
        return asdict(self) | {"seconds": round(self.seconds, 3)}
