"""Every file of the zoo is imported as it should be, or refused with a reason."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import imagehash
import numpy as np
import pytest
from datasette.utils.sqlite import sqlite3
from PIL import Image

from datasette_panoptic.domain.corpus import Contents, Refusal
from datasette_panoptic.ingest.images import decode
from datasette_panoptic.ingest.images.decode import read_file, read_files
from datasette_panoptic.ingest.images.mat import on_mat
from datasette_panoptic.ingest.images.pipeline import import_folders
from datasette_panoptic.store.connection import connect
from tests.corpus import flat, picture
from tests.zoo import RED, ZOO, Imported, Refused, encoded, zoo


@dataclass(frozen=True)
class Visited:
    conn: sqlite3.Connection
    report: dict[str, int | float]


@pytest.fixture(scope="module")
def visited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visited]:
    """The whole zoo, imported once by the real pipeline."""
    folder = tmp_path_factory.mktemp("zoo")
    zoo(folder / "animals")
    conn = connect(folder / "zoo.db", create=True)
    yield Visited(conn, import_folders(conn, [folder / "animals"]).as_dict())
    conn.close()


@pytest.mark.parametrize("name", [name for name, animal in ZOO.items() if isinstance(animal.expect, Imported)])
def test_is_imported_as_it_looks(visited: Visited, name: str) -> None:
    expect = ZOO[name].expect
    assert isinstance(expect, Imported)
    row = visited.conn.execute(
        """
        select width, height, format, metadata, mime, data, (select count(*) from instances where file_id = files.id)
        from files join images on images.id = files.image_id
        join _panoptic_thumbnails on _panoptic_thumbnails.image_id = images.id
        where name = ?
        """,
        [name],
    ).fetchone()
    assert row, visited.conn.execute("select reason from _panoptic_rejects where name = ?", [name]).fetchone()
    width, height, format_, metadata, mime, data, instances = row
    assert (width, height, format_, instances) == (expect.width, expect.height, expect.format, 1)
    assert mime == expect.thumbnail
    known = json.loads(metadata or "{}")
    assert {key: known.get(key) for key, _ in expect.metadata} == dict(expect.metadata)
    assert ("damaged" in known) == ("damaged" in dict(expect.metadata))
    thumbnail = Image.open(io.BytesIO(data))
    if mime == "image/webp":
        assert thumbnail.mode == "RGBA", "the transparency was lost"
        assert thumbnail.getchannel("A").getextrema()[0] == 0
    if expect.color:
        shown = on_mat(thumbnail).convert("RGB")
        x, y = (int(part * length) for part, length in zip(expect.at, shown.size, strict=True))
        found = shown.getpixel((x, y))
        assert isinstance(found, tuple)
        assert np.abs(np.subtract(found, expect.color)).max() <= 14


@pytest.mark.parametrize("name", [name for name, animal in ZOO.items() if isinstance(animal.expect, Refused)])
def test_is_refused_with_a_reason(visited: Visited, name: str) -> None:
    expect = ZOO[name].expect
    assert isinstance(expect, Refused)
    rows = visited.conn.execute("select reason from _panoptic_rejects where name = ?", [name]).fetchall()
    assert len(rows) == 1
    assert expect.reason in rows[0][0]
    assert "0x" not in rows[0][0]
    assert not visited.conn.execute("select 1 from files where name = ?", [name]).fetchone()


def test_counts_every_file_once(visited: Visited) -> None:
    refused = sum(isinstance(animal.expect, Refused) for animal in ZOO.values())
    assert visited.report["rejected"] == refused
    assert visited.report["added"] == visited.report["instances"] == len(ZOO) - refused


def read(path: Path) -> Contents:
    answer = read_files([(os.fsencode(path), ())])[0]
    assert isinstance(answer, Contents), answer
    return answer


def stored(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_heic_is_read_where_pillow_heif_is(tmp_path: Path) -> None:
    heif = pytest.importorskip("pillow_heif", reason="pillow-heif is not installed")
    out = io.BytesIO()
    heif.from_pillow(flat(RED)).save(out, quality=95)
    contents = read(stored(tmp_path / "a.heic", out.getvalue()))
    assert contents.picture
    assert contents.picture.format == "heic"
    assert contents.picture.mean_color[1] == "d"


def test_heic_asks_for_pillow_heif_where_it_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode, "add_heif", lambda: False)
    path = stored(tmp_path / "a.heic", b"\0\0\0\x1cftypheic" + bytes(50))
    answer = read_file(os.fsencode(path))
    assert isinstance(answer, Refusal)
    assert "pip install pillow-heif" in answer.reason
    assert answer.again, "the next import has to try again"


SIZES = [(28, 28), (319, 200), (320, 200), (383, 10), (384, 384), (800, 600), (1024, 768), (2000, 1500), (6000, 400)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("format_", ["JPEG", "PNG"])
def test_thumbnails_have_their_sizes(tmp_path: Path, size: tuple[int, int], format_: str) -> None:
    contents = read(stored(tmp_path / "a", encoded(picture(1, size), format_)))
    assert contents.picture
    grid = Image.open(io.BytesIO(contents.picture.thumbnail.data))
    preview = contents.picture.preview and Image.open(io.BytesIO(contents.picture.preview.data))
    edge = max(size)
    assert (contents.picture.width, contents.picture.height) == size
    if edge < 320:
        assert grid.size == size, "a small image is kept as it is"
        assert preview is None, "the thumbnail shows every pixel already"
    else:
        assert 160 <= max(grid.size) <= 319
        assert preview
        assert 384 <= max(preview.size) <= 767 or preview.size == size


@pytest.mark.parametrize("number", range(20))
def test_hashes_are_imagehash(tmp_path: Path, number: int) -> None:
    image = picture(number, (300, 200))
    contents = read(stored(tmp_path / "a.png", encoded(image, "PNG")))
    assert contents.picture
    assert contents.picture.average_hash == str(imagehash.average_hash(image))
    assert contents.picture.perceptual_hash == str(imagehash.phash(image))


def test_hashes_of_large_photographs_stay_near(tmp_path: Path) -> None:
    """Hashing the scaled picture differs from hashing the whole by less than saving it again does."""
    distances = []
    for number in range(20):
        data = encoded(picture(number, (1600, 1200)), "JPEG", quality=90)
        contents = read(stored(tmp_path / "a.jpg", data))
        assert contents.picture
        whole = imagehash.phash(Image.open(io.BytesIO(data)))
        distances.append(whole - imagehash.hex_to_hash(contents.picture.perceptual_hash))
    assert sum(distances) / len(distances) < 1


def test_thumbnails_carry_nothing_of_the_original(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    data = encoded(picture(1, (800, 600)), "JPEG", comment=b"SecretComment", exif=exif, icc_profile=b"Secret" * 30)
    picture_ = read(stored(tmp_path / "a.jpg", data)).picture
    assert picture_
    assert picture_.preview
    assert b"Secret" not in picture_.thumbnail.data + picture_.preview.data
    assert picture_.metadata["camera_make"] == "SecretCamera"


def test_known_content_is_not_decoded(tmp_path: Path) -> None:
    path = stored(tmp_path / "a.jpg", encoded(flat(RED), "JPEG"))
    sha1 = read(path).sha1
    answer = read_file(os.fsencode(path), (sha1,))
    assert isinstance(answer, Contents)
    assert answer.picture is None


def test_large_files_are_hashed_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = stored(tmp_path / "a.jpg", encoded(picture(1), "JPEG"))
    whole = read(path)
    monkeypatch.setattr(decode, "READ_AT_ONCE", 10)
    assert read(path) == whole


class Changing:
    """Stands for the picture reader and alters the file while it is at it, so many times."""

    def __init__(self, path: Path, times: int) -> None:
        self.path = path
        self.times = times
        self.really = decode.read_picture

    def __call__(self, source: object) -> object:
        answer = self.really(source)  # type: ignore[arg-type]
        if self.times:
            self.times -= 1
            self.path.write_bytes(encoded(flat(RED, (50 + self.times, 50)), "JPEG"))
        return answer


@pytest.mark.parametrize(("times", "width"), [(1, 50), (2, 50), (99, None)])
def test_a_changing_file_is_read_consistently_or_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int, width: int | None
) -> None:
    path = stored(tmp_path / "a.jpg", encoded(flat(RED), "JPEG"))
    monkeypatch.setattr(decode, "read_picture", Changing(path, times))
    answer = read_file(os.fsencode(path))
    if width is None:
        assert isinstance(answer, Refusal)
        assert "being changed" in answer.reason
        assert answer.again
    else:
        assert isinstance(answer, Contents)
        assert answer.picture
        assert answer.picture.width == width
        assert (answer.size, answer.modified_ns) == (path.stat().st_size, path.stat().st_mtime_ns)


def test_a_pipe_in_the_place_of_a_file_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.jpg")
    answer = read_file(os.fsencode(tmp_path / "a.jpg"))
    assert isinstance(answer, Refusal)
    assert "not a file" in answer.reason


def test_a_vanished_file_is_refused(tmp_path: Path) -> None:
    answer = read_file(os.fsencode(tmp_path / "a.jpg"))
    assert answer == Refusal("the file cannot be read: it is not there any more", again=True)


def test_without_permission_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    path = stored(tmp_path / "a.jpg", encoded(flat(RED), "JPEG"))
    monkeypatch.setattr(os, "open", denied)
    answer = read_file(os.fsencode(path))
    assert answer == Refusal("the file cannot be read: permission denied", again=True)
