"""The page of stored runs: what each is, what can be done with it, and two of them compared."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from datasette_panoptic.domain.fields import TAG_TYPES
from datasette_panoptic.domain.query import Combined, Condition, Grouping, Query
from datasette_panoptic.errors import PanopticError
from datasette_panoptic.query import text
from datasette_panoptic.store import clusterings as store
from datasette_panoptic.store import properties, spaces
from datasette_panoptic.store.cluster_comparison import Comparison, compare
from datasette_panoptic.store.clusterings import NOISE, SAVED, Cluster, Clustering
from datasette_panoptic.store.spaces import Space
from datasette_panoptic.web.grid.headings import cluster_label
from datasette_panoptic.web.http.body import whole
from datasette_panoptic.web.http.frame import Frame, Link, Option
from datasette_panoptic.web.http.visit import Visit, with_query
from datasette_panoptic.web.http.words import Words
from datasette_panoptic.web.plugins import space_label

#: Clusters of a run that the page lists, and of a comparison; the grid shows all.
LISTED = 50


@dataclass(frozen=True)
class ClusterView:
    """`name` is what people call it, empty where nobody has; `label_text` says it anyhow."""

    label: int
    name: str
    label_text: str
    images_label: str
    coherence_label: str
    href: str


@dataclass(frozen=True)
class ClusteringView:
    """A run; `facts` say how it was made. `more_label` counts clusters that are not listed. Null: not to be done."""

    id: int
    name: str
    facts: list[str]
    is_closed: bool
    href: str
    of: Link
    clusters: list[ClusterView]
    more_label: str
    moved_label: str
    url: str | None
    rerun_url: str | None


@dataclass(frozen=True)
class MatchView:
    first: str
    second: str
    images_label: str


@dataclass(frozen=True)
class ComparisonView:
    """Two runs compared; `moved` leads to the images that changed places, null where it is too long to ask for."""

    title: str
    says: str
    moved_label: str
    moved: Link | None
    matches: list[MatchView]


@dataclass(frozen=True)
class ClusteringsPage:
    """`query` is the view that clusters by tags are to be made of; empty: everything; null: nobody asked for them yet.

    `tags_url` makes them, by `spaces` that read texts; where it is null, `tags_missing` says what has to be there.
    `first` and `second` are the runs that the form offers which compares two; none where there are no two."""

    frame: Frame
    runs: list[ClusteringView]
    first: list[Option]
    second: list[Option]
    comparison: ComparisonView | None
    tag_properties: list[str]
    tags_url: str | None
    tags_missing: str
    spaces: list[Option]
    parents: list[Option]
    query: str | None


async def clusterings_page(visit: Visit) -> ClusteringsPage:
    asked = {
        name: whole(value, name) for name, value in visit.without("_lang") if name in ("first", "second") and value
    }
    words = visit.words
    frame = await visit.frame(words("clusterings.title"))

    def read(conn: Any) -> tuple[list[Clustering], dict[int, list[Cluster]], list[Space], Any, list[str]]:
        runs = store.listed(conn)
        compared = compare(conn, asked["first"], asked["second"]) if len(asked) == 2 else None
        tagged = [row["name"] for row in properties.listed(conn) if row["type"] in TAG_TYPES]
        return runs, {run.id: store.clusters(conn, run.id) for run in runs}, spaces.listed(conn), compared, tagged

    runs, clusters, known, compared, tagged = await visit.read(read)
    named = {one.id: space_label(words, one) for one in known}
    reading = [Option(str(one.id), named[one.id]) for one in known if one.reads_texts and one.images]
    missing = "" if tagged and reading else words("clusterings.no_texts" if tagged else "clusterings.no_tags")
    choices = [
        [Option(str(run.id), _title(run), run.id == asked.get(name)) for run in runs] for name in ("first", "second")
    ]
    if len(asked) < 2 and len(runs) > 1:  # the last two, the older one first
        choices = [[replace(one, is_chosen=at == which) for at, one in enumerate(choices[0])] for which in (1, 0)]
    return ClusteringsPage(
        frame,
        [
            _run(visit, frame, run, clusters[run.id], named)
            for run in sorted(runs, key=lambda run: run.closed_at is not None)
        ],
        choices[0] if len(runs) > 1 else [],
        choices[1] if len(runs) > 1 else [],
        _comparison(visit, compared, {run.id: run for run in runs}, clusters) if compared else None,
        tagged,
        f"{visit.base}/cluster/by-tags" if frame.can_run and not missing else None,
        missing if frame.can_run else "",
        reading,
        [Option(key, words(f"clusterings.parents.{key}")) for key in ("used", "combined", "ignored")],
        next((text.to_string(text.parse_string(value)) for name, value in visit.pairs if name == "query"), None),
    )


def _run(visit: Visit, frame: Frame, run: Clustering, clusters: list[Cluster], named: dict[int, str]) -> ClusteringView:
    words = visit.words
    facts = [
        words.messages.get(f"plugin.clusterer.{run.clusterer}", run.clusterer),
        named.get(run.space_id or 0, ""),
        ", ".join(_setting(words, run, key, value) for key, value in run.params.items() if value is not None),
        words("clusterings.seed", seed=str(run.seed)) if run.seed else "",
        words.count("clusterings.clusters", run.clusters),
        words.count("counts.images", run.images),
        words("clusterings.noise", n=run.noise) if run.noise else "",
        words.moment(run.at),
        run.actor or "",
    ]
    return ClusteringView(
        run.id,
        run.name,
        [fact for fact in facts if fact],
        run.closed_at is not None,
        with_query(visit.base, grouped(run)),
        Link(words("clusterings.of"), with_query(visit.base, text.to_pairs(_query(run.query)))),
        [_cluster(visit, run, one) for one in clusters[:LISTED]],
        words("clusterings.more", n=len(clusters) - LISTED) if len(clusters) > LISTED else "",
        words.count("clusterings.moved", run.moved) if run.moved else "",
        f"{visit.base}/clusterings/{run.id}" if frame.can_edit else None,
        f"{visit.base}/clusterings/{run.id}/rerun" if frame.can_run and run.clusterer != SAVED else None,
    )


def _setting(words: Words, run: Clustering, key: str, value: object) -> str:
    of = f"plugin.clusterer.{run.clusterer}.{key}"
    label = words.messages.get(of, key.replace("_", " "))
    return words("clusterings.setting", name=label, value=words.messages.get(f"{of}.{value}", str(value)))


def grouped(run: Clustering) -> list[tuple[str, str]]:
    """Return the address of a run's clusters, the most coherent first."""
    by = Grouping(f"cluster_{run.id}", order="mean", of=f"fit_{run.id}", descending=True)
    return text.to_pairs(replace(_query(run.query), groups=(by,)))


def _cluster(visit: Visit, run: Clustering, one: Cluster) -> ClusterView:
    words = visit.words
    percent = words("cluster.coherence", percent=round(100 * one.coherence)) if one.coherence is not None else ""
    return ClusterView(
        one.label,
        one.name or "",
        _called(words, {one.label: one.name}, one.label),
        words.count("counts.images", one.images),
        percent,
        with_query(
            visit.base, text.to_pairs(Query(where=(Condition(f"cluster_{run.id}", "exact", (str(one.label),)),)))
        ),
    )


def _comparison(
    visit: Visit, compared: Comparison, runs: dict[int, Clustering], clusters: dict[int, list[Cluster]]
) -> ComparisonView:
    words = visit.words
    first, second = ({one.label: one.name for one in clusters[run]} for run in (compared.first, compared.second))
    stayed = [
        Combined(
            "all",
            (
                Condition(f"cluster_{compared.first}", "exact", (str(match.first),)),
                Condition(f"cluster_{compared.second}", "exact", (str(match.second),)),
            ),
        )
        for match in compared.matches
    ]
    both = tuple(Condition(f"cluster_{run}", "notblank") for run in (compared.first, compared.second))
    moved = Query(mode="images", where=(*both, Combined("not", tuple(stayed))))
    return ComparisonView(
        words("clusterings.compared", first=_title(runs[compared.first]), second=_title(runs[compared.second])),
        words("clusterings.agreement", rand=words.number(compared.adjusted_rand), common=compared.common),
        words.count("clusterings.moved_between", len(compared.moved)),
        Link(words("clusterings.show_moved"), with_query(visit.base, text.to_pairs(moved)))
        if compared.moved and len(stayed) <= LISTED
        else None,
        [
            MatchView(
                _called(words, first, match.first),
                _called(words, second, match.second),
                words.count("counts.images", match.images),
            )
            for match in compared.matches[:LISTED]
        ],
    )


def _called(words: Words, names: dict[int, str | None], label: int) -> str:
    name = names.get(label) if label != NOISE else None
    return name or cluster_label(words, label, None)


def _title(run: Clustering) -> str:
    return f"{run.name} · {run.at[:10]} · {run.id}"


def _query(query: str) -> Query:
    """Return the query of a run; one that cannot be read any more is everything."""
    try:
        return text.parse_string(query)
    except PanopticError:
        return Query()
