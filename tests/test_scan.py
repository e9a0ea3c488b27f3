"""What a scan lists, refuses and leaves alone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from tempfile import gettempdir

import pytest

from datasette_panoptic.domain.corpus import Listing, Place
from datasette_panoptic.errors import IngestError
from datasette_panoptic.ingest.images.scan import count, roots, scan


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def listings(folder: Path, *, recurse: bool = True) -> list[Listing]:
    return list(scan(roots([folder], recurse=recurse), recurse=recurse))


def paths(folder: Path, *, recurse: bool = True) -> list[str]:
    top = os.fsencode(os.path.realpath(folder))
    return [
        os.fsdecode(os.path.relpath(os.path.join(listing.place.path, name), top))
        for listing in listings(folder, recurse=recurse)
        for name in listing.files
    ]


@pytest.fixture
def well(tmp_path: Path) -> Iterator[Path]:
    """A folder to dig in. Python's own clean-up gives up at such depths and would fail in a later run."""
    yield tmp_path
    subprocess.run(["rm", "-rf", str(tmp_path)], check=True)


def test_finds_images_in_the_order_of_their_names(tmp_path: Path) -> None:
    touch(
        tmp_path, "b/2.jpg", "a.png", "b/1.JPG", "b/c/x.webp", "z.tiff", "a/a.heic", "notes.txt", "b/movie.mp4", "jpg"
    )
    assert paths(tmp_path) == ["a.png", "z.tiff", "a/a.heic", "b/1.JPG", "b/2.jpg", "b/c/x.webp"]


def test_without_recursion_only_the_folder_itself(tmp_path: Path) -> None:
    touch(tmp_path, "a.png", "b/1.jpg")
    assert paths(tmp_path, recurse=False) == ["a.png"]


def test_counts_what_it_will_list(tmp_path: Path) -> None:
    touch(tmp_path, "a.png", "b/1.jpg", "b/2.jpg", "b/3.txt")
    assert list(count(roots([tmp_path]))) == [1, 3]


def test_a_folder_named_like_an_image_is_a_folder(tmp_path: Path) -> None:
    touch(tmp_path, "x.jpg/y.jpg")
    assert paths(tmp_path) == ["x.jpg/y.jpg"]


def test_links_to_files_are_followed_and_links_to_folders_are_not(tmp_path: Path) -> None:
    touch(tmp_path, "a/1.jpg")
    (tmp_path / "b").symlink_to("a")
    (tmp_path / "2.jpg").symlink_to("a/1.jpg")
    (tmp_path / "3.txt").symlink_to("nowhere")
    assert paths(tmp_path) == ["2.jpg", "a/1.jpg"]
    assert list(listings(tmp_path)[0].refused) == [b"b"]


def test_names_that_are_no_text(tmp_path: Path) -> None:
    name = b"caf\xe9 \xff.jpg"
    try:
        (Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name)))).touch()
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    assert listings(tmp_path)[0].files == [name]


def test_very_deep_folders(well: Path) -> None:
    """As deep as paths may be, and deeper: one level is too far down to be listed, and that is said."""
    here = os.open(well, os.O_RDONLY)
    for _ in range(30):
        os.mkdir("d" * 200, dir_fd=here)
        below = os.open("d" * 200, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
        os.close(os.open("a.jpg", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)
    found = listings(well)
    refused = [reason for listing in found for reason in listing.refused.values()]
    assert len([1 for listing in found if listing.files]) >= 4000 // 201 - 3
    assert len(refused) == 1
    assert "longer than this system allows" in refused[0]


def test_more_levels_than_python_may_recurse(well: Path) -> None:
    deepest = well
    depth = min(1500, (4000 - len(str(well))) // 2)
    for _ in range(depth):
        deepest = Path(f"{deepest}/d")
        os.mkdir(deepest)
    (deepest / "a.jpg").touch()
    assert len(listings(well)) == depth + 1
    assert listings(well)[-1].files == [b"a.jpg"]


def test_an_unreadable_folder_is_said_and_the_rest_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "a/1.jpg", "b/2.jpg", "c/3.jpg")
    really = os.scandir

    def denied(path: bytes) -> object:
        if path.endswith(b"b"):
            raise PermissionError(13, "Permission denied")
        return really(path)

    monkeypatch.setattr(os, "scandir", denied)
    found = listings(tmp_path)
    assert paths(tmp_path) == ["a/1.jpg", "c/3.jpg"]
    told = [listing for listing in found if listing.refused]
    assert [(listing.place.path, listing.refused, listing.complete) for listing in told] == [
        (
            os.fsencode(os.path.realpath(tmp_path)),
            {b"b": "this folder cannot be read: permission denied"},
            False,
        )
    ]
    unread = [listing for listing in found if listing.place.path.endswith(b"b")]
    assert [listing.complete for listing in unread] == [False], "absence must not be concluded from it"


def test_overlapping_folders_are_scanned_once(tmp_path: Path) -> None:
    touch(tmp_path, "a/b/1.jpg")
    (tmp_path / "link").symlink_to("a")
    top = os.fsencode(os.path.realpath(tmp_path))
    given = [tmp_path / "a" / "b", tmp_path / "a", tmp_path / "link", tmp_path / "a"]
    assert roots(given) == [Place(os.path.join(top, b"a"))]
    assert len(roots(given, recurse=False)) == 2


@pytest.mark.parametrize(
    ("name", "words"), [("nothing", "not there"), ("file.jpg", "is a file; name its folder")], ids=["absent", "a file"]
)
def test_what_is_no_folder_cannot_be_imported(tmp_path: Path, name: str, words: str) -> None:
    touch(tmp_path, "file.jpg")
    with pytest.raises(IngestError, match=words):
        roots([tmp_path / name])


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become somebody else")
def test_as_somebody_without_rights(tmp_path: Path) -> None:
    """A folder and a file that may not be read, seen by a real user: refused, and the others imported."""
    tmp_path.chmod(0o755)
    for parent in takewhile(lambda folder: folder != Path(gettempdir()), tmp_path.parents):
        parent.chmod(0o755)
    touch(tmp_path, "open/1.png", "open/closed.png", "closed/2.png")
    (tmp_path / "open" / "closed.png").chmod(0)
    (tmp_path / "closed").chmod(0)
    script = f"""
import os, sys
sys.path[:0] = {sys.path!r}
from pathlib import Path
from tempfile import gettempdir
from datasette_panoptic.ingest.images.decode import read_file
from datasette_panoptic.ingest.images.scan import roots, scan
os.setgid(65534); os.setuid(65534)
for listing in scan(roots([Path({str(tmp_path)!r})])):
    print(listing.refused)
    for name in listing.files:
        print(name, read_file(os.path.join(listing.place.path, name)).reason)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "{b'closed': 'this folder cannot be read: permission denied'}" in done.stdout
    assert "b'closed.png' the file cannot be read: permission denied" in done.stdout
    assert "b'1.png' the file is empty" in done.stdout
