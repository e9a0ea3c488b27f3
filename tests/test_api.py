"""Starting imports over HTTP: what is taken, what is refused, and that nothing leads out of where it may."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from time import monotonic

import pytest

from datasette_panoptic.errors import NotThere
from datasette_panoptic.jobs.scratch import Scratch
from datasette_panoptic.web import uploads as limits
from datasette_panoptic.web.http.server import server_of
from datasette_panoptic.web.uploads import Uploads, safe_name
from tests.serving import GRANTS, IMPORTER, OWNER, fill_sample, serving

BASE = "/project/-/panoptic"


@pytest.fixture
def root(tmp_path) -> Path:
    root = tmp_path / "root"
    (root / "summer" / "beach").mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    (root / "way out").symlink_to(tmp_path / "outside", target_is_directory=True)
    (root / "way in").symlink_to(root / "summer", target_is_directory=True)
    (root / "file.txt").write_text("no directory")
    return root


def configured(root: Path, **more) -> dict:
    return {"permissions": GRANTS, "plugins": {"datasette-panoptic": {"import_roots": [str(root)], **more}}}


def params_of(project, job_id: int) -> dict:
    row = project.conn.execute("select params from _panoptic_jobs where id = ?", [job_id]).fetchone()
    return json.loads(row[0])


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("folder", "found"),
    [("", ""), ("summer", "summer"), ("summer/beach", "summer/beach"), ("summer/..", ""), ("way in", "summer")],
)
async def test_an_import_of_a_folder_below_a_root_is_put_in_line(project, root, folder, found):
    async with serving(project.path, config=configured(root)) as datasette:
        response = await datasette.client.post(
            f"{BASE}/import", json={"root": 0, "folder": folder, "recurse": False}, actor=IMPORTER
        )
        assert response.status_code == 202
        job = response.json()["job"]
        assert (job["state"], job["actor"], job["kind"]) == ("waiting", "imogen", "import")
        shown = (await datasette.client.get(f"{BASE}/jobs/{job['id']}.json", actor=IMPORTER)).json()
        assert shown["id"] == job["id"]
    assert params_of(project, job["id"]) == {
        "folders": [str((root / found).resolve())], "recurse": False, "store_originals": False
    }  # fmt: skip


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("fields", "rules"),
    [
        ({"exclude": ["raw", "*.tmp"], "include_hidden": True}, {"exclude": ["raw", "*.tmp"], "include_hidden": True}),
        (
            {"exclude": "raw\r\n\r\n*.tmp\n", "include_hidden": "0"},
            {"exclude": ["raw", "*.tmp"], "include_hidden": False},
        ),
        ({"exclude": [], "include_hidden": None}, {"exclude": []}),
        ({"exclude": "", "include_hidden": ""}, {}),
        ({"exclude": "", "no_exclude": "1"}, {"exclude": []}),
    ],
)
async def test_what_is_passed_over_goes_with_the_job(project, root, fields, rules):
    async with serving(project.path, config=configured(root)) as datasette:
        response = await datasette.client.post(f"{BASE}/import", json={"root": 0, **fields}, actor=IMPORTER)
        job = response.json()["job"]["id"]
    params = params_of(project, job)
    assert {key: params[key] for key in params if key in ("exclude", "include_hidden")} == rules


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"root": 0, "exclude": ["/"]}, "excludes nothing"),
        ({"root": 0, "exclude": [1]}, "takes a text"),
        ({"root": 0, "folder": ".."}, "outside of its root"),
        ({"root": 0, "folder": "summer/../../outside"}, "outside of its root"),
        ({"root": 0, "folder": "/etc"}, "outside of its root"),
        ({"root": 0, "folder": "way out"}, "outside of its root"),
        ({"root": 0, "folder": "absent"}, "no directory"),
        ({"root": 0, "folder": "nul\0"}, "takes a text"),
        ({"root": 0, "folder": "file.txt"}, "is no directory"),
        ({"root": 1, "folder": ""}, "`root`"),
        ({"root": -1, "folder": ""}, "`root`"),
        ({"root": "x", "folder": ""}, "`root`"),
        ({"root": 0, "path": "/etc"}, "unknown field `path`"),
        (["root"], "JSON object"),
    ],
)
async def test_an_import_of_anything_else_is_refused(project, root, fields, said):
    async with serving(project.path, config=configured(root)) as datasette:
        response = await datasette.client.post(f"{BASE}/import", json=fields, actor=IMPORTER)
    assert response.status_code == 400
    assert said in response.json()["error"]
    assert project.conn.execute("select count(*) from _panoptic_jobs").fetchone()[0] == 0


@pytest.mark.asyncio
async def test_without_roots_the_answer_says_how_to_have_some(project):
    async with serving(project.path, config={"permissions": GRANTS}) as datasette:
        response = await datasette.client.post(f"{BASE}/import", data={"root": "0", "folder": ""}, actor=IMPORTER)
    assert response.status_code == 400
    assert "import_roots" in response.json()["error"]


@pytest.mark.asyncio
async def test_a_plain_form_is_led_to_the_jobs(project, root):
    async with serving(project.path, config=configured(root)) as datasette:
        page = (await datasette.client.get(f"{BASE}/jobs", actor=IMPORTER)).text
        assert '<option value="summer">' in page
        assert "way out" not in page
        browser = {"accept": "text/html,application/xhtml+xml", "sec-fetch-site": "same-origin"}
        response = await datasette.client.post(
            f"{BASE}/import", data={"root": "0", "folder": "summer"}, actor=IMPORTER, headers=browser
        )
        assert (response.status_code, response.headers["location"]) == (303, f"{BASE}/jobs")
        page = (await datasette.client.get(f"{BASE}/jobs", actor=IMPORTER)).text
        assert 'data-job="1"' in page
        assert f'action="{BASE}/jobs/1/cancel"' in page
        refused = await datasette.client.post(f"{BASE}/import", data={"root": "7"}, actor=IMPORTER, headers=browser)
        assert refused.status_code == 400
        assert refused.headers["content-type"].startswith("text/html")


@pytest.mark.asyncio
async def test_a_page_of_another_site_starts_nothing(project, root):
    async with serving(project.path, config=configured(root)) as datasette:
        response = await datasette.client.post(
            f"{BASE}/import", data={"root": "0"}, actor=IMPORTER, headers={"sec-fetch-site": "cross-site"}
        )
    assert response.status_code == 403
    assert project.conn.execute("select count(*) from _panoptic_jobs").fetchone()[0] == 0


def batch(*names: str, content: bytes = b"bytes") -> list:
    return [("files", (name, content, "image/jpeg")) for name in names]


@pytest.mark.asyncio
async def test_an_upload_comes_in_batches(project):
    async with serving(project.path, config={"permissions": GRANTS}) as datasette:

        async def send(files, **fields):
            return (await datasette.client.post(f"{BASE}/upload", files=files, data=fields, actor=IMPORTER)).json()

        first = await send(batch("a.jpg", "b.jpg"))
        assert (first["files"], first["bytes"]) == (2, 10)
        second = await send(batch("a.jpg", "../../../etc/passwd"), upload=first["upload"])
        assert (second["upload"], second["files"]) == (first["upload"], 4)
        job = (await send(batch("c.jpg"), upload=first["upload"], start="1"))["job"]
        params = params_of(project, job["id"])
        spool = Path(params["folders"][0])
        (folder,) = spool.iterdir()
        assert sorted(path.name for path in folder.iterdir()) == ["a (2).jpg", "a.jpg", "b.jpg", "c.jpg", "passwd"]
        assert (params["source"], params["store_originals"]) == ("Uploads", True)
        again = await datasette.client.post(
            f"{BASE}/upload", files=batch("d.jpg"), data={"upload": first["upload"]}, actor=IMPORTER
        )
        assert again.status_code == 404  # what is imported is closed
    assert not spool.exists()  # the server takes what nobody imported with it


@pytest.mark.asyncio
async def test_an_upload_is_its_owner_s(project):
    async with serving(project.path, config={"permissions": GRANTS}) as datasette:
        begun = (await datasette.client.post(f"{BASE}/upload", files=batch("a.jpg"), actor=IMPORTER)).json()
        stolen = await datasette.client.post(
            f"{BASE}/upload", files=batch("b.jpg"), data={"upload": begun["upload"], "start": "1"}, actor=OWNER
        )
        assert stolen.status_code == 404
    assert project.conn.execute("select count(*) from _panoptic_jobs").fetchone()[0] == 0


def sender(datasette, address: str = "/upload", actor=IMPORTER):
    async def send(files=None, **fields):
        return await datasette.client.post(f"{BASE}{address}", files=files, data=fields, actor=actor)

    return send


@pytest.mark.asyncio
async def test_uploads_have_limits(project, monkeypatch):
    async with serving(project.path, config={"permissions": GRANTS}) as datasette:
        send, uploads = sender(datasette), server_of(datasette).uploads
        monkeypatch.setattr(limits, "MOST_FILES", 2)
        too_many = await send(batch("a.jpg", "b.jpg", "c.jpg"))
        assert (too_many.status_code, "2 files" in too_many.json()["error"]) == (413, True)
        monkeypatch.setattr(limits, "LARGEST_UPLOAD", 7)
        assert (await send(batch("a.jpg", "b.jpg"))).status_code == 413
        assert not uploads._open  # of an upload that failed at once nobody knows: nothing is left of it


@pytest.mark.asyncio
async def test_abandoned_uploads_lock_nobody_out(project, monkeypatch):
    async with serving(project.path, config={"permissions": GRANTS}) as datasette:
        send, uploads = sender(datasette), server_of(datasette).uploads
        tokens = [(await send(batch("a.jpg"))).json()["upload"] for _ in range(limits.MOST_OPEN)]
        spools = [upload.spool for upload in uploads._open.values()]
        full = await send(batch("b.jpg"))
        assert (full.status_code, "finish or discard one" in full.json()["error"]) == (413, True)
        assert (await sender(datasette, actor=OWNER)(batch("b.jpg"))).status_code == 200  # the limit is of a person
        assert (await send(batch("b.jpg"), upload=tokens[0])).status_code == 200  # the first goes on
        monkeypatch.setattr(limits, "IDLE", 0.0)
        assert (await send(batch("b.jpg"))).status_code == 200
        assert [spool.exists() for spool in spools] == [True, False, True, True]  # the stalest has made room
        assert (await send(batch("b.jpg"), upload=tokens[1])).status_code == 404


@pytest.mark.asyncio
async def test_an_upload_is_discarded_by_its_owner(project):
    async with serving(project.path, config={"permissions": GRANTS}) as datasette:
        send, discard = sender(datasette), sender(datasette, "/upload/discard")
        token = (await send(batch("a.jpg"))).json()["upload"]
        (upload,) = server_of(datasette).uploads._open.values()
        assert (await sender(datasette, "/upload/discard", OWNER)(upload=token)).status_code == 404
        assert upload.folder.exists()
        assert (await discard(upload=token)).json() == {"ok": True}
        assert not upload.spool.exists()
        assert (await discard(upload=token)).status_code == 404
        assert (await send(batch("b.jpg"), upload=token)).status_code == 404


@pytest.mark.asyncio
async def test_an_upload_expires_by_itself(project, monkeypatch):
    monkeypatch.setattr(limits, "PATIENCE", 0.2)
    async with serving(project.path, config={"permissions": GRANTS}) as datasette:
        token = (await sender(datasette)(batch("a.jpg"))).json()["upload"]
        (upload,) = server_of(datasette).uploads._open.values()
        await asyncio.sleep(0.1)
        assert (await sender(datasette)(batch("b.jpg"), upload=token)).status_code == 200
        begun = upload.touched
        while upload.spool.exists():
            assert monotonic() - begun < 10
            await asyncio.sleep(0.02)
        assert monotonic() - begun >= 0.2  # since its last batch, not its first


@pytest.mark.asyncio
async def test_a_batch_has_limits(project, monkeypatch):
    async with serving(project.path, config={"permissions": GRANTS}) as datasette:
        for name, value in (("MOST_FILES_PER_REQUEST", 1), ("LARGEST_FILE", 3), ("LARGEST_REQUEST", 9)):
            with monkeypatch.context() as patch:
                patch.setattr(f"datasette_panoptic.web.api.{name}", value)
                response = await datasette.client.post(f"{BASE}/upload", files=batch("a.jpg", "b.jpg"), actor=IMPORTER)
            assert response.status_code == 413
            assert response.json()["error"].endswith("a batch takes 200 files and 1024 MB, a file 256 MB")
        torn = await datasette.client.post(
            f"{BASE}/upload",
            content=b"--x\r\nnonsense",
            headers={"content-type": "multipart/form-data; boundary=x"},
            actor=IMPORTER,
        )
        assert torn.status_code == 400


@pytest.mark.asyncio
async def test_an_upload_takes_multipart_alone_and_not_nothing(project):
    async with serving(project.path, config={"permissions": GRANTS}) as datasette:
        plain = await datasette.client.post(f"{BASE}/upload", data={"start": "1"}, actor=IMPORTER)
        empty = await datasette.client.post(
            f"{BASE}/upload",
            files=[("files", ("", b"", "application/octet-stream"))],
            data={"start": "1"},
            actor=IMPORTER,
        )
    assert (plain.status_code, "multipart" in plain.json()["error"]) == (400, True)
    assert (empty.status_code, "no files" in empty.json()["error"]) == (400, True)


@pytest.mark.asyncio
async def test_a_token_of_another_database_opens_nothing():
    uploads = Uploads(Scratch())
    upload = uploads.begin("me", "one")
    with pytest.raises(NotThere):
        uploads.find(upload.token, "me", "two")
    assert uploads.find(upload.token, "me", "one") is upload
    uploads.discard_all()
    assert not upload.spool.exists()


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("photo.jpg", "photo.jpg"),
        ("/etc/passwd", "passwd"),
        ("..\\..\\windows\\system.ini", "system.ini"),
        ("..", "image"),
        ("", "image"),
        (".htaccess", "htaccess"),
        ("a\0b\n.jpg", "ab.jpg"),
        ('<x>:"|?*.png', "x.png"),
        ("été 😀.jpg", "été 😀.jpg"),
        ("\u202egpj.exe", "gpj.exe"),
    ],
)
def test_names_are_made_safe(name, safe):
    assert safe_name(name) == safe


def test_a_long_name_keeps_its_ending():
    assert safe_name("é" * 500 + ".jpg") == "é" * 98 + ".jpg"
    assert len(safe_name("a." + "b" * 500).encode()) <= limits.LONGEST_NAME


@pytest.mark.asyncio
async def test_folder_counts_as_json(project):
    fill_sample(project.conn)
    async with serving(project.path) as datasette:
        response = await datasette.client.get(f"{BASE}/folders.json?_folder=2")
        assert [folder["count"] for folder in response.json()] == [2, 1, 4]
        assert (await datasette.client.get(f"{BASE}/folders.json?_x=1")).status_code == 400
