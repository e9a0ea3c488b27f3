"""The page of a property's tags: a tree to look at and, for those who may, to change; and the list of such pages."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

from datasette import Response

from datasette_panoptic.domain.fields import TAG_TYPES, Field
from datasette_panoptic.domain.query import Condition, Query
from datasette_panoptic.domain.values import NotAValue, color
from datasette_panoptic.errors import NotThere
from datasette_panoptic.query import text
from datasette_panoptic.query.orders import version
from datasette_panoptic.store import cards, properties
from datasette_panoptic.store import tags as store
from datasette_panoptic.store.cards import Card
from datasette_panoptic.store.tags import Tag
from datasette_panoptic.web.http.body import address_keys, one_of, whole
from datasette_panoptic.web.http.frame import Frame, Link, Option
from datasette_panoptic.web.http.render import as_script, render
from datasette_panoptic.web.http.visit import Visit, with_query

from .api import require_tags
from .tag_list import MOST, cut, listed

#: Names that the fields of the page suggest, and pictures of a tag.
SUGGESTED, SAMPLES = 1000, 12
SORTS = ("name", "count")
KEYS = ("q", "sort", "tag")
EXPORTS = ("csv", "ttl", "jsonld")

#: The query of what has a tag, what asks the grid for suggestions, and the first images.
Samples = tuple[str, str, list[Card]]


@dataclass(frozen=True)
class TagNode:
    """A tag in the list, before those below it. `below` counts those that are listed nowhere else but on its own page.

    `closes`: how many lists of tags end after it.
    """

    id: int
    name: str
    color: str | None
    count_label: str
    href: str
    is_chosen: bool
    is_open: bool
    below: int
    closes: int


@dataclass(frozen=True)
class TagImages:
    """Some images that have a tag or one below it. `query` finds all of them, `grid` shows them, `suggest` more."""

    query: str
    grid: Link
    suggest: Link
    samples: list[TagSample]


@dataclass(frozen=True)
class TagSample:
    label: str
    href: str
    thumb_url: str


@dataclass(frozen=True)
class ChosenTag:
    """The tag that the page says more of. `href` is its URI where that is an address of the web."""

    id: int
    name: str
    color: str | None
    description: str | None
    uri: str | None
    href: str | None
    count: int
    count_below: int
    count_label: str
    parents: list[Link]
    parent_ids: list[int]
    below: list[Link]
    delete_label: str
    images: TagImages


@dataclass(frozen=True)
class TagsPage:
    """`rows` are the tags that fit on a page; `more` says how many there are besides, or is empty."""

    frame: Frame
    property: int
    name: str
    description: str | None
    count: int
    count_label: str
    q: str
    sorts: list[Option]
    rows: list[TagNode]
    more: str
    names: list[str]
    chosen: ChosenTag | None
    exports: list[Link]
    version: str


@dataclass(frozen=True)
class TagsIndex:
    """The properties that have tags."""

    frame: Frame
    properties: list[TagsLink]


@dataclass(frozen=True)
class TagsLink:
    id: int
    name: str
    description: str | None
    href: str
    count_label: str


async def index(visit: Visit) -> Response:
    """The list of the tag properties, each with a link to its tags."""
    words = visit.words

    def read(conn: Any) -> tuple[list[dict[str, Any]], dict[int, int]]:
        counts = conn.execute("select property_id, count(*) from tags where deleted_at is null group by property_id")
        return [row for row in properties.listed(conn) if row["type"] in TAG_TYPES], dict(counts.fetchall())

    tag_properties, counts = await visit.read(read)
    links = [
        TagsLink(
            row["id"], row["name"], row["description"], f"{visit.base}/tags/{row['id']}",
            words.count("tags.count", counts.get(row["id"], 0)),
        )
        for row in tag_properties
    ]  # fmt: skip
    return await render(visit, "tags_index", TagsIndex(await visit.frame(words("tags.all")), links))


async def page(visit: Visit) -> Response:
    """The page of a tag property, by its id, with the tags that `q` finds and, said more of, the one that is `tag`."""
    shown = await _page(visit, "")
    field = await visit.read(lambda conn: require_tags(conn, shown.property))
    script = {
        "base": visit.base,
        "property": asdict(field) | {"id": shown.property},
        "version": shown.version,
        "tag": shown.chosen.id if shown.chosen else None,
        "can_edit": shown.frame.can_edit,
        "language": visit.words.language,
        "messages": visit.words.messages,
    }
    return await render(visit, "tags", shown, script=as_script(script))


async def page_json(visit: Visit) -> TagsPage:
    """Send the tags that fit on a page. All tags of a property are at `/tags.json`."""
    return await _page(visit, ".json")


async def images_json(visit: Visit) -> TagImages:
    """Send some images that have a tag or one below it."""
    tag_id = int(visit.request.url_vars["id"])

    def read(conn: Any) -> Samples:
        tag = store.get(conn, tag_id)
        return samples(visit, conn, require_tags(conn, tag["property_id"]), tag["name"])

    return _images(visit, *await visit.read(read))


async def _page(visit: Visit, ending: str) -> TagsPage:
    words = visit.words
    property_id = int(visit.request.url_vars["id"])
    asked = {name: value for name, value in address_keys(visit, *KEYS).items() if value}
    sort = one_of(asked.get("sort", "name"), "sort", SORTS)
    tag_id = whole(asked["tag"], "tag") if "tag" in asked else None

    def read(conn: Any) -> tuple[Field, list[Tag], str, list[dict[str, Any]], Samples | None]:
        field = require_tags(conn, property_id)
        tags = store.listed(conn, property_id)
        chosen = next((tag for tag in tags if tag.id == tag_id), None)
        pictures = samples(visit, conn, field, chosen.name) if chosen else None
        return field, tags, str(version(conn)), properties.listed(conn), pictures

    field, tags, at, known, pictures = await visit.read(read)
    chosen = next((tag for tag in tags if tag.id == tag_id), None)
    if tag_id is not None and chosen is None:
        raise NotThere(f"no tag {tag_id} of `{field.name}`")
    address = f"{visit.base}/tags/{property_id}{ending}"
    kept = [(key, value) for key, value in visit.pairs if key in ("q", "sort") and value]
    in_order = sorted(tags, key=lambda tag: -tag.count_below) if sort == "count" else tags
    q = asked.get("q", "")
    rows = listed(in_order, q, tag_id)
    frame = await visit.frame(words("tags.title", name=field.name))
    return TagsPage(
        frame,
        property_id,
        field.name,
        next(row["description"] for row in known if row["id"] == property_id),
        len(tags),
        words.count("tags.count", len(tags)),
        q,
        [Option(key, words(f"tags.sort.{key}"), key == sort) for key in SORTS],
        [
            TagNode(
                tag.id, tag.name, shown_color(tag.color), words.number(tag.count_below),
                with_query(address, kept, [("tag", str(tag.id))]), tag.id == tag_id, is_open, below, closes,
            )
            for tag, is_open, below, closes in cut(rows)
        ],
        words("tags.more", shown=MOST, n=len(rows)) if len(rows) > MOST else "",
        [tag.name for tag in tags[:SUGGESTED]] if chosen and frame.can_edit else [],
        _chosen(visit, address, tags, chosen, pictures) if chosen and pictures else None,
        [Link(words(f"tags.format.{key}"), f"{visit.base}/tags/{property_id}.{key}") for key in EXPORTS],
        at,
    )  # fmt: skip


def samples(visit: Visit, conn: Any, field: Field, name: str) -> Samples:
    """Return the query of what has a tag, what asks the grid for suggestions, and the first images."""
    query = Query(mode="images", where=(Condition(field.name, "exact", (name,)),))
    ids = visit.project.orders.order(conn, query)[1].ids[:SAMPLES]
    suggest = urlencode({"suggest": 1, "property": field.name, "value": name})
    return text.to_string(query), suggest, cards.cards(conn, "images", ids.tolist())


def _images(visit: Visit, query: str, suggest: str, pictures: list[Card]) -> TagImages:
    words = visit.words
    return TagImages(
        query.removeprefix("_mode=images&"),
        Link(words("tags.grid"), f"{visit.base}?{query}"),
        Link(words("tags.suggest"), f"{visit.base}?{query}#{suggest}"),
        [
            TagSample(card.name, f"{visit.base}/image/{card.image_id}?{query}", f"{visit.base}/thumb/{card.sha1}-grid")
            for card in pictures
        ],
    )


def _chosen(visit: Visit, address: str, tags: list[Tag], tag: Tag, pictures: Samples) -> ChosenTag:
    words = visit.words
    return ChosenTag(
        tag.id,
        tag.name,
        shown_color(tag.color),
        tag.description,
        tag.uri,
        tag.uri if tag.uri and tag.uri.startswith(("http://", "https://")) else None,
        tag.count,
        tag.count_below,
        words("tags.counts", own=words.number(tag.count), whole=words.number(tag.count_below)),
        [Link(name, f"{address}?tag={parent}") for name, parent in zip(tag.parents, tag.parent_ids, strict=True)],
        list(tag.parent_ids),
        [Link(other.name, f"{address}?tag={other.id}") for other in tags if tag.id in other.parent_ids][:MOST],
        words.count("tags.delete", tag.count),
        _images(visit, *pictures),
    )


def shown_color(stored: str | None) -> str | None:
    """Return a colour that a style may have: plain SQL can have put any text in its place."""
    try:
        return color(stored) if stored else None
    except NotAValue:
        return None
