"""Importing folders: what is stored, under which names, from where."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from datasette_panoptic.domain.corpus import Progress
from datasette_panoptic.errors import IngestError
from datasette_panoptic.ingest.images import pipeline
from datasette_panoptic.ingest.images.pipeline import ImportOptions, import_folders
from tests.conftest import Project
from tests.corpus import flat, paint
from tests.imports import happened, rows, run, threads, version
from tests.zoo import RED, encoded


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Three pictures in a folder and two in one below."""
    paint(tmp_path / "pictures", 3)
    paint(tmp_path / "pictures" / "more", 2, first=3)
    return tmp_path / "pictures"


def test_imports_in_the_order_of_paths(project: Project, pictures: Path) -> None:
    report = import_folders(project.conn, [pictures], options=ImportOptions(workers=2))
    assert happened(report) == {"added": 5}
    assert (report.images, report.instances) == (5, 5)
    assert rows(project.conn) == [
        ("more", "00003.jpg", 4, 4, False),
        ("more", "00004.jpg", 5, 5, False),
        ("pictures", "00000.jpg", 1, 1, False),
        ("pictures", "00001.jpg", 2, 2, False),
        ("pictures", "00002.jpg", 3, 3, False),
    ]


def test_a_second_import_changes_nothing(project: Project, pictures: Path) -> None:
    (pictures / "bad.jpg").write_text("no image")
    (pictures / "loop").symlink_to(".")
    assert run(project, pictures) == {"added": 5, "rejected": 2}
    before, dump = version(project), "\n".join(project.conn.iterdump())
    assert run(project, pictures) == {"unchanged": 5, "rejected": 2}
    assert version(project) == before
    assert "\n".join(project.conn.iterdump()) == dump


def test_names_that_are_no_text(project: Project, tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/pictures/f\xffolder"
    os.makedirs(folder)
    for number, name in enumerate((b"a\xff.jpg", b"a\\xff.jpg", b"caf\xe9.jpg")):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(encoded(flat((number * 50, 0, 0)), "JPEG"))
    assert run(project, tmp_path / "pictures") == {"added": 3}
    named = project.conn.execute("select name, raw_name from files order by id").fetchall()
    assert named == [
        (r"a\xff.jpg", None),
        (r"a\xff.jpg~2", b"a\xff.jpg"),
        (r"caf\xe9.jpg", b"caf\xe9.jpg"),
    ]
    assert project.conn.execute("select path, raw_name from folders where parent_id is not null").fetchall() == [
        (r"f\xffolder", b"f\xffolder")
    ]
    assert run(project, tmp_path / "pictures") == {"unchanged": 3}
    os.rename(folder, os.fsencode(tmp_path) + b"/pictures/plain")
    assert run(project, tmp_path / "pictures") == {"moved": 3}


def test_a_root_that_is_no_text(project: Project, tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/r\xffoot"))
    paint(folder / "a", 2)
    assert run(project, folder) == {"added": 2}
    assert run(project, folder) == {"unchanged": 2}
    assert run(project, folder / "a") == {"unchanged": 2}
    assert project.conn.execute("select count(*) from folders").fetchone()[0] == 2


def test_a_folder_inside_an_imported_one_is_that_one(project: Project, pictures: Path) -> None:
    run(project, pictures)
    assert run(project, pictures / "more") == {"unchanged": 2}
    assert project.conn.execute("select path from folders order by id").fetchall() == [("",), ("more",)]


def test_a_folder_around_imported_ones_takes_them_in(project: Project, tmp_path: Path) -> None:
    for place in ("a/b/c", "a/b/c/d", "a/e"):
        paint(tmp_path / place, 1, first=hash(place) % 1000)
    run(project, tmp_path / "a" / "b" / "c")
    run(project, tmp_path / "a" / "e")
    assert run(project, tmp_path / "a") == {"unchanged": 3}
    tree = project.conn.execute(
        "select folders.path, parents.path, folders.source is null "
        "from folders left join folders as parents on parents.id = folders.parent_id order by 1"
    ).fetchall()
    assert tree == [("", None, 0), ("b", "", 1), ("b/c", "b", 1), ("b/c/d", "b/c", 1), ("e", "", 1)]


def test_store_originals(project: Project, pictures: Path) -> None:
    run(project, pictures)
    assert run(project, pictures, options=ImportOptions(store_originals=True)) == {"unchanged": 5}
    stored = project.conn.execute("select data from _panoptic_originals order by image_id").fetchall()
    assert [row[0] for row in stored] == [
        path.read_bytes() for path in sorted(pictures.rglob("*.jpg"), key=lambda p: p.name)
    ]
    before = project.conn.total_changes
    run(project, pictures, options=ImportOptions(store_originals=True))
    assert project.conn.total_changes == before


def test_uploads(project: Project, tmp_path: Path) -> None:
    options = ImportOptions(source="Uploads")
    first, second = tmp_path / "first", tmp_path / "second"
    paint(first, 2)
    assert run(project, first, options=options) == {"added": 2}
    shutil.rmtree(first)
    paint(second, 1)  # the same as before
    paint(second / "x", 1, first=1)
    (second / "00001.jpg").write_bytes(encoded(flat(RED), "JPEG"))  # another picture under a known name
    (second / "bad.jpg").write_text("no image")
    assert run(project, second, options=options) == {"added": 2, "unchanged": 1, "rejected": 1}
    assert [(folder, name) for folder, name, *_ in rows(project.conn)] == [
        ("Uploads", "00000.jpg"),
        ("Uploads", "00001 (2).jpg"),
        ("Uploads", "00001.jpg"),
        ("x", "00001.jpg"),
    ]
    assert not any(missing for *_, missing in rows(project.conn))
    assert project.conn.execute("select count(*) from _panoptic_originals").fetchone()[0] == 3
    assert project.conn.execute("select source from folders where parent_id is null").fetchall() == [(None,)]


def test_progress_ends_at_the_total(project: Project, pictures: Path) -> None:
    told: list[Progress] = []
    import_folders(project.conn, [pictures], progress=told.append, start=threads)
    assert told[0].total is None
    assert (told[-1].done, told[-1].total) == (5, 5)
    assert told[-1].rate > 0


def test_cancelled_and_begun_again(project: Project, pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "COMMIT_EVENTS", 1)
    asked = iter([False, False, False, False, True])
    report = import_folders(project.conn, [pictures], cancelled=lambda: next(asked), start=threads)
    assert happened(report) == {"added": 3}
    assert run(project, pictures) == {"unchanged": 3, "added": 2}


def test_nothing_is_written_for_a_folder_that_is_not_there(project: Project, pictures: Path) -> None:
    with pytest.raises(IngestError, match="cannot read the folder"):
        import_folders(project.conn, [pictures, pictures / "nothing"])
    assert project.conn.execute("select count(*) from folders").fetchone()[0] == 0


def test_an_empty_folder(project: Project, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert run(project, tmp_path / "empty") == {}
    assert project.conn.execute("select name from folders").fetchall() == [("empty",)]


def test_a_file_that_vanishes_is_refused(project: Project, pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def submit(self: object, function: object, tasks: list[tuple[bytes, object]]) -> object:
        for path, _ in tasks:
            if path.endswith(b"00001.jpg") and os.path.exists(path):
                os.remove(path)
        return really(self, function, tasks)

    really: Callable[..., object] = ThreadPoolExecutor.submit
    monkeypatch.setattr(ThreadPoolExecutor, "submit", submit)
    assert run(project, pictures) == {"added": 4, "rejected": 1}
    assert project.conn.execute("select name, reason from _panoptic_rejects").fetchall() == [
        ("00001.jpg", "the file cannot be read: it is not there any more")
    ]
