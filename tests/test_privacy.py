"""The list of who may see each column: that it is whole, and what follows from it for a table."""

from __future__ import annotations

import pytest

from datasette_panoptic.store import privacy
from datasette_panoptic.store.privacy import TABLES, VIEWS

from .conftest import Project


def columns_of(project: Project, table: str) -> set[str]:
    return {row[1] for row in project.conn.execute(f"pragma table_info({table})")}


def test_every_column_of_every_table_has_one_word(project: Project) -> None:
    rows = project.conn.execute("select type, name from sqlite_master where type in ('table', 'view')").fetchall()
    tables = {name for type_, name in rows if type_ == "table" and not name.startswith("sqlite_")}
    assert tables == set(TABLES), "say in `store/privacy.py` who may see each of its columns"
    assert {name for type_, name in rows if type_ == "view"} == set(VIEWS)
    for table, ours in TABLES.items():
        assert sorted(ours.named) == sorted(columns_of(project, table)), f"`{table}` in `store/privacy.py`"


def test_a_column_that_is_not_in_the_list_is_private_and_a_property_is_public() -> None:
    assert TABLES["folders"].word("of_newer_code") == "private"
    assert TABLES["image_values"].word("my property") == "public"
    newer = privacy.columns("_panoptic_of_newer_code")
    assert newer is not None
    assert newer.word("anything") == "private"


@pytest.mark.parametrize(
    ("table", "is_ours", "is_closed", "is_private", "has_private"),
    [
        ("folders", True, False, False, True),
        ("FOLDERS", True, False, False, True),
        ("images", True, False, False, False),
        ("image_values", True, False, False, False),
        ("_panoptic_thumbnails", True, True, False, False),
        ("_panoptic_changesets", True, True, False, True),
        ("_panoptic_jobs", True, True, True, True),
        ("_panoptic_of_newer_code", True, True, True, True),
        ("corpus", True, False, False, False),
        ("somebodys_own", False, False, False, False),
    ],
)
def test_what_a_table_is(table: str, is_ours: bool, is_closed: bool, is_private: bool, has_private: bool) -> None:
    found = (
        privacy.is_ours(table), privacy.is_closed(table), privacy.is_private(table), privacy.has_private(table)
    )  # fmt: skip
    assert found == (is_ours, is_closed, is_private, has_private)
