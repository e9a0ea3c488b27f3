"""Originals: whose file is sent, and that nothing else on the disk ever is."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from hashlib import sha1
from io import FileIO

import pytest

from datasette_panoptic.store import originals
from datasette_panoptic.store.originals import OriginalPlace, SeenFiles, open_place
from tests.serving import EDITOR, GRANTS, OWNER, fill_sample, serving

BASE = "/project/-/panoptic"


@pytest.fixture
def sample(project):
    fill_sample(project.conn)
    return project


@pytest.fixture
def on_disk(sample, tmp_path):
    """The sample with its first folder on disk, the file of image 1 in it."""
    root = tmp_path / "pictures"
    (root / "1968").mkdir(parents=True)
    keep_original(sample.conn, root, ORIGINAL)
    sample.conn.execute("update folders set source = ? where id = 1", [str(root)])
    return sample, root


#: It begins as a JPEG, which is all that is looked at.
ORIGINAL = b"\xff\xd8\xff original"


def keep_original(conn, root, data):
    """Put a file on disk, and into the project what an import says of it."""
    (root / "a.jpg").write_bytes(data)
    conn.execute("update files set bytes = ? where image_id = 1", [len(data)])
    conn.execute("update images set sha1 = ? where id = 1", [sha1(data).hexdigest()])


@pytest.mark.asyncio
async def test_an_original_is_sent_with_what_keeps_it_harmless(on_disk):
    sample, _ = on_disk
    async with serving(sample.path) as datasette:
        response = await datasette.client.get(f"{BASE}/original/1", actor=OWNER)
        tagged = {"if-none-match": response.headers["etag"]}
        again = await datasette.client.get(f"{BASE}/original/1", actor=OWNER, headers=tagged)
    assert response.content == ORIGINAL
    assert response.headers["content-type"] == "image/jpeg"
    assert response.headers["content-length"] == "12"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["content-security-policy"].startswith("sandbox")
    assert response.headers["content-disposition"] == "inline; filename*=UTF-8''a.jpg"
    assert response.headers["cache-control"] == "private, no-cache"
    assert again.status_code == 304


@pytest.mark.asyncio
async def test_an_original_kept_in_the_project_is_preferred(on_disk):
    sample, _ = on_disk
    sample.conn.execute("insert into _panoptic_originals values (1, 'text/html', 'kept')")
    async with serving(sample.path) as datasette:
        response = await datasette.client.get(f"{BASE}/original/1", actor=OWNER)
    assert (response.content, response.headers["content-type"]) == (b"kept", "image/jpeg")


@pytest.mark.asyncio
async def test_an_original_in_several_chunks(on_disk):
    sample, root = on_disk
    data = ORIGINAL + os.urandom(600_000)
    keep_original(sample.conn, root, data)
    async with serving(sample.path) as datasette:
        response = await datasette.client.get(f"{BASE}/original/1", actor=OWNER)
    assert response.content == data


@pytest.mark.asyncio
@pytest.mark.parametrize(("originals", "anonymous", "editor"), [(None, 404, 200), (True, 200, 200), (False, 404, 404)])
async def test_originals_are_served_as_configured(on_disk, originals, anonymous, editor):
    sample, _ = on_disk
    plugins = {} if originals is None else {"plugins": {"datasette-panoptic": {"originals": originals}}}
    async with serving(sample.path, config={"permissions": GRANTS, **plugins}) as datasette:
        assert (await datasette.client.get(f"{BASE}/original/1")).status_code == anonymous
        assert (await datasette.client.get(f"{BASE}/original/1", actor=EDITOR)).status_code == editor


def link_out(root, outside):
    (root / "a.jpg").unlink()
    (root / "a.jpg").symlink_to(outside)


def link_the_folder_out(root, outside):
    (root / "a.jpg").unlink()
    (root / "1968").rmdir()
    (root / "1968").symlink_to(outside.parent, target_is_directory=True)


def change(root, outside):
    (root / "a.jpg").write_bytes(b"something else now")


def remove(root, outside):
    (root / "a.jpg").unlink()


def make_a_pipe(root, outside):
    (root / "a.jpg").unlink()
    os.mkfifo(root / "a.jpg")


@pytest.mark.asyncio
@pytest.mark.parametrize("spoil", [link_out, link_the_folder_out, change, remove, make_a_pipe])
async def test_what_is_not_the_file_that_was_imported_is_not_sent(on_disk, tmp_path, spoil):
    sample, root = on_disk
    outside = tmp_path / "outside" / "copy of a.jpg"
    outside.parent.mkdir()
    outside.write_bytes(b"\xff\xd8\xffnot you!!")  # as long as the original
    spoil(root, outside)
    async with serving(sample.path) as datasette:
        response = await datasette.client.get(f"{BASE}/original/1", actor=OWNER)
        assert response.status_code == 404
        context = (await datasette.client.get(f"{BASE}/image/1.json", actor=OWNER)).json()
    assert context["original_state"] == "missing"
    assert str(root / "a.jpg") in context["original_label"]


@pytest.mark.parametrize("swapped", ["1968", "1968/a.jpg", "1968/deep", "1968/deep/b.jpg"])
def test_a_link_that_comes_after_the_path_was_resolved_is_not_followed(tmp_path, monkeypatch, swapped):
    """Whoever writes to an imported folder could otherwise have any file sent, by a link made at the right moment."""
    root, outside = tmp_path / "root", tmp_path / "outside"
    for folder in (root, outside):
        (folder / "1968" / "deep").mkdir(parents=True)
        for name in ("1968/a.jpg", "1968/deep/b.jpg"):
            (folder / name).write_bytes(ORIGINAL)
    name = "1968/deep/b.jpg" if "deep" in swapped else "1968/a.jpg"
    place = OriginalPlace(os.fsencode(root), tuple(map(os.fsencode, name.split("/"))), len(ORIGINAL), "")
    with open_place(place) as file:
        assert file.read() == ORIGINAL
    resolve, swaps = os.path.realpath, []

    def resolve_and_swap(path):
        resolved = resolve(path)
        if resolved == os.fsencode(root / name):
            (root / swapped).rename(tmp_path / "before")
            (root / swapped).symlink_to(outside / swapped)
            swaps.append(swapped)
        return resolved

    monkeypatch.setattr(originals.os.path, "realpath", resolve_and_swap)
    assert open_place(place) is None
    assert swaps == [swapped]
    assert (root / name).read_bytes() == ORIGINAL  # the link leads to a file that a plain open would have sent


@pytest.mark.asyncio
async def test_a_link_that_stays_inside_is_followed(on_disk):
    sample, root = on_disk
    (root / "a.jpg").rename(root / "1968" / "elsewhere.jpg")
    (root / "a.jpg").symlink_to(root / "1968" / "elsewhere.jpg")
    async with serving(sample.path) as datasette:
        response = await datasette.client.get(f"{BASE}/original/1", actor=OWNER)
    assert response.content == ORIGINAL


def test_names_that_lead_out_of_the_root_open_nothing(tmp_path):
    (tmp_path / "root").mkdir()
    (tmp_path / "secret").write_bytes(b"12")
    root = os.fsencode(tmp_path / "root")
    assert open_place(OriginalPlace(root, (b"..", b"secret"), 2, "")) is None
    assert open_place(OriginalPlace(root, (os.fsencode(tmp_path / "secret"),), 2, "")) is None
    assert open_place(OriginalPlace(root, (b".",), 2, "")) is None


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("data", "claim"),
    [
        (ORIGINAL, sha1(b"another picture")),  # the project's author does not know the file
        (b"root:x:0:0:root", sha1(b"root:x:0:0:root")),  # a file that everybody knows, and no image
        (b"", sha1(b"")),
    ],
)
async def test_a_project_of_a_stranger_has_no_other_files_sent(sample, tmp_path, data, claim):
    (tmp_path / "passwd").write_bytes(data)
    sample.conn.execute("update folders set source = ? where id = 1", [str(tmp_path)])
    sample.conn.execute("update files set name = 'passwd', bytes = ? where folder_id = 1", [len(data)])
    sample.conn.execute("update images set sha1 = ? where id = 1", [claim.hexdigest()])
    async with serving(sample.path, config={"plugins": {"datasette-panoptic": {"originals": True}}}) as datasette:
        for actor in (None, OWNER):
            response = await datasette.client.get(f"{BASE}/original/1", actor=actor)
            assert response.status_code == 404
    assert (await exported(sample)) == []


async def exported(sample):
    """Return the names of the images that an export has."""
    async with serving(sample.path, config={"plugins": {"datasette-panoptic": {"originals": True}}}) as datasette:
        response = await datasette.client.get(f"{BASE}/export?_format=csv&_images=1")
        with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
            return [name for name in archive.namelist() if name.startswith("images/")]


@pytest.mark.asyncio
async def test_a_file_that_was_sent_is_not_sent_once_it_has_changed(on_disk):
    sample, root = on_disk
    async with serving(sample.path) as datasette:
        for _ in range(2):
            response = await datasette.client.get(f"{BASE}/original/1", actor=OWNER)
            assert response.content == ORIGINAL
        assert len(await exported(sample)) == 2  # the image has two instances
        (root / "a.jpg").write_bytes(ORIGINAL[:-1] + b"L")
        assert (await datasette.client.get(f"{BASE}/original/1", actor=OWNER)).status_code == 404
    assert await exported(sample) == []


def test_a_file_is_read_once_while_nothing_changes_of_it(tmp_path, monkeypatch):
    path, read = tmp_path / "a.jpg", []
    path.write_bytes(ORIGINAL)
    digest = hashlib.file_digest
    monkeypatch.setattr(hashlib, "file_digest", lambda *given: (read.append(1), digest(*given))[1])
    seen = SeenFiles()
    for times, data in [(1, ORIGINAL), (1, ORIGINAL), (2, ORIGINAL[:-1] + b"L")]:
        if path.read_bytes() != data:
            path.write_bytes(data)
            os.utime(path, ns=(1, 1))
        with FileIO(path) as file:
            assert seen.sha1(file) == sha1(data).hexdigest()
            assert file.read() == data
        assert len(read) == times


@pytest.mark.parametrize("name", [b"a\0b", b"", b"x" * 5000])
def test_odd_names_open_nothing(tmp_path, name):
    assert open_place(OriginalPlace(os.fsencode(tmp_path), (name,), 2, "")) is None


@pytest.mark.asyncio
async def test_frames_of_a_film_have_no_files(on_disk):
    sample, _ = on_disk
    sample.conn.execute("update folders set source = 'film:/films/f.mp4' where id = 1")
    async with serving(sample.path) as datasette:
        assert (await datasette.client.get(f"{BASE}/original/1", actor=OWNER)).status_code == 404
