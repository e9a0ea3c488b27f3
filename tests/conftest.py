"""Fixtures shared by all tests. Each builds its own files; nothing binary is kept in the repository."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from datasette.utils.sqlite import sqlite3
from hypothesis import HealthCheck, settings

from datasette_panoptic.ingest.images.pipeline import ImportOptions, import_folders
from datasette_panoptic.store.connection import checkpoint, connect, connect_read_only

from .corpus import paint

# Two shared cores: a slow moment of the machine is no failure, and CI must find the same examples each time.
settings.register_profile("panoptic", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("panoptic"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "panoptic")


#: Tests that may pass at their second try in one run of CI; more of them means that something is wrong.
MOST_RERUN = 2


def rerun_names(config: pytest.Config) -> list[str]:
    """Return the tests that were tried again, each once."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return sorted({report.nodeid for report in reporter.stats.get("rerun", [])}) if reporter else []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for name in rerun_names(config):
        terminalreporter.write_line(f"tried again: {name}")
    if len(rerun_names(config)) > MOST_RERUN and os.environ.get("CI"):
        terminalreporter.write_line(f"more than {MOST_RERUN} tests were tried again: this run has failed")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if not exitstatus and os.environ.get("CI") and len(rerun_names(session.config)) > MOST_RERUN:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


#: What takes longest, the longest first: it must not be what the cores wait for at the end.
LONG = (
    "test_packaging",
    "test_kills",
    "test_cli",
    "test_damaged_files",
    "test_file_fields",
    "test_access",
    "test_crash",
)


def pytest_configure(config: pytest.Config) -> None:
    # xdist would begin with the files of many tests, which are small ones. Without it there is no such option.
    config.option.loadscopereorder = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the browser and the packages, and what else takes long."""
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    if item.path.parent.name == "browser":
        return 0
    return 1 + LONG.index(item.path.stem) if item.path.stem in LONG else len(LONG) + 1


@dataclass(frozen=True)
class Project:
    """A project file and an open connection to it, in autocommit mode."""

    path: Path
    conn: sqlite3.Connection


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """An empty project, of this test alone."""
    path = tmp_path / "project.db"
    conn = connect(path, create=True)
    yield Project(path, conn)
    conn.close()


@pytest.fixture(scope="session")
def painted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Eight painted pictures in two folders, `00000.jpg` in both: nine instances, imported once, to be read only."""
    folder = tmp_path_factory.mktemp("painted")
    paint(folder / "pictures", 5)
    paint(folder / "pictures" / "more", 3, first=5)
    first = folder / "pictures" / "00000.jpg"
    (folder / "pictures" / "more" / "again.jpg").write_bytes(first.read_bytes())
    path = folder / "painted.db"
    conn = connect(path, create=True)
    import_folders(conn, [folder / "pictures"], options=ImportOptions(workers=1))
    checkpoint(conn)
    conn.close()
    reader = connect_read_only(path)
    yield Project(path, reader)
    reader.close()
