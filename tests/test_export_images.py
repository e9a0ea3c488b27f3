"""Images that go with an exported table: their copies, their names, and nothing half written."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from datasette_panoptic.domain.query import Query, Sort
from datasette_panoptic.errors import PanopticError
from datasette_panoptic.ingest.images.pipeline import ImportOptions, import_folders
from datasette_panoptic.query.export.files import export_to
from datasette_panoptic.query.export.rows import found
from datasette_panoptic.store.connection import connect

from .corpus import paint


@pytest.fixture
def photographs(tmp_path):
    """A project of three files in two folders, one of them a copy, and one gone since."""
    folder = tmp_path / "photos"
    paint(folder, 2)
    paint(folder / "more", 1, first=7)
    conn = connect(tmp_path / "p.db", create=True)
    import_folders(conn, [folder], options=ImportOptions(workers=1))
    (folder / "00001.jpg").unlink()
    yield conn, folder
    conn.close()


def test_images_are_copied_to_a_folder_and_those_that_are_gone_are_named(photographs, tmp_path):
    conn, folder = photographs
    report = export_to(conn, tmp_path / "out", Query(), format_="csv", with_images=True)
    assert (report.rows, report.images, report.missing) == (3, 2, ["photos/00001.jpg"])
    for name in ("00000.jpg", "more/00007.jpg"):
        assert (tmp_path / "out" / "images" / "photos" / name).read_bytes() == (folder / name).read_bytes()
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "corpus.csv",
        "corpus.properties.json",
        "images",
        "missing.txt",
    ]


def test_a_zip_holds_the_same(photographs, tmp_path):
    conn, folder = photographs
    report = export_to(conn, tmp_path / "out.zip", Query(), format_="json", with_images=True, zipped=True)
    assert report.images == 2
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert archive.testzip() is None
        assert len(json.load(io.TextIOWrapper(archive.open("corpus.json"), "utf-8"))) == 3
        assert archive.read("images/photos/00000.jpg") == (folder / "00000.jpg").read_bytes()


def test_names_that_lead_elsewhere_stay_inside(photographs, tmp_path):
    conn, _ = photographs
    conn.execute("insert into _panoptic_originals select id, 'image/jpeg', x'ffd8' from images")
    conn.execute("update folders set name = '..' where parent_id is not null")
    conn.execute("update files set name = '..' || char(92) || 'x' || id")
    export_to(conn, tmp_path / "out" / "deep", Query(), format_="csv", with_images=True)
    written = sorted(path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*x*[0-9]"))
    assert written == ["deep/images/photos/_._x1", "deep/images/photos/_._x2", "deep/images/photos/_/_._x3"]


def test_two_images_of_one_path_are_both_kept(photographs, tmp_path):
    conn, _ = photographs
    conn.execute("insert into _panoptic_originals select id, 'image/jpeg', cast(id as blob) from images")
    conn.execute("update files set name = case id when 1 then 'A.jpg' else 'a.JPG' end where folder_id = 1")
    conn.execute("insert into instances (image_id, file_id) values (1, 1)")
    conn.execute("insert into instances (image_id) values (1)")
    report = export_to(conn, tmp_path / "out", Query(), format_="csv", with_images=True)
    names = sorted(path.name for path in (tmp_path / "out" / "images").rglob("*.*") if path.is_file())
    sha1 = conn.execute("select sha1 from images where id = 1").fetchone()[0]
    assert names == sorted(["00007.jpg", "A.jpg", "a~.JPG", f"{sha1}.jpeg"])
    assert (report.rows, report.images) == (5, 4)


@pytest.mark.parametrize("with_images", [False, True])
def test_nothing_is_written_over_and_nothing_half_stays(photographs, tmp_path, with_images, monkeypatch):
    conn, _ = photographs
    out = tmp_path / "out.csv"
    out.write_text("mine", "utf-8")
    with pytest.raises(PanopticError, match="already exists"):
        export_to(conn, out, Query(), format_="csv", with_images=with_images)
    assert out.read_text("utf-8") == "mine"
    before = sorted(tmp_path.iterdir())
    monkeypatch.setattr("datasette_panoptic.query.export.rows.described", lambda *given: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        export_to(conn, Path(tmp_path, "other.csv"), Query(), format_="csv", with_images=with_images)
    assert sorted(tmp_path.iterdir()) == before


def test_the_order_is_the_querys(photographs):
    conn, _ = photographs
    assert found(conn, Query(mode="images", sorts=(Sort("id", descending=True),))).tolist() == [3, 2, 1]
