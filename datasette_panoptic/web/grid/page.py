"""The grid page, and its context as JSON."""

from __future__ import annotations

from datasette import Response

from datasette_panoptic.web.http.render import as_script, render
from datasette_panoptic.web.http.visit import Visit
from datasette_panoptic.web.vocabulary import property_list

from . import facets, form, tabs
from .cell_table import cell_table
from .context import GridPage, grid_page, script
from .layout import kept_layout


async def page(visit: Visit) -> Response:
    """The grid page."""
    redirect = await form.from_form(visit)
    if redirect:
        return Response.redirect(redirect)
    shown = await grid_page(visit)
    bar = await tabs.bar(visit, can_edit=shown.frame.can_edit)
    counted = await facets.panel(visit, visit.query(*form.FORM_KEYS), kept_layout(visit))
    table = await cell_table(visit, shown)
    parts = {"tabs": bar, "facets": counted, "table": table, "properties": await property_list.listed(visit)}
    return await render(visit, "grid", shown, script=as_script(script(visit, shown)), **parts)


async def page_json(visit: Visit) -> GridPage:
    """Send the grid page's context: the cells of a page that works without a script, and the ways to others."""
    return await grid_page(visit)
