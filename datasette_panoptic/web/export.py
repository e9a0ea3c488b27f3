"""Export over HTTP: a table of what a query finds, or a zip with the image files; and the page that asks which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Any, Literal, get_args
from urllib.parse import parse_qsl, quote

from datasette import Response
from datasette.utils.asgi import Base400

from datasette_panoptic.domain.fields import Fields
from datasette_panoptic.domain.query import Query
from datasette_panoptic.domain.values import join_tags, split_tags
from datasette_panoptic.errors import BadQuery
from datasette_panoptic.query import text
from datasette_panoptic.query.columns import Ids
from datasette_panoptic.query.export.files import WRITERS, ExportReport, write_zip
from datasette_panoptic.query.export.rows import Format, TableContent, among, columns, found
from datasette_panoptic.query.orders import fields
from datasette_panoptic.store.connection import reading
from datasette_panoptic.web.similar.examples import learnt

from .http.access import EDIT, shows_originals
from .http.answer import cells_of
from .http.body import Body, body, one_of, text_of
from .http.frame import Frame, Option
from .http.render import render
from .http.streaming import streamed
from .http.visit import Pairs, Visit

Form = Literal["csv", "tsv", "json", "xlsx", "parquet", "zip"]

FORMS: dict[Form, str] = {
    "csv": "text/csv; charset=utf-8",
    "tsv": "text/tab-separated-values; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "zip": "application/zip",
}

#: Keys of the address that are no part of the query.
KEYS = ("_format", "_properties", "_images", "_spreadsheet", "_what")


@dataclass(frozen=True)
class Choice:
    """A property or field that may go into the table; `value` is what the address says."""

    value: str
    label: str
    type: str
    is_chosen: bool


@dataclass(frozen=True)
class ExportPage:
    """What to export and how. `kept` is the view, as keys that the form sends along; `whats` are the view and all."""

    frame: Frame
    action: str
    kept: Pairs
    whats: list[Option]
    formats: list[Option]
    properties: list[Choice]
    fields: list[Choice]
    has_images: bool
    grid_url: str


@dataclass(frozen=True)
class ExportRequest:
    """What is to be exported. `properties`: None are all. `cells`: None are all that the query finds."""

    query: Query
    form: Form  # of the table, within a zip where images are wanted
    properties: Sequence[str] | None
    with_images: bool
    for_spreadsheet: bool
    cells: Ids | None = None


class Busy(Base400):
    status = 503


async def export(visit: Visit) -> Response:
    """Send what the query finds as a table, or with `_images=1` in a zip with the image files."""
    given = Body({name: value for name, value in visit.pairs if name in KEYS})
    names = [value for name, value in visit.pairs if name == "_properties"]
    what = one_of(given.text("_what", "view"), "_what", ("view", "all"))
    asked = ExportRequest(
        Query() if what == "all" else await learnt(visit, visit.query(*KEYS)),
        one_of(given.text("_format", "csv"), "_format", get_args(Form)),
        [name for value in names for name in split_tags(value)] if names else None,
        given.flag("_images"),
        given.flag("_spreadsheet"),
    )
    return await _export(visit, asked)


async def export_selection(visit: Visit) -> Response:
    """Send cells of a view: `query`, `positions` and `version` as in annotating, `format`, `properties`, `images`.

    `spreadsheet`: in CSV and TSV, escape what a spreadsheet would take for formulas.
    """
    given = await body(visit, "query", "positions", "version", "format", "properties", "images", "spreadsheet")
    query = await learnt(visit, text.parse_string(given.text("query", "")))
    asked = ExportRequest(
        query,
        one_of(given.text("format", "csv"), "format", get_args(Form)),
        _names(given.values["properties"]) if "properties" in given else None,
        given.flag("images"),
        given.flag("spreadsheet"),
        await cells_of(visit, given, query),
    )
    return await _export(visit, asked)


def _names(given: object) -> list[str]:
    if isinstance(given, list):
        return [text_of(name, "properties") for name in given]
    return split_tags(text_of(given, "properties"))


async def _export(visit: Visit, asked: ExportRequest) -> Response:
    if asked.with_images and not shows_originals(visit.datasette, visit.project.name, can_edit=await visit.may(EDIT)):
        raise BadQuery("original files are not served here; the setting `originals` of datasette-panoptic is off")
    server, database, orders = visit.server, visit.project.database, visit.project.orders
    table: Format = "csv" if asked.form == "zip" else asked.form
    form: Form = "zip" if asked.with_images else asked.form

    def write_content(conn: Any, file: IO[bytes]) -> None:
        ids = found(conn, asked.query, orders)
        if asked.cells is not None:
            ids = among(conn, ids, asked.query, asked.cells)
        content = TableContent(conn, ids, columns(conn, asked.properties), for_spreadsheet=asked.for_spreadsheet)
        if form == "zip":
            write_zip(content, file, ExportReport("", table), with_images=asked.with_images)
        else:
            WRITERS[table](content, file)

    only_looks, write_bounded = visit.only_looks, visit.bounded(write_content)

    def write(file: IO[bytes]) -> None:
        try:
            with reading(database.path, immutable=not database.is_mutable) as conn:
                write_bounded(conn, file)
        finally:
            server.exports.leave(only_looks=only_looks)

    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(f'{visit.project.name}.{form}', safe='')}",
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
    }
    if visit.request.method == "HEAD":
        return Response("", headers=headers, content_type=FORMS[form])
    if not server.exports.take(only_looks=only_looks):
        raise Busy("several exports are being written; try again in a minute")
    return await streamed(visit.request, write, headers, FORMS[form])


async def options(visit: Visit) -> Response:
    """The page that asks what of a view to export, and how."""
    return await render(visit, "export", await _options(visit))


async def options_json(visit: Visit) -> ExportPage:
    """Send what an export of a view offers: formats, properties, fields."""
    return await _options(visit)


async def _options(visit: Visit) -> ExportPage:
    words, query, orders = visit.words, await learnt(visit, visit.query()), visit.project.orders
    kept = parse_qsl(text.to_string(query), keep_blank_values=True)

    def read(conn: Any) -> tuple[int, int, list[Any], Fields]:
        return len(found(conn, query, orders)), len(found(conn, Query(), orders)), columns(conn, None), fields(conn)

    count, total, properties, known = await visit.read(read)
    whats = [Option("view", words.count("export.view", count), True)] if count < total else []
    return ExportPage(
        await visit.frame(words("export.title")),
        f"{visit.base}/export",
        kept,
        [*whats, Option("all", words.count("export.all", total), not whats)],
        [Option(form, words(f"export.{form}"), form == "csv") for form in FORMS],
        [Choice(join_tags([field.name]), field.name, words(f"table.type.{field.type}"), True) for field in properties],
        [Choice(field.name, field.name, "", False) for field in known.of_system if field.name not in ("id", "path")],
        shows_originals(visit.datasette, visit.project.name, can_edit=await visit.may(EDIT)),
        f"{visit.base}?{text.to_string(query)}".rstrip("?"),
    )
