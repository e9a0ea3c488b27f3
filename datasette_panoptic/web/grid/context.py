"""The grid page's context: which cells, in which folders, and every link that changes the question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from datasette_panoptic.domain.fields import Fields
from datasette_panoptic.domain.names import same_name
from datasette_panoptic.domain.query import MODES, RANDOM, Query, Sort
from datasette_panoptic.query import clusters, text
from datasette_panoptic.query.view import flat
from datasette_panoptic.store import selections
from datasette_panoptic.store.cards import Card, cards
from datasette_panoptic.store.listing import Folder
from datasette_panoptic.web.http.access import EDIT, shows_originals
from datasette_panoptic.web.http.frame import Frame, Link, Option
from datasette_panoptic.web.http.pager import Pager, pager
from datasette_panoptic.web.http.visit import Visit, with_query
from datasette_panoptic.web.http.words import Words
from datasette_panoptic.web.roots import ImportPanel, import_panel
from datasette_panoptic.web.similar.examples import learnt

from . import filters
from .cards import CardView, card_views
from .filters import FilterBar
from .form import FORM_KEYS
from .headings import GroupHeading, headings
from .layout import PASSED_ON, Layout, kept_layout, layout
from .tree import FolderView, Tree


@dataclass(frozen=True)
class GridPage:
    """`empty_note` is what an empty view says, `empty_message` the same where this one is empty.

    `asked` are the conditions and groups, as keys that the form of the page sends along; `then` its further sorts.
    `order` is the same for the same cells in the same order, `types` are those of fields by name; `originals` tells
    whether the visitor may see the original files.
    """

    frame: Frame
    query: str
    mode: str
    count: int
    images: int
    instances: int
    counts_label: str
    thumb: int
    at: int
    seed: int
    empty_message: str
    empty_note: str
    filters: FilterBar | None
    asked: list[tuple[str, str]]
    then: list[str]
    modes: list[Option]
    sorts: list[Option]
    orders: list[Option]
    chosen_folders: list[int]
    everywhere: Link
    folders: list[FolderView]
    cards: list[CardView]
    pager: Pager
    panel: ImportPanel | None
    version: str = ""
    order: int = 0
    types: dict[str, str] = field(default_factory=dict)
    originals: bool = False


#: Cells on a page without JavaScript.
PAGE = 100

#: What the form offers to sort by, before the properties.
SORTS = ("id", "name", "folder", "width", "height", "taken_at", "bytes", RANDOM)


@dataclass(frozen=True)
class GridData:
    """What a grid page needs of the database."""

    version: str
    digest: int
    count: int
    totals: dict[str, int]
    start: int  # position of the first of the cells
    cells: list[Card]
    headings: dict[int, list[GroupHeading]]
    folders: list[Folder]
    counts: Mapping[int, int]
    fields: Fields
    selected: int  # instances in the selection that the view is restricted to


async def grid_page(visit: Visit) -> GridPage:
    query, at = await learnt(visit, visit.query(*FORM_KEYS)), layout(visit)
    orders = visit.project.orders

    def read(conn: Any) -> GridData:
        version, order = orders.order(conn, query)
        fields = orders.state(conn)[2].asked_by(query)
        ids = order.ids
        start = min(at.at, max(len(ids) - 1, 0))
        return GridData(
            str(version),
            order.digest,
            len(ids),
            orders.totals(conn, query),
            start,
            cards(conn, query.mode, ids[start : start + PAGE].tolist()),
            headings(
                visit.words,
                fields,
                query.groups,
                flat(order.groups, query.groups),
                (start, start + PAGE),
                clusters.names(conn, query.groups),
            ),
            visit.project.folders(conn),
            orders.folder_counts(conn, query),
            fields,
            0 if query.within is None else selections.size(conn, query.within),
        )

    data = await visit.read(read)
    frame = await visit.frame(visit.words("grid.title", database=visit.project.name))
    originals = shows_originals(visit.datasette, visit.project.name, can_edit=await visit.may(EDIT))
    panel = import_panel(visit) if frame.can_import else None
    return replace(_page(visit, frame, query, at, data), panel=panel, originals=originals)


def _page(
    visit: Visit,
    frame: Frame,
    query: Query,
    at: Layout,
    data: GridData,
) -> GridPage:
    words = visit.words
    sort = query.sorts[0] if query.sorts else Sort("id")
    sorts = sort_options(words, data.fields, sort)
    pairs, kept = text.to_pairs(query), kept_layout(visit)
    passed = [pair for pair in kept if pair[0] in PASSED_ON]
    note = _empty_note(visit, frame, query)
    empty = "" if data.count else note
    tree = Tree(data.folders, query.folders)
    return GridPage(
        frame=frame,
        query=text.to_string(query),
        mode=query.mode,
        count=data.count,
        images=data.totals["images"],
        instances=data.totals["instances"],
        counts_label=counts_label(visit, data.totals),
        thumb=at.thumb,
        at=at.at,
        seed=query.seed,
        empty_message=empty,
        empty_note=note,
        filters=filters.bar(visit, data.fields, query, kept, data.selected),
        asked=text.to_pairs(replace(query, mode="instances", folders=frozenset(), sorts=(), seed=0)) + passed,
        then=[f"{'desc' if sort.descending else 'asc'}:{sort.key}" for sort in query.sorts[1:]],
        modes=[Option(mode, words(f"mode.{mode}"), mode == query.mode) for mode in MODES],
        sorts=sorts,
        orders=[
            Option("asc", words("order.asc"), not sort.descending),
            Option("desc", words("order.desc"), sort.descending),
        ],
        chosen_folders=sorted(query.folders),
        everywhere=Link(
            words("folders.all"),
            with_query(visit.base, text.to_pairs(query.everywhere()), kept),
            not query.folders,
        ),
        folders=tree.views(visit, query, data.counts, kept),
        cards=[
            replace(card, headings=data.headings.get(position, []))
            for position, card in enumerate(card_views(visit, data.cells, query.mode, pairs), data.start)
        ],
        pager=pager(visit, visit.base, [*pairs, *kept], at.at, len(data.cells), data.count, PAGE),
        panel=None,
        version=data.version,
        order=data.digest,
        types={each.name: each.type for each in data.fields.values() if each.clustering is None},
    )


#: What the page's script reads of the context itself.
OF_SCRIPT = ("query", "mode", "count", "images", "instances", "version", "order", "thumb", "at", "types", "originals")


def script(visit: Visit, page: GridPage) -> dict[str, Any]:
    """Return what the page tells its script, once."""
    frame = page.frame
    return {
        **{name: getattr(page, name) for name in OF_SCRIPT},
        "database": frame.database,
        "base": frame.base,
        "can_edit": frame.can_edit,
        "can_import": frame.can_import,
        "can_run": frame.can_run,
        "language": frame.language,
        "messages": visit.words.of_first_paint,
        "folders": [
            {key: getattr(folder, key) for key in ("id", "parent_id", "name", "count", "missing")}
            for folder in page.folders
        ],
        "sorts": [{"key": option.key, "label": option.label} for option in page.sorts],
        "view_url": f"{frame.base}/view",
        "thumbs_url": f"{frame.base}/thumbs",
        "empty": page.empty_message,
    }


def sort_options(words: Words, fields: Fields, chosen: Sort) -> list[Option]:
    """What to sort by: some fields of the system, the properties, and the key that is in use, whatever it is."""
    labels = {key: words(f"sort.{key}") for key in SORTS}
    labels |= {field.name: field.name for field in fields.values() if field.property_id is not None}
    if chosen.key != RANDOM and fields[chosen.key].name not in labels:
        labels[chosen.key] = filters.field_label(words, fields[chosen.key])
    return [Option(key, label, same_name(key, chosen.key)) for key, label in labels.items()]


def _empty_note(visit: Visit, frame: Frame, query: Query) -> str:
    if query.where or query.search or query.within is not None:
        return visit.words("filters.none")
    if query.folders:
        return visit.words("grid.none")
    return visit.words("grid.empty_import" if frame.can_import else "grid.empty", file=file_name(visit))


def file_name(visit: Visit) -> str:
    """The project's file as one would type it on a command line."""
    return str(visit.project.database.path).replace("\\", "/").rpartition("/")[2]


def counts_label(visit: Visit, totals: Mapping[str, int]) -> str:
    words = visit.words
    images, instances = (words.count(f"counts.{key}", totals[key]) for key in ("images", "instances"))
    return words("counts.both", images=images, instances=instances)
