"""The command that finds copies of images."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .common import PROJECT, as_json, named_pair, panoptic, says_what_to_do

if TYPE_CHECKING:
    from datasette.utils.sqlite import sqlite3

    from datasette_panoptic.jobs.duplicates import DuplicateSearch

#: Groups that are printed for people; `--json` has all.
SHOWN = 20


@panoptic.command()
@click.argument("project", type=PROJECT)
@click.option("--min-similarity", type=float, help="Minimum similarity of copies.  [default: 0.95]")
@click.option(
    "--hash-distance",
    type=int,
    metavar="BITS",
    help="Compare perceptual hashes instead of embeddings; at most this many bits may differ.",
)
@click.option("--exact", is_flag=True, help="List files with identical bytes; store nothing.")
@click.option("--space", metavar="SPACE", help="Embedding space to compare in: an id or an embedder.")
@click.option("--query", "querystring", default="", help="Images to search: the query string of a page. Default: all.")
@click.option("--tag-others", metavar="NAME=TAG", help="Tag all copies except the best ones, as one changeset.")
@as_json
@says_what_to_do
def duplicates(
    project: Path,
    min_similarity: float | None,
    hash_distance: int | None,
    exact: bool,
    space: str | None,
    querystring: str,
    tag_others: str | None,
    as_json: bool,
) -> None:
    """Find copies of images in PROJECT, grouped around the best copy to keep.

    The best copy is the largest, in pixels, then in bytes; the others of its group are similar enough to it. The
    groups are stored as a clustering, which the grid shows. Perceptual hashes find re-encoded and resized copies;
    embeddings, which `embed` computes, also find mirrored copies and, at about 0.9, crops.

    \b
    Example:
      datasette panoptic duplicates photos.db --min-similarity 0.95
    """
    from datasette_panoptic.jobs.duplicates import DuplicateSearch
    from datasette_panoptic.jobs.examples import learnt
    from datasette_panoptic.store.connection import connect, reading
    from datasette_panoptic.store.vector_cache import VectorCache

    if sum(given is not None for given in (min_similarity, hash_distance, exact or None)) > 1:
        raise click.UsageError("choose one of --min-similarity, --hash-distance and --exact")
    if exact and tag_others:
        raise click.UsageError("--tag-others does not work with --exact: files with the same bytes are one image")
    if space and (exact or hash_distance is not None):
        raise click.UsageError("--space needs --min-similarity: comparing hashes or bytes uses no embeddings")
    if exact:
        vectors = VectorCache()
        with reading(project, vectors=vectors) as conn:
            learnt(conn, querystring, vectors)
            copies = exact_copies(conn, querystring)
    else:
        by_vectors = hash_distance is None
        limit = min_similarity if by_vectors else hash_distance
        asked = DuplicateSearch("vectors" if by_vectors else "hashes", limit, space or "", querystring)
        with closing(connect(project)) as conn:
            copies = near_copies(conn, asked, tag_others)
    if as_json:
        click.echo(json.dumps(copies, indent=2, ensure_ascii=False))
    else:
        tell(copies)


def near_copies(conn: sqlite3.Connection, asked: DuplicateSearch, tag_others: str | None) -> dict[str, Any]:
    """Find copies, store their groups, tag those that are not the best, and describe all of it."""
    from datasette_panoptic.jobs.duplicates import run
    from datasette_panoptic.store import duplicates as store
    from datasette_panoptic.store.connection import checkpoint

    named = named_pair("--tag-others", tag_others) if tag_others else None
    done = run(conn, asked)
    assert done is not None, "nobody cancels a command"
    tagged = asdict(store.tag_others(conn, done.clustering, *named, actor=None)) if named else {}
    rows = store.members(conn, done.clustering)
    checkpoint(conn)
    files = names(conn, [row.image_id for row in rows])
    said = [asdict(row) | {"file": files.get(row.image_id)} for row in rows]
    return {**asdict(done), **tagged, "view": f"?{store.view(done.clustering)}", "rows": said}


def exact_copies(conn: sqlite3.Connection, querystring: str) -> dict[str, Any]:
    """Describe the files with the same bytes among what a query finds."""
    from datasette_panoptic.jobs.cluster_input import images_of
    from datasette_panoptic.store import duplicates as store

    rows = store.exact(conn, images_of(conn, querystring) if querystring else None)
    numbers = {image: number for number, image in enumerate(dict.fromkeys(row.image_id for row in rows))}
    said = [
        {"group": numbers[row.image_id], "best": row.image_id, "image_id": row.image_id, "similarity": 1.0,
         "file": row.file}
        for row in rows
    ]  # fmt: skip
    return {"groups": len(numbers), "images": len(numbers), "rows": said}


def names(conn: sqlite3.Connection, images: list[int]) -> dict[int, str]:
    """Return the path of the first file of each image."""
    rows = conn.execute(
        """select image_id, ltrim(folders.path || '/' || files.name, '/'), min(files.id)
           from files join folders on folders.id = folder_id
           where image_id in (select value from json_each(?)) group by image_id""",
        [json.dumps(images)],
    )
    return {image: file for image, file, _ in rows}


def tell(copies: dict[str, Any]) -> None:
    """Print the first groups, the best copy of each marked, and where all are."""
    for number, rows in groupby(copies["rows"], key=lambda row: row["group"]):
        if number == SHOWN:
            click.echo(f"… and {copies['groups'] - SHOWN:,} groups more")
            break
        click.echo(f"group {number + 1}")
        for row in rows:
            mark = "best" if row["image_id"] == row["best"] and "clustering" in copies else ""
            click.echo(f"  {row['similarity']:.4f}\t{mark}\t{row['image_id']}\t{row['file'] or ''}")
    click.echo(f"{copies['groups']:,} groups with {copies['images']:,} images", err=True)
    if "clustering" in copies:
        click.echo(f"kept as clustering {copies['clustering']}, `{copies['name']}`", err=True)
    for notice in copies.get("notices", ()):
        click.echo(notice["text"], err=True)
