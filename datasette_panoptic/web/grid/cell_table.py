"""The cells of a page as a table: what `_view=table` shows without a script."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from datasette_panoptic.domain.changes import Value
from datasette_panoptic.domain.fields import Field, Fields
from datasette_panoptic.domain.query import MODES, Mode
from datasette_panoptic.query import text
from datasette_panoptic.query.cells import system_values
from datasette_panoptic.store import properties
from datasette_panoptic.store.values import Said, said_of
from datasette_panoptic.web.http.body import one_of
from datasette_panoptic.web.http.visit import Visit
from datasette_panoptic.web.image.contexts import PaneRow
from datasette_panoptic.web.image.panes import row_of

from .cards import CardView
from .context import GridPage
from .filters import field_label

#: Fields of the system that a table has after the properties, where the address names no columns.
SYSTEM_COLUMNS = ("folder", "width", "height", "taken_at")


@dataclass(frozen=True)
class CellRow:
    """A cell and what its columns say of it."""

    card: CardView
    values: list[PaneRow]


@dataclass(frozen=True)
class CellTable:
    columns: list[str]
    rows: list[CellRow]


async def cell_table(visit: Visit, page: GridPage) -> CellTable | None:
    """Return the table of a page's cells, where the address asks for one."""
    if dict(visit.pairs).get("_view") != "table":
        return None

    mode: Mode = one_of(page.mode, "_mode", MODES)

    def read(conn: Any) -> CellTable:
        known = visit.project.orders.state(conn)[2]
        wanted = [field for field in columns(visit, known) if mode == "instances" or field.scope == "image"]
        ids = [card.id for card in page.cards]
        of_system = system_values(conn, mode, ids, [field.name for field in wanted if field.property_id is None])
        said = {cell.id: {one.property_id: one for one in cell.said} for cell in said_of(conn, mode, ids)}
        listed = {row["id"]: row for row in properties.listed(conn)}
        return CellTable(
            [field_label(visit.words, field) for field in wanted],
            [
                CellRow(
                    card,
                    [
                        _value(visit, field, listed, said.get(card.id, {}), of_system.get(card.id, {}))
                        for field in wanted
                    ],
                )
                for card in page.cards
            ],
        )

    return await visit.read(read)


def columns(visit: Visit, known: Fields) -> list[Field]:
    """The fields that `_show` names, in its order; where it is absent, all properties and some of the system's."""
    shown = dict(visit.pairs).get("_show")
    if not shown:
        return [*(field for field in known.values() if field.property_id), *(known[name] for name in SYSTEM_COLUMNS)]
    return list(dict.fromkeys(known[name] for name in text.split_list(shown) if name in known))


def _value(
    visit: Visit, field: Field, listed: Mapping[int, Any], said: Mapping[int, Said], of_system: Mapping[str, Value]
) -> PaneRow:
    if field.property_id is not None:
        return row_of(visit, listed[field.property_id], said.get(field.property_id))
    value = of_system.get(field.name)
    return PaneRow(field.name, field.name, visit.words.number(value) if isinstance(value, int) else str(value or ""))
