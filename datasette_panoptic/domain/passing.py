"""What a scan passes over: folders of systems, hidden files and folders, and what patterns exclude."""

from __future__ import annotations

import fnmatch
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from datasette_panoptic.errors import IngestError

from .corpus import shown

Reason = Literal["hidden", "excluded"]

#: Folders in which systems and programs keep copies, thumbnails and what was deleted, in lower case.
SYSTEM_FOLDERS = frozenset(
    b"@eadir|#recycle|#snapshot|@recycle|@recently-snapshot|@tmp|.@__thumb|.@upload_cache|"  # Synology, QNAP
    b"$recycle.bin|recycler|system volume information|"  # Windows
    b"__macosx|.spotlight-v100|.fseventsd|.temporaryitems|.appledouble|.documentrevisions-v100|"  # macOS
    b".thumbnails|.thumbs|.sh_thumbnails|.xvpics|.dtrash|lost+found|"  # Linux and its programs
    b".stversions|.stfolder|.sync|.dropbox.cache|.tmp.drivedownload".split(b"|")  # synchronization
)
#: Beginnings and ends of further names of such folders.
SYSTEM_PREFIXES = (b".trash", b".nfs")
SYSTEM_SUFFIXES = (b".lrdata", b".lrcat-data", b".cocatalog")
#: What macOS writes beside each file on disks of others: no picture, though it has the name of one.
APPLE_DOUBLE = b"._"

MOST_PATTERNS = 200
LONGEST_PATTERN = 500


@dataclass(frozen=True)
class Rules:
    """What is passed over in a source; `excluded` are patterns as people write them."""

    excluded: tuple[str, ...] = ()
    includes_hidden: bool = False


def checked(patterns: Iterable[str]) -> tuple[str, ...]:
    """Return patterns, each once. Raises IngestError for one that says nothing, and for too many."""
    kept = tuple(dict.fromkeys(pattern.strip() for pattern in patterns))
    for pattern in kept:
        if not pattern.strip("/"):
            raise IngestError(f"`{pattern}` excludes nothing; give a name such as `drafts`, `*.tmp` or `2020/raw/*`")
        if len(pattern) > LONGEST_PATTERN:
            raise IngestError(f"a pattern has {LONGEST_PATTERN} characters at most, not {len(pattern):,}")
    if len(kept) > MOST_PATTERNS:
        raise IngestError(f"a source has {MOST_PATTERNS} patterns at most, not {len(kept):,}")
    return kept


class Passing:
    """The rules, ready to be asked of each entry of a directory."""

    def __init__(self, rules: Rules) -> None:
        self.excluded, self.includes_hidden = rules.excluded, rules.includes_hidden
        normals = [normal(pattern) for pattern in rules.excluded]
        names = [each for each in normals if "/" not in each.rstrip("/")]
        self.names = one_of(each for each in names if not each.endswith("/"))
        self.folder_names = one_of(each.rstrip("/") for each in names)
        paths = [(each.endswith("/"), steps(each)) for each in normals if "/" in each.rstrip("/")]
        self.paths = [way for only_folders, way in paths if not only_folders]
        self.folder_paths = [way for _, way in paths]

    def reason(self, name: bytes, inside: bytes, *, is_folder: bool) -> Reason | None:
        """Tell why an entry is passed over; None: it is not. `inside` is the path of its folder, from the source on."""
        if name.startswith(b".") and (not self.includes_hidden or name.startswith(APPLE_DOUBLE)):
            return "hidden"
        if is_folder and is_system(name.lower()):
            return "hidden"
        names, paths = (self.folder_names, self.folder_paths) if is_folder else (self.names, self.paths)
        if names and names.match(normal(shown(name))):
            return "excluded"
        if paths:
            path = normal(shown(inside + b"/" + name if inside else name)).split("/")
            if any(leads_to(way, path) for way in paths):
                return "excluded"
        return None


def is_system(name: bytes) -> bool:
    return name in SYSTEM_FOLDERS or name.startswith(SYSTEM_PREFIXES) or name.endswith(SYSTEM_SUFFIXES)


def normal(text: str) -> str:
    """Bring a name or pattern to the form in which they are compared: whatever the case and the form of accents."""
    return unicodedata.normalize("NFC", text).casefold()


def one_of(patterns: Iterable[str]) -> re.Pattern[str] | None:
    """Compile patterns of names to one that takes no longer the more `*` they have."""
    joined = "|".join(map(fnmatch.translate, patterns))
    return re.compile(joined) if joined else None


def steps(pattern: str) -> list[re.Pattern[str] | None]:
    """Read a pattern of paths, name by name; None stands for any number of names."""
    return [None if each == "**" else one_of([each]) for each in pattern.strip("/").split("/")]


def leads_to(way: list[re.Pattern[str] | None], path: list[str]) -> bool:
    """Tell whether a pattern is that of a whole path."""
    reached = {0}  # how many names of the path the steps so far may stand for
    for step in way:
        if step is None:
            reached = set(range(min(reached), len(path) + 1))
        else:
            reached = {at + 1 for at in reached if at < len(path) and step.match(path[at])}
        if not reached:
            return False
    return len(path) in reached
