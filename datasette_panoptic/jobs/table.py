"""The job that imports a table which somebody sent to the page."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.corpus import Progress
from datasette_panoptic.errors import IngestError, OptionError
from datasette_panoptic.ingest.tables.form import from_pairs
from datasette_panoptic.ingest.tables.pipeline import ImportStopped
from datasette_panoptic.ingest.tables.preview import import_form
from datasette_panoptic.store.connection import connect
from datasette_panoptic.store.place import path_of

from .monitor import Monitor

#: Bad cells and unmatched rows that the job keeps: the page of its form lists them all.
KEPT = 100


def run_table(conn: sqlite3.Connection, params: dict[str, Any], monitor: Monitor) -> dict[str, object]:
    """Import a table as the form said; return the report, or nothing where it was stopped."""

    def progress(rows: int) -> None:
        monitor.progress(Progress(rows, None, 0.0, params["name"]))
        if monitor.cancelled():
            raise ImportStopped("the import was cancelled; nothing was written")

    # A connection apart: while it reads the table, the job's own says how far it is.
    with closing(connect(path_of(conn))) as writer:
        form = from_pairs(map(tuple, params["form"]))  # JSON keeps pairs as lists
        try:
            report = import_form(
                writer, Path(params["file"]), params["name"], form, actor=params["actor"], progress=progress
            )
        except ImportStopped:
            return {}
        except OptionError as error:  # whoever reads this has a form, and no options
            raise IngestError(error.said) from error
    return report.as_dict(listed=KEPT)
