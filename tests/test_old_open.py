"""Opening projects of Panoptic: found in whatever way they are named, read to the last change, never written to."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from datasette.utils.sqlite import sqlite3

from datasette_panoptic.errors import IngestError
from datasette_panoptic.ingest.panoptic.open import opened
from datasette_panoptic.store.connection import connect

from .old_projects import add, fill, project_07, project_10


def state(folder: Path) -> dict[str, tuple[int, int]]:
    return {path.name: (path.stat().st_size, path.stat().st_mtime_ns) for path in folder.iterdir()}


@pytest.mark.parametrize("name", ["", "panoptic.db"])
def test_a_project_of_0_7_is_its_folder_or_its_file(tmp_path, name):
    folder = project_07(tmp_path / "old", {})
    with opened(folder / name) as old:
        assert (old.version, old.real_sha1) == ("0.7", False)


@pytest.mark.parametrize("name", ["", "data.db", "media.db", "project.db"])
def test_a_project_of_1_0_is_its_folder_or_a_file_of_it(tmp_path, name):
    folder = project_10(tmp_path / "old", {})
    with opened(folder / name) as old:
        assert (old.version, old.real_sha1) == ("1.0", True)


def test_a_copied_file_may_have_another_name(tmp_path):
    project_07(tmp_path, {})
    (tmp_path / "panoptic.db").rename(tmp_path / "gorgons.db")
    with opened(tmp_path / "gorgons.db") as old:
        assert old.version == "0.7"


@pytest.mark.parametrize("make", [project_07, project_10])
def test_nothing_is_written_beside_a_project(tmp_path, make):
    folder = make(tmp_path / "old", {})
    for path in folder.iterdir():
        conn = sqlite3.connect(path)
        conn.execute("pragma journal_mode = wal")
        conn.close()
    before = state(folder)
    with opened(folder) as old:
        list(old.instances())
        assert state(folder) == before
        old.require_unchanged()
    assert state(folder) == before


def test_changes_that_are_still_in_a_log_are_read(tmp_path):
    folder = project_07(tmp_path / "old", {})
    conn = sqlite3.connect(folder / "panoptic.db", isolation_level=None)
    conn.execute("pragma journal_mode = wal")
    add(conn, {"properties": [{"name": "Late", "type": "text", "mode": "id"}]})
    killed = tmp_path / "killed"  # as a crash leaves it: nobody moved the log into the file
    shutil.copytree(folder, killed)
    conn.close()
    before = state(killed)
    assert before["panoptic.db-wal"][0] > 0
    with opened(killed) as old:
        assert [known.name for known in old.properties] == ["Late"]
    assert state(killed) == before


def test_a_change_in_the_meantime_is_noticed(tmp_path):
    folder = project_07(tmp_path / "old", {})
    with opened(folder) as old:
        os.utime(folder / "panoptic.db", ns=(1, 1))
        with pytest.raises(IngestError, match="close Panoptic"):
            old.require_unchanged()


def nothing(folder: Path) -> Path:
    folder.mkdir()
    return folder


def text(folder: Path) -> Path:
    nothing(folder)
    (folder / "panoptic.db").write_text("no database at all, but long enough to be looked at as one" * 20)
    return folder


def other(folder: Path) -> Path:
    return fill(folder / "panoptic.db", "create table t (x)", {})


def ours(folder: Path) -> Path:
    nothing(folder)
    connect(folder / "photos.db", create=True).close()
    return folder / "photos.db"


def registry(folder: Path) -> Path:
    tables = "create table projects (id, name, path, description); create table plugins (name)"
    return fill(folder / "panoptic.db", tables, {"projects": [{"path": "/data/gorgons"}]})


def half(folder: Path) -> Path:
    project_10(folder, {})
    (folder / "media.db").unlink()
    return folder


def cut(folder: Path) -> Path:
    project_07(folder, {"folders": [{"id": number, "path": f"/{number}" * 200} for number in range(1, 300)]})
    data = (folder / "panoptic.db").read_bytes()
    (folder / "panoptic.db").write_bytes(data[: len(data) // 2])
    return folder


def strange(folder: Path) -> Path:
    for name in ("data.db", "media.db", "project.db"):
        fill(folder / name, "create table t (x)", {})
    return folder


FAULTS = {
    "an empty folder": (nothing, "neither `panoptic.db`"),
    "a text": (text, "is not a database"),
    "another database": (other, "none of Panoptic's tables"),
    "a project of ours": (ours, "project of datasette-panoptic already"),
    "the list of projects": (registry, "it lists `/data/gorgons`"),
    "half of a project": (half, "lacks media.db"),
    "half of a file": (cut, "cannot read|is not a database"),
    "a version before 0.7": (lambda folder: project_07(folder, {}, version=6), "once in Panoptic 0.7.6"),
    "a version to come": (lambda folder: project_07(folder, {}, version=8), "version 8 .* not known here"),
    "a later 1.x": (lambda folder: project_10(folder, {}, version=9), "version 9 .* known are 1 and 2"),
    "another data.db": (strange, "none of Panoptic's tables"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_no_project_is_told_by_name(tmp_path, fault):
    make, message = FAULTS[fault]
    with pytest.raises(IngestError, match=message), opened(make(tmp_path / "old")):
        pass
