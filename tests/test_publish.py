"""The copy for publication: what it leaves out, and that it can be served from where nothing can be written."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.changes import AddTags, Selection, SetValue
from datasette_panoptic.errors import ProjectError
from datasette_panoptic.query.publishable import publishable
from datasette_panoptic.store import properties, saved_views
from datasette_panoptic.store.changesets import apply
from datasette_panoptic.store.paths import without_paths
from datasette_panoptic.store.publish import publish
from tests.serving import fetch, fill_sample, running, serving

BASE = "/public/-/panoptic"
SECRET = b"/pictures/"
ORIGINAL = b"\xff\xd8 an original that takes its room " * 1000


@pytest.fixture
def sample(project):
    fill_sample(project.conn)
    conn = project.conn
    conn.execute("insert into _panoptic_originals values (1, 'image/jpeg', ?)", [ORIGINAL])
    conn.execute("insert into _panoptic_settings values ('private_note', 'in /pictures/1 at home')")
    conn.execute(
        """insert into _panoptic_jobs (kind, params, state, created_at, message)
           values ('import', '{"folders": ["/pictures/1"]}', 'done', '2026-01-01', '/pictures/1/1968')"""
    )
    conn.execute("insert into _panoptic_job_errors (job_id, message) values (1, '/pictures/1/x.jpg')")
    conn.execute(
        """insert into _panoptic_rejects (folder_id, name, reason, at) values
           (2, 'x.jpg', 'cannot read `/pictures/1/1968/x.jpg`: cut short', '2026-01-01'),
           (2, 'y.jpg', 'no such file: /pictures/elsewhere/y.jpg', '2026-01-01')"""
    )
    return project


@pytest.mark.parametrize("keep", [False, True])
def test_the_copy_keeps_the_corpus_and_nothing_private(sample, tmp_path, keep):
    out = tmp_path / "public.db"
    report = publish(sample.path, out, publishable, keep_originals=keep)
    assert (report["images"], report["instances"]) == (3, 5)
    assert (report["originals_kept"], report["originals_removed"]) == ((1, 0) if keep else (0, 1))
    assert report["bytes"] == out.stat().st_size
    data = out.read_bytes()
    assert SECRET not in data
    assert (ORIGINAL[:30] in data) == keep
    assert data[18:20] == b"\1\1"  # read and write version: rollback journal, not WAL
    conn = sqlite3.connect(out)
    count = {name: conn.execute(f"select count(*) from {name}").fetchone()[0] for name in (
        "images", "instances", "files", "folders", "_panoptic_thumbnails", "_panoptic_rejects", "_panoptic_jobs",
        "_panoptic_job_errors",
    )}  # fmt: skip
    assert count == {
        "images": 3, "instances": 5, "files": 4, "folders": 3, "_panoptic_thumbnails": 3, "_panoptic_rejects": 0,
        "_panoptic_jobs": 0, "_panoptic_job_errors": 0,
    }  # fmt: skip
    assert conn.execute("pragma integrity_check").fetchone()[0] == "ok"
    assert conn.execute("select key from _panoptic_settings").fetchall() == [("corpus_version",), ("published",)]
    assert conn.execute("select count(*) from sqlite_stat1").fetchone()[0] > 0
    conn.close()


def test_what_was_searched_for_stays_at_home_but_for_saved_views(sample, tmp_path):
    conn = sample.conn
    weights = '{"pretrained": "/home/ada/models/clip.pt", "size": 3}'
    conn.execute(
        """insert into embedding_spaces (id, embedder, revision, params, dimension, metric, modalities)
           values (1, 'clip', '1', ?, 2, 'cosine', '["image", "text"]')""",
        [weights],
    )
    for text in ("a boat", "my neighbour", "red, white"):
        conn.execute("insert into _panoptic_query_vectors values (1, 'text', ?, x'0000803f00000000', '')", [text])
    saved = "_similar=text%3Aa+boat%2C-text%3Ared%7E2C+white&_sort_desc=similarity"
    conn.execute("insert into saved_views (name, query, actor) values ('Boats', ?, 'ada')", [saved])
    conn.execute("insert into _panoptic_plugin_defaults values ('ada', 'clusterer', 'kmeans', '{}', 1)")
    conn.execute("insert into _panoptic_settings values ('derived_version', 7)")
    out = tmp_path / "public.db"
    publish(sample.path, out, publishable)
    copy = sqlite3.connect(out)
    assert copy.execute("select key from _panoptic_query_vectors order by key").fetchall() == [
        ("a boat",), ("red, white",),
    ]  # fmt: skip
    assert copy.execute("select actor from saved_views").fetchall() == [(None,)]
    assert copy.execute("select count(*) from _panoptic_plugin_defaults").fetchone() == (0,)
    assert json.loads(copy.execute("select params from embedding_spaces").fetchone()[0]) == {
        "pretrained": "clip.pt", "size": 3,
    }  # fmt: skip
    assert copy.execute("select value from _panoptic_settings where key = 'derived_version'").fetchone() == (7,)
    copy.close()
    assert b"ada" not in out.read_bytes().replace(b"metadata", b"")


def test_the_project_itself_is_left_as_it_is(sample, tmp_path):
    before = list(sample.conn.iterdump())
    publish(sample.path, tmp_path / "public.db", publishable)
    assert list(sample.conn.iterdump()) == before


def test_nothing_is_overwritten_and_nothing_is_left_behind(sample, tmp_path):
    out = tmp_path / "elsewhere" / "public.db"
    out.parent.mkdir()
    out.write_bytes(b"precious")
    with pytest.raises(ProjectError, match="already exists"):
        publish(sample.path, out, publishable)
    assert out.read_bytes() == b"precious"
    (out.parent / "plain.db").touch()
    with pytest.raises(ProjectError, match="not a panoptic project"):
        publish(out.parent / "plain.db", out.parent / "new.db", publishable)
    with pytest.raises(ProjectError, match="cannot write"):
        publish(sample.path, out.parent / "no such directory" / "new.db", publishable)
    assert sorted(os.listdir(out.parent)) == ["plain.db", "public.db"]


def test_a_copy_that_fails_half_way_leaves_nothing(sample, tmp_path, monkeypatch):
    def fail(*_, **__):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("datasette_panoptic.store.publish._finish", fail)
    with pytest.raises(ProjectError, match="disk is full"):
        publish(sample.path, tmp_path / "public.db", publishable)
    assert [name for name in os.listdir(tmp_path) if "public" in name] == []


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("cut short", "cut short"),
        ("cannot read /home/me/a.jpg", "cannot read …"),
        ("cannot read '/home/me/my pictures/a.jpg': no", "cannot read '…': no"),
        ("at C:\\Users\\me\\a.jpg", "at …"),
        ("at \\\\server\\share\\a.jpg", "at …"),
        ("1200/900 pixels, and/or more", "1200/900 pixels, and/or more"),
        ("/data/x/a.jpg is not there", "x/a.jpg is not there"),
    ],
)
def test_absolute_paths_go_out_of_messages(reason, said):
    assert without_paths(reason, [("/data/x", "x")]) == said


@pytest.mark.asyncio
async def test_the_copy_shows_no_control_and_takes_no_write(sample, tmp_path):
    out = tmp_path / "public.db"
    publish(sample.path, out, publishable)
    async with serving(out, immutable=True) as datasette:
        page = await datasette.client.get(BASE, actor={"id": "root"})
        image = (await datasette.client.get(f"{BASE}/image/1.json", actor={"id": "root"})).json()
        assert page.status_code == 200
        assert 'class="upload"' not in page.text
        assert image["original_state"] == "missing"
        for path in ("import", "upload", "jobs/1/cancel"):
            response = await datasette.client.post(f"{BASE}/{path}", actor={"id": "root"})
            assert response.status_code == 403
        everything = (await datasette.client.get(f"{BASE}/image/1", actor={"id": "root"})).text
        assert SECRET.decode() not in everything


def test_it_is_served_from_a_directory_that_cannot_be_written(sample, tmp_path):
    folder = tmp_path / "public"
    folder.mkdir()
    out = folder / "public.db"
    publish(sample.path, out, publishable)
    out.chmod(0o400)
    folder.chmod(0o500)
    try:
        with running("-i", out) as address:
            base = f"{address}{BASE}"
            status, body = fetch(base)
            assert (status, body.count(b'<a class="card"')) == (200, 5)
            assert fetch(f"{base}/image/1")[0] == 200
            thumb = json.loads(fetch(f"{base}.json")[1])["cards"][0]["thumb_url"]
            assert fetch(f"{address}{thumb}")[0] == 200
            assert fetch(f"{base}/import", "POST")[0] == 403
    finally:
        folder.chmod(0o700)
    assert os.listdir(folder) == ["public.db"]


def test_plain_datasette_without_the_plugin_opens_the_copy_and_the_project(sample, tmp_path):
    out = tmp_path / "public.db"
    publish(sample.path, out, publishable)
    code = f"""
import asyncio, sys
from datasette.app import Datasette
from datasette.plugins import pm
for name, plugin in pm.list_name_plugin():
    if name == "panoptic":
        pm.unregister(plugin)
async def main():
    datasette = Datasette([{str(sample.path)!r}, {str(out)!r}])
    assert not any(plugin["name"] == "datasette-panoptic" and plugin["hooks"]
                   for plugin in (await datasette.client.get("/-/plugins.json")).json())
    for database in ("project", "public"):
        page = await datasette.client.get("/" + database)
        assert page.status_code == 200, page.text
        for table in ("images", "instances", "corpus", "annotations", "folders"):
            response = await datasette.client.get(f"/{{database}}/{{table}}.json?_shape=array")
            assert response.status_code == 200, response.text
        assert f'href="/{{database}}/images"' in page.text
        assert f'href="/{{database}}/_panoptic_thumbnails"' not in page.text
    await datasette.invoke_shutdown()
asyncio.run(main())
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, cwd=tmp_path)


@pytest.mark.parametrize(
    ("query", "is_public"),
    [
        ("Topic=boat", True),
        ("Topic=ferry", False),
        ("Topic__isblank=1", True),  # names no tag
        ("Author__contains=zebra", True),  # any text, which need not be the value of anything
        ("Topic__any=boat,ferry", False),
        ("Author__startswith=An", True),
        ("Author=Anna", True),
        ("Author=An", False),
        ("name__startswith=a", True),
    ],
)
def test_a_saved_view_is_public_if_it_names_only_what_the_copy_has(sample, tmp_path, query, is_public):
    conn = sample.conn
    topic = properties.create(conn, "Topic", "tag", "image", actor=None)
    author = properties.create(conn, "Author", "text", "image", actor=None)
    apply(conn, [AddTags(topic, ("boat",))], Selection("select 1 as instance_id", {}), actor=None, tool="set", query="")
    apply(conn, [SetValue(author, "Anna")], Selection("select 1 as instance_id", {}), actor=None, tool="set", query="")
    saved_views.create(conn, "view", query, {}, actor=None)
    publish(sample.path, tmp_path / "public.db", publishable)
    copy = sqlite3.connect(tmp_path / "public.db")
    assert copy.execute("select query from saved_views").fetchall() == [(query,)] * is_public
    copy.close()
