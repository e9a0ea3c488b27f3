"""Write the parts of docs/ that follow from the code: `python -m tests.docs`. `test_docs` fails where they differ.

Fixed texts stay as they are; what stands between `<!-- generated -->` and `<!-- end -->` is replaced.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
import typing
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click

from .hook_docs import hooks

DOCS = Path(__file__).parent.parent / "docs"
GENERATED = re.compile(r"(?<=<!-- generated -->\n).*(?=<!-- end -->)", re.DOTALL)


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
    from datasette_panoptic.web.routes import ROUTES

    lines = ["", "| address | method | permission | answer |", "| --- | --- | --- | --- |"]
    for route in ROUTES:
        says = (inspect.getdoc(route.handler) or "").split("\n\n")[0].replace("\n", " ")
        answer = f"{says} [`{route.context.__name__}`](#{route.context.__name__.lower()})" if route.context else says
        permission = " or ".join(f"`{action}`" for action in route.actions) or "view-database"
        lines.append(f"| `{readable(route.path)}` | {route.method} | {permission} | {answer} |")
    lines += ["", "## Contexts", ""]
    for context in contexts(route.context for route in ROUTES if route.context):
        name = context.__name__
        described = "" if (context.__doc__ or "").startswith(f"{name}(") else inspect.getdoc(context) or ""
        lines += [f"### {name}", ""]
        lines += [described.replace("\n", " "), ""] if described else []
        lines += [f"- `{field.name}`: {field.type}" for field in dataclasses.fields(context)] + [""]
    return fill(text, "\n".join(lines) + "\n")


def contexts(answered: Iterable[type[Any]]) -> list[type[Any]]:
    """Return the dataclasses that routes answer with, and those that are in them, by name."""
    known: set[type[Any]] = set()
    waiting = list(answered)
    while waiting:
        one = waiting.pop()
        if dataclasses.is_dataclass(one) and one not in known:
            known.add(one)
            waiting += typing.get_type_hints(one).values()
        waiting += typing.get_args(one)
    return sorted(known, key=lambda one: one.__name__)


def readable(pattern: str) -> str:
    """Turn a route's regular expression into an address with {names}."""
    path = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", pattern).replace("\\", "")
    return path or "/"


def fill(text: str, generated: str) -> str:
    filled, times = GENERATED.subn(lambda match: generated, text)
    assert times == 1, "the page should have one generated part"
    return filled


def who_may_see(text: str) -> str:
    """Print the columns of each table by who may see them."""
    from datasette_panoptic.store.privacy import TABLES

    from .rows import empty

    conn = empty()
    names = "select name from sqlite_master where type = 'table' and name not glob 'sqlite_*'"
    columns_of = {table: conn.execute(f"pragma table_info({table})") for (table,) in conn.execute(names).fetchall()}
    there = {f"{table}.{row[1]}" for table, rows in columns_of.items() for row in rows}
    said = {f"{table}.{name}" for table, columns in TABLES.items() for name in columns.named}
    if unsaid := there ^ said:
        raise AssertionError(f"say in `store/privacy.py` who may see {', '.join(sorted(unsaid))}")
    lines = ["", "| table | public | machinery | private |", "| --- | --- | --- | --- |"]
    for table, columns in TABLES.items():
        others = f"and all others are {columns.others}" if columns.others != "private" else ""
        cells = [" ".join(f"`{name}`" for name in named) for named in
                 (columns.of("public"), columns.of("machinery"), columns.of("private"))]  # fmt: skip
        cells[0] = " ".join(filter(None, (cells[0], others)))
        lines.append(f"| `{table}` | {' | '.join(cells)} |")
    return fill(text, "\n".join(lines) + "\n\n")


PAGES: dict[str, Callable[[str], str]] = {
    "schema.sql": schema,
    "cli.md": commands,
    "json-api.md": addresses,
    "privacy.md": who_may_see,
    "hooks.md": lambda text: fill(text, hooks()),
}


def main() -> None:
    for name, write in PAGES.items():
        page = DOCS / name
        page.write_text(write(page.read_text()))


if __name__ == "__main__":
    main()
