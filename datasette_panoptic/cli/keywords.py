"""The command that makes tags of the keywords that files carry."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import click

from .common import PROJECT, answer, as_json, panoptic, says_what_to_do


@panoptic.command("tags-from-keywords")
@click.argument("project", type=PROJECT)
@click.option("--property", "name", required=True, help="Property for the tags, created if missing.")
@click.option("--query", "querystring", default="", help="Images to tag: the query string of a page. Default: all.")
@click.option("--separator", "separators", multiple=True, help="Separator of levels in keywords, besides |; usually /.")
@click.option("--dry-run", is_flag=True, help="Count what would be created, without writing.")
@as_json
@says_what_to_do
def tags_from_keywords(
    project: Path, name: str, querystring: str, separators: tuple[str, ...], dry_run: bool, as_json: bool
) -> None:
    """Tag images with the keywords of their files, as one changeset that `undo` can undo.

    Hierarchical keywords become a tree: Places|Paris gives the image the tag Paris, below Places.

    \b
    Example:
      datasette panoptic tags-from-keywords photos.db --property Subject --dry-run
    """
    from datasette_panoptic.jobs.examples import learnt
    from datasette_panoptic.query.annotate import selection_of
    from datasette_panoptic.query.orders import fields
    from datasette_panoptic.store.connection import checkpoint, connect
    from datasette_panoptic.store.keyword_tags import make_tags, preview

    if "" in separators:
        raise click.UsageError("--separator takes a character, such as /")
    with closing(connect(project)) as conn:
        selection = selection_of(learnt(conn, querystring), fields(conn))
        if dry_run:
            done = preview(conn, selection, separators)
        else:
            done = make_tags(conn, selection, name, separators, actor=None, query=querystring or None)
            checkpoint(conn)
    answer(asdict(done) | {"passed_over": list(done.passed_over)}, as_json=as_json)
