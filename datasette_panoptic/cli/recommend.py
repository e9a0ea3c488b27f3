"""The command for recommendations: images that would also belong to a group."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from datasette_panoptic.domain.similar import LEAST_SURE

from .annotate import ACTOR
from .common import PROJECT, answer, as_json, named_pair, panoptic, says_what_to_do

if TYPE_CHECKING:
    from datasette_panoptic.jobs.recommend import Proposal

LEAST = click.FloatRange(LEAST_SURE, 1)


@panoptic.command()
@click.argument("project", type=PROJECT)
@click.option(
    "--tag",
    "named",
    multiple=True,
    required=True,
    metavar="NAME=TAG",
    help="Group to suggest for: a property and a tag or value.",
)
@click.option("--query", "querystring", help="Suggest only images that this query string finds.")
@click.option("--space", default="", metavar="ID", help="Embedding space: an id or an embedder. Default: the first.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="Number of images to list.")
@click.option("--uncertain", is_flag=True, help="List first the images whose answers improve the suggestions most.")
@click.option(
    "--accept-above", type=LEAST, metavar="P", help="Tag all images with at least this probability, unchecked."
)
@as_json
@says_what_to_do
def recommend(
    project: Path,
    named: tuple[str, ...],
    querystring: str | None,
    space: str,
    limit: int,
    uncertain: bool,
    accept_above: float | None,
    as_json: bool,
) -> None:
    """Suggest images for a tag, learning from images that have it and images refused for it.

    For nested groups, give --tag once per level. Tags added by --accept-above are one changeset, and
    `unchecked__notblank=1` until somebody has checked it.

    \b
    Example:
      datasette panoptic recommend photos.db --tag topic=boat --accept-above 0.95
    """
    from datasette_panoptic.jobs import recommend as recommendations
    from datasette_panoptic.jobs.examples import learnt
    from datasette_panoptic.query.orders import Orders
    from datasette_panoptic.store.connection import checkpoint, connect, reading, snapshot

    orders = Orders()
    pairs = [named_pair("--tag", each) for each in named]
    vectors = orders.vectors
    with reading(project, vectors=vectors) if accept_above is None else closing(connect(project)) as conn:
        query = None if querystring is None else learnt(conn, querystring, vectors)
        group = recommendations.group_of(conn, pairs)
        if accept_above is not None:
            with snapshot(conn):
                known = recommendations.learn(conn, orders, group, query=query, space=space)
            done = recommendations.accept_sure(conn, group, known, accept_above, actor=ACTOR, query=query)
            checkpoint(conn)
            rows = recommendations.sure(known, accept_above)
            if not rows:
                click.echo(
                    f"nothing is {accept_above:.0%} sure yet: more answers, in the page, make it surer", err=True
                )
            _tell(rows, asdict(done), as_json=as_json)
            return
        first: recommendations.First = "uncertain" if uncertain else "best"
        proposals = recommendations.recommend(conn, orders, group, query=query, space=space, first=first, limit=limit)
    if not proposals.members:
        click.echo("no image of this group has a vector, so there is nothing to learn from", err=True)
    _tell(proposals.rows, {}, as_json=as_json)


def _tell(rows: list[Proposal], facts: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({**facts, "rows": [asdict(row) for row in rows]}, indent=2))
        return
    for row in rows:
        click.echo(f"{row.image_id}\t{row.probability:.4f}\t{row.similarity:.4f}")
    if facts:
        answer(facts, as_json=False)
