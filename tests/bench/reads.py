"""Measure how views are answered while an import commits.

python -m tests.bench.reads [--images 20000] [--seconds 60]
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datasette_panoptic.store.connection import connect
from tests.serving import serving

from .figures import Figure, table
from .import_images import dots

#: Asked again and again: orders by columns of every kind, groups, counts, pages, exports.
ADDRESSES = (
    "/view",
    "/view?_sort=name",
    "/view?_sort_desc=folder&_mode=images",
    "/view?width__gte=10&_group=format&_sort=path",
    ".json?_search=00",
    "/facets.json?_facets=format,folder,width",
    "/groups.json?_group=folder",
    "/folders.json",
    "/export?_format=json",
    "",
)
#: Visitors who ask at once.
VISITORS = 3


@dataclass
class Answers:
    """What visitors were answered: how often with which status, in how many versions, in how many seconds each."""

    statuses: Counter[int] = field(default_factory=Counter)
    versions: int = 0
    seconds: list[float] = field(default_factory=list)


async def ask(datasette: Any, base: str, goes_on: Callable[[], bool]) -> Answers:
    """Ask for views as fast as they are answered, as long as `goes_on`."""
    answers, versions = Answers(), set()

    async def visit(first: int) -> None:
        number = first
        while goes_on():
            begun = time.perf_counter()
            response = await datasette.client.get(base + ADDRESSES[number % len(ADDRESSES)])
            answers.statuses[response.status_code] += 1
            answers.seconds.append(time.perf_counter() - begun)
            seen = await datasette.client.get(f"{base}/version.json")
            answers.statuses[seen.status_code] += 1
            versions.add(seen.text)
            number += 1

    await asyncio.gather(*(visit(first) for first in range(VISITORS)))
    answers.versions = len(versions)
    return answers


def run(images: int = 20_000, seconds: float = 60) -> list[Figure]:
    """Import tiny images into a served project, again and again until the time is over, and ask for views meanwhile."""
    folder = dots(Path(tempfile.gettempdir()) / "panoptic-bench" / f"dots-{images}", images)
    with tempfile.TemporaryDirectory(prefix="panoptic-reads-") as scratch:
        path = Path(scratch, "photos.db")
        connect(path, create=True).close()
        answers, imported = asyncio.run(_during_import(path, folder, seconds))
    failed = sum(count for status, count in answers.statuses.items() if status >= 500)
    return [
        Figure("reads: images imported meanwhile", imported, "images", at_least=images),
        Figure("reads: answers", answers.statuses.total(), ""),
        Figure("reads: answers that are no success", answers.statuses.total() - answers.statuses[200], "", at_most=0),
        Figure("reads: answers of 500 or above", failed, "", at_most=0),
        Figure("reads: versions seen", answers.versions, ""),
        Figure("reads: median answer", sorted(answers.seconds)[len(answers.seconds) // 2] * 1000, "ms"),
    ]


async def _during_import(path: Path, folder: Path, seconds: float) -> tuple[Answers, int]:
    command = [sys.executable, "-m", "datasette", "panoptic", "import", str(path), str(folder), "--workers", "1"]
    begun = time.monotonic()
    async with serving(path) as datasette:
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as importing:
            answers = await ask(
                datasette,
                f"/{path.stem}/-/panoptic",
                lambda: importing.poll() is None or time.monotonic() - begun < seconds,
            )
    conn = connect(path)
    (imported,) = conn.execute("select count(*) from images").fetchone()
    conn.close()
    return answers, imported


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.reads", description=__doc__)
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=60)
    arguments = parser.parse_args()
    print(table(run(arguments.images, arguments.seconds)))


if __name__ == "__main__":
    main()
