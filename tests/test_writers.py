"""Many people at once lose nothing, and a process that is killed leaves all of a changeset or none."""

from __future__ import annotations

import http.client
import json
import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from datasette.app import Datasette

from datasette_panoptic.domain.changes import SetTags, SetValue
from datasette_panoptic.store import properties, tags
from datasette_panoptic.store.changesets import apply
from datasette_panoptic.store.connection import connect, transaction
from tests.rows import Folder, Instance, Picture, fill
from tests.serving import running
from tests.test_changesets import EVERY

WRITERS, EACH = 8, 250
SECRET = "the same for the server and for those who sign in"


def write(address: str, writer: int) -> list[tuple[int, int, str]]:
    """Give each instance in turn a value of this writer's, and its tag; return changeset, instance, value of each."""
    name = f"w{writer}"
    cookie = "ds_actor=" + Datasette(secret=SECRET).sign({"a": {"id": name}}, "actor")
    where = urlsplit(address)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=60)
    acknowledged = []
    for n in range(1, EACH + 1):
        value = f"{name}-{n}"
        sayings = [{"act": "set", "name": "Note", "text": value}, {"act": "add", "name": "Who", "text": name}]
        body = json.dumps({"query": f"id={n}", "sayings": sayings, "tool": "cell"})
        headers = {"cookie": cookie, "content-type": "application/json"}
        connection.request("POST", "/project/-/panoptic/annotate", body, headers)
        response = connection.getresponse()
        answer = json.loads(response.read())
        assert response.status == 200, answer
        acknowledged.append((answer["changeset"], n, value))
    connection.close()
    return acknowledged


def test_eight_writers_lose_none_of_two_thousand_changes(project, tmp_path):
    conn = project.conn
    fill(conn, [Folder("all")], [Picture()] * EACH, [Instance(n, 0, f"{n}.jpg") for n in range(EACH)])
    properties.create(conn, "Note", "text", "instance")
    properties.create(conn, "Who", "multi_tags", "image")
    config = tmp_path / "datasette.json"
    config.write_text(json.dumps({"permissions": {"panoptic-edit": {"id": [f"w{n}" for n in range(WRITERS)]}}}))
    with running(project.path, "-c", config, "--secret", SECRET) as address, ThreadPoolExecutor(WRITERS) as pool:
        done = [one for each in pool.map(write, [address] * WRITERS, range(WRITERS)) for one in each]
    assert len({changeset for changeset, _, _ in done}) == len(done) == WRITERS * EACH
    logged = conn.execute("select changeset_id, subject_id, new from _panoptic_changes where property_id = 1")
    assert set(logged.fetchall()) == set(done)
    actors = dict(conn.execute("select id, actor from _panoptic_changesets"))
    assert all(value.startswith(f"{actors[changeset]}-") for changeset, _, value in done)
    # Each change saw the one before it: nobody wrote over what they had not seen.
    for n in range(1, EACH + 1):
        steps = conn.execute(
            "select old, new from _panoptic_changes where property_id = 1 and subject_id = ? order by id", [n]
        ).fetchall()
        assert [old for old, _ in steps] == [None, *(new for _, new in steps[:-1])]
        (last,) = conn.execute("select Note from instance_values where instance_id = ?", [n]).fetchone()
        assert last == steps[-1][1]
    assert conn.execute("select count(*) from image_tags").fetchone() == (WRITERS * EACH,)
    assert {tag.name: tag.count for tag in tags.listed(conn, 2)} == {f"w{n}": EACH for n in range(WRITERS)}
    assert conn.execute("pragma integrity_check").fetchall() == [("ok",)]


MANY = 50_000

#: Says one value after the other of every instance, with a tag, and prints the number of each once it is stored.
STAMPING = """
import sys
from datasette_panoptic.store.connection import connect
from datasette_panoptic.store.changesets import apply
from datasette_panoptic.domain.changes import SetTags, SetValue
from tests.test_changesets import EVERY

conn = connect(sys.argv[1])
for n in range(int(sys.argv[2]), 1000):
    apply(conn, [SetValue(1, n), SetTags(2, (f"tag {n % 3}",))], EVERY, actor="a", tool="stamp")
    print(n, flush=True)
"""


@pytest.fixture(scope="module")
def large(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("large") / "project.db"
    conn = connect(path, create=True)
    fill(conn, [Folder("all")], [Picture()] * 100, [Instance(n % 100, 0, f"{n}.jpg") for n in range(MANY)])
    properties.create(conn, "Number", "number", "instance")
    properties.create(conn, "Kind", "tag", "instance")
    apply(conn, [SetValue(1, 0), SetTags(2, ("tag 0",))], EVERY, actor="a", tool="stamp")
    conn.close()
    return path


def test_a_process_killed_while_it_writes_leaves_all_or_nothing(large):
    chance = random.Random(3)
    reached = 0
    for _ in range(4):
        command = [sys.executable, "-c", STAMPING, str(large), str(reached + 1)]
        writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent.parent)
        assert writer.stdout is not None
        said = int(writer.stdout.readline())
        time.sleep(chance.uniform(0, 1.5))
        writer.kill()
        rest, _ = writer.communicate()
        acknowledged = int(rest.split()[-1]) if rest.split() else said
        conn = connect(large)
        ((reached, count),) = conn.execute("select Number, count(*) from instance_values group by 1").fetchall()
        assert count == MANY
        assert reached in (acknowledged, acknowledged + 1), "stored just before it could be said"
        kinds = conn.execute(
            "select tags.name, count(*) from instance_tags join tags on tags.id = tag_id group by 1"
        ).fetchall()
        assert kinds == [(f"tag {reached % 3}", MANY)]
        per_changeset = conn.execute(
            "select count(*) from _panoptic_changes where property_id = 1 group by changeset_id"
        ).fetchall()
        assert set(per_changeset) == {(MANY,)}
        assert len(per_changeset) == reached + 1
        assert conn.execute("pragma integrity_check").fetchall() == [("ok",)]
        assert conn.execute("pragma foreign_key_check").fetchall() == []
        conn.close()


class Stop(Exception):
    pass


def insert(conn, *names: str, then: type[Exception] | None = None) -> None:
    """Insert rows, each in a transaction of its own inside one around them all, which may fail in the end."""
    with transaction(conn):
        for name in names:
            with transaction(conn):
                conn.execute("insert into property_groups (name) values (?)", [name])
        if then:
            raise then


def test_a_transaction_inside_another_is_a_part_of_it(project):
    conn = project.conn
    with transaction(conn):
        insert(conn, "a")
        with pytest.raises(Stop):
            insert(conn, "b", "c", then=Stop)
        assert conn.in_transaction
    assert not conn.in_transaction
    with pytest.raises(Stop):
        insert(conn, "d", then=Stop)
    assert conn.execute("select name from property_groups").fetchall() == [("a",)]
