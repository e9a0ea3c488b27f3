"""Running imports in tests, and looking at what they left."""

from __future__ import annotations

from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.corpus import ImportReport
from datasette_panoptic.ingest.images.pipeline import ImportOptions, import_folders

from .conftest import Project


def threads(workers: int) -> Executor:
    """An executor without the half second that a process takes to start; what it runs is the same."""
    return ThreadPoolExecutor(1)


def run(project: Project, *folders: Path, options: ImportOptions | None = None) -> dict[str, int]:
    """Import and return what happened, zeros left out."""
    report = import_folders(project.conn, folders, options=options or ImportOptions(), start=threads)
    return happened(report)


def happened(report: ImportReport) -> dict[str, int]:
    return {
        key: int(value)
        for key, value in report.as_dict().items()
        if value and key not in ("seconds", "instances", "images", "replaced_files", "patterns")
    }


def rows(conn: sqlite3.Connection) -> list[tuple[str, str, int, int, bool]]:
    """Folder, name, image, instance, and whether it is missing, of every file."""
    found: list[tuple[str, str, int, int, bool]] = conn.execute(
        """
        select case folders.path when '' then folders.name else folders.path end, files.name, files.image_id,
          instances.id, missing_since is not null
        from files join folders on folders.id = folder_id left join instances on instances.file_id = files.id
        order by 1, 2
        """
    ).fetchall()
    return found


def version(project: Project) -> int:
    found: int = project.conn.execute("select value from _panoptic_settings where key = 'corpus_version'").fetchone()[0]
    return found
