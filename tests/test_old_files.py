"""Where an old project's files are by now, and what is made of those that are gone."""

from __future__ import annotations

import os
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from datasette_panoptic.domain.old import OldFolder
from datasette_panoptic.ingest.panoptic.files import places, plain
from datasette_panoptic.ingest.panoptic.open import opened
from datasette_panoptic.ingest.panoptic.pipeline import bring
from datasette_panoptic.ingest.panoptic.report import OldReport
from datasette_panoptic.store.problems import problems

from .corpus import paint
from .old_projects import hash_of, instance_07, jpeg, project_07, project_10

PLAIN = {
    "/data/pics": "/data/pics",
    "/data/pics/": "/data/pics",
    "/data/pics/../../etc": "/etc",
    "C:\\Users\\Zoé\\pics": "C:/Users/Zoé/pics",
    "C:\\Users\\pics/sub": "C:/Users/pics/sub",
    "/data/back\\slash": "/data/back\\slash",
    "https://iiif.example.org/manifest": "https://iiif.example.org/manifest",
}


@pytest.mark.skipif(os.sep != "/", reason="Windows' own paths stay as they are there")
@pytest.mark.parametrize("path", PLAIN)
def test_paths_are_written_as_this_system_does(path):
    assert plain(path) == PLAIN[path]


def test_folders_hang_below_the_one_that_holds_them(tmp_path):
    folders = [OldFolder(1, None, "/gone/a"), OldFolder(2, 1, "/gone/a/b"), OldFolder(3, 2, "/gone/a/b/c")]
    found = places(folders, {})
    assert [place.path for place in found[3].chain()] == [b"/gone/a", b"/gone/a/b", b"/gone/a/b/c"]
    moved = places(folders, {"/gone/a/b": str(tmp_path)})
    assert [place.path for place in moved[3].chain()] == [os.fsencode(tmp_path), os.fsencode(tmp_path / "c")]
    assert moved[1].path == b"/gone/a"


def test_the_longest_move_counts(tmp_path):
    (tmp_path / "x").mkdir()
    folders = [OldFolder(1, None, "/a/b"), OldFolder(2, None, "/a/c"), OldFolder(3, None, "/ab")]
    found = places(folders, {"/a": str(tmp_path), "/a/b": str(tmp_path / "x")})
    assert [found[id_].path for id_ in (1, 2, 3)] == [
        os.fsencode(tmp_path / "x"), os.fsencode(tmp_path / "c"), b"/ab",
    ]  # fmt: skip


def brought(project, folder: Path, rows: dict[str, list[dict[str, object]]]) -> OldReport:
    with opened(project_07(folder, rows)) as old:
        return bring(project.conn, old, lambda *_: [], start=ThreadPoolExecutor)


def test_a_name_whose_accents_are_written_otherwise_is_the_same(project, tmp_path):
    [first] = paint(tmp_path / "pics", 1)
    name = unicodedata.normalize("NFC", "été.jpg")
    first.rename(tmp_path / "pics" / name)
    decomposed = unicodedata.normalize("NFD", name)
    report = brought(
        project,
        tmp_path / "old",
        {
            "folders": [{"id": 1, "path": str(tmp_path / "pics")}],
            "instances": [instance_07(1, decomposed, 1)],
            "properties": [{"id": 1, "name": "Said", "type": "text", "mode": "id"}],
            "instance_property_values": [{"property_id": 1, "instance_id": 1, "value": '"x"'}],
        },
    )
    assert report.present == 1
    assert project.conn.execute("select file_name, Said from corpus").fetchall() == [(name, "x")]


def test_other_files_of_a_folder_stay_out(project, tmp_path):
    paint(tmp_path / "pics", 3)
    rows = {
        "folders": [{"id": 1, "path": str(tmp_path / "pics")}],
        "instances": [instance_07(1, "00001.jpg", 1)],
    }
    assert brought(project, tmp_path / "old", rows).present == 1
    assert project.conn.execute("select name from files").fetchall() == [("00001.jpg",)]


GONE = {
    "a name that leads elsewhere": ({"name": "../../etc/x.jpg"}, jpeg(1)),
    "a name that is a folder's": ({"name": ".."}, jpeg(1)),
    "a hash that is none": ({"sha1": "../../x"}, jpeg(1)),
    "a picture that is none": ({}, b"not a picture"),
    "an empty picture": ({}, b""),
}


@pytest.mark.parametrize("case", GONE)
def test_what_no_file_can_be_made_of_is_lost_and_nothing_else_is(project, tmp_path, case):
    changes, data = GONE[case]
    odd = instance_07(1, "a.jpg", 1) | changes
    report = brought(
        project,
        tmp_path / "old",
        {
            "folders": [{"id": 1, "path": str(tmp_path / "gone")}],
            "instances": [odd, instance_07(2, "b.jpg", 2)],
            "images": [
                {"sha1": odd["sha1"], "small": data, "medium": b"", "large": b""},
                {"sha1": hash_of(2), "small": jpeg(2), "medium": b"", "large": b""},
            ],
        },
    )
    assert (report.gone, report.lost) == (1, 1)
    assert project.conn.execute("select name from files").fetchall() == [("b.jpg",)]
    assert problems(project.path) == []


def test_an_original_that_cannot_be_read_is_its_thumbnail(project, tmp_path):
    (tmp_path / "pics").mkdir()
    (tmp_path / "pics" / "a.jpg").write_bytes(b"\xff\xd8\xff broken")
    report = brought(
        project,
        tmp_path / "old",
        {
            "folders": [{"id": 1, "path": str(tmp_path / "pics")}],
            "instances": [instance_07(1, "a.jpg", 1)],
            "images": [{"sha1": hash_of(1), "small": jpeg(1), "medium": b"", "large": b""}],
        },
    )
    assert (report.unreadable, report.present, report.gone, report.lost) == (1, 0, 1, 0)


def test_files_that_come_back_are_what_they_are(project, tmp_path):
    """The next import finds the original, and what is said of the instance stays with it."""
    rows = {
        "folders": [{"id": 1, "path": str(tmp_path / "pics")}],
        "instances": [instance_07(1, "00000.jpg", 1)],
        "images": [{"sha1": hash_of(1), "small": jpeg(1), "medium": b"", "large": b""}],
        "properties": [{"id": 1, "name": "Said", "type": "text", "mode": "sha1"}],
        "image_property_values": [{"property_id": 1, "sha1": hash_of(1), "value": '"x"'}],
    }
    assert brought(project, tmp_path / "old", rows).gone == 1
    paint(tmp_path / "pics", 1)
    with opened(tmp_path / "old") as old:
        assert bring(project.conn, old, lambda *_: [], start=ThreadPoolExecutor).present == 1
    assert project.conn.execute("select width, Said from corpus").fetchall() == [(160, "x")]


def test_images_of_the_network_are_their_thumbnails(project, tmp_path):
    address = "https://iiif.example.org/{}/full/max/0/default.jpg"
    old = project_10(
        tmp_path / "old",
        {
            "folders": [{"id": 1, "path": "https://iiif.example.org/manifest.json", "name": "Breton"}],
            "files": [
                {"id": id_, "name": address.format(id_), "folder_id": 1, "sha1": hash_of(id_), "width": 8, "height": 6}
                for id_ in (1, 2)
            ],
            "instances": [{"id": id_, "file_id": id_, "sha1": hash_of(id_)} for id_ in (1, 2)]
            + [{"id": 3, "file_id": None, "sha1": hash_of(1)}],
        },
        {
            "image_types": [{"id": 1, "name": "small", "width": 120, "height": 120}],
            "images": [{"type_id": 1, "sha1": hash_of(id_), "data": jpeg(id_)} for id_ in (1, 2)],
        },
    )
    with opened(old) as there:
        report = bring(project.conn, there, lambda *_: [], start=ThreadPoolExecutor)
    assert (report.files, report.gone, report.lost) == (2, 2, 0)
    assert project.conn.execute("select file_name, width from corpus").fetchall() == [
        ("iiif.example.org_1_full_max_0_default.jpg", 8), ("iiif.example.org_2_full_max_0_default.jpg", 8),
    ]  # fmt: skip
    assert report.not_carried == [
        "1 instances without a file",
        "2 images are elsewhere on the network: their thumbnails are carried",
    ]


def test_a_root_that_is_still_there_stays_where_it_is(project, tmp_path):
    """Somebody else's files may be in it; only one whose directory is gone stands for the new one."""
    paint(tmp_path / "pics", 1)
    paint(tmp_path / "copy", 1)
    rows = {
        "folders": [{"id": 1, "path": str(tmp_path / "pics")}],
        "instances": [instance_07(1, "00000.jpg", 1)],
    }
    brought(project, tmp_path / "old", rows)
    with opened(tmp_path / "old") as old:
        moved = {str(tmp_path / "pics"): str(tmp_path / "copy")}
        bring(project.conn, old, lambda *_: [], start=ThreadPoolExecutor, moved=moved)
    assert project.conn.execute("select source from folders order by id").fetchall() == [
        (str(tmp_path / "pics"),), (str(tmp_path / "copy"),),
    ]  # fmt: skip
