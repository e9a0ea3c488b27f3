"""How good recommendations are on labelled images, and what a new ranking takes: `python -m tests.bench.recommend`.

A group is a label, or two of them together; some of its images are known. Then somebody answers truly for the best
proposal, again and again. The baseline ranks by the centroid of the group and of what was accepted, and leaves out what
was refused. It prints tables as they stand in docs/quality.md.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from panoptic_ml import guard
from panoptic_ml.recommender import Background, Ranked, Rows, best_first, rank
from panoptic_ml.registry import installed
from panoptic_ml.types import Floats
from panoptic_ml.vectors import centroid, normalise

from . import labelled
from .figures import Figure, table
from .labelled import Labelled
from .quality import Row, embed, markdown

#: Answers after which proposals are counted, how many of these, and images of the group that are known before.
ANSWERS, TOPS, KNOWN = (0, 10, 30), (20, 50), 5
#: Thresholds at which estimates are compared with the truth.
THRESHOLDS = (0.5, 0.7, 0.8, 0.9, 0.95)
#: Milliseconds that a new ranking may take at 100,000.
BUDGET = 100.0

Bits = npt.NDArray[np.bool_]
Ranker = Callable[[Floats, Background, Rows, Rows, Rows], Ranked]


@dataclass(frozen=True)
class Told:
    """What was found after some answers: the share of right ones at each top, and all probabilities with the truth."""

    answers: int
    precision: tuple[float, ...]
    probabilities: Floats
    is_right: Bits


def by_centroid(vectors: Floats, background: Background, members: Rows, accepted: Rows, refused: Rows) -> Ranked:
    scores = vectors @ centroid(vectors[members])
    return Ranked(scores, scores)


RANKERS: dict[str, Ranker] = {"centroid": by_centroid, "recommender": rank}


def answered(vectors: Floats, target: Bits, ranker: Ranker, seed: int) -> Iterator[Told]:
    """Answer for the best proposal until there are as many answers as ANSWERS say."""
    background = Background.of(vectors)
    members = np.random.default_rng(seed).choice(np.flatnonzero(target), KNOWN, replace=False)
    accepted: list[int] = []
    refused: list[int] = []
    for number in range(ANSWERS[-1] + 1):
        said = np.array(accepted, np.int64), np.array(refused, np.int64)
        ranked = ranker(vectors, background, np.concatenate([members, said[0]]), *said)
        is_open = np.ones(len(vectors), np.bool_)
        is_open[np.concatenate([members, *said])] = False
        rows = np.flatnonzero(is_open)
        best = best_first(ranked, rows, max(TOPS))
        if number in ANSWERS:
            right = target[best]
            precision = tuple(float(right[:top].mean()) for top in TOPS)
            yield Told(number, precision, ranked.probabilities[rows], target[rows])
        (accepted if target[best[0]] else refused).append(int(best[0]))


def simulated(vectors: Floats, given: Labelled, ranker: Ranker) -> Iterator[Told]:
    """Recommend for each label, and for pairs of them."""
    labels = np.unique(given.labels).tolist()
    for group in [*([label] for label in labels), *zip(labels[::2], labels[1::2], strict=False)]:
        target = np.isin(given.labels, group)
        if target.sum() >= KNOWN + ANSWERS[-1] + max(TOPS):  # else there is too little left to be found
            yield from answered(vectors, target, ranker, seed=group[0])


def calibration(told: Sequence[Told]) -> Row:
    """Return the mean distance of probabilities from how often they are right, and at thresholds what was estimated
    wrong and what was.
    """
    said = np.concatenate([each.probabilities for each in told]).astype(np.float64)
    right = np.concatenate([each.is_right for each in told])
    part = np.minimum((said * 10).astype(int), 9)
    error = sum(abs((said - right)[part == number].sum()) for number in range(10)) / len(said)
    cells = []
    for threshold in THRESHOLDS:
        sure = said >= threshold
        estimated, true = (1 - each[sure].mean() if sure.any() else np.nan for each in (said, right))
        cells.append(f"{estimated:.0%} / {true:.0%}" if sure.any() else "")
    return (float(error), *cells)


def spaces(given: Labelled) -> Iterator[tuple[str, Floats]]:
    """Yield vectors of the pictures: what is computed of pixels, and the pixels themselves."""
    for name in ("lite0", "colors"):
        listed = installed().embedders[name]
        yield name, embed(listed, guard.make(listed, listed.parameters.parse({})), given.pictures)
    pixels = np.array(
        [np.asarray(picture.convert("L").resize((16, 16)), np.float64).ravel() for picture in given.pictures]
    )
    yield "pixels", normalise(pixels)


def report(sets: Sequence[Labelled]) -> str:
    """Measure everything, and return it as tables."""
    precision: list[Row] = []
    trust: list[Row] = []
    for given in sets:
        for space, vectors in spaces(given):
            for name, ranker in RANKERS.items():
                told = list(simulated(vectors, given, ranker))
                after = [[each for each in told if each.answers == number] for number in ANSWERS]
                means = (np.mean([each.precision for each in some], axis=0).tolist() for some in after)
                precision.append((given.name, space, name, *(cell for mean in means for cell in mean)))
                if ranker is rank:
                    trust += [(given.name, space, some[0].answers, *calibration(some)) for some in after]
    tops = [f"P@{top} after {number}" for number in ANSWERS for top in TOPS]
    levels = [f"≥ {threshold:g}" for threshold in THRESHOLDS]
    return "\n".join(
        [
            markdown("Proposals", ["images", "space", "ranked by", *tops], precision),
            markdown("Probabilities", ["images", "space", "answers", "error", *levels], trust),
        ]
    )


def run() -> list[Figure]:
    """Measure what a new ranking takes after an answer, with a hundred examples of each kind."""
    figures = []
    for count, dimension in ((100_000, 256), (100_000, 512), (1_000_000, 256)):
        random = np.random.default_rng(0)
        vectors = random.standard_normal((count, dimension), np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        background = Background.of(vectors)
        members, refused = np.arange(200), np.arange(200, 300)
        took = []
        for _ in range(7):
            start = time.perf_counter()
            ranked = rank(vectors, background, members, members[:100], refused)
            best_first(ranked, np.arange(300, count), 24)
            took.append(1000 * (time.perf_counter() - start))
        budget = BUDGET if count == 100_000 else None
        figures.append(Figure(f"rank {count:,} × {dimension} again", min(took), "ms", at_most=budget))
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.recommend", description=__doc__)
    parser.add_argument("--folder", type=Path, nargs="*", default=[], help="with a sub-folder for each label")
    parser.add_argument("--fashion", type=Path, default=labelled.FASHION, help="where the files of Fashion-MNIST are")
    parser.add_argument("--limit", type=int, default=2000, help="images of each set")
    options = parser.parse_args()
    sets = [labelled.digits(options.limit)]
    if options.fashion.is_dir():
        sets.append(labelled.fashion(options.fashion, options.limit))
    sets += [labelled.folder(path, options.limit) for path in options.folder]
    print(report(sets))
    print(table(run()))


if __name__ == "__main__":
    main()
