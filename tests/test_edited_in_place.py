"""A file that was edited keeps what was said of its image, where it shows the same picture, and can be taken back."""

from __future__ import annotations

import shutil
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from datasette_panoptic.domain.changes import AddTags, Change, RemoveTags, Selection, SetValue
from datasette_panoptic.errors import Conflict, NotThere
from datasette_panoptic.ingest.images import pipeline
from datasette_panoptic.ingest.images.pipeline import ImportOptions
from datasette_panoptic.store import embeddings, properties, replacements
from datasette_panoptic.store.changesets import apply
from datasette_panoptic.store.connection import connect
from datasette_panoptic.store.history import history
from datasette_panoptic.store.problems import problems
from datasette_panoptic.store.provenance import last_said
from datasette_panoptic.store.undo import redo, undo

from .conftest import Project
from .corpus import paint, picture
from .edits_of_files import OTHER, SAME, comment, orient, save_again
from .imports import run

TOPIC, NOTE, SEEN, KIND, WHERE = 1, 2, 3, 4, 5


def describe(project: Project) -> None:
    for name, type_, scope in (
        ("topic", "multi_tags", "image"),
        ("note", "text", "image"),
        ("seen", "checkbox", "instance"),
        ("kind", "tag", "image"),
        ("where", "tag", "instance"),
    ):
        properties.create(project.conn, name, type_, scope)


def of(name: str) -> Selection:
    sql = "select instances.id as instance_id from instances join files on files.id = file_id where name = :name"
    return Selection(sql, {"name": name})


def say(project: Project, name: str, *changes: Change, actor: str | None = "ada") -> int:
    done = apply(project.conn, changes, of(name), actor=actor, tool="stamp")
    assert done.changeset
    return done.changeset


EVERYTHING: tuple[Change, ...] = (
    AddTags(TOPIC, ("boat", "sea")),
    SetValue(NOTE, "two boats"),
    SetValue(SEEN, 1),
    AddTags(KIND, ("photo",)),
    AddTags(WHERE, ("front",)),
)
SAID = ("front", "photo", "two boats", "boat, sea", 1)


def said(project: Project) -> dict[str, tuple[Any, ...]]:
    """What every file's instances say, by its name."""
    rows = project.conn.execute('select file_name, "where", kind, note, topic, seen from corpus order by instance_id')
    return {name: tuple(values) for name, *values in rows}


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    return tmp_path / "pictures"


def painted(project: Project, folder: Path, suffix: str = ".jpg", count: int = 2) -> list[str]:
    """Paint, import and describe pictures; return their names."""
    paths = paint(folder, count, (240, 180), suffix=suffix)
    describe(project)
    run(project, folder)
    return [path.name for path in paths]


@pytest.mark.parametrize("edit", SAME)
def test_everything_follows_to_the_same_picture(project: Project, pictures: Path, edit: str) -> None:
    suffix, change = SAME[edit]
    name, other = painted(project, pictures, suffix)
    say(project, name, *EVERYTHING)
    change(pictures / name)
    assert run(project, pictures) == {"unchanged": 1, "changed": 1, "carried": 1}
    assert said(project) == {name: SAID, other: (None,) * 5}
    assert problems(project.path) == []
    done = undo(project.conn, actor=None)
    assert done.conflicts == 0
    assert said(project)[name] == ("front", None, None, None, 1)
    assert redo(project.conn, actor=None).conflicts == 0
    assert said(project)[name] == SAID


@pytest.mark.parametrize("edit", OTHER)
def test_nothing_follows_to_another_picture_until_somebody_asks(project: Project, pictures: Path, edit: str) -> None:
    suffix, change = OTHER[edit]
    name, _ = painted(project, pictures, suffix)
    say(project, name, *EVERYTHING)
    change(pictures / name)
    assert run(project, pictures) == {"unchanged": 1, "changed": 1, "replaced": 1}
    assert said(project)[name] == ("front", None, None, None, 1), "what describes the file's place in the corpus stays"
    (entry,) = history(project.conn, limit=1)
    assert (entry.tool, entry.files) == ("import", name)
    (found,) = replacements.listed(project.conn)
    assert (found.path, found.is_said) == (f"pictures/{name}", True)
    replacements.carry_over(project.conn, found.id, actor="bob")
    assert said(project)[name] == SAID
    assert replacements.listed(project.conn) == []
    with pytest.raises(NotThere):
        replacements.carry_over(project.conn, found.id, actor="bob")
    undo(project.conn, actor="bob")
    assert said(project)[name] == ("front", None, None, None, 1)
    assert [each.id for each in replacements.listed(project.conn)] == [found.id]


def test_several_files_are_one_changeset(project: Project, pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "COMMIT_EVENTS", 1)
    names = painted(project, pictures, count=5)
    for name in names[:4]:
        say(project, name, AddTags(TOPIC, (name,)))
    for name in names:
        comment(pictures / name)
    assert run(project, pictures) == {"changed": 5, "carried": 4}
    assert [entry.tool for entry in history(project.conn, limit=2)] == ["import", "stamp"]
    assert {name: row[3] for name, row in said(project).items()} == {**{n: n for n in names[:4]}, names[4]: None}
    undo(project.conn, actor=None)
    assert {row[3] for row in said(project).values()} == {None}


def test_an_image_of_which_nothing_is_known_leaves_nothing(project: Project, pictures: Path) -> None:
    names = painted(project, pictures)
    for name in names:
        comment(pictures / name)
    before = history(project.conn)
    assert run(project, pictures) == {"changed": 2}
    assert history(project.conn) == before
    assert project.conn.execute("select count(*) from images").fetchone() == (2,)
    assert project.conn.execute("select min(id) from images").fetchone() == (3,), "ids are not used twice"


def test_a_copy_keeps_what_it_had(project: Project, pictures: Path) -> None:
    name, _ = painted(project, pictures)
    shutil.copy(pictures / name, pictures / "copy.jpg")
    run(project, pictures)
    first = say(project, name, *EVERYTHING)
    comment(pictures / name)
    run(project, pictures)
    assert said(project)["copy.jpg"][1:4] == SAID[1:4] == said(project)[name][1:4]
    # They are two images from now on.
    say(project, name, RemoveTags(TOPIC, ("sea",)))
    assert said(project)["copy.jpg"][3] == "boat, sea"
    comment(pictures / "copy.jpg", b"the last one")
    run(project, pictures)
    assert said(project)["copy.jpg"][1:4] == SAID[1:4]
    # What was said of both at once is taken back of both.
    undo(project.conn, actor="ada", changeset=first)
    assert said(project)["copy.jpg"][1:4] == (None, None, None)


def test_two_instances_of_one_file(project: Project, pictures: Path) -> None:
    name, _ = painted(project, pictures)
    project.conn.execute(
        "insert into instances (image_id, file_id) select image_id, id from files where name = ?", [name]
    )
    say(project, name, *EVERYTHING)
    apply(project.conn, [SetValue(SEEN, 0)], Selection("select 3 as instance_id", {}), actor=None, tool="stamp")
    orient(pictures / name, 6)
    run(project, pictures)
    rows = project.conn.execute("select instance_id, image_id, note, seen from corpus where file_name = ?", [name])
    assert rows.fetchall() == [(1, 3, "two boats", 1), (3, 3, "two boats", 0)]


def test_where_the_other_image_says_something_else_both_keep_their_own(project: Project, pictures: Path) -> None:
    name, other = painted(project, pictures)
    shutil.copy(pictures / name, pictures / other)
    comment(pictures / other)
    run(project, pictures)
    say(project, name, AddTags(TOPIC, ("boat",)), SetValue(NOTE, "first"), AddTags(KIND, ("photo",)))
    say(project, other, AddTags(TOPIC, ("sea",)), SetValue(NOTE, "second"), AddTags(KIND, ("scan",)))
    shutil.copy(pictures / other, pictures / name)
    run(project, pictures)
    assert said(project)[name][1:4] == ("scan", "second", "boat, sea")
    undo(project.conn, actor=None)
    assert said(project)[other][1:4] == ("scan", "second", "sea")


def test_who_said_it_stays_who_said_it(project: Project, pictures: Path) -> None:
    name, _ = painted(project, pictures)
    changeset = say(project, name, *EVERYTHING, actor="ada")
    comment(pictures / name)
    run(project, pictures)
    (image,) = project.conn.execute("select image_id from files where name = ?", [name]).fetchone()
    assert last_said(project.conn, "image", image)[NOTE].actor == "ada"
    assert changeset in [entry.id for entry in history(project.conn, image_id=image)]
    assert history(project.conn, image_id=image)[0].tool == "import"


def test_answers_marks_and_clusters_follow_and_come_back(project: Project, pictures: Path) -> None:
    name, _ = painted(project, pictures)
    conn = project.conn
    changeset = say(project, name, *EVERYTHING)
    space = embeddings.space(conn, "test", "1", {}, 4)
    embeddings.add(conn, space, [(1, struct.pack("<4f", 1, 0, 0, 0))])
    conn.execute("insert into _panoptic_refusals values (?, '7', 1, 'bob', '2026')", [TOPIC])
    conn.execute("insert into _panoptic_unchecked values (?, 1, 'two boats', 0.9, ?)", [NOTE, changeset])
    conn.execute("insert into _panoptic_unchecked values (?, 1, 1, 0.8, ?)", [SEEN, changeset])
    conn.execute("insert into clusterings (id, name, clusterer, params, query, at) values (1, 'a', 'b', '{}', '', '')")
    conn.execute("insert into clusters (clustering_id, label, best_image_id) values (1, 0, 1)")
    conn.execute("insert into cluster_members values (1, 1, 0, 0.5, 0)")

    def beside() -> dict[str, list[tuple[Any, ...]]]:
        return {
            "refusals": conn.execute("select image_id, value, actor from _panoptic_refusals").fetchall(),
            "marks": conn.execute(
                "select property_id, subject_id, value, probability from _panoptic_unchecked order by 1"
            ).fetchall(),
            "members": conn.execute(
                "select image_id, label, fit from cluster_members "
                "union all select image_id, label, fit from _panoptic_hidden_members"
            ).fetchall(),
            "best": conn.execute("select best_image_id from clusters").fetchall(),
        }

    def of_image(image: int) -> dict[str, list[tuple[Any, ...]]]:
        return {
            "refusals": [(image, "7", "bob")],
            "marks": [(NOTE, image, "two boats", 0.9), (SEEN, 1, 1, 0.8)],
            "members": [(image, 0, 0.5)],
            "best": [(image,)],
        }

    assert beside() == of_image(1)
    comment(pictures / name)
    run(project, pictures)
    assert beside() == of_image(3)
    assert conn.execute("select count(*) from _panoptic_embeddings where image_id = 3").fetchone() == (1,)
    undo(conn, actor=None)
    assert beside() == of_image(1)
    redo(conn, actor=None)
    assert beside() == of_image(3)
    orient(pictures / name, 3)
    run(project, pictures)
    assert beside() == of_image(4)
    vectors = conn.execute("select count(*) from _panoptic_embeddings where image_id = 4").fetchone()
    assert vectors == (0,), "a picture that was turned has another vector"
    assert problems(project.path) == []


def test_an_import_that_changed_nothing_is_not_what_undo_takes_back(project: Project, pictures: Path) -> None:
    name, other = painted(project, pictures)
    say(project, other, AddTags(TOPIC, ("boat",)), actor=None)
    save_again(pictures / name, lambda image: Image.new("RGB", image.size, "red"))
    run(project, pictures)
    undo(project.conn, actor=None)
    assert said(project)[other][3] is None


def test_what_was_never_said_cannot_be_carried_over(project: Project, pictures: Path) -> None:
    name, _ = painted(project, pictures)
    save_again(pictures / name, lambda image: Image.new("RGB", image.size, "red"))
    run(project, pictures)
    (found,) = replacements.listed(project.conn)
    assert (found.old_image_id, found.is_said) == (None, False)
    with pytest.raises(Conflict, match="no annotations to carry over"):
        replacements.carry_over(project.conn, found.id, actor=None)


FILES = ("00000.jpg", "00001.jpg", "00002.jpg")

files, versions = st.sampled_from(FILES), st.integers(0, 2)
sayings = st.sampled_from(
    [
        AddTags(TOPIC, ("boat",)),
        AddTags(TOPIC, ("sea", "sky")),
        RemoveTags(TOPIC, ("boat",)),
        SetValue(NOTE, "one"),
        SetValue(NOTE, None),
        AddTags(KIND, ("photo",)),
        AddTags(KIND, ("scan",)),
        SetValue(SEEN, 1),
        AddTags(WHERE, ("front",)),
    ]
)
steps = st.one_of(
    st.tuples(st.just("say"), files, sayings),
    st.tuples(st.just("edit"), files, versions),
    st.tuples(st.just("import"), st.just(None), st.just(None)),
    st.tuples(st.just("crash"), st.just(None), st.integers(0, 2)),
    st.tuples(st.just("undo"), st.just(None), st.integers(0, 5)),
)


class Crash(BaseException):
    """Nothing catches it, as nothing catches a kill."""


@pytest.fixture(scope="module")
def versions_of(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three versions of each file, those of one file with the same picture."""
    folder = tmp_path_factory.mktemp("versions")
    for number, name in enumerate(FILES):
        picture(number, (96, 64)).save(folder / f"{name}")
        for version in range(3):
            shutil.copy(folder / name, folder / f"{name} {version}")
            comment(folder / name, b"version %d" % version)
    return folder


def dying(after: int) -> Callable[..., Any]:
    """Carry so many times, and be killed in the midst of the next."""
    left = iter(range(after))
    really = replacements.carry

    def carry(*arguments: Any, **named: Any) -> Any:
        done = really(*arguments, **named)
        if next(left, None) is None:
            raise Crash
        return done

    return carry


@settings(deadline=None, max_examples=30)
@given(st.lists(steps, max_size=12))
def test_a_project_whose_files_are_edited_says_what_one_says_whose_files_are_not(
    tmp_path_factory: pytest.TempPathFactory,
    versions_of: Path,
    happenings: list[tuple[str, Any, Any]],
) -> None:
    """Whatever is said, edited, interrupted and taken back, and in which order."""
    home = tmp_path_factory.mktemp("twins")
    projects = []
    for name in ("edited", "alone"):
        (home / name).mkdir()
        for file in FILES:
            shutil.copy(versions_of / f"{file} 0", home / name / file)
        project = Project(home / f"{name}.db", connect(home / f"{name}.db", create=True))
        describe(project)
        run(project, home / name)
        projects.append(project)
    edited, alone = projects
    changesets: list[tuple[int, int]] = []

    def bring_up_to_date() -> None:
        run(edited, home / "edited", options=ImportOptions(workers=1))
        assert said(edited) == said(alone)

    for step, file, what in happenings:
        if step == "edit":
            shutil.copy(versions_of / f"{file} {what}", home / "edited" / file)
        elif step == "import":
            bring_up_to_date()
        elif step == "crash":
            with pytest.MonkeyPatch.context() as patch, suppress(Crash):
                patch.setattr(replacements, "carry", dying(what))
                patch.setattr(pipeline, "COMMIT_EVENTS", 1)
                run(edited, home / "edited")
            bring_up_to_date()
        elif step == "say":
            bring_up_to_date()
            done = [apply(project.conn, [what], of(file), actor="ada", tool="stamp") for project in projects]
            assert done[0].changed == done[1].changed
            if done[0].changeset and done[1].changeset:
                changesets.append((done[0].changeset, done[1].changeset))
        elif changesets:
            bring_up_to_date()
            pair = changesets[what % len(changesets)]
            outcomes = [taken_back(project, changeset) for project, changeset in zip(projects, pair, strict=True)]
            assert outcomes[0] == outcomes[1]
        assert said(edited) == said(alone) or step == "edit"
    bring_up_to_date()
    before = said(edited)
    latest = history(edited.conn, limit=1)[0]
    if latest.tool == "import":
        assert undo(edited.conn, actor=None, changeset=latest.id).conflicts == 0
        assert redo(edited.conn, actor=None).conflicts == 0
        assert said(edited) == before
    assert problems(edited.path) == []
    for project in projects:
        project.conn.close()


def taken_back(project: Project, changeset: int) -> object:
    try:
        done = undo(project.conn, actor="ada", changeset=changeset)
    except Conflict:
        return "conflict"
    return done.changed, done.conflicts
