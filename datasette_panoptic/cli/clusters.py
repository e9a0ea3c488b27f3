"""Commands for clusters: make them, list the runs, compare, save as tags."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .annotate import ACTOR, tell
from .common import PROJECT, answer, as_json, panoptic, says_what_to_do
from .plugin_command import PluginCommand, param, settings_of

if TYPE_CHECKING:
    from datasette.utils.sqlite import sqlite3

    from datasette_panoptic.jobs.cluster_input import Clustered

#: The clusterer that is taken where none is named.
DEFAULT = "kmeans"
#: What a person is told of a run.
TOLD = ("clustering", "name", "clusters", "images", "noise", "left_out", "changeset")
#: What `clusterings` can do, and how much it is told after that.
ACTS = {
    "list": 0, "show": 1, "rename": 2, "close": 1, "reopen": 1, "delete": 1, "compare": 2, "rerun": 1, "save": 2,
    "name": 3, "merge": 3, "move": 3, "reset": 1,
}  # fmt: skip


@panoptic.command(cls=PluginCommand, role="clusterer", default=DEFAULT)
@click.argument("project", type=PROJECT)
@click.option("--query", "querystring", default="", help="Images to cluster: the query string of a page. Default: all.")
@click.option("--clusterer", default=DEFAULT, show_default=True, metavar="ID", help="Clusterer to use.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True, help="Random seed.")
@click.option(
    "--space", default="", help="Embedding space: an id or an embedder. Default: the one with the most images."
)
@click.option("--texts", help="Property with the texts for a clusterer that reads texts. Default: file names.")
@click.option("--name", default="", help="Name of the run. Default: the clusterer's name.")
@click.option(
    "--by-tags", metavar="PROPERTY", help="Make a cluster for each tag of this property, using its name as a text."
)
@click.option(
    "--prompt",
    default="a photo of {}",
    show_default=True,
    help="With --by-tags: the text, with {} for the tag's name; '' for the name alone.",
)
@click.option(
    "--parents",
    type=click.Choice(["used", "combined", "ignored"]),
    default="used",
    show_default=True,
    help="With --by-tags: what to do with tags that have tags below them.",
)
@click.option(
    "--several", is_flag=True, help="With --by-tags: save every tag that is similar enough to an image, unchecked."
)
@click.option("--minimum", type=float, help="With --by-tags: minimum similarity. Default: 0, or 0.5 with --several.")
@param
@as_json
@click.pass_context
@says_what_to_do
def cluster(
    ctx: click.Context,
    /,
    project: Path,
    querystring: str,
    clusterer: str,
    seed: int,
    space: str,
    texts: str | None,
    name: str,
    by_tags: str | None,
    prompt: str,
    parents: str,
    several: bool,
    minimum: float | None,
    params: tuple[str, ...],
    as_json: bool,
    **options: Any,
) -> None:
    """Cluster the images that a query finds and store the run: `cluster_7` groups a view by run 7.

    The same images, settings and seed give the same clusters. Each clusterer has its own options, which
    `--clusterer ID --help` shows.

    \b
    Example:
      datasette panoptic cluster photos.db --query 'width__gt=1000' --clusterer kmeans --n-clusters 10 --seed 0
    """
    from datasette_panoptic.jobs.cluster import ran
    from datasette_panoptic.jobs.cluster_input import ClusterRequest
    from datasette_panoptic.store import spaces
    from datasette_panoptic.store.clusterings import BY_TAGS
    from datasette_panoptic.store.connection import checkpoint, connect

    with closing(connect(project)) as conn:
        chosen = spaces.find(conn, space).id if space else None
        if by_tags:
            given = {"property": by_tags, "prompt": prompt, "parents": parents, "several": several, "minimum": minimum}
            asked = ClusterRequest(BY_TAGS, given, query=querystring, space=chosen, name=name, actor=ACTOR)
        else:
            settings = settings_of(ctx, options, params)
            asked = ClusterRequest(clusterer, settings, seed, querystring, chosen, texts, name, ACTOR)
        done = ran(conn, asked)
        checkpoint(conn)
        if done:
            _tell(conn, done, as_json=as_json)


@panoptic.command()
@click.argument("project", type=PROJECT)
@click.argument("act", type=click.Choice(list(ACTS)), default="list", metavar="[ACT]")
@click.argument("told", nargs=-1)
@click.option("--nested", is_flag=True, help="With save: put the tags below a parent tag named like the run.")
@click.option("--within", type=int, multiple=True, help="With save: a run of clusters inside these; repeatable.")
@as_json
@says_what_to_do
def clusterings(
    project: Path, act: str, told: tuple[str, ...], nested: bool, within: tuple[int, ...], as_json: bool
) -> None:
    """List clusterings, or change one.

    \b
    list               list the runs, latest first
    show N             list the clusters of run N
    rename N NAME      rename run N
    close N, reopen N  hide run N from menus, or offer it again
    delete N           delete run N
    compare A B        show how far two runs agree and which images are in other clusters
    rerun N            run again on the images that the query finds now
    save N PROPERTY    save its clusters as tags of images, which `undo` can undo
    name N C NAME      name its cluster C, as numbered by `show`
    merge N C INTO     merge its cluster C into another
    move N QUERY INTO  move its images that a query finds into a cluster, or into `none`
    reset N            reset to the original clusters

    \b
    Example:
      datasette panoptic clusterings photos.db compare 1 2 --json
    """
    from datasette_panoptic.store.cluster_tags import save_as_tags
    from datasette_panoptic.store.connection import connect

    if len(told) != ACTS[act]:
        raise click.UsageError(f"`{act}` takes {ACTS[act]} more argument(s), not {len(told)}")
    if not all(number.isdecimal() for number in (told if act == "compare" else told[:1])):
        raise click.UsageError(f"`{act}` takes the number of a run, as `clusterings` lists them")
    with closing(connect(project)) as conn:
        match act:
            case "list":
                _rows([asdict(run) for run in _store().listed(conn)], as_json=as_json)
            case "show":
                clustering = asdict(_store().get(conn, int(told[0])))
                rows = [asdict(row) for row in _store().clusters(conn, int(told[0]))]
                _rows(rows, clustering, as_json=as_json)
            case "compare":
                _compare(conn, int(told[0]), int(told[1]), as_json=as_json)
            case "rerun":
                _rerun(conn, int(told[0]), as_json=as_json)
            case "save":
                runs = [int(told[0]), *within]
                tell(save_as_tags(conn, runs, told[1], is_nested=nested, actor=ACTOR), as_json=as_json)
            case "name" | "merge" | "move" | "reset":
                _correct(conn, act, int(told[0]), told[1:], as_json=as_json)
            case _:
                _change(conn, act, int(told[0]), told[1:], as_json=as_json)


def _change(conn: sqlite3.Connection, act: str, run: int, told: tuple[str, ...], *, as_json: bool) -> None:
    store = _store()
    if act == "rename":
        store.rename(conn, run, told[0])
    elif act == "delete":
        store.delete(conn, run)
    else:
        store.close(conn, run, is_closed=act == "close")
    answer({"clustering": run, "done": act}, as_json=as_json)


def _correct(conn: sqlite3.Connection, act: str, run: int, told: tuple[str, ...], *, as_json: bool) -> None:
    """Name a cluster, or put images elsewhere."""
    from datasette_panoptic.jobs.cluster_input import images_of
    from datasette_panoptic.jobs.examples import learnt
    from datasette_panoptic.store import cluster_edits
    from datasette_panoptic.store.connection import checkpoint

    match act:
        case "name":
            before = cluster_edits.put(conn, run, names={_label(told[0]): told[1]})
        case "merge":
            before = cluster_edits.merge(conn, run, [_label(told[0])], _label(told[1]))
        case "move":
            learnt(conn, told[0])
            before = cluster_edits.put(conn, run, {_label(told[1]): images_of(conn, told[0]).tolist()})
        case _:
            before = cluster_edits.reset(conn, run)
    checkpoint(conn)
    answer({"clustering": run, "done": act, "moved": before.images}, as_json=as_json)


def _label(told: str) -> int:
    from datasette_panoptic.store.clusterings import NOISE

    if told != "none" and not told.isdecimal():
        raise click.UsageError(f"`{told}` is no cluster: write its number, as `clusterings PROJECT show N` lists them")
    return NOISE if told == "none" else int(told)


def _compare(conn: sqlite3.Connection, first: int, second: int, *, as_json: bool) -> None:
    from datasette_panoptic.store.cluster_comparison import compare

    comparison = asdict(compare(conn, first, second))
    rows, matches = comparison.pop("moved"), comparison.pop("matches")
    comparison["moved"] = len(rows)
    if as_json:
        click.echo(json.dumps({**comparison, "matches": matches, "rows": rows}, indent=2))
        return
    answer(comparison, as_json=False)
    for match in matches:
        click.echo(f"{match['first']}\t{match['second']}\t{match['images']}")


def _rerun(conn: sqlite3.Connection, run: int, *, as_json: bool) -> None:
    from datasette_panoptic.jobs.cluster import ran
    from datasette_panoptic.jobs.cluster_input import ClusterRequest

    store = _store()
    done = ran(conn, ClusterRequest(**store.again(store.get(conn, run)), actor=ACTOR))
    if done:
        _tell(conn, done, as_json=as_json)


def _tell(conn: sqlite3.Connection, done: Clustered, *, as_json: bool) -> None:
    """Print what came of a run, as JSON with its images, and on standard error what to do next."""
    facts = asdict(done)
    if as_json:
        rows = [] if done.clustering is None else _store().members(conn, done.clustering)
        _rows([asdict(row) for row in rows], facts, as_json=True)
    else:
        answer({name: facts[name] for name in TOLD if facts[name] is not None}, as_json=False)
    for notice in done.notices:
        click.echo(notice["text"], err=True)


def _rows(rows: list[dict[str, Any]], about: dict[str, Any] | None = None, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({**(about or {}), "rows": rows}, indent=2))
        return
    for row in rows:
        click.echo("\t".join("" if value is None else str(value) for value in row.values()))


def _store() -> Any:
    from datasette_panoptic.store import clusterings

    return clusterings
