"""The grid page's context: which cells, in which folders, and every link that changes the question."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from datasette_panoptic.domain.fields import Fields
from datasette_panoptic.domain.query import MODES, RANDOM, Mode, Query, Sort
from datasette_panoptic.query import clusters, text
from datasette_panoptic.query.view import flat
from datasette_panoptic.store import selections
from datasette_panoptic.store.cards import Card, cards
from datasette_panoptic.store.listing import Folder
from datasette_panoptic.web.contexts import CardView, GridPage
from datasette_panoptic.web.http.body import one_of, whole
from datasette_panoptic.web.http.frame import Frame, Link, Option, Pager
from datasette_panoptic.web.http.visit import Pairs, Visit, with_query
from datasette_panoptic.web.http.words import Words
from datasette_panoptic.web.roots import ImportPanel

from . import filters
from .headings import Heading, headings
from .tree import Tree

#: Cells on a page without JavaScript.
PAGE = 100
#: The side of a cell in pixels.
SMALLEST, USUAL, LARGEST = 60, 160, 400

#: What the form offers to sort by, before the properties.
SORTS = ("id", "name", "folder", "width", "height", "taken_at", "bytes", RANDOM)

#: Keys of the form that have to be turned into keys of the query.
FORM_KEYS = ("_order", "_then", "_add_facet", *filters.FORM_KEYS)
#: Keys of the layout that the pages without scripts only pass on.
PASSED_ON = ("_view", "_show", "_facets", "_tab")
#: Of the seeds that the page itself picks.
LARGEST_SEED = 9999


@dataclass(frozen=True)
class Layout:
    """What the address says about how to show a view: cell size in pixels, first position."""

    thumb: int = USUAL
    at: int = 0

    def pairs(self, *, at: int | None = None) -> Pairs:
        """Write the layout as keys of a query string; what is usual is left out."""
        first = self.at if at is None else at
        thumb = [("_thumb", str(self.thumb))] if self.thumb != USUAL else []
        return thumb + ([("_at", str(first))] if first else [])


def layout(visit: Visit) -> Layout:
    """Read the layout; a size beyond the limits is the nearest one."""
    asked = dict(visit.pairs)
    thumb = whole(asked["_thumb"], "_thumb") if "_thumb" in asked else USUAL
    at = whole(asked["_at"], "_at") if "_at" in asked else 0
    return Layout(min(max(thumb, SMALLEST), LARGEST), at)


async def from_form(visit: Visit) -> str | None:
    """Return the address that a submitted form means, or None where the address is none of a form's.

    The form of the order sends its sort and its direction apart, and what is at its default as well; that of the
    filter bar sends the parts of a condition, or of a level of groups, apart; that of the facets one field more.
    """
    asked = dict(visit.pairs)
    if "_add_facet" in asked:
        names = [*text.split_list(asked.get("_facets", "")), asked["_add_facet"]]
        others = [pair for pair in kept_layout(visit) if pair[0] != "_facets"]
        listed = [("_facets", text.join_list(dict.fromkeys(names)))]
        return with_query(visit.base, text.to_pairs(visit.query(*FORM_KEYS)), others, listed)
    if "_add_field" in asked or "_add_group" in asked:
        fields = await visit.read(lambda conn: visit.project.orders.state(conn)[2])
        query = visit.query(*FORM_KEYS)
        query = filters.added(fields.asked_by(query), asked, query)
        return with_query(visit.base, text.to_pairs(query), kept_layout(visit))
    if "_order" not in asked:
        return None
    descending = one_of(asked["_order"], "_order", ("asc", "desc")) == "desc"
    query = text.parse([pair for pair in visit.pairs if pair[0] not in ("_sort", *FORM_KEYS)])
    fields = await visit.read(lambda conn: visit.project.orders.state(conn)[2])
    key = asked.get("_sort") or "id"
    first = Sort(key if key == RANDOM else fields.asked_by(query)[key].name, descending)
    return with_query(visit.base, text.to_pairs(_sorted(query, first, _then(visit))), kept_layout(visit))


def _sorted(query: Query, first: Sort, then: list[Sort]) -> Query:
    sorts = (first, *(sort for sort in then if sort.key.lower() != first.key.lower()))
    query = replace(query, sorts=() if sorts == (Sort("id"),) else sorts)
    if not any(sort.key == RANDOM for sort in sorts):
        return replace(query, seed=0)
    return query if query.seed else replace(query, seed=secrets.randbelow(LARGEST_SEED) + 1)


def _then(visit: Visit) -> list[Sort]:
    """The sorts after the first, as the form sends them along: `asc:` or `desc:` and a field."""
    parts = [value.partition(":") for name, value in visit.pairs if name == "_then"]
    return [Sort(key, descending=direction == "desc") for direction, _, key in parts if key]


def language(visit: Visit) -> Pairs:
    """The language, where the address names one."""
    return [pair for pair in visit.pairs if pair[0] == "_lang"][-1:]


def kept_layout(visit: Visit) -> Pairs:
    """What another view of the same page keeps: all of the layout but the position."""
    passed = [pair for pair in visit.pairs if pair[0] in PASSED_ON]
    return layout(visit).pairs(at=0) + passed + language(visit)


@dataclass(frozen=True)
class Read:
    """What a grid page needs of the database."""

    version: str
    digest: int
    count: int
    totals: dict[str, int]
    start: int  # position of the first of the cells
    cells: list[Card]
    headings: dict[int, list[Heading]]
    folders: list[Folder]
    counts: Mapping[int, int]
    fields: Fields
    selected: int  # instances in the selection that the view is restricted to


async def grid_page(visit: Visit, panel: ImportPanel | None) -> GridPage:
    query, at = visit.query(*FORM_KEYS), layout(visit)
    orders = visit.project.orders

    def read(conn: Any) -> Read:
        version, order = orders.order(conn, query)
        fields = orders.state(conn)[2].asked_by(query)
        ids = order.ids
        start = min(at.at, max(len(ids) - 1, 0))
        return Read(
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

    found = await visit.read(read)
    frame = await visit.frame(visit.words("grid.title", database=visit.project.name))
    return _page(visit, frame, query, at, found, panel)


def _page(
    visit: Visit,
    frame: Frame,
    query: Query,
    at: Layout,
    found: Read,
    panel: ImportPanel | None,
) -> GridPage:
    words = visit.words
    sort = query.sorts[0] if query.sorts else Sort("id")
    sorts = sort_options(words, found.fields, sort)
    pairs, kept = text.to_pairs(query), kept_layout(visit)
    passed = [pair for pair in kept if pair[0] in PASSED_ON]
    note = _empty_note(visit, frame, query)
    empty = "" if found.count else note
    tree = Tree(found.folders, query.folders)
    return GridPage(
        frame=frame,
        query=text.to_string(query),
        mode=query.mode,
        count=found.count,
        images=found.totals["images"],
        instances=found.totals["instances"],
        counts_label=counts_label(visit, found.totals),
        thumb=at.thumb,
        at=at.at,
        seed=query.seed,
        empty_message=empty,
        empty_note=note,
        filters=filters.bar(visit, found.fields, query, kept, found.selected),
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
        folders=tree.views(visit, query, found.counts, kept),
        cards=[
            replace(card, headings=found.headings.get(position, []))
            for position, card in enumerate(card_views(visit, found.cells, query.mode, pairs), found.start)
        ],
        pager=pager(visit, visit.base, [*pairs, *kept], at.at, len(found.cells), found.count, PAGE),
        panel=panel,
        script={
            "database": frame.database,
            "base": visit.base,
            "query": text.to_string(query),
            "mode": query.mode,
            "count": found.count,
            **found.totals,
            "version": found.version,
            "order": found.digest,
            "thumb": at.thumb,
            "at": at.at,
            "can_edit": frame.can_edit,
            "can_import": frame.can_import,
            "can_run": frame.can_run,
            "language": words.language,
            "messages": words.of_first_paint,
            "folders": tree.plain(found.counts),
            "sorts": [{"key": option.key, "label": option.label} for option in sorts],
            "view_url": f"{visit.base}/view",
            "thumbs_url": f"{visit.base}/thumbs",
            "empty": empty,
            "types": {field.name: field.type for field in found.fields.values() if field.clustering is None},
        },
    )


def sort_options(words: Words, fields: Fields, chosen: Sort) -> list[Option]:
    """What to sort by: some fields of the system, the properties, and the key that is in use, whatever it is."""
    labels = {key: words(f"sort.{key}") for key in SORTS}
    labels |= {field.name: field.name for field in fields.values() if field.property_id is not None}
    if chosen.key != RANDOM and fields[chosen.key].name not in labels:
        labels[chosen.key] = filters.field_label(words, fields[chosen.key])
    return [Option(key, label, key.lower() == chosen.key.lower()) for key, label in labels.items()]


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


def card_views(visit: Visit, cells: list[Card], mode: Mode, pairs: Pairs) -> list[CardView]:
    """Turn cells into what HTML shows: each links to its image page within the view that the pairs name."""
    words = visit.words
    views = []
    for card in cells:
        instance = [("_instance", str(card.id))] if mode == "instances" else []
        name = card.name or words("card.unnamed", id=str(card.id))
        views.append(
            CardView(
                card.id, card.image_id, card.sha1, name, card.width, card.height, card.color, card.copies,
                copies_label=words("card.copies", n=card.copies) if mode == "images" and card.copies > 1 else "",
                label=words("card.label", name=name, width=str(card.width), height=str(card.height)),
                href=with_query(f"{visit.base}/image/{card.image_id}", pairs, instance),
                thumb_url=f"{visit.base}/thumb/{card.sha1}-grid",
            )
        )  # fmt: skip
    return views


def pager(visit: Visit, address: str, pairs: Pairs, at: int, shown: int, count: int, page: int) -> Pager:
    """Link the pages of a list that shows some of its entries, from a position on."""

    def to(position: int) -> str:
        return with_query(address, pairs, [("_at", str(position))] if position else [])

    last = max(count - 1, 0) // page * page
    has_more, is_first = at + shown < count, at == 0
    words = visit.words
    label = words("pager.range", first=at + 1, last=at + shown, count=count) if shown else words("pager.none")
    return Pager(
        label,
        first=None if is_first else to(0),
        previous=None if is_first else to(max(min(at, count) - page, 0)),
        next=to(at + shown) if has_more else None,
        last=to(last) if has_more else None,
    )
