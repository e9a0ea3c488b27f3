"""What machine learning costs beside what it is made of: `python -m tests.bench.ml [TOPIC …] [--images N]`.

The baseline of a topic does the same work with the library alone, in turns with ours, and the best round of each
counts: the ratio then holds on a machine that is busy, too.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence

import numpy as np

from panoptic_ml import guard
from panoptic_ml.embedders import lite0
from panoptic_ml.registry import installed
from tests.corpus import picture

from .figures import Figure, table

ROUNDS = 5


def run(topics: Sequence[str] = (), images: int = 64) -> list[Figure]:
    return [figure for name in topics or TOPICS for figure in TOPICS[name](images)]


def embedding(count: int) -> list[Figure]:
    """Compare pictures through the default embedder with a loop over its network, which gets pixels that are ready."""
    import onnxruntime

    listed = installed().embedders["lite0"]
    embedder = guard.make(listed, listed.parameters.parse({}))
    network = onnxruntime.InferenceSession(lite0.MODEL.read_bytes(), providers=["CPUExecutionProvider"])
    pictures = [picture(number, (256, 192)) for number in range(count)]
    ready = np.stack([lite0.pixels(image) for image in pictures])

    def bare() -> None:
        for start in range(0, count, lite0.BATCH):
            network.run(["vectors"], {"pixels": ready[start : start + lite0.BATCH]})

    ours, theirs = best(lambda: guard.embed_images(listed, embedder, pictures), bare)
    return [
        Figure("embedding, lite0: images a second", count / ours, "1/s"),
        Figure("embedding, lite0: the bare network", count / theirs, "1/s"),
        Figure("embedding, lite0: of the bare network", theirs / ours * 100, "%", at_least=90),
    ]


def best(*works: Callable[[], object]) -> list[float]:
    """Return the seconds that each took in its best round, after one that does not count."""
    taken: list[list[float]] = [[] for _ in works]
    for turn in range(ROUNDS + 1):
        for work, times in zip(works, taken, strict=True):
            begun = time.perf_counter()
            work()
            if turn:
                times.append(time.perf_counter() - begun)
    return [min(times) for times in taken]


TOPICS: dict[str, Callable[[int], list[Figure]]] = {"embedding": embedding}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.ml", description=__doc__)
    parser.add_argument("topics", nargs="*", metavar="TOPIC", help=f"of {', '.join(TOPICS)}; all by default")
    parser.add_argument("--images", type=int, default=64)
    options = parser.parse_args()
    print(table(run(options.topics, options.images)))


if __name__ == "__main__":
    main()
