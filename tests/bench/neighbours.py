"""Measure finding near-duplicates: `python -m tests.bench.neighbours [--vectors 10000 100000 1000000]`.

Baselines are faiss, where `pip install faiss-cpu` was done, and comparing all with all. Both are timed on some of the
rows against all of them, and take that much longer for all.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from importlib import import_module
from typing import TypeVar

import numpy as np

from panoptic_ml.neighbours import BLOCK, Rows, VectorJoin, pairs
from panoptic_ml.representatives import by_hashes, by_vectors
from panoptic_ml.types import Floats, Hashes

from .figures import Figure, table

DIMENSION, THRESHOLD, BITS = 512, 0.95, 4
#: Rows that the baselines compare with all others.
SAMPLE = 2_048

T = TypeVar("T")


def run(vectors: tuple[int, ...] = (10_000, 100_000)) -> list[Figure]:
    """Measure and return the figures."""
    figures = [figure for count in vectors for figure in measure(count)]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [*figures, Figure("most memory", memory, "MB")]


def measure(count: int) -> list[Figure]:
    name = f"{count // 1000}k × {DIMENSION}"
    limit = {10_000: 10.0, 100_000: 60.0, 1_000_000: 900.0}.get(count)
    rows = corpus(count)
    grouped, _ = timed(lambda: by_vectors(rows, THRESHOLD))
    listed, found = timed(lambda: pairs(VectorJoin(rows, THRESHOLD)))
    sample = np.sort(np.random.default_rng(5).choice(count, min(SAMPLE, count), replace=False))
    brute, truth = timed(lambda: compared(rows, sample))
    share = len(sample) / count
    figures = [
        Figure(f"{name}: groups", grouped, "s", at_most=limit),
        Figure(f"{name}: all pairs", listed, "s"),
        Figure(f"{name}: all pairs by comparing all with all", listed / (brute / share / 2), "×", at_most=1.1),
        Figure(f"{name}: pairs found of those there are", recall(found, truth, sample), "", at_least=0.99),
    ]
    figures += by_faiss(name, rows, sample, listed)
    crowded = rows.copy()
    crowded[: count // 4], crowded[count // 4 : count // 2] = rows[0], rows[: count // 4]
    figures.append(
        Figure(f"{name}, of which 1/4 are equal: groups", timed(lambda: by_vectors(crowded, THRESHOLD))[0], "s")
    )
    hashes = hashed(count)
    figures.append(
        Figure(f"{count // 1000}k hashes within {BITS} bits: groups", timed(lambda: by_hashes(hashes, BITS))[0], "s")
    )
    return figures


def by_faiss(name: str, rows: Floats, sample: Rows, listed: float) -> list[Figure]:
    """Time the range search of faiss, exact and by lists, for some rows; how long it takes for all is their share."""
    try:
        faiss = import_module("faiss")
    except ImportError:
        print("faiss is not installed: `pip install faiss-cpu` compares with it", flush=True)
        return []
    share = len(sample) / len(rows)
    flat = faiss.IndexFlatIP(DIMENSION)
    flat.add(rows)
    exact, _ = timed(lambda: flat.range_search(rows[sample], THRESHOLD))
    lists = faiss.IndexIVFFlat(
        faiss.IndexFlatIP(DIMENSION), DIMENSION, round(4 * len(rows) ** 0.5), faiss.METRIC_INNER_PRODUCT
    )
    lists.nprobe = 16

    def build() -> None:
        lists.train(rows[:: max(1, len(rows) // 50_000)])
        lists.add(rows)

    built, _ = timed(build)
    searched, _ = timed(lambda: lists.range_search(rows[sample], THRESHOLD))
    return [
        Figure(f"{name}: all pairs by faiss IndexFlatIP.range_search", listed / (exact / share), "×", at_most=1.1),
        Figure(f"{name}: all pairs by faiss IVF, nprobe 16", listed / (built + searched / share), "×"),
    ]


def timed(function: Callable[[], T]) -> tuple[float, T]:
    started = time.perf_counter()
    found = function()
    return time.perf_counter() - started, found


def compared(rows: Floats, sample: Rows) -> set[tuple[int, int]]:
    """Return the near pairs of some rows with all, by one product after another."""
    found: set[tuple[int, int]] = set()
    ours = rows[sample]
    for start in range(0, len(rows), 4 * BLOCK):
        first, second = np.nonzero(ours @ rows[start : start + 4 * BLOCK].T >= THRESHOLD)
        found.update(zip(sample[first].tolist(), (second + start).tolist(), strict=True))
    return {(min(pair), max(pair)) for pair in found if pair[0] != pair[1]}


def recall(found: tuple[Rows, Rows], truth: set[tuple[int, int]], sample: Rows) -> float:
    """Return the share of the true pairs that were found, of those that have a row of the sample."""
    known = set(zip(found[0].tolist(), found[1].tolist(), strict=True))
    return len(truth & known) / len(truth) if truth else 1.0


def corpus(count: int) -> Floats:
    """Return vectors as embedders make them: all have something in common, kinds of pictures more, 2 % are copies."""
    random = np.random.default_rng(1)
    scale = np.float32(DIMENSION**-0.5)
    common = random.normal(size=DIMENSION).astype(np.float32) * scale
    kinds = random.normal(size=(500, DIMENSION)).astype(np.float32) * scale
    rows = random.standard_normal((count, DIMENSION), np.float32)
    rows *= scale * np.float32(0.55)
    rows += np.float32(0.55) * common
    rows += np.float32(0.62) * kinds[random.integers(0, len(kinds), count)]
    copies, of = random.permutation(count)[: count // 50 * 2].reshape(2, -1)
    noise = random.standard_normal((len(copies), DIMENSION), np.float32) * scale
    rows[copies] = rows[of] + noise * random.uniform(0, 0.35, (len(copies), 1)).astype(np.float32)
    rows /= np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
    return rows


def hashed(count: int) -> Hashes:
    """Return hashes of which 2 % are copies, and a tenth share 16 bits, as pale pictures do."""
    random = np.random.default_rng(2)
    found = random.integers(0, 2**64, count, dtype=np.uint64)
    found[: count // 10] >>= np.uint64(16)
    copies, of = random.permutation(count)[: count // 50 * 2].reshape(2, -1)
    found[copies] = found[of] ^ (np.uint64(1) << random.integers(0, 64, len(copies)).astype(np.uint64))
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vectors", type=int, nargs="+", default=[10_000, 100_000])
    print(table(run(tuple(parser.parse_args().vectors))))
