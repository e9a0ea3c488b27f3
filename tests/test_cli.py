"""`datasette panoptic …` as a person runs it: what it prints, where, and how it exits."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import closing

import pytest
from click.testing import CliRunner
from datasette.utils.sqlite import sqlite3
from PIL import Image

from datasette_panoptic.cli import panoptic


@pytest.fixture
def run():
    def invoke(*arguments, code=0):
        result = CliRunner().invoke(panoptic, [str(argument) for argument in arguments])
        assert result.exit_code == code, result.output
        return result

    return invoke


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "pictures"
    (folder / "below").mkdir(parents=True)
    for n, name in enumerate(["a.jpg", "b.png", "below/c.jpg"]):
        Image.new("RGB", (40 + n, 30), (n * 80, 100, 100)).save(folder / name)
    (folder / "below" / "again.jpg").write_bytes((folder / "a.jpg").read_bytes())
    (folder / "torn.jpg").write_bytes(b"no image")
    return folder


@pytest.fixture
def project(tmp_path, folder, run):
    run("import", tmp_path / "p.db", folder, "--workers", 1)
    return tmp_path / "p.db"


def test_import_reports_and_a_second_import_finds_nothing_to_do(tmp_path, folder, run):
    first = json.loads(run("import", tmp_path / "p.db", folder, "--json").stdout)
    assert first | {"seconds": 0} == {
        "added": 4, "unchanged": 0, "changed": 0, "carried": 0, "replaced": 0, "replaced_files": [], "moved": 0,
        "removed": 0, "restored": 0, "sidecars": 0, "damaged_sidecars": 0, "sidecar_faults": [],
        "missing": 0, "left": 0, "hidden": 0, "excluded": 0, "patterns": [], "rejected": 1,
        "images": 3, "instances": 4, "seconds": 0,
    }  # fmt: skip
    second = json.loads(run("import", tmp_path / "p.db", folder, "--json").stdout)
    assert (second["added"], second["unchanged"], second["rejected"]) == (0, 4, 1)


def test_import_talks_on_standard_error_only(tmp_path, folder, run):
    result = run("import", tmp_path / "p.db", folder, "--json")
    assert "5 of 5 images" in result.stderr
    json.loads(result.stdout)


def test_no_recurse_leaves_subfolders_out(tmp_path, folder, run):
    report = json.loads(run("import", tmp_path / "p.db", folder, "--no-recurse", "--json").stdout)
    assert (report["added"], report["rejected"]) == (2, 1)


def test_store_originals_keeps_the_bytes(tmp_path, folder, run):
    run("import", tmp_path / "p.db", folder, "--store-originals")
    conn = sqlite3.connect(tmp_path / "p.db")
    stored = {row[0] for row in conn.execute("select data from _panoptic_originals")}
    assert stored == {(folder / name).read_bytes() for name in ("a.jpg", "b.png", "below/c.jpg")}
    conn.close()


def test_query_prints_what_was_asked(project, run):
    assert run("query", project, "", "--count").stdout == "4\n"
    assert run("query", project, "_mode=images", "--count").stdout == "3\n"
    ids = run("query", project, "_sort=width", "--ids").stdout.split()
    answer = json.loads(run("query", project, "_sort=width", "--json").stdout)
    assert [str(row["id"]) for row in answer["rows"]] == ids
    assert (answer["count"], answer["images"], answer["instances"]) == (4, 3, 4)
    assert len(run("query", project, "_at=3").stdout.splitlines()) == 1


@pytest.mark.parametrize(
    "question", ["", "_mode=images&_sort_desc=width", "_folder=1&_sort=random&_seed=3", "_folder=99"]
)
def test_the_sql_of_a_query_finds_the_same_ids_in_plain_sqlite(project, run, question):
    sql = run("query", project, question, "--sql").stdout
    ids = [int(line) for line in run("query", project, question, "--ids").stdout.split()]
    program = "import sqlite3, sys; print([r[0] for r in sqlite3.connect(sys.argv[1]).execute(sys.argv[2])])"
    command = [sys.executable, "-c", program, str(project), sql]
    plain = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(plain.stdout) == ids


def test_a_name_that_looks_like_a_parameter_stays_a_name(project, run):
    run("property", "create", str(project), ":p0", "--type", "number")
    run("annotate", str(project), "--query", "id__lt=3", "--set", ":p0=7")
    with closing(sqlite3.connect(project)) as conn:
        found = [row[0] for row in conn.execute(run("query", project, ":p0=7", "--sql").stdout)]
    assert found == [int(line) for line in run("query", project, ":p0=7", "--ids").stdout.split()] != []


@pytest.mark.parametrize(("question", "is_told"), [("width__gt=1", False), ("_sort=name", True), ("_search=a", True)])
def test_sql_that_a_bare_sqlite_does_not_run_is_told(project, run, question, is_told):
    assert ("not in a bare `sqlite3`" in run("query", project, question, "--sql").stderr) == is_told


def test_check_finds_a_sound_project_sound(project, run):
    facts = json.loads(run("check", project, "--json").stdout)
    assert (facts["images"], facts["instances"], facts["rejects"], facts["problems"]) == (3, 4, 1, [])
    assert facts["sqlite_vec_tier"][0] in "123"


def test_check_names_what_is_wrong(project, run):
    conn = sqlite3.connect(project)
    conn.execute("delete from _panoptic_thumbnails where image_id = 1")
    conn.execute("delete from images where id = 2")
    conn.commit()
    conn.close()
    problems = json.loads(run("check", project, "--json", code=1).stdout)["problems"]
    assert "1 images without a thumbnail" in problems
    assert any("names a row of images that is not there" in problem for problem in problems)


FAULTS = {
    "no such project": (["query", "{tmp}/none.db", ""], "no file"),
    "not a database": (["query", "{tmp}/pictures/a.jpg", ""], "cannot open"),
    "not a project": (["check", "{tmp}/other.db"], "not a panoptic project"),
    "import into another database": (["import", "{tmp}/other.db", "{tmp}/pictures"], "not a panoptic project"),
    "unknown key": (["query", "{tmp}/p.db", "_colour=red"], "unknown key `_colour`"),
    "unknown property": (
        ["query", "{tmp}/p.db", "colour=red"],
        "no property `colour` in this project; known: id, name",
    ),
    "no frames asked for": (["import-video", "{tmp}/p.db", "{tmp}/pictures/a.jpg"], "--every SECONDS or --scenes"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_one_line_that_helps(project, tmp_path, run, fault):
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("create table mine (id)")
    other.commit()
    other.close()
    arguments, message = FAULTS[fault]
    result = CliRunner().invoke(panoptic, [argument.format(tmp=tmp_path) for argument in arguments])
    assert result.exit_code in (1, 2)
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_every_command_has_help_with_an_example(run):
    for name, command in panoptic.commands.items():
        assert command.help, name
        assert f"datasette panoptic {name}" in command.help
        run(name, "--help")


def until_listening(port: int) -> None:
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(f"nothing listens on port {port}")


def test_open_signs_the_owner_in(project):
    """The whole way: a server process, its one-time link, the page, and the right to import."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "datasette", "panoptic", "open", project, "--no-browser", "--port", port]
    server = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, text=True)
    try:
        link = server.stdout.readline().strip()
        assert "/-/auth-token?token=" in link
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        until_listening(port)
        landed = opener.open(link).url
        assert landed == f"http://127.0.0.1:{port}/p/-/panoptic"
        page = json.loads(opener.open(f"http://127.0.0.1:{port}/p/-/panoptic.json").read())
        assert page["frame"]["can_import"] is True
        assert page["count"] == 4
    finally:
        server.terminate()
        server.wait(20)
        server.stdout.close()
    log = project.parent / "p.db-wal"
    assert not log.exists() or log.stat().st_size == 0


def test_demo_makes_a_project_with_pictures(tmp_path, run):
    run("demo", tmp_path / "d.db", "--no-serve")
    facts = json.loads(run("check", tmp_path / "d.db", "--json").stdout)
    assert facts["images"] > 250
    assert facts["instances"] > facts["images"]
    assert facts["rejects"] == 0
    assert (tmp_path / "d" / "photographs" / "china.jpg").exists()
    spaces = json.loads(run("spaces", tmp_path / "d.db", "--json").stdout)["rows"]
    assert [(space["embedder"], space["missing"]) for space in spaces] == [("lite0", 0)]
    before = (tmp_path / "d.db").stat().st_mtime_ns
    run("demo", tmp_path / "d.db", "--no-serve")
    assert (tmp_path / "d.db").stat().st_mtime_ns == before
