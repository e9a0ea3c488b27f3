"""A small project to run actions on, for the tests of actions: each has a copy of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from datasette_panoptic.ingest.images.pipeline import ImportOptions, import_folders
from datasette_panoptic.store.connection import checkpoint, connect

from .conftest import Project
from .corpus import paint


@pytest.fixture(scope="module")
def imported(tmp_path_factory) -> Path:
    """Six images; the first has two instances. To be copied."""
    folder = tmp_path_factory.mktemp("action")
    first, *_ = paint(folder / "pictures", 6)
    (folder / "pictures" / "again.jpg").write_bytes(first.read_bytes())
    conn = connect(folder / "imported.db", create=True)
    import_folders(conn, [folder / "pictures"], options=ImportOptions(workers=1))
    checkpoint(conn)
    conn.close()
    return folder / "imported.db"


@pytest.fixture
def pictures(imported, tmp_path) -> Iterator[Project]:
    path = tmp_path / "pictures.db"
    shutil.copy(imported, path)
    conn = connect(path)
    yield Project(path, conn)
    conn.close()
