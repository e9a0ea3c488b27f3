"""Measure importing and exporting a table of publications: `python -m tests.bench.tables [--rows 300000]`.

The baseline reads the same file with `csv.reader` and inserts its cells, as they stand, into one plain SQLite table: no
types, no matching, no log, no undo.
"""

from __future__ import annotations

import argparse
import csv
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.query import Query
from datasette_panoptic.ingest.tables.headers import TableOptions
from datasette_panoptic.ingest.tables.pipeline import import_table
from datasette_panoptic.query.export.files import export_to
from datasette_panoptic.store.connection import connect
from datasette_panoptic.store.undo import undo

from .figures import Figure, table
from .generate import generate

#: Publications of an image, in the mean: as in a corpus of tweets.
PUBLICATIONS = 10
WORDS = ("rue", "manif", "police", "affiche", "fumée", "drapeau", "place, la nuit", "foule", "mur", "masque")
HEADERS = ["path", "Tweet[number]", "Author[text]", "Said[date]", "Topics[multi_tags]", "Verified[checkbox]"]


def run(rows: int = 300_000) -> list[Figure]:
    """Measure and return the figures."""
    name = f"{rows // 1000}k rows × {len(HEADERS) - 1} properties"
    with tempfile.TemporaryDirectory(prefix="panoptic-bench-") as scratch:
        project, file = Path(scratch, "project.db"), Path(scratch, "tweets.csv")
        images = rows // PUBLICATIONS
        generate(project, images, images)
        conn = connect(project)
        write(conn, file, rows)
        bare = plain(file, Path(scratch, "plain.db"))
        started = time.perf_counter()
        looked = import_table(conn, file, TableOptions(fusion="new"), dry_run=True)
        dry = time.perf_counter() - started
        report = import_table(conn, file, TableOptions(fusion="new"))
        assert looked.rows == report.matched == rows, "each row names an image of the project"
        assert report.instances_made == rows - images
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        started = time.perf_counter()
        export_to(conn, Path(scratch, "out.csv"), Query(), format_="csv")
        exported = time.perf_counter() - started
        started = time.perf_counter()
        assert undo(conn, actor=None).conflicts == 0
        undone = time.perf_counter() - started
        conn.close()
    return [
        Figure(f"{name}: import", report.seconds, "s", at_most=30),
        Figure(f"{name}: csv.reader into a plain table", bare, "s"),
        Figure(f"{name}: import by that", report.seconds / bare, "×"),
        Figure(f"{name}: dry run", dry, "s"),
        Figure(f"{name}: most memory so far", memory, "MB"),
        Figure(f"{name}: export", exported, "s"),
        Figure(f"{name}: undo the import", undone, "s"),
    ]


def write(conn: sqlite3.Connection, file: Path, rows: int) -> None:
    """Write a file of publications, spread over the images at random, each image at least once."""
    random = np.random.default_rng(1)
    paths = [
        f"{folder}/{name}".lstrip("/")
        for folder, name in conn.execute(
            "select folders.path, files.name from instances join files on files.id = file_id "
            "join folders on folders.id = folder_id order by instances.id"
        )
    ]
    published = random.permutation(np.append(np.arange(len(paths)), random.integers(0, len(paths), rows - len(paths))))
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, delimiter=";")
        writer.writerow(HEADERS)
        for n, image in enumerate(published.tolist()):
            tags = ",".join(f'"{word}"' if "," in word else word for word in random.choice(WORDS, n % 4, replace=False))
            said = f"{1 + n % 28:02}/{1 + n % 12:02}/{2010 + n % 13} {n % 24:02}:{n % 60:02}"
            tweet = 1_234_567_890_123_456_789 + n * 1009
            writer.writerow([paths[image], tweet, f"author {n % 5003}", said, tags, n % 2 == 0])


def plain(file: Path, path: Path) -> float:
    """Return the seconds that the baseline takes."""
    started = time.perf_counter()
    conn = sqlite3.connect(path)
    with file.open(newline="", encoding="utf-8") as given:
        records = csv.reader(given, delimiter=";")
        columns = [f"c{place}" for place, _ in enumerate(next(records))]
        conn.execute(f"create table plain ({', '.join(columns)})")
        conn.executemany(f"insert into plain values ({', '.join('?' * len(columns))})", records)
    conn.commit()
    conn.close()
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure tables of values.")
    parser.add_argument("--rows", type=int, default=300_000)
    print(table(run(parser.parse_args().rows)))


if __name__ == "__main__":
    main()
