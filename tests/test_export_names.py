"""Image files of an export have names that every file system takes, each its own, and their table says them."""

from __future__ import annotations

import csv
import json
import unicodedata
import zipfile
from pathlib import PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasette_panoptic.domain.changes import SetValues
from datasette_panoptic.domain.query import Query
from datasette_panoptic.ingest.images.pipeline import ImportOptions, import_folders
from datasette_panoptic.ingest.tables.headers import TableOptions
from datasette_panoptic.ingest.tables.pipeline import import_table
from datasette_panoptic.query.export.files import export_to
from datasette_panoptic.query.export.names import LONGEST, ExportedNames, portable
from datasette_panoptic.query.export.rows import Row
from datasette_panoptic.store import properties
from datasette_panoptic.store.changesets import apply
from datasette_panoptic.store.connection import connect

from .corpus import paint

PORTABLE = {
    "a.jpg": "a.jpg",
    "what?.jpg": "what_.jpg",
    'a<b>:"|*.png': "a_b_____.png",
    "line\nbreak\x00\x1f\x7f.gif": "line_break___.gif",
    "trailing. . ": "trailing____",
    "a.jpg ": "a.jpg_",
    "..": "_",
    "": "_",
    ".hidden.jpg": "_hidden.jpg",
    "@eaDir": "_@eaDir",
    "Thumbs.db": "_Thumbs.db",
    "CON.jpg": "CON_.jpg",
    "nul": "nul_",
    "com1.tar.gz": "com1_.tar.gz",
    "LPT\u00b2.png": "LPT\u00b2_.png",
    "aux .jpg": "aux _.jpg",
    "CONIN$.jpg": "CONIN$_.jpg",
    "console.jpg": "console.jpg",
    "com10.jpg": "com10.jpg",
    "back\\slash/both.jpg": "back_slash_both.jpg",
    "cafe\u0301.jpg": "caf\u00e9.jpg",
    "half\ud800.jpg": "half_.jpg",
    "é" * 200 + ".jpg": "é" * 125 + ".jpg",
    "x" * 300: "x" * LONGEST,
}


@pytest.mark.parametrize("name", PORTABLE, ids=ascii)
def test_names_are_made_safe(name):
    assert portable(name) == PORTABLE[name]


hard = st.sampled_from(
    ["CON", "nul.", ". .", "A.JPG", "a.jpg", "a?.jpg", "a_.jpg", "~", "é.jpg", "e\u0301.jpg", "ß", "SS", "ss"]
)
names = hard | st.text(st.characters(exclude_characters="/"), min_size=1, max_size=6) | st.just("é" * 180 + ".jpg")


@given(names)
def test_a_safe_name_is_one_for_windows_and_stays(name):
    safe = portable(name)
    assert safe
    assert len(safe.encode()) <= LONGEST
    assert safe == safe.rstrip(". ")
    assert not set(safe) & set('\\/:*?"<>|')
    assert all(unicodedata.category(letter) not in ("Cc", "Cs") for letter in safe)
    assert not PureWindowsPath(safe).is_reserved()
    assert portable(safe) == safe


rows = st.lists(st.tuples(st.lists(names, min_size=1, max_size=3).map("/".join), st.integers(1, 3)), max_size=12)


@given(rows)
def test_no_two_images_share_a_path_on_any_file_system(given_rows):
    exported = ExportedNames(None)
    listed = [Row(n, image, path, ()) for n, (path, image) in enumerate(given_rows)]
    paths = [exported.path_of(row) for row in listed]
    assert [exported.path_of(row) for row in listed] == paths
    owners: dict[str, int] = {}
    spelled: dict[str, str] = {}
    for row, path in zip(listed, paths, strict=True):
        assert owners.setdefault(path.casefold(), row.image_id) == row.image_id
        parts = path.split("/")
        for depth in range(1, len(parts)):
            folder = "/".join(parts[:depth])
            assert spelled.setdefault(folder.casefold(), folder) == folder
    assert not {path.casefold() for path in paths} & spelled.keys()


FILES = [
    "what?.jpg",
    "A.JPG",
    "a.jpg",
    "CON.jpg",
    "dots. .jpg",
    "new\nline.jpg",
    "é.jpg",
    "e\u0301.jpg",
    "sub/a.jpg",
    "SUB/A.jpg",
]


@pytest.fixture
def odd(tmp_path):
    """A project of pictures whose names are hard, each with its own name as what is said of it."""
    folder = tmp_path / "photos"
    painted = paint(tmp_path / "painted", len(FILES))
    for picture, name in zip(painted, FILES, strict=True):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        picture.rename(folder / name)
    conn = connect(tmp_path / "p.db", create=True)
    import_folders(conn, [folder], options=ImportOptions(workers=1))
    said = dict(conn.execute("select instances.id, hex(sha1) from instances join images on images.id = image_id"))
    apply(conn, [SetValues(properties.create(conn, "Said", "text", "instance"), said)], actor="anna", tool="cell")
    conn.execute("insert into instances (image_id) values (1)")
    yield conn
    conn.close()


@pytest.mark.parametrize("form", ["csv", "xlsx", "json", "parquet"])
@pytest.mark.parametrize("zipped", [False, True])
def test_exported_images_are_found_by_the_paths_of_their_table(odd, tmp_path, form, zipped):
    report = export_to(odd, tmp_path / "out", Query(), format_=form, with_images=True, zipped=zipped)
    out = tmp_path / "out"
    if zipped:
        out = tmp_path / "unpacked"
        with zipfile.ZipFile(tmp_path / "out") as archive:
            archive.extractall(out)
    files = sorted(
        path.relative_to(out / "images").as_posix() for path in (out / "images").rglob("*") if path.is_file()
    )
    assert report.images == len(files) == len(FILES) + 1
    other = connect(tmp_path / "q.db", create=True)
    import_folders(other, [out / "images"], options=ImportOptions(workers=1))
    done = import_table(other, out / f"corpus.{form}", TableOptions(key="path"))
    assert (done.matched, done.unmatched, done.rows) == (len(FILES) + 1, 0, len(FILES) + 1)
    wrong = other.execute("select count(*) from corpus where Said <> hex(sha1)").fetchone()
    assert (wrong, other.execute("select count(Said) from corpus").fetchone()) == ((0,), (len(FILES),))
    with (out / "renamed.csv").open(encoding="utf-8", newline="") as file:
        renamed = dict(list(csv.reader(file, delimiter=";"))[1:])
    assert renamed["photos/what?.jpg"] == "photos/what_.jpg"
    assert len(renamed) == report.renamed
    assert set(renamed.values()) <= set(files)
    other.close()


def test_without_images_the_table_has_the_paths_of_the_project(odd, tmp_path):
    export_to(odd, tmp_path / "out.json", Query(), format_="json")
    paths = [row["path"] for row in json.loads((tmp_path / "out.json").read_text("utf-8"))]
    assert {"photos/what?.jpg", "photos/CON.jpg", None} <= set(paths)
