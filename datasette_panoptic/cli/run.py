"""Commands that run actions of plugins, and list what plugins there are."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .common import PROJECT, as_json, panoptic, progress_bar, says_what_to_do
from .plugin_command import CHOSEN, PluginCommand, param, settings_of

if TYPE_CHECKING:
    from datasette_panoptic.domain.corpus import Progress


class ActionCommand(PluginCommand):
    """A command whose argument names an action: `--help` after it shows the action's own options."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        from datasette_panoptic.jobs.plugin_list import actions
        from datasette_panoptic.jobs.plugin_options import options_of

        ctx.meta[CHOSEN] = [one for word in args if word in actions() for one in options_of("action", word)]
        return click.Command.parse_args(self, ctx, args)


@dataclass(frozen=True)
class ProgressPrinter:
    """Nobody cancels a command but by its key, which ends it."""

    progress: Callable[[Progress], None]

    def cancelled(self) -> bool:
        return False


@panoptic.command("run", cls=ActionCommand, role="action", default="")
@click.argument("project", type=PROJECT)
@click.argument("action")
@click.option("--query", default="", help="Images to run on: the query string of a page. Default: all.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True, help="Random seed.")
@param
@as_json
@click.pass_context
@says_what_to_do
def run_(
    ctx: click.Context,
    /,
    project: Path,
    action: str,
    query: str,
    seed: int,
    params: tuple[str, ...],
    as_json: bool,
    **options: Any,
) -> None:
    """Run ACTION on images of PROJECT and save its results as changes that can be undone.

    `datasette panoptic plugins` lists the actions. Values written by a machine are unchecked until somebody confirms
    them: the query `unchecked__notblank=1` finds them. A stopped action writes nothing.

    \b
    Example:
      datasette panoptic run photos.db dominant-colors --query 'width__gt=1000' --most 2
    """
    from datasette_panoptic.jobs.action import run_action
    from datasette_panoptic.store.connection import checkpoint, connect

    asked = {"action": action, "params": settings_of(ctx, options, params), "seed": seed, "query": query, "actor": None}
    with closing(connect(project)) as conn:
        with progress_bar("running") as progress:
            report = run_action(conn, asked, ProgressPrinter(progress))
        checkpoint(conn)
    if as_json:
        click.echo(json.dumps(report, indent=2, ensure_ascii=False))
        return
    click.echo(f"{report['images']:,} images")
    for one in report["written"]:
        click.echo(
            f"{one['property']}: {one['changed']:,} changed" if one["changed"] else f"{one['property']}: nothing new"
        )
    for clustering in report["clusterings"]:
        click.echo(f"groups: `_group=cluster_{clustering}`")
    for notice in report["notices"]:
        click.echo(notice["text"], err=True)


@panoptic.command("plugins")
@as_json
@says_what_to_do
def plugins_(as_json: bool) -> None:
    """List embedders, clusterers, projectors and actions with their parameters, missing packages and faults.

    \b
    Example:
      datasette panoptic plugins
    """
    from datasette_panoptic.jobs.plugin_list import plugins

    rows, faults = plugins()
    if as_json:
        click.echo(json.dumps({"rows": rows, "faults": faults}, indent=2, ensure_ascii=False))
        return
    for row in rows:
        click.echo(f"{row['role']} {row['id']}")
        if row["description"]:
            click.echo(f"    {row['description']}")
        for one in row["parameters"]:
            default = (
                "required" if one["required"] else f"default {'none' if one['default'] is None else one['default']}"
            )
            click.echo(f"    --{one['name'].replace('_', '-')}: {one['expects']}; {default}")
        if row["missing"]:
            click.echo(f"    missing: {row['missing']}")
    for fault in faults:
        click.echo(f"{fault['plugin']}: {fault['message']}", err=True)
