"""Recommendations: the images that would also belong to a group, best first or most uncertain first.

Everything is computed anew for each question, from the vectors in memory and the answers in the file: whoever answers
next sees what all others have taught.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.changes import Applied
from datasette_panoptic.domain.query import Query
from datasette_panoptic.errors import BadQuery, PanopticError
from datasette_panoptic.query.annotate import selection_of_cells, value_of
from datasette_panoptic.query.orders import Orders, fields
from datasette_panoptic.query.text import to_string
from datasette_panoptic.store import recommendations, spaces, tags
from datasette_panoptic.store.changelog import subject_of
from datasette_panoptic.store.matrices import Matrix
from datasette_panoptic.store.recommendations import Answered, Group, Level
from panoptic_ml import recommender
from panoptic_ml.recommender import Background, Estimate, Ranked

First = Literal["best", "uncertain"]

FIRSTS: tuple[First, ...] = get_args(First)

#: What a slider offers.
THRESHOLDS = tuple(hundredths / 100 for hundredths in (*range(50, 95, 5), 95, 97, 99))
#: Probabilities and similarities are told to this many decimals.
DECIMALS = 4

#: A group as people name it: properties with their values or the names of tags, outermost first.
GroupName = Sequence[tuple[str, str]]

#: An embedding space: its id and its embedder.
SpaceLabel = tuple[int, str]


@dataclass(frozen=True)
class Proposal:
    """An image that may belong to the group, and how like it is to those that do: the cosine with their centroid."""

    image_id: int
    probability: float
    similarity: float


@dataclass(frozen=True)
class Proposals:
    """`members` of the group have a vector in the space; `unchecked` of its images were put there by a threshold."""

    space: SpaceLabel
    rows: list[Proposal]
    candidates: int
    members: int
    unchecked: int
    accepted: int
    refused: int
    estimates: list[Estimate]


@dataclass(frozen=True, eq=False)
class Learnt:
    """The candidates of a group in one space, as rows of its matrix, and what is known of each row."""

    space: SpaceLabel
    matrix: Matrix
    said: Answered
    members: recommender.Rows
    candidates: recommender.Rows
    ranked: Ranked


def group_of(conn: sqlite3.Connection, named: GroupName) -> Group:
    """Resolve a group. Raises BadQuery for what is no property or no value of one, NotThere for an unknown tag."""
    if not named:
        raise BadQuery("choose what to recommend images for: a property and its value")
    known = fields(conn)
    levels = []
    for name, text in named:
        field = known[name]
        if field.property_id is None:
            raise BadQuery(f"`{field.name}` is a system field and cannot be changed, so it takes no recommendations")
        subject = subject_of(conn, field.property_id)
        if field.has_tags:
            levels.append(Level(subject, text, tags.named(conn, subject.id, text)))
        else:
            levels.append(Level(subject, value_of(field, text)))
    return levels


def recommend(
    conn: sqlite3.Connection,
    orders: Orders,
    group: Group,
    *,
    query: Query | None = None,
    space: str = "",
    first: First = "best",
    limit: int = 20,
) -> Proposals:
    """Propose images for a group, among those that a query finds if there is one.

    `space` is an id or an embedder's name. Raises NotThere where no image has a vector.
    """
    known = learn(conn, orders, group, query=query, space=space)
    vectors, ranked = known.matrix.vectors, known.ranked
    if first == "best":
        rows = recommender.best_first(ranked, known.candidates, limit)
    else:
        rows = recommender.uncertain_first(ranked, known.candidates, vectors, limit)
    return Proposals(
        known.space,
        proposals(known, rows),
        len(known.candidates),
        len(known.members),
        len(known.said.members) - len(known.said.learnt),
        len(known.said.accepted),
        len(known.said.refused),
        recommender.estimates(ranked.probabilities[known.candidates], THRESHOLDS),
    )


def learn(conn: sqlite3.Connection, orders: Orders, group: Group, *, query: Query | None, space: str) -> Learnt:
    """Rank all images of a space for a group. Candidates are those that nobody has answered for."""
    chosen = spaces.named(conn, space)
    kept = orders.vectors.matrix(conn, chosen[0])
    if kept is None:
        raise PanopticError(f"embedding space {chosen[0]} is too large for recommendations to be kept in memory")
    said = recommendations.answered(conn, group)
    members, accepted, refused = (_rows(kept, ids) for ids in (said.learnt, said.accepted, said.refused))
    ranked = recommender.rank(kept.vectors, _background(kept), members, accepted, refused)
    is_open = np.ones(len(kept.ids), np.bool_)
    for ids in (said.members, said.refused, said.settled):
        is_open[_rows(kept, ids)] = False
    if query is not None:
        inside = np.zeros(len(kept.ids), np.bool_)
        flat = replace(query, mode="images", groups=(), sorts=())
        inside[_rows(kept, orders.order(conn, flat)[1].ids.astype(np.int64))] = True
        is_open &= inside
    # Without an image of the group that has a vector, nothing is known of any other.
    candidates = np.flatnonzero(is_open) if len(members) else np.empty(0, np.int64)
    return Learnt(chosen, kept, said, members, candidates, ranked)


def accept(
    conn: sqlite3.Connection,
    group: Group,
    images: Sequence[int],
    space: SpaceLabel,
    *,
    actor: str | None,
    query: str = "",
) -> Applied:
    """Put images into a group that somebody saw and accepted."""
    return recommendations.accept(
        conn,
        group,
        selection_of_cells("images", np.array(images, np.uint32)),
        actor=actor,
        query=query,
        details=_origin(space),
    )


def proposals(known: Learnt, rows: recommender.Rows) -> list[Proposal]:
    """Return what is known of some rows, in their order."""
    told = (known.ranked.probabilities[rows], recommender.likeness(known.matrix.vectors, known.members, rows))
    columns = (np.round(column.astype(np.float64), DECIMALS).tolist() for column in told)
    return [Proposal(*each) for each in zip(known.matrix.ids[rows].tolist(), *columns, strict=True)]


def sure(known: Learnt, at_least: float) -> list[Proposal]:
    """Return the candidates that are at least so probable, best first."""
    rows = known.candidates[known.ranked.probabilities[known.candidates] >= at_least]
    return proposals(known, recommender.best_first(known.ranked, rows, len(rows)))


def accept_sure(
    conn: sqlite3.Connection,
    group: Group,
    known: Learnt,
    at_least: float,
    *,
    actor: str | None,
    query: Query | None = None,
) -> Applied:
    """Put all candidates into a group that are at least so probable; they wait to be checked."""
    probabilities = {each.image_id: each.probability for each in sure(known, at_least)}
    wrong = 1 - sum(probabilities.values()) / len(probabilities) if probabilities else 0.0
    return recommendations.accept(
        conn,
        group,
        selection_of_cells("images", np.array(list(probabilities), np.uint32)),
        actor=actor,
        query=to_string(query or Query()),
        details={**_origin(known.space), "threshold": at_least, "estimated_wrong": round(wrong, DECIMALS)},
        probabilities=probabilities,
    )


def _origin(space: SpaceLabel) -> dict[str, object]:
    return {"model": recommender.REVISION, "space": space[0], "embedder": space[1]}


def _rows(known: Matrix, images: recommender.Rows) -> recommender.Rows:
    """Return the rows of those images that have one."""
    rows = known.rows(images)
    return rows[rows >= 0]


def _background(known: Matrix) -> Background:
    if "background" not in known.derived:
        known.derived["background"] = Background.of(known.vectors)
    background: Background = known.derived["background"]
    return background
