"""Importing folders again after something happened to them."""

from __future__ import annotations

import hashlib
import io
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from datasette_panoptic.ingest.images.pipeline import ImportOptions
from tests.conftest import Project
from tests.corpus import flat, paint
from tests.imports import rows, run, version
from tests.zoo import RED, encoded


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Three pictures in a folder and two in one below."""
    paint(tmp_path / "pictures", 3)
    paint(tmp_path / "pictures" / "more", 2, first=3)
    return tmp_path / "pictures"


def replace(pictures: Path) -> None:
    (pictures / "00000.jpg").write_bytes(encoded(flat(RED), "JPEG"))


def touch(pictures: Path) -> None:
    os.utime(pictures / "00000.jpg", ns=(1, 1))


def copy(pictures: Path) -> None:
    shutil.copy(pictures / "00000.jpg", pictures / "more" / "copy.jpg")


def rename(pictures: Path) -> None:
    (pictures / "00000.jpg").rename(pictures / "renamed.jpg")


def rename_folder(pictures: Path) -> None:
    (pictures / "more").rename(pictures / "less")


def swap(pictures: Path) -> None:
    (pictures / "00000.jpg").rename(pictures / "0")
    (pictures / "00001.jpg").rename(pictures / "00000.jpg")
    (pictures / "0").rename(pictures / "00001.jpg")


def remove(pictures: Path) -> None:
    (pictures / "00000.jpg").unlink()


def remove_folder(pictures: Path) -> None:
    shutil.rmtree(pictures / "more")


def spoil(pictures: Path) -> None:
    (pictures / "00000.jpg").write_text("no image any more")


def replace_by_link(pictures: Path) -> None:
    (pictures / "00000.jpg").unlink()
    (pictures / "00000.jpg").symlink_to("nowhere.jpg")


HAPPENINGS: dict[Callable[[Path], None], dict[str, int]] = {
    replace: {"unchanged": 4, "changed": 1, "replaced": 1},
    touch: {"unchanged": 5},
    copy: {"unchanged": 5, "added": 1},
    rename: {"unchanged": 4, "moved": 1},
    rename_folder: {"unchanged": 3, "moved": 2},
    swap: {"unchanged": 3, "changed": 2, "replaced": 2},
    remove: {"unchanged": 4, "missing": 1},
    remove_folder: {"unchanged": 3, "missing": 2},
    spoil: {"unchanged": 4, "rejected": 1},
    replace_by_link: {"unchanged": 4, "rejected": 1, "missing": 1},
}


@pytest.mark.parametrize("happening", HAPPENINGS, ids=lambda happening: happening.__name__)
def test_notices(project: Project, pictures: Path, happening: Callable[[Path], None]) -> None:
    run(project, pictures)
    instances = {id_ for *_, id_, _ in rows(project.conn)}
    happening(pictures)
    expected = HAPPENINGS[happening]
    assert run(project, pictures) == expected
    assert {id_ for *_, id_, _ in rows(project.conn)} >= instances, "an instance was lost"
    again = run(project, pictures)
    steady = {key: expected.get(key, 0) for key in ("missing", "rejected")}
    there = sum(expected.values()) - sum(steady.values()) - expected.get("replaced", 0)
    assert again == {key: count for key, count in {**steady, "unchanged": there}.items() if count}


def test_a_changed_file_moves_its_instance_to_the_new_image(project: Project, pictures: Path) -> None:
    run(project, pictures)
    replace(pictures)
    run(project, pictures)
    assert rows(project.conn)[2] == ("pictures", "00000.jpg", 6, 1, False)
    assert project.conn.execute("select count(*) from images").fetchone()[0] == 5, "nothing was said of the old image"


def test_a_moved_file_keeps_row_and_instance(project: Project, pictures: Path) -> None:
    run(project, pictures)
    (pictures / "new").mkdir()
    (pictures / "00001.jpg").rename(pictures / "new" / "here.jpg")
    assert run(project, pictures) == {"unchanged": 4, "moved": 1}
    assert ("new", "here.jpg", 2, 2, False) in rows(project.conn)


def test_a_folder_moved_as_a_whole(project: Project, pictures: Path, tmp_path: Path) -> None:
    run(project, pictures)
    pictures.rename(tmp_path / "elsewhere")
    assert run(project, tmp_path / "elsewhere") == {"moved": 5}


def test_a_copy_is_no_move_while_the_first_is_there(project: Project, pictures: Path, tmp_path: Path) -> None:
    run(project, pictures)
    shutil.copytree(pictures, tmp_path / "copy")
    assert run(project, tmp_path / "copy") == {"added": 5}
    assert project.conn.execute("select count(*) from images").fetchone()[0] == 5


def test_missing_files_come_back(project: Project, pictures: Path) -> None:
    run(project, pictures)
    (pictures / "more").rename(pictures.parent / "away")
    assert run(project, pictures) == {"unchanged": 3, "missing": 2}
    assert [missing for *_, missing in rows(project.conn)] == [True, True, False, False, False]
    (pictures.parent / "away").rename(pictures / "more")
    assert run(project, pictures) == {"unchanged": 5}
    assert not any(missing for *_, missing in rows(project.conn))


def test_without_recursion_only_the_folder_is_judged(project: Project, pictures: Path) -> None:
    run(project, pictures)
    remove(pictures)
    remove_folder(pictures)
    assert run(project, pictures, options=ImportOptions(recurse=False)) == {"unchanged": 2, "missing": 1}
    assert run(project, pictures) == {"unchanged": 2, "missing": 3}


def test_what_cannot_be_read_is_not_missing(project: Project, pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(project, pictures)
    really = os.scandir

    def denied(path: bytes) -> object:
        if path.endswith(b"more"):
            raise PermissionError(13, "Permission denied")
        return really(path)

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", denied)
        assert run(project, pictures) == {"unchanged": 3, "rejected": 1}
        assert run(project, pictures) == {"unchanged": 3, "rejected": 1}
    assert run(project, pictures) == {"unchanged": 5}
    assert not project.conn.execute("select * from _panoptic_rejects").fetchall()


def test_a_reject_is_not_read_again_until_it_changes(project: Project, pictures: Path) -> None:
    bad = pictures / "bad.jpg"
    bad.write_text("no image")
    run(project, pictures)
    at = project.conn.execute("select id, reason from _panoptic_rejects").fetchall()
    assert run(project, pictures) == {"unchanged": 5, "rejected": 1}
    assert project.conn.execute("select id, reason from _panoptic_rejects").fetchall() == at
    bad.write_bytes(encoded(flat(RED), "JPEG"))
    assert run(project, pictures) == {"unchanged": 5, "added": 1}
    assert not project.conn.execute("select * from _panoptic_rejects").fetchall()


def test_a_reject_that_may_pass_is_tried_each_time(
    project: Project, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A permission is not part of what makes a file the same; the row is only written when something changed."""
    really = os.open

    def denied(path: bytes | str, *arguments: int, **options: int) -> int:
        if os.fsencode(path).endswith(b"00001.jpg"):
            raise PermissionError(13, "Permission denied")
        return really(path, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", denied)
        assert run(project, pictures) == {"added": 4, "rejected": 1}
        before = version(project)
        assert run(project, pictures) == {"unchanged": 4, "rejected": 1}
        assert version(project) == before
    assert run(project, pictures) == {"unchanged": 4, "added": 1}


def test_a_reject_that_is_gone_is_forgotten(project: Project, pictures: Path) -> None:
    (pictures / "bad.jpg").write_text("no image")
    run(project, pictures)
    (pictures / "bad.jpg").unlink()
    assert run(project, pictures) == {"unchanged": 5}
    assert not project.conn.execute("select * from _panoptic_rejects").fetchall()


def test_a_spoilt_file_keeps_its_image_and_heals(project: Project, pictures: Path) -> None:
    run(project, pictures)
    status, content = (pictures / "00000.jpg").stat(), (pictures / "00000.jpg").read_bytes()
    spoil(pictures)
    assert run(project, pictures) == {"unchanged": 4, "rejected": 1}
    (pictures / "00000.jpg").write_bytes(content)
    os.utime(pictures / "00000.jpg", ns=(status.st_atime_ns, status.st_mtime_ns))
    assert run(project, pictures) == {"unchanged": 5}
    assert not project.conn.execute("select * from _panoptic_rejects").fetchall()


def test_random_histories_end_as_a_clean_import(project: Project, tmp_path: Path) -> None:
    """Whatever happened between imports, the files that are there are in the project, once, with the right image."""
    moves = random.Random(7)
    folder = tmp_path / "pictures"
    paint(folder, 6)
    for _ in range(12):
        for _ in range(moves.randrange(4)):
            there = sorted(path for path in folder.rglob("*.jpg"))
            path = moves.choice(there)
            target = folder / moves.choice(["", "a", "b", "a/c"]) / f"{moves.randrange(8)}.jpg"
            target.parent.mkdir(parents=True, exist_ok=True)
            match moves.randrange(4):
                case 0:
                    path.rename(target)
                case 1:
                    shutil.copy(path, target)
                case 2:
                    out = io.BytesIO()
                    Image.new("RGB", (9, 9), (moves.randrange(9) * 20, 0, 0)).save(out, "JPEG")
                    target.write_bytes(out.getvalue())
                case 3 if len(there) > 2:
                    path.unlink()
        instances = project.conn.execute("select id from instances").fetchall()
        run(project, folder)
        here = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.jpg")}
        known = {
            (f"{path}/" if path else "") + name: (sha1, count)
            for path, name, sha1, count in project.conn.execute(
                """
                select path, files.name, sha1, (select count(*) from instances where file_id = files.id)
                from files join folders on folders.id = folder_id join images on images.id = image_id
                where missing_since is null
                """
            )
        }
        assert known == {name: (hashlib.sha1(data).hexdigest(), 1) for name, data in here.items()}
        assert set(project.conn.execute("select id from instances").fetchall()) >= set(instances)
        assert project.conn.execute("pragma foreign_key_check").fetchall() == []
