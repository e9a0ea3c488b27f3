"""Properties filled with what file names say: one change to undo, and nothing that people wrote is lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from datasette_panoptic.cli import panoptic
from datasette_panoptic.domain.changes import Selection, SetValues
from datasette_panoptic.domain.fields import FieldType, Scope
from datasette_panoptic.errors import BadPattern
from datasette_panoptic.store import properties
from datasette_panoptic.store.changesets import apply
from datasette_panoptic.store.file_names import below, fill, preview
from datasette_panoptic.store.undo import redo, undo
from tests.conftest import Project
from tests.corpus import paint
from tests.rows import Folder, Instance, Picture
from tests.rows import fill as fill_rows

ALL = Selection("select id from instances", {})
FOLDERS = [Folder("Album"), Folder("1936-Paris", 0), Folder("1937-Saint-Malo", 0), Folder("loose", 0)]
INSTANCES = [
    Instance(0, 1, "boat 001.jpg"),
    Instance(1, 1, "sea 002.jpg"),
    Instance(0, 2, "boat 3.jpg"),
    Instance(2, 3, "boat.jpg"),
    Instance(1, None),
]


@pytest.fixture
def named(project: Project) -> Project:
    fill_rows(project.conn, FOLDERS, [Picture(bytes=n) for n in (1, 2, 3)], INSTANCES)
    return project


def values(project: Project, name: str) -> dict[int, object]:
    """Return what the instances say of a property that is theirs."""
    rows = project.conn.execute(f'select instance_id, "{name}" from instance_values')
    return {instance: value for instance, value in rows if value is not None}


def test_properties_are_made_and_filled(named: Project) -> None:
    done = fill(named.conn, ALL, "{year}-{place}/{subject} {shot}", actor=None)
    assert (done.matched, done.unmatched, done.unmatched_names) == (3, 1, ("Album/loose/boat.jpg",))
    assert values(named, "year") == {1: 1936, 2: 1936, 3: 1937}
    assert values(named, "place") == {1: "Paris", 2: "Paris", 3: "Saint-Malo"}
    # A zero in front may be a code's: nothing of it is lost.
    assert values(named, "shot") == {1: "001", 2: "002", 3: "3"}
    assert [(row["name"], row["type"], row["scope"]) for row in properties.listed(named.conn)] == [
        ("year", "number", "instance"),
        ("place", "text", "instance"),
        ("subject", "text", "instance"),
        ("shot", "text", "instance"),
    ]


def test_a_preview_says_the_same_and_writes_nothing(named: Project) -> None:
    pattern = "{subject} {shot:number}"
    before = named.conn.total_changes
    seen = preview(named.conn, ALL, pattern)
    assert named.conn.total_changes == before
    assert seen.rows[0] == ("Album/1936-Paris/boat 001.jpg", ("boat", "001"))
    assert [(column.name, column.type, column.is_new, column.filled) for column in seen.columns] == [
        ("subject", "text", True, 3),
        ("shot", "number", True, 3),
    ]
    done = fill(named.conn, ALL, pattern, actor=None)
    assert (seen.columns, seen.rows) == (done.columns, done.rows)
    assert values(named, "shot") == {1: 1, 2: 2, 3: 3}


def test_it_is_one_change_with_its_properties(named: Project) -> None:
    done = fill(named.conn, ALL, "{year}-{place}/{}", actor="ada")
    undo(named.conn, actor="ada")
    assert properties.listed(named.conn) == []
    redo(named.conn, actor="ada")
    assert values(named, "place") == {1: "Paris", 2: "Paris", 3: "Saint-Malo"}
    (tool,) = named.conn.execute("select tool from _panoptic_changesets where id = ?", [done.changeset]).fetchone()
    assert tool == "from-names"


def test_what_people_wrote_stays_unless_asked(named: Project) -> None:
    place = properties.create(named.conn, "Place", "text", "instance")
    apply(named.conn, [SetValues(place, {1: "Montmartre"})], actor="ada", tool="test")
    done = fill(named.conn, ALL, "{year}-{place}/{}", actor=None)
    assert values(named, "Place") == {1: "Montmartre", 2: "Paris", 3: "Saint-Malo"}
    assert (done.columns[1].kept, done.columns[1].filled, done.columns[1].is_new) == (1, 2, False)
    again = fill(named.conn, ALL, "{year}-{place}/{}", actor=None)
    assert again.changeset is None
    fill(named.conn, ALL, "{year}-{place}/{}", overwrite=True, actor=None)
    assert values(named, "Place")[1] == "Paris"


def test_images_with_files_that_disagree_are_left_alone(named: Project) -> None:
    properties.create(named.conn, "year", "number", "image")
    done = fill(named.conn, ALL, "{year}-{}/{}", actor=None)
    assert dict(named.conn.execute("select image_id, year from image_values where year is not null")) == {2: 1936}
    assert (done.columns[0].disagreeing, done.columns[0].filled) == (1, 1)


@pytest.mark.parametrize(
    ("type_", "pattern", "filled", "unfit"),
    [
        ("number", "{said} {}", 0, 3),
        ("number", "{} {said}", 3, 0),
        ("date", "{said}-{}/{}", 3, 0),
        ("checkbox", "{} {said}", 0, 3),
        ("multi_tags", "{said} {}", 3, 0),
        ("tag", "{said} {}", 3, 0),
        ("color", "{said} {}", 0, 3),
    ],
)
def test_values_are_of_the_type_of_the_property(
    named: Project, type_: FieldType, pattern: str, filled: int, unfit: int
) -> None:
    properties.create(named.conn, "said", type_, "instance")
    (column,) = fill(named.conn, ALL, pattern, actor=None).columns
    assert (column.filled, column.unfit_count) == (filled, unfit)


def test_tags_that_are_there_stay(named: Project) -> None:
    properties.create(named.conn, "subject", "multi_tags", "instance")
    fill(named.conn, ALL, "{subject} {}", actor=None)
    (column,) = fill(named.conn, ALL, "{}-{subject}/{}", actor=None).columns
    assert (column.kept, column.filled) == (3, 0)
    fill(named.conn, ALL, "{}-{subject}/{}", overwrite=True, actor=None)
    rows = named.conn.execute("select instance_id, name from instance_tags join tags on tags.id = tag_id")
    assert dict(rows) == {1: "Paris", 2: "Paris", 3: "Saint-Malo"}


SCOPES: tuple[Scope, ...] = ("image", "instance")


@pytest.mark.parametrize("scope", SCOPES)
def test_a_time_code_is_seconds_where_the_property_is_a_number(named: Project, scope: Scope) -> None:
    named.conn.execute("update files set name = 'M_01h_00m_0' || id || 's.jpg'")
    properties.create(named.conn, "time code", "number", scope)
    properties.create(named.conn, "film", "text", scope)
    fill(named.conn, Selection("select 2", {}), "{film}_{h}h_{m}m_{s}s", actor=None)
    (said,) = named.conn.execute(f'select film, "time code" from {scope}_values where film is not null').fetchall()
    assert said == ("M", 3602)


def test_fields_of_the_project_are_not_filled(named: Project) -> None:
    done = fill(named.conn, ALL, "{folder}/{name} {width}", actor=None)
    assert [column.is_known for column in done.columns] == [True, True, True]
    assert done.changeset is None


def test_a_bad_pattern_writes_nothing(named: Project) -> None:
    with pytest.raises(BadPattern):
        fill(named.conn, ALL, "{a}{b}", actor=None)
    assert named.conn.execute("select count(*) from _panoptic_changesets").fetchone() == (0,)


def test_below_folders(named: Project) -> None:
    def instances(*folder_ids: int) -> set[int]:
        selection = below(list(folder_ids))
        return {row[0] for row in named.conn.execute(selection.sql, dict(selection.params))}

    assert instances(1) == {1, 2, 3, 4}
    assert instances(3) == {3}
    assert instances() == set()


def invoke(*args: object, status: int = 0) -> str:
    result = CliRunner().invoke(panoptic, [str(arg) for arg in args])
    assert result.exit_code == status, result.output
    return result.stdout if status == 0 else result.output


def test_the_command_line_previews_fills_and_fills_at_import(tmp_path: Path) -> None:
    pictures, database = tmp_path / "1936-Lyon", tmp_path / "p.db"
    paint(pictures, 2)
    (pictures / "00000.jpg").rename(pictures / "M_00h_01m_02s.jpg")
    refused = invoke("import", database, pictures, "--from-names", "{a}{b}", status=1)
    assert "where `{a}` ends" in refused
    assert not database.exists()
    facts = json.loads(invoke("import", database, pictures, "--from-names", "{film}_{h}h_{m}m_{s}s", "--json"))
    assert (facts["names_matched"], facts["names_unmatched"]) == (1, 1)
    assert facts["unmatched_names"] == ["1936-Lyon/00001.jpg"]
    shown = invoke("from-names", database, "{year}-{city}/{}", "--dry-run")
    assert "1936-Lyon/M_00h_01m_02s.jpg  1936  Lyon" in shown
    assert "2 names match, 0 do not" in shown
    done = json.loads(invoke("from-names", database, "{year}-{city}/{}", "--query", "film=M", "--json"))
    assert (done["matched"], done["changed"]) == (1, 4)
    found = json.loads(invoke("query", database, "year=1936&film=M&Time code=00:01:02", "--json"))
    assert found["count"] == 1
