"""What the commands share: their group, their argument types, how errors, answers and progress are shown."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from datasette_panoptic.domain.escapes import read_name
from datasette_panoptic.errors import PanopticError
from datasette_panoptic.store.faults import told

if TYPE_CHECKING:
    from datasette_panoptic.domain.corpus import Progress

Command = TypeVar("Command", bound=Callable[..., Any])

PROJECT = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

as_json = click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")


@click.group()
def panoptic() -> None:
    """Explore and annotate large collections of images, kept in one SQLite file."""


def says_what_to_do(command: Command) -> Command:
    """Show an error that a person can act on as one line and exit with 1, without a traceback."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except (click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError):
            raise
        except PanopticError as error:
            raise click.ClickException(str(error)) from error
        except Exception as error:
            if (words := told(error) or _damage(kwargs.get("project"))) is None:
                raise
            raise click.ClickException(words) from error

    return run  # type: ignore[return-value]


def _damage(project: Path | None) -> str | None:
    """Say what is wrong with the file of a command that has failed; None: nothing that would explain it."""
    from datasette_panoptic.store.problems import why_unreadable

    try:
        why = why_unreadable(project) if project else None
    except PanopticError as error:
        return str(error)
    return why and f"`{project}` is damaged: {why}; `datasette panoptic check {project}` says more"


@contextmanager
def progress_bar(label: str = "importing") -> Iterator[Callable[[Progress], None]]:
    """Show how far a command is with its images, its rate and the time that remains on standard error."""
    if not sys.stderr.isatty():
        yield Log().show
        return
    with click.progressbar(length=1, label=label, file=sys.stderr) as bar:

        def show(progress: Progress) -> None:
            bar.length = max(progress.total or 0, progress.done, 1)
            bar.label = f"{progress.done:,} images, {progress.rate:,.0f}/s"
            bar.update(progress.done - bar.pos)

        yield show


class Log:
    """Progress where no terminal can redraw a bar: a line now and then."""

    EVERY = 5.0  # seconds

    def __init__(self) -> None:
        self.told = time.monotonic()

    def show(self, progress: Progress) -> None:
        now, finished = time.monotonic(), progress.done == progress.total
        if now - self.told < self.EVERY and not finished:
            return
        self.told = now
        line = f"{progress.done:,} of {progress.total or 0:,} images, {progress.rate:,.0f}/s"
        if not finished and progress.rate and progress.total:
            line += f", {(progress.total - progress.done) / progress.rate:,.0f} s left"
        click.echo(line, err=True)


def answer(facts: dict[str, Any], *, as_json: bool) -> None:
    """Print facts as JSON, or as lines of name and value."""
    if as_json:
        click.echo(json.dumps(facts, indent=2))
        return
    width = max(map(len, facts))
    for name, value in facts.items():
        shown = "\n".join(value) or "none" if isinstance(value, list) else value
        click.echo(f"{name:<{width}}  {shown}")


def pair(option: str, text: str) -> tuple[str, str]:
    """Split what an option was given as NAME=VALUE."""
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise click.UsageError(f"{option} takes NAME=VALUE, not `{text}`")
    return name, value


def named_pair(option: str, text: str) -> tuple[str, str]:
    """Split what an option was given as NAME=VALUE, where the name is one of a query: `a~3Db=1` is of `a=b`."""
    name, value = pair(option, text)
    return read_name(name), value
