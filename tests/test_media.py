"""Bytes over HTTP: views, thumbnails, packs, originals, and how they may be kept."""

from __future__ import annotations

import json
import logging
import struct

import pytest

from datasette_panoptic.web.http.caching import MARK, ThumbnailLines, cacheable
from tests.rows import PIXEL
from tests.serving import NASTY, OWNER, fill_sample, serving, sha1_of

BASE = "/project/-/panoptic"
COOKIE = {"cookie": "_xsrf=of-another-server-on-localhost"}


@pytest.fixture
def sample(project):
    fill_sample(project.conn)
    return project


def read_pack(body: bytes) -> list[dict]:
    """Read a pack as a page does; `data` of each cell has its thumbnail."""
    assert body[:4] == b"PNT1"
    (length,) = struct.unpack_from("<I", body, 4)
    assert (8 + length) % 8 == 0
    cells = json.loads(body[8 : 8 + length])["cells"]
    for cell in cells:
        start = 8 + length + cell["offset"]
        cell["data"] = body[start : start + cell["bytes"]]
    return cells


@pytest.mark.asyncio
async def test_a_thumbnail_is_kept_for_good_whatever_cookies_come_along(sample):
    url = f"{BASE}/thumb/{sha1_of(sample.conn, 1)}-grid"
    async with serving(sample.path) as datasette:
        plain = await datasette.client.get(url)
        assert plain.content == PIXEL
        assert plain.headers["content-type"] == "image/gif"
        assert plain.headers["content-length"] == str(len(PIXEL))
        assert plain.headers["x-content-type-options"] == "nosniff"
        assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert MARK not in plain.headers
        for extra in ({"headers": COOKIE}, {"actor": OWNER}):
            response = await datasette.client.get(url, **extra)
            assert response.headers["cache-control"] == "private, max-age=31536000, immutable"
            assert "vary" not in response.headers
        again = await datasette.client.get(url, headers={**COOKIE, "if-none-match": plain.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert "immutable" in again.headers["cache-control"]


@pytest.mark.asyncio
async def test_a_page_is_not_kept_with_cookies(sample):
    async with serving(sample.path) as datasette:
        response = await datasette.client.get(BASE, headers=COOKIE)
        assert response.headers["cache-control"] == "private, no-store"


@pytest.mark.asyncio
async def test_the_preview_falls_back_to_a_thumbnail_that_shows_every_pixel(sample):
    sample.conn.execute("insert into _panoptic_previews values (1, 'image/png', x'0102')")
    async with serving(sample.path) as datasette:
        large = await datasette.client.get(f"{BASE}/thumb/{sha1_of(sample.conn, 1)}-preview")
        small = await datasette.client.get(f"{BASE}/thumb/{sha1_of(sample.conn, 2)}-preview")
    assert (large.content, large.headers["content-type"]) == (b"\1\2", "image/png")
    assert small.content == PIXEL


@pytest.mark.asyncio
async def test_a_thumbnail_of_another_type_is_not_sent(sample):
    sample.conn.execute("update _panoptic_thumbnails set mime = 'text/html', data = '<script>' where image_id = 1")
    async with serving(sample.path) as datasette:
        response = await datasette.client.get(f"{BASE}/thumb/{sha1_of(sample.conn, 1)}-grid")
        pack = read_pack((await datasette.client.get(f"{BASE}/thumbs?ids=1")).content)
    assert response.status_code == 404
    assert (pack[0]["mime"], pack[0]["data"]) == ("", b"")


@pytest.mark.asyncio
async def test_an_unknown_thumbnail_is_a_404_in_json(sample):
    async with serving(sample.path) as datasette:
        response = await datasette.client.get(f"{BASE}/thumb/{'0' * 40}-grid")
    assert response.status_code == 404
    assert response.json() == {
        "ok": False,
        "error": f"no image `{'0' * 40}` in this project",
        "errors": [f"no image `{'0' * 40}` in this project"],
        "status": 404,
    }


@pytest.mark.asyncio
async def test_a_pack_has_the_cells_in_the_order_asked(sample):
    async with serving(sample.path) as datasette:
        response = await datasette.client.get(f"{BASE}/thumbs?ids=4,3,99,1")
        cells = read_pack(response.content)
    assert [cell["id"] for cell in cells] == [4, 3, 1]
    assert [cell["image_id"] for cell in cells] == [1, 3, 1]
    assert [cell["copies"] for cell in cells] == [2, 1, 2]
    assert [cell["name"] for cell in cells] == ["copy of a.jpg", NASTY, "a.jpg"]
    assert {cell["data"] for cell in cells} == {PIXEL}
    # Two cells of one image share their bytes.
    assert cells[0]["offset"] == cells[2]["offset"]


@pytest.mark.asyncio
async def test_a_pack_of_images_and_previews(sample):
    sample.conn.execute("insert into _panoptic_previews values (2, 'image/png', x'0102')")
    async with serving(sample.path) as datasette:
        cells = read_pack((await datasette.client.get(f"{BASE}/thumbs?ids=2,1&of=images&size=preview")).content)
    assert [(cell["id"], cell["copies"], cell["mime"]) for cell in cells] == [(2, 2, "image/png"), (1, 2, "image/gif")]
    assert [cell["data"] for cell in cells] == [b"\1\2", PIXEL]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("", "`ids`"),
        ("ids=", "`ids`"),
        ("ids=1,x", "`ids`"),
        ("ids=" + ",".join(["1"] * 201), "`ids`"),
        ("ids=1&of=cubes", "`of`"),
        ("ids=1&size=huge", "`size`"),
        ("ids=1&colour=red", "`colour`"),
    ],
)
async def test_a_malformed_pack_is_a_400_that_names_the_key(sample, query, named):
    async with serving(sample.path) as datasette:
        response = await datasette.client.get(f"{BASE}/thumbs?{query}")
    assert response.status_code == 400
    assert named in response.json()["error"]


@pytest.mark.asyncio
@pytest.mark.parametrize("path", ["/view", "/thumbs?ids=1,2,3"])
async def test_what_depends_on_the_corpus_is_asked_for_again_with_its_etag(sample, path):
    async with serving(sample.path) as datasette:
        first = await datasette.client.get(BASE + path, headers=COOKIE)
        assert first.headers["cache-control"] == "private, no-cache"
        tagged = {"if-none-match": first.headers["etag"]}
        assert (await datasette.client.get(BASE + path, headers=tagged)).status_code == 304
        sample.conn.execute("update _panoptic_settings set value = value + 1 where key = 'corpus_version'")
        assert (await datasette.client.get(BASE + path, headers=tagged)).status_code == 200


def read_view(body: bytes) -> tuple[dict, list[int]]:
    assert body[:4] == b"PNV1"
    (length,) = struct.unpack_from("<I", body, 4)
    records = struct.iter_unpack("<II", body[8 + length :])
    return json.loads(body[8 : 8 + length]), [record[0] for record in records]


@pytest.mark.asyncio
async def test_a_view_and_its_ranges(sample):
    async with serving(sample.path) as datasette:
        header, ids = read_view((await datasette.client.get(f"{BASE}/view?_sort_desc=name&_thumb=200")).content)
        assert (header["count"], header["mode"], header["images"]) == (5, "instances", 3)
        assert ids == [4, 2, 1, 3, 5]
        part = await datasette.client.get(f"{BASE}/view?_sort_desc=name&_from=1&_to=3&_version={header['version']}")
        assert [record[0] for record in struct.iter_unpack("<II", part.content)] == ids[1:3]
        stale = await datasette.client.get(f"{BASE}/view?_from=0&_to=1&_version=none")
        assert stale.status_code == 409
        assert stale.json()["status"] == 409


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "query", ["_colour=red", "_from=0&_to=1", "_from=a&_to=1&_version=1", "_from=3&_to=1&_version=1"]
)
async def test_a_malformed_view_is_a_400(sample, query):
    async with serving(sample.path) as datasette:
        response = await datasette.client.get(f"{BASE}/view?{query}")
    assert response.status_code == 400
    assert response.json()["ok"] is False


def test_headers_without_a_mark_are_left_alone():
    headers = [(b"cache-control", b"private, no-store"), (b"vary", b"Cookie")]
    assert cacheable(headers) == headers
    assert cacheable([*headers, (MARK.encode(), b"unheard-of")])[:2] == headers


@pytest.mark.parametrize(
    ("path", "status", "kept"),
    [
        (f"{BASE}/thumb/{'a' * 40}-grid", 200, False),
        (f"{BASE}/thumb/{'a' * 40}-grid", 304, False),
        (f"{BASE}/thumbs?ids=1", 200, False),
        (f"{BASE}/thumb/{'a' * 40}-grid", 404, True),
        (BASE, 200, True),
    ],
)
def test_the_access_log_leaves_out_thumbnails_that_went_well(path, status, kept):
    record = logging.LogRecord(
        "uvicorn.access", logging.INFO, "", 0, "", ("127.0.0.1:1", "GET", path, "1.1", status), None
    )
    assert ThumbnailLines().filter(record) is kept
