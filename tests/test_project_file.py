"""The promise that one file is the project, and that anything that reads SQLite reads it."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from datasette.app import Datasette
from PIL import Image

from datasette_panoptic.store.connection import connect_read_only

from .annotated import annotate
from .conftest import Project


@pytest.fixture
def annotated(project: Project) -> Project:
    annotate(project.conn)
    return project


def test_a_copy_of_the_file_is_a_copy_of_the_project(painted: Project, tmp_path: Path) -> None:
    """With every picture in it, and nothing left in a log beside it."""
    copy = tmp_path / "copy.db"
    shutil.copyfile(painted.path, copy)
    conn = connect_read_only(copy)
    assert conn.execute("select count(*), count(distinct image_id) from corpus").fetchone() == (9, 8)
    pictures = conn.execute("select mime, data from _panoptic_thumbnails").fetchall()
    assert len(pictures) == 8
    for mime, data in pictures:
        with Image.open(io.BytesIO(data)) as picture:
            picture.load()
            assert Image.MIME[picture.format] == mime
    conn.close()


def test_plain_sqlite_reads_everything(annotated: Project) -> None:
    """In a process that never heard of us: Python's own sqlite3, no extension, no function of ours."""
    read = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]);"
        "print(*[c.execute(f'select count(*) from {t}').fetchone()[0] for t in ('corpus', 'annotations', 'images')],"
        "c.execute('pragma integrity_check').fetchone()[0])"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", read, annotated.path], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["3", "6", "2", "ok"]


def test_plain_datasette_shows_sensible_tables(annotated: Project) -> None:
    """A Datasette that loads no plugin lists what a researcher should see and hides the machinery."""
    done = subprocess.run(
        [sys.executable, "-m", "datasette", str(annotated.path), "--get", "/project.json"],
        env={"DATASETTE_LOAD_PLUGINS": "", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    listed = {table["name"]: table["hidden"] for table in json.loads(done.stdout)["tables"]}
    assert {name for name, hidden in listed.items() if not hidden} == set(VISIBLE)
    assert all(name.startswith("_") for name, hidden in listed.items() if hidden)


VISIBLE = [
    *("folders", "images", "files", "instances", "property_groups", "properties", "tags", "tag_parents"),
    *("image_values", "instance_values", "image_tags", "instance_tags", "saved_views", "embedding_spaces"),
    *("clusterings", "clusters", "cluster_members", "image_metadata", "keywords", "image_keywords"),
]


@pytest.mark.asyncio
async def test_datasette_pages_of_every_table_and_view_answer(annotated: Project) -> None:
    datasette = Datasette([str(annotated.path)])
    for name in [*VISIBLE, "corpus", "annotations"]:
        response = await datasette.client.get(f"/project/{name}.json?_shape=array&_size=max")
        assert response.status_code == 200, name
        (count,) = annotated.conn.execute(f"select count(*) from {name}").fetchone()
        assert len(response.json()) == count, name
