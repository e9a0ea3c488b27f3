"""How good embedders and clusterers are on real, labelled images: `python -m tests.bench.quality [--folder DIR …]`.

It prints tables as they stand in docs/quality.md. Images of digits come with scikit-learn; Fashion-MNIST is used where
it is installed; a folder has a sub-folder for each label. `clip` is measured where PANOPTIC_CLIP names a checkpoint, of
the model in PANOPTIC_CLIP_MODEL.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from panoptic_ml import guard
from panoptic_ml.registry import Listed, installed
from panoptic_ml.types import Embedder, Floats

from . import labelled
from .labelled import Labelled

#: Neighbours that are looked at, and results of a search.
NEIGHBOURS, RESULTS = 10, 20
#: Pictures that are edited, and looked for among all.
EDITED = 150
AT_ONCE = 64
#: Runs of a clusterer that begins by chance: ARI differs by 0.1 between them.
SEEDS = 10

Row = Sequence[str | float | int]


def embedders() -> Iterator[tuple[Listed, Embedder]]:
    """Yield the embedders to be measured, ready to be used."""
    found = installed().embedders
    settings: dict[str, Mapping[str, object]] = {
        "lite0": {},
        "colors": {},
        "perceptual-hash": {},
        "average-hash": {},
    }
    if checkpoint := os.environ.get("PANOPTIC_CLIP"):
        model = os.environ.get("PANOPTIC_CLIP_MODEL")
        settings["clip"] = {"pretrained": checkpoint} | ({"model": model} if model else {})
    for name, given in settings.items():
        yield found[name], guard.make(found[name], found[name].parameters.parse(given))


def embed(listed: Listed, embedder: Embedder, pictures: Sequence[Image.Image]) -> Floats:
    parts = [pictures[start : start + AT_ONCE] for start in range(0, len(pictures), AT_ONCE)]
    return np.concatenate([guard.embed_images(listed, embedder, part) for part in parts])


def neighbours(vectors: Floats, given: Labelled) -> tuple[float, float]:
    """Return the share of each picture's neighbours that have its label, and how often most of them tell it."""
    similar = vectors @ vectors.T
    np.fill_diagonal(similar, -np.inf)
    nearest = given.labels[np.argsort(-similar, axis=1, kind="stable")[:, :NEIGHBOURS]]
    votes = np.apply_along_axis(np.bincount, 1, nearest, minlength=len(given.names))
    precision = (nearest == given.labels[:, None]).mean()
    return float(precision), float((votes.argmax(axis=1) == given.labels).mean())


def chance(given: Labelled) -> float:
    """Return the share of neighbours with the same label where they are any."""
    counts = np.bincount(given.labels)
    return float((counts * (counts - 1)).sum() / (len(given.labels) * (len(given.labels) - 1)))


def clustered(vectors: Floats, given: Labelled) -> Iterator[Row]:
    """Yield for each clusterer how its clusters of a set agree with the labels."""
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    number = len(set(given.labels.tolist()))
    chosen: dict[str, Mapping[str, object]] = {
        "kmeans": {"n_clusters": number},
        "agglomerative": {"n_clusters": number},
        "hdbscan": {},
        "hdbscan ": {"min_cluster_size": max(5, len(vectors) // 100), "dimensions": 20},
    }
    for name, settings in chosen.items():
        listed = installed().clusterers[name.strip()]
        parsed = listed.parameters.parse(settings)
        seeds = SEEDS if name == "kmeans" else 1  # the others find the same with any
        runs = [guard.cluster(listed, parsed, vectors=vectors, seed=seed)[0] for seed in range(seeds)]
        said = " ".join(f"{key}={value}" for key, value in settings.items())
        yield (
            f"{name.strip()} {said}".strip(),
            given.name,
            int(runs[0].max()) + 1,
            float(np.mean([adjusted_rand_score(given.labels, labels) for labels in runs])),
            float(np.mean([normalized_mutual_info_score(given.labels, labels) for labels in runs])),
            float((runs[0] < 0).mean()),
        )


def found_again(listed: Listed, embedder: Embedder, vectors: Floats, given: Labelled) -> dict[str, float]:
    """Return for each edit how often the picture that is nearest to an edited one is the one it was made of."""
    places = labelled.sample(given.labels, EDITED)
    shares = {}
    for name, edit in labelled.edits().items():
        edited = embed(listed, embedder, [edit(given.pictures[place]) for place in places])
        similar = edited @ vectors.T
        own = similar[np.arange(len(places)), places]
        shares[name] = float((own >= similar.max(axis=1) - 1e-6).mean())
    return shares


def searched(
    listed: Listed, embedder: Embedder, vectors: Floats, given: Labelled
) -> Iterator[tuple[str, float, float]]:
    """Yield for each label that it reads the share of the first results that have it, and what chance would give."""
    if "text" not in guard.modalities_of(embedder):
        return
    for number, name in enumerate(given.names):
        right: npt.NDArray[np.bool_] = given.labels == number
        try:
            query = guard.embed_texts(listed, embedder, [name])[0]
        except guard.PluginRefusal:
            continue
        best = np.argsort(-(vectors @ query), kind="stable")[: min(RESULTS, int(right.sum()))]
        if len(best):
            yield name, float(right[best].mean()), float(right.mean())


def markdown(title: str, head: Row, rows: Sequence[Row]) -> str:
    def line(row: Row) -> str:
        return "| " + " | ".join(f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in row) + " |"

    if not rows:
        return ""
    return "\n".join([f"### {title}", "", line(head), line(["---"] * len(head)), *map(line, rows), ""])


def report(sets: Sequence[Labelled]) -> str:
    """Measure everything, and return it as tables."""
    near: list[Row] = [("chance", *(cell for given in sets for cell in (chance(given), "")))]
    clusters: list[Row] = []
    copies: dict[str, dict[str, float]] = {}
    texts: list[Row] = []
    for listed, embedder in embedders():
        cells: list[str | float] = []
        for given in sets:
            vectors = embed(listed, embedder, given.pictures)
            cells += neighbours(vectors, given)
            if listed.id == "lite0":
                clusters += clustered(vectors, given)
            found = list(searched(listed, embedder, vectors, given))
            texts += [(listed.id, given.name, *row) for row in found]
            if found:
                texts.append((listed.id, given.name, "**mean**", *np.mean([row[1:] for row in found], axis=0).tolist()))
            if given is sets[-1]:
                copies[listed.id] = found_again(listed, embedder, vectors, given)
        near.append((listed.id, *cells))
    head = [cell for given in sets for cell in (f"{given.name}: P@{NEIGHBOURS}", "k-NN")]
    edits: list[Row] = [(name, *(found[name] for found in copies.values())) for name in labelled.edits()]
    return "\n".join(
        [
            markdown("Neighbours", ["embedder", *head], near),
            markdown("Clusters", ["clusterer, on lite0", "images", "clusters", "ARI", "NMI", "noise"], clusters),
            markdown(f"Edited copies among {len(sets[-1].pictures)} {sets[-1].name}", ["edit", *copies], edits),
            markdown(f"Words: P@{RESULTS}", ["embedder", "images", "text", "found", "chance"], texts),
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.quality", description=__doc__)
    parser.add_argument("--folder", type=Path, nargs="*", default=[], help="with a sub-folder for each label")
    parser.add_argument("--fashion", type=Path, default=labelled.FASHION, help="where the files of Fashion-MNIST are")
    parser.add_argument("--limit", type=int, default=2000, help="images of each set")
    options = parser.parse_args()
    sets = [labelled.digits(options.limit)]
    if options.fashion.is_dir():
        sets.append(labelled.fashion(options.fashion, options.limit))
    sets += [labelled.folder(path, options.limit) for path in options.folder]
    print(report(sets))


if __name__ == "__main__":
    main()
