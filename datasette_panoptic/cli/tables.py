"""Commands for tables of values: import a CSV or JSON file, export what a query finds."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from datasette_panoptic.domain.fields import FIELD_TYPES

from .annotate import ACTOR
from .common import FILE, PROJECT, answer, as_json, named_pair, panoptic, says_what_to_do

if TYPE_CHECKING:
    from datasette_panoptic.ingest.tables.report import TableReport, UnmatchedRow

#: Errors and unmatched rows that are shown; `--json` has more.
SHOWN = 20


#: Why nothing is written, with what to do about it.
OBSTACLES = {
    "bad_cells": "correct these cells, or leave them unset with --skip-errors",
    "no_match": "no row finds an image; --key names the column that does, --rename COLUMN=path what it is",
    "no_rows": "the table has no rows",
}


@panoptic.command("import-csv")
@click.argument("project", type=PROJECT)
@click.argument("file", type=FILE)
@click.option("--key", help="Column that identifies images: id, path, name, sha1 or a property. Default: the first.")
@click.option(
    "--fusion",
    type=click.Choice(["first", "last", "new", "all"]),
    default="first",
    show_default=True,
    help="If a key matches several instances: write to the first, the last, all, or a new one for each row.",
)
@click.option("--scope", "scopes", multiple=True, metavar="NAME=image|instance", help="What a column describes.")
@click.option(
    "--type", "types", multiple=True, metavar="NAME=TYPE", help=f"Type of a column: {', '.join(FIELD_TYPES)}."
)
@click.option("--rename", "renames", multiple=True, metavar="OLD=NEW", help="Rename a column.")
@click.option("--ignore", "ignored", multiple=True, metavar="NAME", help="Skip a column.")
@click.option("--tags", "trees", multiple=True, metavar="NAME=FILE", help="Tags of a column: name;color;parents.")
@click.option("--separator", help="Cell separator: ; , tab or another character. Default: detected.")
@click.option("--sheet", help="Sheet of a workbook. Default: the first.")
@click.option("--encoding", help="Encoding of the file: utf-8, utf-16, cp1252, … Default: detected.")
@click.option(
    "--empty",
    "markers",
    multiple=True,
    metavar="TEXT,…",
    help="Texts that mark empty cells, such as NA,NaN, in all columns except the key.",
)
@click.option(
    "--decimal",
    type=click.Choice([".", ","]),
    help="Decimal mark. Default: a point, or a comma if a whole column of a ;-separated file uses it.",
)
@click.option(
    "--spreadsheet",
    is_flag=True,
    help="Remove the apostrophes that `export --spreadsheet` puts before =, +, - and @; .properties.json can set this.",
)
@click.option(
    "--no-sidecar", is_flag=True, help="Ignore descriptions of properties in FILE and in its .properties.json."
)
@click.option("--skip-errors", is_flag=True, help="Skip cells that cannot be read and import the others.")
@click.option("--dry-run", is_flag=True, help="Show what would be written, without writing.")
@as_json
@says_what_to_do
def import_csv(
    project: Path,
    file: Path,
    key: str | None,
    fusion: str,
    scopes: tuple[str, ...],
    types: tuple[str, ...],
    renames: tuple[str, ...],
    ignored: tuple[str, ...],
    trees: tuple[str, ...],
    separator: str | None,
    sheet: str | None,
    encoding: str | None,
    markers: tuple[str, ...],
    decimal: Literal[".", ","] | None,
    spreadsheet: bool,
    no_sidecar: bool,
    skip_errors: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Import values from FILE (CSV, TSV, JSON, XLSX, Parquet) into properties, as one changeset that `undo` can undo.

    Headers are `Name` or, as in Panoptic, `Name[type]`. If any cell cannot be read, nothing is written. Instances
    created by `--fusion new` remain after an undo, without values.

    \b
    Example:
      datasette panoptic import-csv photos.db tweets.csv --key path --fusion new --dry-run
    """
    from datasette_panoptic.domain.values import split_tags
    from datasette_panoptic.ingest.tables.headers import TableOptions
    from datasette_panoptic.ingest.tables.pipeline import import_table
    from datasette_panoptic.store.connection import checkpoint, connect, reading

    options = TableOptions(
        key=key,
        fusion=fusion,  # type: ignore[arg-type]  # click has checked it
        scopes=dict(named_pair("--scope", given) for given in scopes),
        types=dict(named_pair("--type", given) for given in types),
        renames=dict(named_pair("--rename", given) for given in renames),
        ignored=frozenset(ignored),
        empty=frozenset(marker for text in markers for marker in split_tags(text)),
        decimal=decimal or "",
        is_escaped=spreadsheet,
        skip_errors=skip_errors,
    )
    tags = {name: Path(given) for name, given in (named_pair("--tags", text) for text in trees)}
    if missing := [given for given in tags.values() if not given.is_file()]:
        raise click.UsageError(f"no file `{missing[0]}`")
    with reading(project) if dry_run else closing(connect(project)) as conn:
        report = import_table(
            conn,
            file,
            options,
            encoding=encoding,
            separator=separator,
            sheet=sheet,
            trees=tags,
            sidecar=not no_sidecar,
            actor=ACTOR,
            dry_run=dry_run,
        )
        if report.written:
            checkpoint(conn)
    if as_json:
        click.echo(json.dumps(report.as_dict(), indent=2, ensure_ascii=False))
    else:
        _tell(report, decimal)
    if report.obstacle:
        click.echo(f"nothing {'would be' if dry_run else 'was'} written: {OBSTACLES[report.obstacle]}", err=True)
    if report.obstacle and report.rows:
        raise click.exceptions.Exit(1)


def _tell(report: TableReport, decimal: str | None) -> None:
    """Print a report for a person: how the file was read, what it becomes, what was wrong.

    `decimal` is the mark before decimals that the person chose, if any.
    """
    separator = {"\t": "tab"}.get(report.separator, report.separator)
    form = [
        report.format,
        report.encoding,
        separator and f"separator {separator}",
        report.sheet and f"sheet {report.sheet}",
    ]
    click.echo(f"{report.file}: {', '.join([*filter(None, form), f'key {report.key}'])}")
    for column in report.columns:
        state = ("new" if column.new else "known") + (", guessed" if column.guessed else "")
        line = f"  {column.name}\t{column.type}\t{column.scope}\t{state}\t{column.values:,} values"
        line += f"\t{column.new_tags:,} new tags" if column.new_tags else ""
        line += f"\t{column.overruled:,} overruled by other rows" if column.overruled else ""
        line += f"\t{column.emptied:,} empty by a marker" if column.emptied else ""
        click.echo(line)
    if report.passed_over:
        click.echo(f"left out: {', '.join(report.passed_over)}")
    click.echo(f"{report.rows:,} rows, {report.matched:,} matched, {report.unmatched:,} not matched")
    if report.instances_made:
        click.echo(f"{report.instances_made:,} instances {'made' if report.written else 'would be made'}")
    for note in report.notes:
        click.echo(f"note: {note.text}", err=True)
    for unmatched in report.unmatched_rows[:SHOWN]:
        click.echo(_unmatched(unmatched, report.key), err=True)
    for cell in report.bad_cells[:SHOWN]:
        where = f"row {cell.row}, {cell.column}" if cell.column else f"row {cell.row}"
        click.echo(f"{where}: {cell.message}", err=True)
    if report.errors > SHOWN:
        click.echo(f"… and {report.errors - SHOWN:,} more cells; --json lists them", err=True)
    if report.unmatched > SHOWN:
        click.echo(f"… and {report.unmatched - SHOWN:,} more rows not matched; --json lists them", err=True)
    if nameless := next((cell.column for cell in report.bad_cells if cell.column.startswith("#")), None):
        click.echo(
            f"hint: --rename '{nameless}=NAME' gives a column a name, --ignore '{nameless}' leaves it out", err=True
        )
    if any(note.kind == "escaped" for note in report.notes):
        click.echo("hint: --spreadsheet takes these apostrophes off", err=True)
    if any(note.kind == "marker" for note in report.notes):
        click.echo("hint: --empty TEXT names a marker of empty cells", err=True)
    if any(note.kind == "number" for note in report.notes):
        hint = (
            f"--decimal {decimal} reads numbers with `{decimal}` before decimals, and no thousands separators"
            if decimal
            else "--decimal . or --decimal , says which mark stands before decimals"
        )
        click.echo(f"hint: {hint}", err=True)
    if any(column.overruled for column in report.columns) and report.fusion != "new":
        click.echo("hint: several rows speak of one instance; --fusion new makes an instance for each", err=True)
    if report.written:
        click.echo(f"changeset {report.changeset or 'none'}: {report.changed:,} changes, {report.seconds:.1f} s")


def _unmatched(row: UnmatchedRow, key: str) -> str:
    """Say which row finds nothing, and what it may have meant."""
    if not str(row.key).strip():
        return f"row {row.row}, {key}: the cell is empty"
    hint = f"; did you mean `{row.near}`?" if row.near else ""
    return f"row {row.row}, {key}: no image has `{row.key}`{hint}"


@panoptic.command("export")
@click.argument("project", type=PROJECT)
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--query", "querystring", default="", help="What to export: the query string of a page. Default: everything."
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["csv", "tsv", "json", "xlsx", "parquet", "zip"]),
    help="Default: the extension of OUT, or csv. A zip contains a csv.",
)
@click.option(
    "--properties", "names", help="Names of properties or system fields, separated by commas. Default: all properties."
)
@click.option("--with-images", is_flag=True, help="Also copy the image files; OUT is then a folder or a zip.")
@click.option(
    "--spreadsheet",
    is_flag=True,
    help="For CSV and TSV: write a UTF-8 byte order mark, and an apostrophe before texts that look like formulas.",
)
@as_json
@says_what_to_do
def export(
    project: Path,
    out: Path,
    querystring: str,
    format_: str | None,
    names: str | None,
    with_images: bool,
    spreadsheet: bool,
    as_json: bool,
) -> None:
    """Export what a query finds to OUT, one row per instance; `import-csv` reads back the same values.

    What a table cannot say of its properties (scopes, the tree and colours of tags) goes to a .properties.json beside
    it, or into a workbook or Parquet file itself. A zip holds everything. The exit code is 1 where image files could
    not be found.

    \b
    Example:
      datasette panoptic export photos.db big.csv --query 'width__gt=1000' --properties topic,author
    """
    from datasette_panoptic.domain.values import split_tags
    from datasette_panoptic.jobs.examples import learnt
    from datasette_panoptic.query.export.files import export_to
    from datasette_panoptic.query.export.rows import FORMATS, Format
    from datasette_panoptic.query.orders import Orders
    from datasette_panoptic.store.connection import reading

    ends_in = out.suffix.lower().lstrip(".")
    table: Format = next((one for one in FORMATS if one == (format_ or ends_in)), "csv")
    if spreadsheet and table not in ("csv", "tsv"):
        raise click.UsageError(
            f"--spreadsheet is for CSV and TSV only; spreadsheets read no formulas from texts in {table.upper()}"
        )
    orders = Orders()
    with reading(project, vectors=orders.vectors) as conn:
        report = export_to(
            conn,
            out,
            learnt(conn, querystring, orders.vectors),
            orders=orders,
            format_=table,
            names=split_tags(names) if names is not None else None,
            with_images=with_images,
            zipped="zip" in (format_, ends_in),
            for_spreadsheet=spreadsheet,
        )
    facts = report.as_dict()
    answer(facts if as_json else facts | {"missing": len(report.missing)}, as_json=as_json)
    if report.renamed:
        click.echo(f"{report.renamed:,} image files have another name in the export; renamed.csv lists them", err=True)
    if report.missing:
        click.echo(f"{len(report.missing):,} image files are not where they were imported from", err=True)
        raise click.exceptions.Exit(1)
