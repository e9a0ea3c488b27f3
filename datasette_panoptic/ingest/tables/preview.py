"""What an import of a table would do, for a page: how the file is read, what its columns become, what is wrong.

It can run in a process of its own: what goes in and comes out are plain values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.descriptions import SUFFIX
from datasette_panoptic.domain.fields import Field
from datasette_panoptic.errors import IngestError, OptionError, PanopticError, WrongEncoding
from datasette_panoptic.store.connection import reading

from . import form as table_form
from .encoding import Encoding
from .form import FormColumn, TableForm, opened, options_of
from .pipeline import carry_out, describe, known_properties
from .plan import Plan, make_plan
from .read import Table
from .report import LISTED, TableReport
from .staging import Progress

#: Rows that are shown as they are read.
SAMPLE = 20

#: Bytes of a file among which a zero tells that it is no text.
SNIFFED = 65_536

#: An encoding in which all bytes are characters.
ANY_BYTES = "latin-1"


@dataclass(frozen=True)
class Preview:
    """A table and what becomes of it. `problem` is what stands in the way; there is no report then."""

    table: Table
    columns: Sequence[FormColumn]
    key: tuple[int, str]
    known: Sequence[Field]
    plan: Plan | None = None
    report: TableReport | None = None
    problem: str | None = None


def preview(project: str, file: Path, name: str, form: TableForm, listed: int = LISTED) -> Preview:
    """Look at all of a table; write nothing. Raises PanopticError for what is no table at all."""
    with reading(project) as conn:
        known = known_properties(conn)
        wrong = None
        try:
            table = opened(form, file, name)
        except WrongEncoding as error:
            with file.open("rb") as given:
                if b"\0" in given.read(SNIFFED):
                    raise IngestError(reason(error)) from error  # no text at all
            # Shown all the same, so that another encoding can be chosen.
            table = opened(replace(form, encoding=ANY_BYTES), file, name)
            table, wrong = replace(table, encoding=Encoding(form.encoding or "utf-8")), error
        seen = Preview(table, table_form.columns(form, table), table_form.key(form, table), list(known.values()))
        if wrong:
            return replace(seen, problem=reason(wrong))
        try:
            plan, report = _carried_out(conn, table, form, None, sample=SAMPLE, listed=listed, dry_run=True)
        except PanopticError as error:
            return replace(seen, problem=reason(error))
        return replace(seen, plan=plan, report=report)


def import_form(
    conn: sqlite3.Connection, file: Path, name: str, form: TableForm, *, actor: str | None, progress: Progress
) -> TableReport:
    """Import a table as a form says. Raises PanopticError."""
    table = opened(form, file, name)
    return _carried_out(conn, table, form, actor, progress=progress)[1]


def _carried_out(
    conn: sqlite3.Connection,
    table: Table,
    form: TableForm,
    actor: str | None,
    *,
    progress: Progress | None = None,
    sample: int = 0,
    listed: int = LISTED,
    dry_run: bool = False,
) -> tuple[Plan, TableReport]:
    known = known_properties(conn)
    options = options_of(form, table, known)
    plan = make_plan(table, known, describe(table, {}, beside=table.path.with_name(table.path.name + SUFFIX)), options)
    report = carry_out(
        conn, table, plan, options, actor=actor, dry_run=dry_run, progress=progress, sample=sample, listed=listed
    )
    return plan, report


def reason(error: PanopticError) -> str:
    """Return what is wrong, without what would help on the command line."""
    return error.said if isinstance(error, OptionError) else str(error)
