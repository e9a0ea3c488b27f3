"""The image page, and its context as JSON."""

from __future__ import annotations

from dataclasses import asdict

from datasette import Response

from datasette_panoptic.query.orders import version
from datasette_panoptic.web.http.render import as_script, render
from datasette_panoptic.web.http.visit import Visit

from . import similar
from .contexts import ImagePage
from .read import image_page


async def page(visit: Visit) -> Response:
    """The image page."""
    shown = await image_page(visit)
    script = {
        "context": asdict(shown),
        "messages": visit.words.of_first_paint,
        "language": visit.words.language,
        "base": visit.base,
        "version": str(await visit.read(version)),
    }
    nearest = await similar.pane(visit, shown.id)
    return await render(visit, "image", shown, script=as_script(script), similar=nearest)


async def page_json(visit: Visit) -> ImagePage:
    """Send all that the image page says of an image, and its neighbours in the view."""
    return await image_page(visit)
