"""Bytes: the ordered cells of a view, thumbnails by the pack and one by one, originals."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from io import FileIO
from typing import Any, get_args
from urllib.parse import quote

from datasette import Response

from datasette_panoptic.domain.query import MODES, Mode
from datasette_panoptic.errors import BadQuery, NotThere
from datasette_panoptic.query import view as views
from datasette_panoptic.query.orders import version as version_of
from datasette_panoptic.store import cards, originals
from datasette_panoptic.store.details import Image, image
from datasette_panoptic.web.similar.examples import learnt

from .http.access import EDIT, shows_originals
from .http.body import address_keys, ids_of, one_of, whole
from .http.caching import IMMUTABLE, MARK, REVALIDATE
from .http.visit import Visit

#: Images in one pack.
LARGEST_PACK = 200
#: Bytes of an original that are in memory at once.
CHUNK = 256 * 1024


class FileResponse(Response):
    """An open file, sent chunk by chunk and closed."""

    def __init__(self, file: FileIO, size: int, headers: dict[str, str], content_type: str) -> None:
        super().__init__("", headers={**headers, "content-length": str(size)}, content_type=content_type)
        self.file = file
        self.left = size

    async def asgi_send(self, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
        async def head_only(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                await send(message)

        with self.file:
            await super().asgi_send(head_only)
            # A file cut short meanwhile ends early, and the length announced tells the reader.
            while chunk := await asyncio.to_thread(self.file.read, min(CHUNK, self.left)):
                self.left -= len(chunk)
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def groups_json(visit: Visit) -> Response:
    """Send how many images are in each group of a view, in the order of its header; in mode images, instances."""
    query = await learnt(visit, visit.query())

    def read(conn: Any) -> dict[str, object]:
        return {"version": str(version_of(conn)), "counts": views.others(conn, visit.project.orders, query)}

    return Response.json(await visit.read(read))


async def view(visit: Visit) -> Response:
    """Send a view's header and first records or, with `_from`, `_to` and `_version`, the records of a range."""
    query = await learnt(visit, visit.query("_from", "_to", "_version"))
    orders = visit.project.orders
    asked = dict(visit.pairs)
    if "_from" not in asked and "_to" not in asked:
        return await _revalidated(visit, lambda conn: views.first(conn, orders, query))
    start, stop = (whole(asked.get(name, ""), name) for name in ("_from", "_to"))
    version = asked.get("_version", "")
    if not version:
        raise BadQuery("`_version` is missing: the version that the view's header named")
    headers = {"etag": _etag(visit, version), MARK: REVALIDATE}
    if _knows(visit, headers["etag"]):
        return Response(b"", status=304, headers=headers)
    return _bytes(await visit.read(lambda conn: views.part(conn, orders, query, start, stop, version)), headers)


async def thumbs(visit: Visit) -> Response:
    """Send the cells of `ids` with their thumbnails in one body."""
    asked = address_keys(visit, "ids", "of", "size")
    ids = ids_of(asked.get("ids", ""), "ids", LARGEST_PACK)
    mode: Mode = one_of(asked.get("of", "instances"), "of", MODES)
    size: cards.Size = one_of(asked.get("size", "grid"), "size", get_args(cards.Size))
    return await _revalidated(visit, lambda conn: cards.pack(conn, mode, ids, size))


async def thumb(visit: Visit) -> Response:
    """Send one thumbnail. Its address names its content, so a browser asks once."""
    sha1, size = visit.request.url_vars["sha1"], visit.request.url_vars["size"]
    headers = {"etag": f'"{sha1}-{size}"', MARK: IMMUTABLE, "x-content-type-options": "nosniff"}
    if _knows(visit, headers["etag"]):
        return Response(b"", status=304, headers=headers)
    thumbnail = await visit.read(lambda conn: cards.thumbnail(conn, sha1, size))
    if thumbnail is None:
        raise NotThere(f"no image `{sha1}` in this project")
    mime, data = thumbnail
    return Response(data, headers={**headers, "content-length": str(len(data))}, content_type=mime)


async def original(visit: Visit) -> Response:
    """Send an image's original file: the bytes in the project, or the file in the folder it was imported from."""
    image_id = int(visit.request.url_vars["image_id"])
    if not shows_originals(visit.datasette, visit.project.name, can_edit=await visit.may(EDIT)):
        raise NotThere("original files are not served here; the setting `originals` of datasette-panoptic is off")

    def find(conn: Any) -> tuple[Image, bytes | None, list[originals.OriginalPlace]]:
        return image(conn, image_id), originals.stored(conn, image_id), originals.places(conn, image_id)

    shown, data, places = await visit.read(find)
    mime = originals.MEDIA_TYPES.get(shown.format, "application/octet-stream")
    headers = {
        "etag": f'"{shown.sha1}"',
        MARK: REVALIDATE,
        "x-content-type-options": "nosniff",
        "content-security-policy": "sandbox; default-src 'none'",
        "content-disposition": _disposition(shown.format, places, image_id),
    }
    if _knows(visit, headers["etag"]):
        return Response(b"", status=304, headers=headers)
    if data is not None:
        return Response(data, headers={**headers, "content-length": str(len(data))}, content_type=mime)
    opened = await asyncio.to_thread(originals.first_open, places, visit.server.originals)
    if opened is None:
        raise NotThere(f"the original file of image `{image_id}` is no longer where it was imported from")
    file, size = opened
    return FileResponse(file, size, headers, mime)


async def _revalidated(visit: Visit, build: Callable[[Any], bytes]) -> Response:
    """Send what a function of the corpus builds, or 304 where the reader has it from this version."""

    def read(conn: Any) -> tuple[str, bytes | None]:
        etag = _etag(visit, str(version_of(conn)))
        return etag, None if _knows(visit, etag) else build(conn)

    etag, body = await visit.read(read)
    headers = {"etag": etag, MARK: REVALIDATE}
    return Response(b"", status=304, headers=headers) if body is None else _bytes(body, headers)


def _bytes(body: bytes, headers: dict[str, str]) -> Response:
    headers = {**headers, "content-length": str(len(body)), "x-content-type-options": "nosniff"}
    return Response(body, headers=headers, content_type="application/octet-stream")


def _etag(visit: Visit, version: object) -> str:
    """Name a version of this project, as opposed to another file that was served under the same address before."""
    return f'"{visit.server.run}-{version}"'


def _knows(visit: Visit, etag: str) -> bool:
    header = visit.request.headers.get("if-none-match") or ""
    return etag in [part.strip().removeprefix("W/") for part in header.split(",")]


def _disposition(format_: str, places: list[originals.OriginalPlace], image_id: int) -> str:
    name = os.fsdecode(places[0].names[-1]) if places else f"{image_id}.{format_}"
    shown = "inline" if format_ in originals.SHOWN_BY_BROWSERS else "attachment"
    return f"{shown}; filename*=UTF-8''{quote(name.encode(errors='replace'), safe='')}"
