"""What imports pass over: folders of systems, what is hidden, and what patterns exclude."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from datasette_panoptic.cli import panoptic
from datasette_panoptic.domain.changes import Selection, SetValue
from datasette_panoptic.domain.passing import Passing, Rules, checked
from datasette_panoptic.errors import IngestError
from datasette_panoptic.ingest.images.pipeline import ImportOptions
from datasette_panoptic.store import properties
from datasette_panoptic.store.changesets import apply
from datasette_panoptic.store.removal import remove
from datasette_panoptic.store.undo import undo
from tests.conftest import Project
from tests.corpus import paint
from tests.imports import run, version

SYSTEM = [
    "@eaDir", "@EADIR", "#recycle", "$RECYCLE.BIN", "System Volume Information", "__MACOSX", ".Trash-1000", ".Trashes",
    ".thumbnails", ".@__thumb", "Catalog Previews.lrdata", "@Recycle", "lost+found", ".dtrash",
]  # fmt: skip


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Two pictures, one in `raw`, one in `2020/raw`, one in `2020/.cache`."""
    folder = tmp_path / "pictures"
    paint(folder, 2)
    for number, below in enumerate(("raw", "2020/raw", "2020/.cache"), 2):
        paint(folder / below, 1, first=number)
    return folder


def shown(project: Project) -> list[str]:
    rows = project.conn.execute(
        "select ltrim(folders.path || '/' || files.name, '/') from instances join files on files.id = file_id "
        "join folders on folders.id = folder_id order by 1"
    )
    return [name for (name,) in rows]


def excluding(*patterns: str, include_hidden: bool | None = None) -> ImportOptions:
    return ImportOptions(exclude=patterns, include_hidden=include_hidden)


@pytest.mark.parametrize("name", SYSTEM)
@pytest.mark.parametrize("includes_hidden", [False, True])
def test_folders_of_systems_are_passed_over_whatever_is_asked(name: str, includes_hidden: bool) -> None:
    passing = Passing(Rules(includes_hidden=includes_hidden))
    assert passing.reason(name.encode(), b"", is_folder=True) == "hidden"


@pytest.mark.parametrize("name", ["recycle", "eaDir", "System", "lrdata", "Trash", "lost"])
def test_names_that_only_look_like_theirs_are_not(name: str) -> None:
    assert Passing(Rules()).reason(name.encode(), b"", is_folder=True) is None


def test_files_beside_files_of_macos_are_never_pictures() -> None:
    assert Passing(Rules(includes_hidden=True)).reason(b"._a.jpg", b"", is_folder=False) == "hidden"
    assert Passing(Rules(includes_hidden=True)).reason(b".a.jpg", b"", is_folder=False) is None
    assert Passing(Rules()).reason(b".a.jpg", b"", is_folder=False) == "hidden"


@pytest.mark.parametrize(
    ("pattern", "path", "is_excluded"),
    [
        ("raw", "raw", True),
        ("raw", "2020/RAW", True),
        ("raw", "raw.jpg", False),
        ("*.tif", "a/b/C.TIF", True),
        ("*.tif", "a/b/c.tiff", False),
        ("/raw", "raw", True),
        ("/raw", "2020/raw", False),
        ("2020/raw", "2020/raw", True),
        ("2020/raw", "a/2020/raw", False),
        ("2020/*.jpg", "2020/a.jpg", True),
        ("2020/*.jpg", "2020/b/a.jpg", False),
        ("**/raw/*.jpg", "raw/a.jpg", True),
        ("**/raw/*.jpg", "a/b/raw/c.jpg", True),
        ("2020/**", "2020/a/b.jpg", True),
        ("2020/**/b.jpg", "2020/b.jpg", True),
        ("img?.jpg", "img1.jpg", True),
        ("img[0-9].jpg", "img7.jpg", True),
        ("img[!0-9].jpg", "img7.jpg", False),
        ("img[.jpg", "img[.jpg", True),
        ("caf\u00e9", "cafe\u0301", True),
        ("a.jpg/", "a.jpg", False),
    ],
)
def test_a_pattern_excludes(pattern: str, path: str, is_excluded: bool) -> None:
    inside, _, name = path.rpartition("/")
    passing = Passing(Rules(checked([pattern])))
    found = passing.reason(name.encode(), inside.encode(), is_folder=False)
    assert (found == "excluded") is is_excluded


def test_a_pattern_that_ends_with_a_slash_is_about_folders() -> None:
    passing = Passing(Rules(("raw/",)))
    assert passing.reason(b"raw", b"a", is_folder=True) == "excluded"
    assert passing.reason(b"raw", b"a", is_folder=False) is None


@given(st.lists(st.text("ab", min_size=1, max_size=2), min_size=1, max_size=4), st.data())
def test_a_path_is_excluded_by_itself_with_names_replaced(names: list[str], data: st.DataObject) -> None:
    pattern = [data.draw(st.sampled_from([name, "*", "?" * len(name), "**"])) for name in names]
    passing = Passing(Rules(("/" + "/".join(pattern),)))
    *inside, name = names
    assert passing.reason(name.encode(), "/".join(inside).encode(), is_folder=True) == "excluded"


@pytest.mark.parametrize("pattern", ["", "/", " ", "x" * 501])
def test_a_pattern_that_says_nothing_is_refused_before_anything_is_written(
    project: Project, pictures: Path, pattern: str
) -> None:
    with pytest.raises(IngestError, match=r"pattern|excludes nothing"):
        run(project, pictures, options=excluding(pattern))
    assert project.conn.execute("select count(*) from folders").fetchone() == (0,)


def test_what_is_passed_over_is_counted_and_remembered(project: Project, pictures: Path) -> None:
    assert run(project, pictures, options=excluding("raw")) == {"added": 2, "hidden": 1, "excluded": 2}
    paint(pictures / "2020", 1, first=8)
    assert run(project, pictures) == {"added": 1, "unchanged": 2, "hidden": 1, "excluded": 2}
    assert run(project, pictures, options=excluding(include_hidden=True)) == {"added": 3, "unchanged": 3}
    assert run(project, pictures) == {"unchanged": 6}


def test_what_is_excluded_later_leaves_with_all_that_was_said_and_comes_back(project: Project, pictures: Path) -> None:
    run(project, pictures)
    note = properties.create(project.conn, "note", "text", "instance")
    everything = Selection("select id as instance_id, image_id from instances", {})
    apply(project.conn, [SetValue(note, "kept")], everything, actor=None, tool="test")
    everywhere = shown(project)
    assert run(project, pictures, options=excluding("2020/raw/*")) == {
        "unchanged": 3, "hidden": 1, "excluded": 1, "left": 1
    }  # fmt: skip
    assert [name for name in everywhere if name not in shown(project)] == ["2020/raw/00003.jpg"]
    before = version(project)
    assert run(project, pictures) == {"unchanged": 3, "hidden": 1, "excluded": 1}
    assert version(project) == before
    assert run(project, pictures, options=excluding())["restored"] == 1
    assert shown(project) == everywhere
    assert project.conn.execute("select count(note) from instance_values").fetchone() == (4,)


def test_whoever_undoes_it_keeps_the_pictures(project: Project, pictures: Path) -> None:
    run(project, pictures)
    everywhere = shown(project)
    run(project, pictures, options=excluding("raw"))
    undo(project.conn, actor=None)
    assert shown(project) == everywhere
    assert "left" not in run(project, pictures)
    assert shown(project) == everywhere


def test_what_somebody_removed_stays_removed_when_no_rule_excludes_it(project: Project, pictures: Path) -> None:
    run(project, pictures)
    chosen = "select instance_id from corpus where file_name like '00002%'"
    remove(project.conn, Selection(chosen, {}), actor=None)
    run(project, pictures, options=excluding("raw"))
    assert run(project, pictures, options=excluding()) == {"unchanged": 3, "removed": 1, "restored": 1, "hidden": 1}


def test_a_hidden_folder_that_is_named_is_imported(project: Project, pictures: Path) -> None:
    assert run(project, pictures / "2020" / ".cache") == {"added": 1}


def test_a_source_that_is_taken_in_passes_its_patterns_on(project: Project, pictures: Path) -> None:
    run(project, pictures / "2020", options=excluding("raw/*", "*.tmp"))
    assert run(project, pictures) == {"added": 3, "hidden": 1, "excluded": 1}
    rows = project.conn.execute("select excluded from _panoptic_sources").fetchall()
    assert [json.loads(row) for (row,) in rows] == [["2020/raw/*", "*.tmp"]]


def test_what_could_not_be_imported_is_no_longer_listed(project: Project, pictures: Path) -> None:
    (pictures / "raw" / "bad.jpg").write_text("no image")
    (pictures / "bad.jpg").write_text("no image")
    assert run(project, pictures)["rejected"] == 2
    assert "rejected" not in run(project, pictures, options=excluding("raw", "bad.*"))
    assert project.conn.execute("select count(*) from _panoptic_rejects").fetchone() == (0,)


def test_a_name_that_is_no_text_is_excluded_as_it_is_shown(project: Project, pictures: Path) -> None:
    odd = os.fsencode(pictures) + b"/caf\xe9.jpg"
    try:
        shutil.copy(os.fsencode(pictures / "00000.jpg"), odd)
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    assert run(project, pictures, options=excluding("caf*", "raw"))["excluded"] == 3


def test_the_command_says_what_it_passed_over(tmp_path: Path, pictures: Path) -> None:
    path, runner = str(tmp_path / "p.db"), CliRunner()
    done = runner.invoke(panoptic, ["import", path, str(pictures), "--exclude", "raw", "--exclude", "00001*"])
    assert "passed over: 1 hidden, 3 excluded" in done.stderr
    again = json.loads(runner.invoke(panoptic, ["import", path, str(pictures), "--no-exclude", "--json"]).stdout)
    assert (again["added"], again["excluded"], again["patterns"]) == (3, 0, [])
    both = runner.invoke(panoptic, ["import", path, str(pictures), "--exclude", "raw", "--no-exclude"])
    assert (both.exit_code, "contradict" in both.stderr) == (2, True)
