"""The SQL that a view stands for: shown, copied, and opened in Datasette's editor."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlencode

from datasette import Response

from datasette_panoptic.query.compile import Sql, compile

from .http.frame import Frame, Link
from .http.render import render
from .http.visit import Visit, with_query


@dataclass(frozen=True)
class SqlPage:
    """The SQL of a view. `literal` has its parameters written in; `tokens` are kinds and texts that make up `sql`.

    `editor_url` opens it in Datasette; null: the visitor may not run SQL, or it is too long for an address.
    """

    frame: Frame
    sql: str
    params: dict[str, str | int | float]
    literal: str
    tokens: list[tuple[str, str]]
    notes: list[str]
    editor_url: str | None
    grid: Link


#: Datasette's permission to run SQL of one's own.
EXECUTE = "execute-sql"

#: Servers and proxies refuse addresses beyond 8 kB.
LONGEST_ADDRESS = 7_500

WORDS = (
    "all and as asc between by case cast coalesce collate cross desc distinct else end except exists from group having "
    "in inner intersect is join left like limit max min not null on or order over partition recursive row_number "
    "select then union using values when where with"
)
TOKEN = re.compile(
    rf"(?P<text>'(?:[^']|'')*')|(?P<name>\"(?:[^\"]|\"\")*\")|(?P<param>:\w+)"
    rf"|(?P<number>\b\d+(?:\.\d+)?\b)|\b(?P<word>{WORDS.replace(' ', '|')})\b",
    re.IGNORECASE,
)


async def page(visit: Visit) -> Response:
    """The page of a view's SQL."""
    return await render(visit, "sql", await _page(visit))


async def page_json(visit: Visit) -> SqlPage:
    """Send the SQL of the view that the query string names, with its parameters."""
    return await _page(visit)


async def _page(visit: Visit) -> SqlPage:
    query, words = visit.query(), visit.words
    sql = await visit.read(lambda conn: compile(query, visit.project.orders.state(conn)[2]))
    notes = [words("sql.ours")] if sql.needs_our_functions else []
    if sql.compares_vectors:
        notes.append(words("sql.similarity"))
    editor_url = editor(visit, sql) if await visit.may(EXECUTE) else None
    if editor_url and len(editor_url) > LONGEST_ADDRESS:
        editor_url = None
        notes.append(words("sql.too_long"))
    if editor_url:
        notes.append(words("sql.most", n=visit.datasette.setting("max_returned_rows")))
    return SqlPage(
        await visit.frame(words("sql.title")),
        sql.text,
        sql.params,
        sql.literal(),
        tokens(sql.text),
        notes,
        editor_url,
        Link(words("link.grid"), with_query(visit.base, visit.pairs)),
    )


def editor(visit: Visit, sql: Sql) -> str:
    """Return the address that runs SQL in Datasette. It binds texts alone, so numbers are written in."""
    texts = {name: value for name, value in sql.params.items() if isinstance(value, str)}
    query = urlencode({"sql": sql.literal(keep=texts), **texts})
    return f"{visit.datasette.urls.database(visit.project.name)}/-/query?{query}"


def tokens(sql: str) -> list[tuple[str, str]]:
    """Split SQL into pieces with their kinds, which together are the SQL: what a page paints in colours."""
    pieces: list[tuple[str, str]] = []
    at = 0
    for match in TOKEN.finditer(sql):
        if match.start() > at:
            pieces.append(("", sql[at : match.start()]))
        pieces.append((match.lastgroup or "", match[0]))
        at = match.end()
    return [*pieces, ("", sql[at:])] if at < len(sql) else pieces
