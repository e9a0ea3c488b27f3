"""The folder tree as a page shows it: the upper levels, and what leads to the folders that are chosen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from datasette_panoptic.domain.query import Query
from datasette_panoptic.query import text
from datasette_panoptic.store.listing import Folder
from datasette_panoptic.web.http.visit import Pairs, Visit, with_query


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


#: Folders on one page, besides the chosen with their parents and children. `folders.json` has them all.
MOST = 400
#: Trees up to this size are shown unfolded.
SMALL = 12


class Tree:
    """Folders by their parents. Nothing here recurses: a path may be thousands of folders deep."""

    def __init__(self, folders: list[Folder], chosen: Collection[int]) -> None:
        self.by_id = {folder.id: folder for folder in folders}
        self.children: dict[int | None, list[Folder]] = defaultdict(list)
        for folder in folders:
            self.children[folder.parent_id].append(folder)
        self.chosen = chosen
        self.leading = self._leading()
        self.shown = self._shown()

    def _leading(self) -> set[int]:
        """The folders above the chosen ones."""
        above: set[int] = set()
        for folder_id in self.chosen:
            folder = self.by_id.get(folder_id)
            while folder and folder.parent_id is not None and folder.parent_id not in above:
                above.add(folder.parent_id)
                folder = self.by_id[folder.parent_id]
        return above

    def _shown(self) -> set[int]:
        level, shown = self.children[None], {folder.id for folder in self.children[None][:MOST]}
        while level and len(shown) < MOST:
            level = [child for folder in level for child in self.children[folder.id]]
            shown.update(folder.id for folder in level[: MOST - len(shown)])
        shown |= self.leading | {folder for folder in self.chosen if folder in self.by_id}
        for folder_id in self.chosen:
            shown.update(child.id for child in self.children[folder_id][:MOST])
        return shown

    def walk(self) -> Iterator[tuple[Folder, bool, int]]:
        """Yield each folder before its subfolders: the folder, whether it has any, how many lists end after it."""
        waiting = [(folder, 0) for folder in reversed(self._below(None))]
        while waiting:
            folder, depth = waiting.pop()
            below = self._below(folder.id)
            waiting += [(child, depth + 1) for child in reversed(below)]
            next_depth = waiting[-1][1] if waiting else 0
            yield folder, bool(below), 0 if below else depth - next_depth

    def _below(self, folder_id: int | None) -> list[Folder]:
        return [child for child in self.children[folder_id] if child.id in self.shown]

    def views(self, visit: Visit, query: Query, counts: Mapping[int, int], layout: Pairs) -> list[FolderView]:
        """Folders as HTML shows them: each link adds its folder to those chosen, or takes it away."""
        words = visit.words
        is_small = len(self.by_id) <= SMALL
        views = []
        for folder, has_children, closes in self.walk():
            pairs = text.to_pairs(replace(query, folders=query.folders ^ {folder.id}))
            count = counts.get(folder.id, 0)
            views.append(
                FolderView(
                    folder.id, folder.parent_id, folder.name, count, words.number(count), folder.missing,
                    missing_label=words.count("folders.missing", folder.missing) if folder.missing else "",
                    href=with_query(visit.base, pairs, layout),
                    is_chosen=folder.id in query.folders,
                    is_open=is_small or folder.parent_id is None or folder.id in self.leading,
                    has_children=has_children,
                    closes=closes,
                )
            )  # fmt: skip
        return views


def counted(folders: list[Folder], counts: Mapping[int, int]) -> list[dict[str, Any]]:
    """Folders with their counts, for JSON."""
    return [
        {"id": f.id, "parent_id": f.parent_id, "name": f.name, "count": counts.get(f.id, 0), "missing": f.missing}
        for f in folders
    ]
