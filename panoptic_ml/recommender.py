"""Which images would also belong to a group: learnt from its images, from those refused, and from all others.

The score of a vector is linear in it, so that ranking a million is one product. It adds up two directions, which are
wrong in different places (tests/bench/recommend.py measures both): the difference of means (Rocchio), and ridge
regression against the covariance of all vectors, which discounts what everything here has in common. The second has
its leave-one-out scores in closed form: what each answer would have been given without it. The probability is fitted
to those of the answers people gave to proposals, and held to what is usual where there are few.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from .types import Floats
from .vectors import centroid

Wide = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
Real = TypeVar("Real", np.float32, np.float64)

#: Names what a changeset's provenance says it was; another one where the same answers would give other scores.
REVISION = "ridge-rocchio-1"

#: Rows that the covariance is taken from; more do not change it by what would be seen.
SAMPLE = 20_000
#: Examples that are learnt from; of larger groups a fixed sample.
MOST_EXAMPLES = 1_000
SEED = 0

#: How strongly directions are held back in which nothing varies, in mean variances.
RIDGE = 3.0
#: What refused images weigh against the group in the difference of means.
AGAINST = 0.5

#: The log-odds of what scores as the group's own images do on average are OFFSET + MEMBERS × that average, and rise by
#: SLOPE with each unit above it, less where the average is below CLEAR: the group hardly stands out. Fitted to digits
#: and clothes in groups of 0.8 % to 20 % of everything. The spreads are how far answers may move offset and slope.
OFFSET, MEMBERS, SLOPE, CLEAR = -1.0, 0.6, 1.7, 2.5
OFFSET_SPREAD, SLOPE_SPREAD = 0.7, 0.3
LEAST_SLOPE = 0.2
#: The mean score of a group's images where they are too few to tell, and how many of them that counts as.
USUAL_MEAN, USUAL_COUNT = 3.0, 2
#: Nobody is surer after n answers than n + 4 right ones of n + 5 would make them.
RESERVE = 4


@dataclass(frozen=True, eq=False)
class Background:
    """What is common to the vectors of a space; kept as long as they are.

    `whitening`, (dim, dim), makes differences of vectors such that all directions vary alike, but for the ridge.
    """

    mean: Wide
    covariance: Wide
    whitening: Wide

    @staticmethod
    def of(vectors: Floats) -> Background:
        rows: Wide = vectors[_some(len(vectors), SAMPLE)].astype(np.float64)
        mean = rows.mean(axis=0) if len(rows) else np.zeros(vectors.shape[1])
        rows -= mean
        covariance = rows.T @ rows / max(len(rows), 1)
        variances, axes = np.linalg.eigh(covariance)
        ridge = RIDGE * max(float(variances.mean()), 1e-9)
        return Background(mean, covariance, axes / np.sqrt(np.maximum(variances, 0) + ridge))


@dataclass(frozen=True, eq=False)
class Ranked:
    """What is known of each row: its score, which orders them, and the probability that it belongs, float32 (n,)."""

    scores: Floats
    probabilities: Floats


@dataclass(frozen=True)
class Estimate:
    """`count` rows are at least as probable as `threshold`; `wrong` is the share of them that may not belong."""

    threshold: float
    count: int
    wrong: float


def rank(vectors: Floats, background: Background, members: Rows, accepted: Rows, refused: Rows) -> Ranked:
    """Score all rows by how well they would fit into a group; the same answers always give the same.

    `members` are the group's rows; `accepted`, some of them, and `refused` are answers to proposals.
    """
    if not len(members):
        nothing = np.zeros(len(vectors), np.float32)
        return Ranked(nothing, nothing)
    told = accepted[_some(len(accepted), MOST_EXAMPLES)]
    rest = np.setdiff1d(members, told)
    rest = rest[_some(len(rest), max(MOST_EXAMPLES - len(told), 0))]
    refused = refused[_some(len(refused), MOST_EXAMPLES)]
    inside = vectors[np.concatenate([told, rest])] - background.mean
    outside = vectors[refused] - background.mean
    direction, left_out = _learn(background, inside, outside)
    scores = vectors @ direction.astype(np.float32)
    scores -= np.float32(background.mean @ direction)
    offset, slope = _calibrated(left_out[: len(inside)], left_out[: len(told)], left_out[len(inside) :])
    most = 1 - 1 / (len(told) + len(refused) + RESERVE + 1)
    probabilities = np.minimum(_sigmoid(np.float32(offset) + np.float32(slope) * scores), np.float32(most))
    return Ranked(scores, probabilities)


def estimates(probabilities: Floats, thresholds: tuple[float, ...]) -> list[Estimate]:
    """Estimate for each threshold what accepting all rows from it on would come to."""
    falling = -np.sort(-probabilities)
    wrong = np.cumsum(1 - falling.astype(np.float64))
    # Compared as precisely as probabilities are told, as those who accept by a threshold do.
    counts = np.searchsorted(-falling, -np.array(thresholds, np.float32), side="right").tolist()
    return [
        Estimate(threshold, count, float(wrong[count - 1] / count) if count else 0.0)
        for threshold, count in zip(thresholds, counts, strict=True)
    ]


def likeness(vectors: Floats, members: Rows, rows: Rows) -> Floats:
    """Return the cosine of rows with the centroid of the members: what can be understood of a proposal."""
    return np.clip(vectors[rows] @ centroid(vectors[members]), -1, 1)


def best_first(ranked: Ranked, rows: Rows, limit: int) -> Rows:
    """Return the rows with the highest scores, highest first."""
    return _first(-ranked.scores[rows], rows, limit)


def uncertain_first(ranked: Ranked, rows: Rows, vectors: Floats, limit: int) -> Rows:
    """Return the rows that an answer would teach most: nearest to even odds, no two of them nearly the same."""
    chances = np.abs(ranked.probabilities[rows] - 0.5)
    pool = _first(chances, rows, 4 * limit)
    alike = vectors[pool] @ vectors[pool].T > 0.97
    apart: list[int] = []
    for place in range(len(pool)):
        if not alike[place, apart].any():
            apart.append(place)
    rest = np.setdiff1d(np.arange(len(pool)), apart)
    return pool[np.concatenate([np.array(apart, np.int64), rest])][:limit]


def _learn(background: Background, inside: Wide, outside: Wide) -> tuple[Wide, Wide]:
    """Return the direction along which scores rise, their spread over all vectors being 1, and what each example
    scores on one that was learnt without it. Vectors are relative to the mean.
    """
    examples = np.concatenate([inside, outside])
    targets = np.repeat([1.0, 0.0], [len(inside), len(outside)])
    # The group weighs as much as everything else does, the refused as much as their number says, up to that.
    weights = np.repeat([1 / len(inside), 1 / max(len(inside), len(outside))], [len(inside), len(outside)])
    # As a kernel: the systems are as large as there are examples, whatever the dimension is.
    roots = np.sqrt(weights)
    white = (examples @ background.whitening) * roots[:, None]
    kernel = white @ white.T
    hat = np.linalg.solve(np.eye(len(kernel)) + kernel, kernel)
    fitted = hat @ (roots * targets)
    ridge = background.whitening @ (white.T @ (roots * targets - fitted))
    leverage = np.minimum(np.diagonal(hat), 1 - 1e-6)
    ridge_out = (fitted / roots - leverage * targets) / (1 - leverage)

    mean_out, against = inside.mean(axis=0), outside.sum(axis=0) / max(len(outside), 1)
    rocchio = mean_out - AGAINST * against
    own = np.einsum("ij,ij->i", examples, examples)
    rocchio_out = examples @ rocchio
    if len(inside) > 1:
        part = slice(0, len(inside))
        rocchio_out[part] -= (own[part] - inside @ mean_out) / (len(inside) - 1)
    if len(outside):
        part = slice(len(inside), None)
        without = (own[part] - outside @ against) / (len(outside) - 1) if len(outside) > 1 else outside @ against
        rocchio_out[part] += AGAINST * without

    ridge_spread, rocchio_spread = (_spread(background, each) for each in (ridge, rocchio))
    direction = ridge / ridge_spread + rocchio / rocchio_spread
    spread = _spread(background, direction)
    left_out = (ridge_out / ridge_spread + rocchio_out / rocchio_spread) / spread
    if len(inside) == 1:
        left_out[0] = USUAL_MEAN  # nothing would be left to learn from
    return direction / spread, left_out


def _calibrated(members: Wide, accepted: Wide, refused: Wide) -> tuple[float, float]:
    """Return offset and slope of the log-odds: most probable after the answers, by Newton's method."""
    known = members if len(members) > 1 else members[:0]
    mean = max(0.0, (known.sum() + USUAL_COUNT * USUAL_MEAN) / (len(known) + USUAL_COUNT))
    slope = SLOPE * min(1.0, mean / CLEAR)
    usual = np.array([OFFSET + (MEMBERS - slope) * mean, slope])
    trust = np.diag([OFFSET_SPREAD**-2, SLOPE_SPREAD**-2])
    scores = np.concatenate([accepted, refused])
    given = np.column_stack([np.ones(len(scores)), scores])
    answers = np.repeat([1.0, 0.0], [len(accepted), len(refused)])
    weights = usual
    for _ in range(20):
        chances = _sigmoid(given @ weights)
        gradient = given.T @ (answers - chances) - trust @ (weights - usual)
        step = np.linalg.solve((given.T * (chances * (1 - chances))) @ given + trust, gradient)
        weights = weights + step
        if np.abs(step).max() < 1e-6:
            break
    return float(weights[0]), max(float(weights[1]), LEAST_SLOPE)


def _spread(background: Background, direction: Wide) -> float:
    """Return the standard deviation of all vectors along a direction; 1 where there is none."""
    variance = float(direction @ background.covariance @ direction)
    return max(variance, 0.0) ** 0.5 or 1.0


def _sigmoid(odds: npt.NDArray[Real]) -> npt.NDArray[Real]:
    """Return what log-odds are as probabilities, as precisely as they are given."""
    return (1 / (1 + np.exp(-odds.clip(-30, 30)))).astype(odds.dtype)


def _some(count: int, most: int) -> Rows:
    """Return the places of all, or of so many drawn once and for all, ascending."""
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(SEED).choice(count, most, replace=False))


def _first(keys: Floats, rows: Rows, limit: int) -> Rows:
    """Return the rows of the smallest keys, smallest first, ties in the order of the rows."""
    if limit < len(keys):
        chosen = np.flatnonzero(keys <= np.partition(keys, limit - 1)[limit - 1]) if limit else np.empty(0, np.int64)
        keys, rows = keys[chosen], rows[chosen]
    return rows[np.argsort(keys, kind="stable")][:limit]
