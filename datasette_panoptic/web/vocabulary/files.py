"""Vocabularies out of a project and into it, over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from urllib.parse import quote

from datasette import Response

from datasette_panoptic.domain.vocabularies import FORMATS, MEDIA_TYPES, Format, format_of
from datasette_panoptic.errors import BadQuery
from datasette_panoptic.ingest.tables.encoding import decoded
from datasette_panoptic.ingest.vocabulary import encoding_in, import_tags, read_text
from datasette_panoptic.query.export.vocabulary import write
from datasette_panoptic.query.orders import version
from datasette_panoptic.store.vocabulary import Planted, described
from datasette_panoptic.web.http.answer import actor_of
from datasette_panoptic.web.http.body import MEGABYTE, MULTIPART, address_keys, body, media_type, one_of, sent_files
from datasette_panoptic.web.http.visit import Visit

from .api import require_tags

LARGEST_FILE = 32 * MEGABYTE


async def export(visit: Visit) -> Response:
    """Send a tag property's vocabulary as a file: CSV, or SKOS whose labels are said to be in `language`."""
    property_id, format_ = int(visit.request.url_vars["id"]), visit.request.url_vars["format"]
    asked = address_keys(visit, "language")
    field, tags = await visit.read(lambda conn: (require_tags(conn, property_id), described(conn, property_id)))
    text = await asyncio.to_thread(write, field.name, tags, format_, asked.get("language") or None)
    name = quote(f"{field.name}.{format_}".encode(errors="replace"), safe="")
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{name}", "x-content-type-options": "nosniff"}
    return Response(text, headers=headers, content_type=MEDIA_TYPES[format_])


async def import_file(visit: Visit) -> Response:
    """Add the tags of a file to a vocabulary, as one changeset. The answer counts those `created` and `changed`.

    The file is the field `file` of a form, or `text` and its `format` in JSON; `language` is of the labels in SKOS.
    """
    property_id = int(visit.request.url_vars["id"])
    await visit.read(lambda conn: require_tags(conn, property_id))
    read = await _asked(visit)
    tags = await asyncio.to_thread(read)

    def act(conn: Any) -> tuple[int | None, Planted, str]:
        return (*import_tags(conn, property_id, tags, actor=actor_of(visit)), str(version(conn)))

    changeset, planted, at = await visit.write(act)
    if visit.wants_page:
        response = Response.redirect(f"{visit.base}/tags/{property_id}", status=303)
        visit.datasette.add_message(visit.request, visit.words("tags.imported", **asdict(planted)))
        return response
    return Response.json({"ok": True, "changeset": changeset, **asdict(planted), "version": at})


async def _asked(visit: Visit) -> Callable[[], Any]:
    """Return what reads the tags that a request carries: that takes its time, and has a thread to itself."""
    if media_type(visit) != MULTIPART:
        asked = await body(visit, "text", "format", "language")
        text, language = asked.text("text"), asked.text_or_none("language")
        format_: Format = one_of(asked.text("format"), "format", FORMATS)
        return lambda: read_text(text, format_, language=language)
    limits = f"a vocabulary takes {LARGEST_FILE // MEGABYTE} MB"
    bounds = {"max_file_size": LARGEST_FILE, "max_request_size": LARGEST_FILE + MEGABYTE}
    form = await sent_files(visit, "file", limits, **bounds)
    async with form:
        file = form.get("file")
        if file is None or isinstance(file, str) or not file.filename:
            raise BadQuery("`file` is missing; choose one")
        data = await file.read()
        said = str(form.get("format") or "")
        known: Format = one_of(said, "format", FORMATS) if said else format_of(file.filename)
        language = str(form.get("language") or "") or None
    return lambda: read_text(decoded(data, encoding_in(known)), known, language=language)
