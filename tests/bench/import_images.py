"""Measure an import of photographs: CPU time, rate against bare decoding, memory, size of the project.

python -m tests.bench.import_images [--count 10000] [--flat 70000]
"""

from __future__ import annotations

import argparse
import io
import json
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from datasette_panoptic.ingest.images.pipeline import ImportOptions, import_folders
from datasette_panoptic.store.connection import connect
from tests.corpus import picture

from .figures import Figure, table

WORKERS = 2

#: Different pictures in the corpus. The others are copies that differ in a comment, hence in their SHA-1.
PICTURES = 200

SIZE = (800, 600)
BYTES = 99_000

#: Seconds between two looks at the memory.
SAMPLE = 0.1


def run(count: int = 10_000, flat: int = 0) -> list[Figure]:
    """Measure and return the figures; `flat`: also import so many tiny images and compare the memory it takes."""
    place = Path(tempfile.gettempdir()) / "panoptic-bench"
    photographs = corpus(place / f"photographs-{count}", count)
    before = bare(photographs)
    measured = imported(photographs)
    # Before and after, because the machine may have had other things to do at one of the times.
    bare_rate, bare_cpu = (sum(pair) / 2 for pair in zip(before, bare(photographs), strict=True))
    size = measured["project"]
    figures = [
        Figure("import: CPU per image", measured["cpu"] / count * 1000, "ms", at_most=5),
        Figure("import: bare decoding, CPU per image", bare_cpu / count * 1000, "ms"),
        Figure("import: CPU by that of bare", measured["cpu"] / bare_cpu, "×", at_most=2.5),
        Figure("import: rate", count / measured["seconds"], "images/s"),
        Figure("import: rate of bare decoding", bare_rate, "images/s"),
        Figure(
            "import: rate by that of bare decoding", count / measured["seconds"] / bare_rate * 100, "%", at_least=40
        ),
        Figure("import: peak memory of all processes", measured["memory"] / 1e6, "MB", at_most=400),
        Figure(
            "import: project by its thumbnails", measured["project"] / measured["thumbnails"] * 100, "%", at_most=112
        ),
        Figure("import: project per image", size / count / 1000, "kB"),
        Figure("import again, nothing changed", measured["again"] * 1000, "ms"),
    ]
    if flat:
        few, many = (imported(dots(place / f"dots-{number}", number)) for number in (1_000, flat))
        figures += [
            Figure(f"import: {flat:,} tiny images, rate", flat / many["seconds"], "images/s"),
            Figure(f"import: {flat:,} tiny images, peak memory", many["memory"] / 1e6, "MB", at_most=400),
            Figure(f"import: memory of {flat:,} by that of 1,000", many["memory"] / few["memory"], "×", at_most=1.25),
        ]
    return figures


def corpus(folder: Path, count: int) -> Path:
    """Write photographs once: grain and detail so that JPEG has as much to do as with real ones."""
    if (folder / "complete").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    originals = [photograph(number) for number in range(min(PICTURES, count))]
    for number in range(count):
        comment = f"number {number}".encode()
        data = originals[number % len(originals)]
        segment = b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment
        (folder / f"{number:06}.jpg").write_bytes(data[:2] + segment + data[2:])
    (folder / "complete").touch()
    return folder


def photograph(number: int) -> bytes:
    """Paint a photograph of about 99 kB in the mean: some are soft, some full of grain, as in any collection."""
    random = np.random.default_rng(number)
    wealth = random.lognormal(-0.1, 0.45)  # mean 1
    detail = np.asarray(picture(number, SIZE), np.float32)
    for cells in (200, 400):
        noise = random.normal(0, 12 * wealth, (cells * 3 // 4, cells, 3)).astype(np.float32)
        layers = [Image.fromarray(noise[:, :, i]).resize(SIZE, Image.Resampling.BILINEAR) for i in range(3)]
        detail = detail + np.stack([np.asarray(layer) for layer in layers], axis=2)
    image = Image.fromarray(detail.clip(0, 255).astype(np.uint8))
    encoded = []
    for quality in range(50, 97, 3):
        out = io.BytesIO()
        image.save(out, "JPEG", quality=quality)
        encoded.append(out.getvalue())
    return min(encoded, key=lambda data: abs(len(data) - BYTES * wealth))


def dots(folder: Path, count: int) -> Path:
    """Write tiny pictures, all different, a thousand to a folder."""
    if (folder / "complete").exists():
        return folder
    random = np.random.default_rng(1)
    for number in range(count):
        below = folder / f"{number // 1000:03}"
        if number % 1000 == 0:
            below.mkdir(parents=True, exist_ok=True)
        Image.fromarray(random.integers(0, 255, (28, 28), np.uint8)).save(below / f"{number:06}.png")
    (folder / "complete").touch()
    return folder


def load(paths: list[str]) -> None:
    for path in paths:
        Image.open(path).load()


def bare(folder: Path) -> tuple[float, float]:
    """Return rate and CPU seconds of what cannot be saved: decoding every file fully, with nothing stored."""
    paths = sorted(str(path) for path in folder.glob("*.jpg"))
    with ProcessPoolExecutor(WORKERS, mp_context=multiprocessing.get_context("spawn")) as pool:
        list(pool.map(load, [paths[:50]] * WORKERS))  # started, and the files in the cache
        list(pool.map(load, [paths[start : start + 50] for start in range(0, len(paths), 50)]))
        before, begun = cpu_of(pool), time.perf_counter()
        list(pool.map(load, [paths[start : start + 50] for start in range(0, len(paths), 50)]))
        return len(paths) / (time.perf_counter() - begun), cpu_of(pool) - before


def cpu_of(pool: ProcessPoolExecutor) -> float:
    """Return the CPU seconds that a pool's processes have used so far."""
    ticks = 0
    for pid in pool._processes:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def imported(folder: Path) -> dict[str, float]:
    """Import a folder into a new project in a process of its own, twice, and return what the first time took."""
    with tempfile.TemporaryDirectory() as temporary:
        command = [sys.executable, "-m", "tests.bench.import_images", "--child", temporary, str(folder)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process, peak(process.pid) as memory:
            assert process.stdout
            measured: dict[str, float] = json.loads(process.stdout.read())
        return measured | {"memory": memory[0]}


@contextmanager
def peak(pid: int) -> Iterator[list[float]]:
    """Keep in a list's first place the most bytes that a process and those below it held at a time."""
    highest = [0.0]
    over = threading.Event()

    def watch() -> None:
        while not over.wait(SAMPLE):
            highest[0] = max(highest[0], sum(map(memory_of, tree(pid))))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield highest
    finally:
        over.set()
        thread.join()


def tree(pid: int) -> Iterator[int]:
    yield pid
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from tree(int(child))
    except OSError:
        return


def memory_of(pid: int) -> int:
    """Return a process's share of memory (PSS): pages that several hold count once in all."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def child(temporary: Path, folder: Path) -> None:
    path = temporary / "project.db"
    conn = connect(path, create=True)
    report = import_folders(conn, [folder], options=ImportOptions(workers=WORKERS))
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    again = import_folders(conn, [folder], options=ImportOptions(workers=WORKERS))
    assert report.added == again.unchanged == report.images
    thumbnails = conn.execute(
        "select (select sum(length(data)) from _panoptic_thumbnails) "
        "+ coalesce((select sum(length(data)) from _panoptic_previews), 0)"
    ).fetchone()[0]
    conn.close()
    print(
        json.dumps(
            {
                "seconds": report.seconds,
                "again": again.seconds,
                "cpu": sum(usage.ru_utime + usage.ru_stime for usage in used),
                "project": path.stat().st_size,
                "thumbnails": thumbnails,
            }
        )
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure an import of photographs.")
    parser.add_argument("--count", type=int, default=10_000, help="photographs of 800 × 600 pixels")
    parser.add_argument("--flat", type=int, default=0, help="also import so many tiny images")
    parser.add_argument("--child", nargs=2, metavar=("TEMPORARY", "FOLDER"), type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(*options.child)
    else:
        print(table(run(options.count, options.flat)))


if __name__ == "__main__":
    main()
