"""Write the parts of docs/ that follow from the code: `python -m tests.docs`. `test_docs` fails where they differ.

Fixed texts stay as they are; what stands between `<!-- generated -->` and `<!-- end -->` is replaced.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Callable
from pathlib import Path

import click

from .hook_docs import hooks

DOCS = Path(__file__).parent.parent / "docs"
GENERATED = re.compile(r"(?<=<!-- generated -->\n).*(?=<!-- end -->)", re.DOTALL)


#: What the handlers of pages answer, whose names say it to programmers.
PAGES_OF = {
    "grid": "The grid page.",
    "grid_json": "`GridPage`.",
    "image": "The image page.",
    "image_json": "`ImagePage`.",
    "rejects": "The files that could not be imported, with reasons.",
    "rejects_json": "`RejectsPage`.",
}


def schema(text: str) -> str:
    """Print every table, index and view of a new project."""
    from .rows import empty

    conn = empty()
    statements = conn.execute(
        """select sql from sqlite_master where sql is not null and tbl_name <> '_sqlite_migrations'
           order by case type when 'view' then 2 else 1 end, rowid"""
    ).fetchall()
    conn.close()
    head = text.split("\n\n", 1)[0]
    body = ""
    for (statement,) in statements:
        table = statement.lower().startswith(("create table", "create view"))
        body += ("\n" if table else "") + statement.strip() + ";\n"
    return f"{head}\n{body}"


def commands(text: str) -> str:
    """Print each command's usage, help and options."""
    from datasette_panoptic.cli import panoptic

    parts = [line for name, command in sorted(panoptic.commands.items()) for line in described(name, command)]
    return fill(text, "\n" + "\n".join(parts) + "\n")


def described(name: str, command: click.Command) -> list[str]:
    """Print a command, and after a group the commands in it."""
    says, _, example = inspect.cleandoc(command.help or "").partition("\b\nExample:\n")
    arguments = [parameter for parameter in command.params if isinstance(parameter, click.Argument)]
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    depth = name.count(" ")
    lines = [f"{'##' + depth * '#'} {name}", "", f"`datasette panoptic {' '.join([name, *map(place, arguments)])}`", ""]
    lines += [re.sub("\b\n((?:.+\n?)+)", r"```text\n\1```\n", says).strip(), ""]  # what is not to be wrapped
    if example:
        lines += ["```sh", inspect.cleandoc(example), "```", ""]
    if options:
        lines += ["| option | does |", "| --- | --- |"]
        lines += [f"| `{spelling(option)}` | {option.help}{choices(option)} |" for option in options] + [""]
    if isinstance(command, click.Group):
        for key, inner in sorted(command.commands.items()):
            lines += described(f"{name} {key}", inner)
    return lines


def place(argument: click.Argument) -> str:
    name = (argument.name or "").rstrip("_").upper() + ("…" if argument.nargs == -1 else "")
    return name if argument.required else f"[{name}]"


def spelling(option: click.Option) -> str:
    return ", ".join(option.opts) + ("" if option.is_flag else f" {option.type.name.split()[0].upper()}")


def choices(option: click.Option) -> str:
    return f" One of {', '.join(map(str, option.type.choices))}." if isinstance(option.type, click.Choice) else ""


def addresses(text: str) -> str:
    """Print the table of routes, and the fields of every context."""
    from datasette_panoptic.web import contexts, entries, export, history, job_words, jobs
    from datasette_panoptic.web.clusters import page as clusterings_page
    from datasette_panoptic.web.image import contexts as image_views
    from datasette_panoptic.web.image import similar as similar_pane
    from datasette_panoptic.web.routes import ROUTES
    from datasette_panoptic.web.similar import api as similar
    from datasette_panoptic.web.tables import contexts as table_view
    from datasette_panoptic.web.tables import pages as tables
    from datasette_panoptic.web.vocabulary import properties, tags

    lines = ["", "| address | method | permission | answer |", "| --- | --- | --- | --- |"]
    for route in ROUTES:
        written = inspect.getdoc(route.handler) or PAGES_OF[route.handler.__name__]
        says = written.split("\n\n")[0].replace("\n", " ")
        permission = " or ".join(f"`{action}`" for action in route.actions) or "view-database"
        lines.append(f"| `{readable(route.path)}` | {route.method} | {permission} | {says} |")
    lines += ["", "## Contexts", ""]
    elsewhere = (
        job_words.Step, job_words.JobNotice, jobs.JobView, jobs.JobsPage,
        entries.EntryView, history.HistoryPage, export.Choice, export.ExportPage,
        table_view.TableColumnView, table_view.TableCellView, table_view.TableRowView, table_view.TableFault,
        table_view.TablePreviewPage, tables.TableReportPage,
        image_views.TagView, image_views.Row, image_views.Pane, image_views.InstanceView, image_views.InstanceRow,
        image_views.InstanceTable, image_views.Neighbour, image_views.ImagePage,
        properties.PropertyView, properties.HeadingView, properties.TypeChange, properties.TypeOption,
        properties.PropertiesPage,
        clusterings_page.ClusterView, clusterings_page.ClusteringView, clusterings_page.MatchView,
        clusterings_page.ComparisonView, clusterings_page.ClusteringsPage,
        similar.SpaceView, similar_pane.SimilarImage, similar_pane.SimilarPane,
        tags.TagNode, tags.TagImages, tags.TagSample, tags.ChosenTag, tags.TagsPage, tags.TagsIndex, tags.TagsLink,
    )  # fmt: skip
    for name, value in {**vars(contexts), **{view.__name__: view for view in elsewhere}}.items():
        if dataclasses.is_dataclass(value) and isinstance(value, type):
            described = "" if (value.__doc__ or "").startswith(f"{name}(") else inspect.getdoc(value) or ""
            lines += [f"### {name}", ""]
            lines += [described.replace("\n", " "), ""] if described else []
            lines += [f"- `{field.name}`: {field.type}" for field in dataclasses.fields(value)] + [""]
    return fill(text, "\n".join(lines) + "\n")


def readable(pattern: str) -> str:
    """Turn a route's regular expression into an address with {names}."""
    path = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", pattern).replace("\\", "")
    return path or "/"


def fill(text: str, generated: str) -> str:
    filled, times = GENERATED.subn(lambda match: generated, text)
    assert times == 1, "the page should have one generated part"
    return filled


PAGES: dict[str, Callable[[str], str]] = {
    "schema.sql": schema,
    "cli.md": commands,
    "json-api.md": addresses,
    "hooks.md": lambda text: fill(text, hooks()),
}


def main() -> None:
    for name, write in PAGES.items():
        page = DOCS / name
        page.write_text(write(page.read_text()))


if __name__ == "__main__":
    main()
