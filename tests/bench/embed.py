"""Measure embedding a project against the loops anybody would write: `python -m tests.bench.embed [--images 1200]`.

The bare loops have the same encoded pictures in memory and the same batches. One decodes and embeds in turn; of the
other, whose pictures are decoded beforehand, only the embedding is timed: what is above it is reading, decoding and
storing that could not be done beside it. All are taken in turns, and the best round of each counts.
"""

from __future__ import annotations

import argparse
import io
import tempfile
import time
from pathlib import Path

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.jobs.embed import BATCH, embed
from datasette_panoptic.jobs.embedders import Made, decoded, make
from datasette_panoptic.store import embeddings
from datasette_panoptic.store.connection import connect, transaction
from tests.corpus import picture

from .figures import Figure, table
from .generate import generate

#: Pictures that differ, of the size that previews have on average.
DIFFERENT, SIZE = 96, (576, 432)
ROUNDS = 3


def run(images: int = 480, embedder: str = "lite0") -> list[Figure]:
    """Measure and return the figures."""
    made = make(embedder, {})
    pictures = [encoded(number) for number in range(DIFFERENT)]
    given = [pictures[number % DIFFERENT] for number in range(images)]
    made.embed([decoded(pictures[0])])
    ours, loops, models = [], [], []
    with tempfile.TemporaryDirectory(prefix="panoptic-bench-") as scratch:
        project = Path(scratch, "project.db")
        generate(project, images, images)
        conn = connect(project)
        show(conn, pictures)
        for _ in range(ROUNDS):
            ours.append(passed(conn, made))
            loop, model = bare(made, given)
            loops.append(loop)
            models.append(model)
        conn.close()
    taken = [min(times) for times in (ours, loops, models)]
    name = f"{embedder}, {images} images"
    rates = ("embed", "loop that decodes and embeds", "the model alone")
    return [
        *(Figure(f"{name}: {rate}", images / seconds, "images/s") for rate, seconds in zip(rates, taken, strict=True)),
        Figure(f"{name}: embed by the loop", taken[1] / taken[0] * 100, "%", at_least=90),
        Figure(f"{name}: embed by the model alone", taken[2] / taken[0] * 100, "%"),
    ]


def passed(conn: sqlite3.Connection, made: Made) -> float:
    """Embed the project and forget its vectors again; return the seconds of the first."""
    started = time.perf_counter()
    report = embed(conn, made)
    seconds = time.perf_counter() - started
    assert report.missing == report.failed == 0
    with transaction(conn):
        embeddings.delete_space(conn, report.space)
    return seconds


def bare(made: Made, given: list[bytes]) -> tuple[float, float]:
    """Return the seconds of decoding and embedding in turn, and those of embedding among them."""
    model = 0.0
    started = time.perf_counter()
    for start in range(0, len(given), BATCH):
        images = [decoded(each) for each in given[start : start + BATCH]]
        begun = time.perf_counter()
        made.embed(images)
        model += time.perf_counter() - begun
    return time.perf_counter() - started, model


def show(conn: sqlite3.Connection, pictures: list[bytes]) -> None:
    """Give the images of a project these previews, in turns."""
    with transaction(conn):
        conn.execute("delete from _panoptic_previews")
        conn.executemany(
            "insert into _panoptic_previews select id, 'image/jpeg', ? from images where id % ? = ?",
            ((data, DIFFERENT, number) for number, data in enumerate(pictures)),
        )


def encoded(number: int) -> bytes:
    out = io.BytesIO()
    picture(number, SIZE).save(out, "JPEG", quality=80)
    return out.getvalue()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=480)
    parser.add_argument("--embedder", default="lite0")
    arguments = parser.parse_args()
    print(table(run(arguments.images, arguments.embedder)))
