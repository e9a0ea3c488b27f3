"""Similarity over HTTP: the images nearest to examples, how many there are by score, scores of cells, pictures sent."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from datasette import Response

from datasette_panoptic.domain.query import Query
from datasette_panoptic.domain.similar import Example, Similar, examples_of_words, read_examples, write_examples
from datasette_panoptic.errors import BadQuery
from datasette_panoptic.query import ranking, text
from datasette_panoptic.query.ranking import Ranking
from datasette_panoptic.store import cards, spaces
from datasette_panoptic.store.similarity import scale_of, settled
from datasette_panoptic.web.http.body import address_keys, whole
from datasette_panoptic.web.http.visit import Visit
from datasette_panoptic.web.plugins import registry, space_label
from datasette_panoptic.web.similar.examples import learn, learnt

#: Images that an answer lists: usual, and at most.
USUAL, MOST = 100, 10_000
#: Bytes of a picture that is sent as a query.
LARGEST_PICTURE = 32 * 2**20

ASKED = ("image", "not", "text", "file", "space", "limit", "query")


@dataclass(frozen=True)
class SpaceView:
    """An embedding space to compare in. `is_basic`: it reads texts only as far as it has words for things.

    `has_scale`: scores of texts are put on a scale of the space's own, on which 1 is a very good match.
    """

    id: int
    label: str
    embedder: str
    images: int
    reads_texts: bool
    is_basic: bool
    has_scale: bool


async def similar_json(visit: Visit) -> Response:
    """Rank the images by how like they are to examples: `image`, `text` or `file`, and `not` an image; each may be
    repeated.

    In `space`, `limit` of them, within the view `query`. The examples themselves are left out.
    """
    address_keys(visit, *ASKED)
    pairs = visit.pairs
    examples = [Example("image", value) for name, value in pairs if name == "image"]
    examples += [Example("image", value, is_negative=True) for name, value in pairs if name == "not"]
    examples += [Example("file", value) for name, value in pairs if name == "file"]
    examples += [example for name, value in pairs if name == "text" for example in examples_of_words(value)]
    if not examples:
        raise BadQuery("give an example: `image=5`, `text=a boat` or `file=` and a SHA-1")
    return await _ranked(visit, dict(pairs), examples)


async def search_json(visit: Visit) -> Response:
    """Rank the images by how well a `text` describes them; words after a minus do not: `a boat -night`.

    In `space`, `limit` of them, within the view `query`.
    """
    pairs = address_keys(visit, "text", "space", "limit", "query")
    return await _ranked(visit, pairs, examples_of_words(pairs.get("text", "")))


async def _ranked(visit: Visit, asked: dict[str, str], examples: Iterable[Example]) -> Response:
    written = write_examples(tuple(examples))
    space = whole(asked["space"], "space") if asked.get("space") else None
    limit = min(whole(asked.get("limit", str(USUAL)), "limit"), MOST)
    similar, query = Similar(read_examples(written), space), text.parse_string(asked.get("query", ""))
    await learn(visit, similar)
    ranked, rows = await visit.read(lambda conn: _nearest(conn, visit, query, similar, limit))
    known = await space_views(visit, similar)
    return Response.json(
        {
            "similar": written,
            "space": ranked.space,
            "spaces": [asdict(each) for each in known],
            "count": ranked.count,
            "rows": rows,
        }
    )


def _nearest(
    conn: Any, visit: Visit, query: Query, similar: Similar, limit: int
) -> tuple[Ranking, list[dict[str, Any]]]:
    ranked = ranking.ranking(conn, visit.project.orders, query, similar, limit)
    rows = [
        {
            "image_id": card.image_id,
            "similarity": similarity,
            **{name: getattr(card, name) for name in ("name", "sha1", "width", "height", "color")},
        }
        for card, similarity in zip(cards.cards(conn, "images", ranked.ids), ranked.similarities, strict=True)
    ]
    return ranked, rows


async def counts_json(visit: Visit) -> Response:
    """Count a view's cells by how similar they are to its examples, whatever it asks of `similarity`.

    `below[n]` are below (`low` + n) / 100, `upto[n]` are not above that; `without` have no vector. `spaces` are those
    that suit the examples.
    """
    query = await learnt(visit, visit.query())
    similar = ranking.examples_of(query)
    counts = await visit.read(lambda conn: ranking.counts(conn, visit.project.orders, query))
    known = await space_views(visit, similar)
    return Response.json({**asdict(counts), "spaces": [asdict(each) for each in known]})


async def scores(visit: Visit) -> Response:
    """Send the scores of a view's cells from `_from` to before `_to`, in the order that it had at `_version`.

    int16 each, little-endian: ten-thousandths, −32768 for an image without a vector.
    """
    query, asked = await learnt(visit, visit.query("_from", "_to", "_version")), dict(visit.pairs)
    start, stop = (whole(asked.get(name, ""), name) for name in ("_from", "_to"))
    version = asked.get("_version", "")
    body = await visit.read(lambda conn: ranking.scores_at(conn, visit.project.orders, query, start, stop, version))
    return Response(body, content_type="application/octet-stream")


async def send_file(visit: Visit) -> Response:
    """Take the bytes of a picture as an example to compare with, in `space`. `example` names it in queries."""
    asked = address_keys(visit, "space")
    data = await visit.request.post_body(LARGEST_PICTURE)
    if not data:
        raise BadQuery("the request has no body; send the picture as the body")
    sha1 = hashlib.sha1(data, usedforsecurity=False).hexdigest()
    space = whole(asked["space"], "space") if asked.get("space") else None

    def look(conn: Any) -> tuple[Similar, Example | None]:
        """Name the space, and the image with these bytes if the project has it."""
        similar = settled(conn, Similar((Example("file", sha1),), space))
        row = conn.execute(
            "select image_id from images join _panoptic_embeddings on image_id = images.id "
            "where sha1 = ? and space_id = ?",
            [sha1, similar.space],
        ).fetchone()
        return similar, Example("image", str(row[0])) if row else None

    visit.server.pictures.keep(sha1, data)
    similar, image = await visit.read(look)
    if image is None:
        await learn(visit, similar)
    return Response.json({"ok": True, "example": write_examples((image or similar.examples[0],))})


async def space_views(visit: Visit, similar: Similar | None = None) -> list[SpaceView]:
    """Return the spaces of a project, those with the most images first; only those that can read the examples."""

    def read(conn: Any) -> list[tuple[spaces.Space, bool]]:
        return [(one, scale_of(conn, one.id) is not None) for one in spaces.listed(conn)]

    known = await visit.read(read)
    reads_texts = similar is not None and similar.reads_texts
    basic = await _basic() if reads_texts else frozenset()
    return [
        SpaceView(
            one.id, space_label(visit.words, one), one.embedder, one.images, one.reads_texts, one.embedder in basic,
            has_scale,
        )
        for one, has_scale in known
        if one.reads_texts or not reads_texts
    ]  # fmt: skip


async def _basic() -> frozenset[str]:
    """The embedders that read texts only as far as they have words."""
    return frozenset(
        name for name, each in (await registry()).embedders.items() if getattr(each.target, "is_basic", False)
    )
