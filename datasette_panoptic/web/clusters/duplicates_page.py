"""The page of copies: what looks for them, what was found, and files that are the same byte by byte."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from datasette_panoptic.domain.fields import TAG_TYPES
from datasette_panoptic.store import clusterings, jobs, properties, spaces
from datasette_panoptic.store import duplicates as store
from datasette_panoptic.store.cards import Card, cards
from datasette_panoptic.store.clusterings import Clustering
from datasette_panoptic.store.duplicates import Copy, CopyMember
from datasette_panoptic.web.http.frame import Frame, Link, Option
from datasette_panoptic.web.http.visit import Visit
from datasette_panoptic.web.plugins import space_label

#: Images with several files that the page lists; the `.json` of all has the others.
LISTED = 50
#: Searches that are listed, and of each the groups and their images that are shown; the grid has all.
RUNS, GROUPS, IMAGES = 20, 3, 6
#: Jobs among which those that still run are looked for.
RECENT = 50


@dataclass(frozen=True)
class CopyView:
    """One of a group; `label` says how similar it is to the best of them."""

    image_id: int
    href: str
    thumb_url: str
    width: int
    height: int
    name: str
    label: str
    is_best: bool


@dataclass(frozen=True)
class DuplicatesRun:
    """A stored run; `facts` say what it found and how, `shown` are its first groups. `tag_url` null: not to be done."""

    id: int
    name: str
    facts: list[str]
    groups: int
    shown: list[list[CopyView]]
    href: str
    of: Link | None
    json_url: str
    tag_url: str | None


@dataclass(frozen=True)
class ExactCopies:
    """An image that several files are."""

    image_id: int
    href: str
    thumb_url: str
    width: int
    height: int
    copies_label: str
    files: list[str]


@dataclass(frozen=True)
class DuplicatesPage:
    """`action` null: nobody who asks may look for copies. `running` says what still looks for some."""

    frame: Frame
    action: str | None
    spaces: list[Option]
    query: str
    running: str
    jobs_url: str
    runs: list[DuplicatesRun]
    tag_properties: list[str]
    exact_label: str
    exact_more: Link | None
    exact: list[ExactCopies]


async def duplicates_page(visit: Visit) -> DuplicatesPage:
    words = visit.words
    frame = await visit.frame(words("duplicates.title"))

    def read(conn: Any) -> tuple[Any, ...]:
        runs = [run for run in clusterings.listed(conn) if run.clusterer in store.CLUSTERERS and not run.closed_at]
        groups = {run.id: store.members(conn, run.id, groups=GROUPS) for run in runs[:RUNS]}
        tagged = [row["name"] for row in properties.listed(conn) if row["type"] in TAG_TYPES]
        is_open = [job for job in jobs.latest(conn, RECENT) if job.kind == "duplicates" and job.is_open]
        exact = store.exact(conn, limit=LISTED)
        images = {one.image_id for some in groups.values() for one in some} | {one.image_id for one in exact}
        known = {card.image_id: card for card in cards(conn, "images", sorted(images))}
        return runs[:RUNS], groups, known, spaces.listed(conn), tagged, is_open, store.count_exact(conn), exact

    runs, groups, shown, known, tagged, is_open, count, copies = await visit.read(read)
    labels = {space.id: space_label(words, space) for space in known}
    more = Link(words("duplicates.exact_all"), f"{visit.base}/duplicates/exact.json") if count > LISTED else None
    return DuplicatesPage(
        frame,
        f"{visit.base}/duplicates" if frame.can_run else None,
        [Option(str(space.id), labels[space.id]) for space in known if space.images],
        dict(visit.pairs).get("query", ""),
        words.count("duplicates.running", len(is_open)) if is_open else "",
        f"{visit.base}/jobs",
        [_run(visit, run, groups[run.id], shown, labels, can_edit=frame.can_edit) for run in runs],
        tagged,
        words.count("duplicates.exact", count) if count else words("duplicates.exact_none"),
        more,
        list(_exact(visit, copies, shown)),
    )


def _run(
    visit: Visit,
    run: Clustering,
    members: list[CopyMember],
    shown: dict[int, Card],
    labels: dict[int, str],
    *,
    can_edit: bool,
) -> DuplicatesRun:
    words, limit = visit.words, next(iter(run.params.values()), None)  # none: it is not for this visitor
    by = "vectors" if run.clusterer == "near-duplicates" else "hashes"
    facts = [
        words.count("duplicates.groups", run.clusters, images=words.count("counts.images", run.images)),
        words(f"duplicates.by_{by}", limit=words.number(limit)) if limit is not None else "",
        labels.get(run.space_id or 0, ""),
        words.moment(run.at),
        run.actor or "",
    ]
    address = f"{visit.base}/duplicates/{run.id}"
    return DuplicatesRun(
        run.id,
        run.name,
        [fact for fact in facts if fact],
        run.clusters,
        [
            [_copy(visit, one, shown[one.image_id]) for one in list(group)[:IMAGES]]
            for _, group in groupby(members, key=lambda one: one.group)
        ],
        f"{visit.base}?{store.view(run.id)}",
        Link(words("duplicates.of"), f"{visit.base}?{run.query}") if run.query else None,
        f"{address}.json",
        f"{address}/tag-others" if can_edit and run.clusters else None,
    )


def _copy(visit: Visit, one: CopyMember, card: Card) -> CopyView:
    is_best = one.image_id == one.best
    return CopyView(
        one.image_id,
        f"{visit.base}/image/{one.image_id}",
        f"{visit.base}/thumb/{card.sha1}-grid",
        card.width,
        card.height,
        card.name or visit.words("card.unnamed", id=str(one.image_id)),
        visit.words("duplicates.best") if is_best else visit.words.number(one.similarity),
        is_best,
    )


def _exact(visit: Visit, copies: list[Copy], shown: dict[int, Card]) -> Iterator[ExactCopies]:
    for image_id, files in groupby(copies, key=lambda copy: copy.image_id):
        card, of_image = shown[image_id], list(files)
        yield ExactCopies(
            image_id,
            f"{visit.base}/image/{image_id}",
            f"{visit.base}/thumb/{card.sha1}-grid",
            card.width,
            card.height,
            visit.words.count("duplicates.files", len(of_image)),
            [copy.file for copy in of_image],
        )
