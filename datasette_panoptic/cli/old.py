"""The command that brings a project of Panoptic."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .annotate import ACTOR
from .common import PROJECT, as_json, pair, panoptic, progress_bar, says_what_to_do

if TYPE_CHECKING:
    from datasette_panoptic.ingest.panoptic.report import OldReport


@panoptic.command("import-panoptic")
@click.argument("old", type=click.Path(exists=True, path_type=Path))
@click.argument("project", type=PROJECT)
@click.option("--moved", multiple=True, metavar="OLD=NEW", help="New place of a directory of images.")
@click.option("--workers", type=click.IntRange(1), help="Number of decoding processes. Default: one per processor.")
@click.option("--dry-run", is_flag=True, help="Show what would be imported and what would not, without writing.")
@as_json
@says_what_to_do
def import_panoptic(
    old: Path, project: Path, moved: tuple[str, ...], workers: int | None, dry_run: bool, as_json: bool
) -> None:
    """Import OLD, a Panoptic 0.7 or 1.0 project, into PROJECT, created if it is missing.

    OLD is the project's folder, which is only read. Images are imported from where they are; of those that are
    gone, Panoptic's thumbnails are kept. What was said of them is one changeset, which `undo` takes back. Run it again
    to take in what is new: what PROJECT says already stays.

    \b
    Example:
      datasette panoptic import-panoptic ~/panoptic/gorgons photos.db --dry-run
    """
    from datasette_panoptic.ingest.panoptic.open import opened
    from datasette_panoptic.ingest.panoptic.pipeline import bring, look
    from datasette_panoptic.query.old_views import views
    from datasette_panoptic.store.connection import connect, reading

    directories = dict(pair("--moved", given) for given in moved)
    if missing := [new for new in directories.values() if not Path(new).is_dir()]:
        raise click.UsageError(f"--moved: no folder `{missing[0]}`")
    with opened(old) as there:
        if dry_run:
            # A project that is not there yet is an empty one.
            with (
                reading(project) if project.exists() else closing(connect(":memory:", create=True)) as conn,
                progress_bar() as progress,
            ):
                report = look(conn, there, views, moved=directories, workers=workers, progress=progress)
        else:
            with closing(connect(project, create=True)) as conn, progress_bar() as progress:
                report = bring(conn, there, views, moved=directories, actor=ACTOR, workers=workers, progress=progress)
    if as_json:
        click.echo(json.dumps(report.as_dict(), indent=2, ensure_ascii=False))
    else:
        _tell(report)


def _tell(report: OldReport) -> None:
    """Print a report for a person: what came, and what did not."""
    click.echo(f"{report.project}: Panoptic {report.version}, {report.folders:,} folders")
    click.echo(
        f"{report.files:,} files, {report.instances:,} instances: {report.present:,} files in their place, "
        f"{report.gone:,} gone but for Panoptic's pictures, {report.lost:,} lost"
    )
    if report.unreadable:
        click.echo(f"{report.unreadable:,} files in their place cannot be read")
    for told in report.properties:
        name = told.name if told.become == told.name else f"{told.name} → {told.become}"
        line = f"  {name}\t{told.type}\t{told.scope}\t{'new' if told.new else 'known'}\t{told.values:,} values"
        line += f"\t{told.tags:,} tags" if told.tags else ""
        line += f"\t{told.kept:,} say something else here, and keep it" if told.kept else ""
        click.echo(line)
    for view in report.views:
        click.echo(f"  view `{view.name}`\t?{view.query}")
    for vectors in report.vectors:
        carried = f"{vectors.carried:,} carried" if report.written else "to be carried where their images are"
        click.echo(f"  vectors `{vectors.name}`\t{vectors.count:,}, {carried}")
    for told in report.properties:
        if told.unreadable:
            click.echo(f"{told.name}: {told.unreadable:,} values cannot be read; --json lists more", err=True)
            for complaint in told.complaints[:3]:
                click.echo(f"  {complaint}", err=True)
    for view in report.views:
        for lost in view.lost:
            click.echo(f"view `{view.name}`: not carried: {lost}", err=True)
    for note in report.not_carried:
        click.echo(f"note: {note}", err=True)
    if report.files and not report.present:
        click.echo("hint: none of the files is in its place; --moved OLD=NEW says where a directory is now", err=True)
    if report.written:
        click.echo(f"changeset {report.changeset or 'none'}: {report.changed:,} changes, {report.seconds:.1f} s")
