"""A dry run of bringing a project of Panoptic says of its files what the import then says of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from datasette_panoptic.ingest.panoptic.open import opened
from datasette_panoptic.ingest.panoptic.pipeline import bring, look
from datasette_panoptic.query.old_views import views

from .old_examples import old_07, old_10
from .old_projects import hash_of, instance_07, jpeg, project_07

FIGURES = ("files", "instances", "present", "gone", "complete", "lost", "unreadable")


def figures(project, old):
    """What the dry run says, and what the import says right after it."""
    told = []
    for run in (look, bring):
        with opened(old) as there:
            report = run(project.conn, there, views, workers=1, start=ThreadPoolExecutor)
        told.append({name: getattr(report, name) for name in FIGURES})
    return told


def one_file(tmp_path, data, thumbnail):
    """A project of one file that is in its place, whatever is in it, and of the thumbnail that Panoptic kept of it."""
    (tmp_path / "pics").mkdir()
    (tmp_path / "pics" / "a.jpg").write_bytes(data)
    return project_07(
        tmp_path / "old",
        {
            "folders": [{"id": 1, "path": str(tmp_path / "pics"), "name": "pics"}],
            "instances": [instance_07(1, "a.jpg", 1)],
            "images": [{"sha1": hash_of(1), "small": thumbnail, "medium": b"", "large": b""}] if thumbnail else [],
        },
    )


CASES = {
    "a file that can be read": (jpeg(1), b"", {"present": 1}),
    "no picture, and none kept": (b"no picture", b"", {"lost": 1, "unreadable": 1}),
    "no picture, and one kept": (b"no picture", jpeg(1), {"gone": 1, "unreadable": 1}),
    "no picture, and a kept one that is none either": (b"no picture", b"neither", {"lost": 1, "unreadable": 1}),
    "a picture that is cut off in its head": (jpeg(1)[:20], b"", {"lost": 1, "unreadable": 1}),
    "an empty file": (b"", jpeg(1), {"gone": 1, "unreadable": 1}),
}


@pytest.mark.parametrize("case", CASES)
def test_a_file_is_told_as_it_will_be_found(project, tmp_path, case):
    data, thumbnail, wanted = CASES[case]
    looked, brought = figures(project, one_file(tmp_path, data, thumbnail))
    assert looked == brought
    nothing = {"present": 0, "gone": 0, "complete": 0, "lost": 0, "unreadable": 0}
    assert looked == {"files": 1, "instances": 1, **nothing, **wanted}


@pytest.mark.parametrize("example", [old_07, old_10])
def test_whole_projects_agree_the_second_time_too(project, tmp_path, example):
    old = example(tmp_path)
    looked, brought = figures(project, old)
    assert looked == brought
    again, brought_again = figures(project, old)
    assert again == brought_again
    assert (again["complete"], again["present"]) == (0, looked["present"])


def test_a_file_that_went_bad_after_an_import_is_told_alike(project, tmp_path):
    old = one_file(tmp_path, jpeg(1), b"")
    figures(project, old)
    (tmp_path / "pics" / "a.jpg").write_bytes(b"no picture any more")
    looked, brought = figures(project, old)
    assert looked == brought
    assert (looked["unreadable"], looked["lost"]) == (1, 0)
