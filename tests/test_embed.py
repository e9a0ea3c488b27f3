"""Embedding a project: every image gets its vector once, whatever plugins, pictures and people do meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import Future

import numpy as np
import pytest
from datasette.utils.sqlite import sqlite3

from datasette_panoptic.errors import Conflict, NotThere, PanopticError
from datasette_panoptic.jobs import embed as embedding
from datasette_panoptic.jobs import embedders
from datasette_panoptic.jobs.calibration import NOUNS
from datasette_panoptic.jobs.claim import claimed
from datasette_panoptic.jobs.embed import EmbedReport, embed
from datasette_panoptic.jobs.embed_batches import BatchSystem, Local
from datasette_panoptic.store import embeddings, jobs, spaces
from datasette_panoptic.store.connection import connect, transaction
from datasette_panoptic.store.similarity import scale_of
from panoptic_ml import registry
from tests.ml.trial import RED, SLOWLY, Trial, install
from tests.pictured import add_picture, colors, encoded, fill_pictures


@pytest.fixture
def trial(monkeypatch: pytest.MonkeyPatch) -> type[Trial]:
    """The embedder `trial` is installed, and nothing else."""
    found = registry.Registry()
    found.add("embedder", Trial, "test")
    monkeypatch.setattr(registry, "installed", lambda: found)
    monkeypatch.setattr(Trial, "seen", [])
    return Trial


def run(conn: sqlite3.Connection, at_red: str = "nothing", **more: object) -> EmbedReport:
    return embed(conn, embedders.make("trial", {"at_red": at_red}), batch=4, **more)  # type: ignore[arg-type]


def embedded(conn: sqlite3.Connection) -> list[int]:
    return [row[0] for row in conn.execute("select image_id from _panoptic_embeddings order by image_id")]


def version(conn: sqlite3.Connection, space: int) -> int:
    return int(conn.execute("select version from _panoptic_space_states where space_id = ?", [space]).fetchone()[0])


def test_every_image_gets_its_vector_and_later_ones_get_theirs(project, trial):
    shown = colors(10)
    fill_pictures(project.conn, shown)
    report = run(project.conn)
    assert (report.embedded, report.failed, report.missing) == (10, 0, 0)
    stored = project.conn.execute("select vector from _panoptic_embeddings order by image_id").fetchall()
    found = np.frombuffer(b"".join(row[0] for row in stored), "<f4").reshape(10, 4)
    wanted = np.array([[*color, 9] for color in shown], np.float32)
    assert np.allclose(found, wanted / np.linalg.norm(wanted, axis=1, keepdims=True), atol=1e-6)
    space = spaces.find(project.conn, "trial")
    assert (space.id, space.images, space.missing, space.reads_texts) == (report.space, 10, 0, True)

    before = version(project.conn, report.space)
    assert run(project.conn).embedded == 0
    assert version(project.conn, report.space) == before
    add_picture(project.conn, (1, 2, 3))
    assert (spaces.find(project.conn, "trial").missing, run(project.conn).embedded) == (1, 1)
    assert version(project.conn, report.space) > before


def test_other_settings_and_other_revisions_are_other_spaces(project, trial, monkeypatch):
    fill_pictures(project.conn, colors(3))
    first = run(project.conn)
    other = run(project.conn, "raise")
    monkeypatch.setattr(Trial, "revision", "2")
    newer = run(project.conn)
    assert len({first.space, other.space, newer.space}) == 3
    assert [report.embedded for report in (first, other, newer)] == [3, 3, 3]
    with pytest.raises(PanopticError, match="revision 1 of `trial`, and revision 2 is installed"):
        embedders.of_space(spaces.find(project.conn, str(first.space)))
    assert embedders.of_space(spaces.find(project.conn, str(newer.space))).params == {"at_red": "nothing"}


@pytest.mark.parametrize("at_red", ["raise", "nan", "shape", "zero"])
def test_an_image_at_which_the_plugin_fails_is_listed_and_the_others_get_theirs(project, trial, at_red):
    shown = colors(10)
    shown[4] = RED
    fill_pictures(project.conn, shown)
    failed = []
    report = run(project.conn, at_red, failed=lambda image, said: failed.append((image, said)))
    assert (report.embedded, report.failed, report.missing) == (9, 1, 1)
    assert 5 not in embedded(project.conn)
    assert [image for image, _ in failed] == [5]
    assert failed[0][1].startswith("embedder `trial` of `test`: r")
    assert report.errors == [{"image_id": 5, "message": failed[0][1]}]
    assert sum(trial.seen) == 10 + 4  # the batch with the red picture twice, the second time one by one
    assert run(project.conn).embedded == 10  # in a space of other settings


def test_a_plugin_that_always_fails_ends_the_job_with_its_own_words(project, trial, monkeypatch):
    monkeypatch.setattr(embedding, "MOST_FAILURES", 6)
    fill_pictures(project.conn, [*colors(5), *[RED] * 20])
    with pytest.raises(PanopticError, match=r"red is not to be borne \(at [67] images in a row"):
        run(project.conn, "raise")
    assert embedded(project.conn) == [1, 2, 3, 4, 5]


def test_a_plugin_that_fails_from_the_first_image_leaves_no_empty_space(project, trial, monkeypatch):
    monkeypatch.setattr(embedding, "MOST_FAILURES", 6)
    fill_pictures(project.conn, [RED] * 20)
    with pytest.raises(PanopticError, match="red is not to be borne"):
        run(project.conn, "raise")
    assert project.conn.execute("select count(*) from embedding_spaces").fetchone() == (0,)


def test_pictures_that_are_not_there_or_broken_are_no_fault_of_the_plugin(project, trial):
    fill_pictures(project.conn, colors(4))
    project.conn.execute("delete from _panoptic_thumbnails where image_id = 2")
    project.conn.execute("update _panoptic_thumbnails set data = x'00' where image_id = 3")
    report = run(project.conn)
    assert embedded(project.conn) == [1, 4]
    assert [error["image_id"] for error in report.errors] == [2, 3]
    assert "no picture of this image is stored" in report.errors[0]["message"]
    assert "cannot be decoded" in report.errors[1]["message"]


def test_the_larger_picture_is_taken_where_there_are_two(project, trial):
    fill_pictures(project.conn, colors(1))
    project.conn.execute("insert into _panoptic_previews values (1, 'image/png', ?)", [encoded((0, 0, 40))])
    run(project.conn)
    data = project.conn.execute("select vector from _panoptic_embeddings").fetchone()[0]
    assert np.allclose(np.frombuffer(data, "<f4") * np.hypot(40, 9), [0, 0, 40, 9], atol=1e-4)


def test_images_that_are_imported_or_deleted_meanwhile(project, trial):
    fill_pictures(project.conn, colors(6))
    other = connect(project.path)

    def submit(self, pictures) -> Future:
        if not trial.seen:
            add_picture(other, (5, 5, 5))
            for table in ("instances", "_panoptic_thumbnails"):
                other.execute(f"delete from {table} where image_id = 1")
            other.execute("delete from images where id = 1")
        answer = Local.submit(self, pictures)
        answer.result()
        return answer

    report = run(project.conn, executor=type("Watched", (Local,), {"submit": submit}))
    other.close()
    assert embedded(project.conn) == [2, 3, 4, 5, 6, 7]
    assert (report.embedded, report.failed, report.missing) == (6, 0, 0)


def test_a_run_that_is_cancelled_keeps_what_it_has_and_the_next_does_the_rest(project, trial):
    fill_pictures(project.conn, colors(12))
    done = []
    report = run(project.conn, progress=lambda now: done.append(now.done), cancelled=lambda: done[-1] >= 4)
    assert (report.embedded, report.missing) == (4, 8)
    assert embedded(project.conn) == [1, 2, 3, 4]
    assert scale_of(project.conn, report.space) is None
    assert (run(project.conn).embedded, embedded(project.conn)) == (8, list(range(1, 13)))


def test_two_runs_on_one_space_compute_nothing_twice(project, trial, monkeypatch):
    monkeypatch.setenv(SLOWLY, "0.02")
    fill_pictures(project.conn, colors(20))
    reports = []

    def in_a_thread() -> None:
        conn = connect(project.path)
        reports.append(run(conn))
        conn.close()

    threads = [threading.Thread(target=in_a_thread) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(report.embedded for report in reports) == [0, 20]
    assert sum(trial.seen) == 20


def test_whoever_waits_for_a_claim_can_give_up(tmp_path):
    name = str(tmp_path)
    with claimed(name, lambda: False) as ours:
        assert ours
        with claimed(name, lambda: True) as also:
            assert not also
        with claimed(f"{name}!", lambda: True) as other:
            assert other


def test_a_space_that_texts_can_be_compared_with_is_calibrated(project, trial, monkeypatch):
    fill_pictures(project.conn, colors(30))
    with monkeypatch.context() as refusing:
        refusing.setattr(Trial, "embed_texts", lambda self, texts: 1 / 0)
        report = run(project.conn)
    assert (report.embedded, scale_of(project.conn, report.space)) == (30, None)
    assert "scores of texts stay cosines: embedder `trial`" in report.notices[0]["text"]
    assert (run(project.conn).embedded, run(project.conn).notices) == (0, [])
    scale = scale_of(project.conn, report.space)
    assert scale is not None
    texts = embedders.make("trial", {}).embed_texts(NOUNS)
    cosines = texts @ embeddings.sample(project.conn, report.space, 99).T
    assert (scale.low, scale.high) == pytest.approx((np.median(cosines), cosines.max()), abs=1e-5)


KILLED = """
import sys
from datasette_panoptic.jobs.__main__ import main
main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
"""


def test_a_job_that_is_killed_is_taken_up_where_it_was(project, trial, monkeypatch, tmp_path):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([install(tmp_path / "site"), os.environ.get("PYTHONPATH", "")]))
    fill_pictures(project.conn, colors(200))
    params = {"embedder": "trial", "params": {"at_red": "nothing"}}
    job_id = jobs.create(project.conn, "embed", params, None)
    jobs.start(project.conn, job_id)
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(project.path), str(job_id), str(os.getpid())],
        env={**os.environ, SLOWLY: "0.05"},
    )
    end = time.monotonic() + 60
    while len(embedded(project.conn)) < 64:
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = len(embedded(project.conn))
    assert 64 <= kept < 200
    assert project.conn.execute("pragma integrity_check").fetchone()[0] == "ok"
    report = run(project.conn)
    assert (report.embedded, report.missing) == (200 - kept, 0)
    assert project.conn.execute("pragma foreign_key_check").fetchall() == []


def test_what_is_no_unit_vector_is_refused_and_nothing_is_written(project):
    fill_pictures(project.conn, colors(2))
    space = embeddings.space(project.conn, "x", "1", {}, 2)
    good = np.array([0.6, 0.8], "<f4").tobytes()
    for wrong in ([np.nan, 1], [0, 0], [3, 4], [1], [1, 0, 0]):
        bad = np.array(wrong, "<f4").tobytes()
        with pytest.raises(ValueError, match="the vector of image 2"), transaction(project.conn):
            embeddings.add(project.conn, space, [(1, good), (2, bad)])
    assert embedded(project.conn) == []
    with transaction(project.conn):
        assert embeddings.add(project.conn, space, [(1, good), (9, good)]) == 1  # there is no image 9
        assert embeddings.add(project.conn, space, [(1, good), (2, good)]) == 1


def test_a_space_that_is_deleted_leaves_nothing_and_gives_its_number_to_no_other(project, trial):
    fill_pictures(project.conn, colors(3))
    report = run(project.conn)
    with transaction(project.conn):
        assert embeddings.delete_space(project.conn, report.space) == 3
    assert spaces.listed(project.conn) == []
    assert run(project.conn).space == report.space + 1
    with pytest.raises(NotThere), transaction(project.conn):
        embeddings.delete_space(project.conn, report.space)
    project.conn.execute(
        "insert into clusterings (name, clusterer, space_id, params, query, at) values ('a', 'b', ?, '{}', '', '')",
        [report.space + 1],
    )
    with pytest.raises(Conflict, match="clusterings use it"), transaction(project.conn):
        embeddings.delete_space(project.conn, report.space + 1)
    assert len(embedded(project.conn)) == 3


def test_a_sample_comes_from_all_over_a_space(project, trial):
    fill_pictures(project.conn, colors(11))
    space = run(project.conn).space
    assert [len(embeddings.sample(project.conn, space, most)) for most in (100, 11, 5, 1)] == [11, 11, 4, 1]


@pytest.mark.filterwarnings("ignore")  # of a cluster's own making
def test_a_cluster_of_two_processes_computes_what_one_does(project):
    distributed = pytest.importorskip("distributed")
    fill_pictures(project.conn, [*colors(9), (0, 0, 0)])
    project.conn.execute("update _panoptic_thumbnails set data = x'00' where image_id = 4")
    made = embedders.make("colors", {})

    def stored(space: int) -> list[tuple[int, bytes]]:
        return project.conn.execute(
            "select image_id, vector from _panoptic_embeddings where space_id = ? order by image_id", [space]
        ).fetchall()

    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as cluster:
        there = embed(project.conn, made, batch=3, executor=lambda made: BatchSystem(cluster.scheduler_address, made))
    assert [error["image_id"] for error in there.errors] == [4]
    found = stored(there.space)
    with transaction(project.conn):
        embeddings.delete_space(project.conn, there.space)
    assert found == stored(embed(project.conn, made, batch=5).space) != []


def test_a_cluster_that_is_not_there_is_said_to_be_so(project, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("datasette_panoptic.jobs.embed_batches.REACH", 0.3)
    with pytest.raises(PanopticError, match="cannot reach a Dask scheduler at"):
        BatchSystem("tcp://127.0.0.1:9", embedders.make("colors", {}))
