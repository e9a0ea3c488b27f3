"""Annotating from the command line: what is written, what is said about it, and how it is taken back."""

from __future__ import annotations

import json
import subprocess
import sys
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner
from datasette.utils.sqlite import sqlite3

from datasette_panoptic.cli import panoptic
from datasette_panoptic.domain.escapes import escaped_name
from datasette_panoptic.store.connection import connect

from .rows import Folder, Instance, Picture, fill

PICTURES = [Picture(2000, 1000), Picture(800, 600), Picture(1001, 700)]
INSTANCES = [Instance(0, 0, "a"), Instance(1, 0, "b"), Instance(2, 0, "c"), Instance(0, 0, "d")]


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "p.db"
    conn = connect(path, create=True)
    fill(conn, [Folder("all")], PICTURES, INSTANCES)
    conn.close()
    return path


@pytest.fixture
def run(path):
    def invoke(*arguments, code=0):
        words = [str(path) if argument == "P" else str(argument) for argument in arguments]
        result = CliRunner().invoke(panoptic, words)
        assert result.exit_code == code, result.output
        return json.loads(result.stdout) if code == 0 and "--json" in arguments else result

    return invoke


def test_annotate_undo_redo_and_history(run, path):
    run("property", "create", "P", "topic", "--type", "multi_tags", "--scope", "image")
    done = run("annotate", "P", "--query", "width__gt=1000", "--add", "topic=big", "--json")
    assert done == {"changeset": 2, "changed": 3, "conflicts": 0}  # two images, and the tag that was made
    assert run("query", "P", "topic=big", "--ids").stdout == "1\n3\n4\n"
    assert run("annotate", "P", "--query", "width__gt=1000", "--add", "topic=big", "--json")["changeset"] is None
    assert run("undo", "P", "--json")["changed"] == 3
    assert run("query", "P", "topic__notblank=1", "--count").stdout == "0\n"
    assert run("redo", "P", "--json")["changed"] == 3
    rows = run("history", "P", "--json")["rows"]
    assert [(row["tool"], row["changed"]) for row in rows] == [
        ("redo", 3),
        ("undo", 3),
        ("annotate", 3),
        ("property", 1),
    ]
    assert rows[2]["query"] == "width__gt=1000"
    assert [row["id"] for row in run("history", "P", "--property", "topic", "--image", "1", "--json")["rows"]] == [
        4,
        3,
        2,
    ]
    assert run("history", "P", "--image", "2", "--json")["rows"] == []
    assert run("undo", "P", "2", code=0)
    assert "already undone" in run("undo", "P", "2", code=1).stderr


def test_the_sql_of_an_annotated_query_finds_the_same_ids_in_plain_sqlite(run, path):
    run("property", "create", "P", "topic", "--type", "multi_tags")
    run("annotate", "P", "--query", "width__gt=1000", "--add", 'topic="rue, été", big')
    question = "topic__all=rue~2C été,big&_sort_desc=width"
    sql = run("query", "P", question, "--sql").stdout
    program = "import sqlite3, sys; print([r[0] for r in sqlite3.connect(sys.argv[1]).execute(sys.argv[2])])"
    plain = subprocess.run([sys.executable, "-c", program, path, sql], capture_output=True, text=True, check=True)
    assert json.loads(plain.stdout) == [1, 4, 3]
    assert run("query", "P", question, "--ids").stdout.split() == ["1", "4", "3"]


def test_every_act_on_values_and_tags(run, path):
    for name, type_ in [
        ("author", "text"),
        ("likes", "number"),
        ("said", "date"),
        ("seen", "checkbox"),
        ("tint", "color"),
    ]:
        run("property", "create", "P", name, "--type", type_, "--scope", "instance")
    run("property", "create", "P", "kind", "--type", "tag", "--scope", "instance")
    sayings = ["author=Anna = Bo", "likes=9007199254740993", "said=3/5/1890", "seen=False", "tint=#FF0000", "kind=cat"]
    run("annotate", "P", "--query", "id=2", *(part for saying in sayings for part in ("--set", saying)))
    conn = sqlite3.connect(path)
    said = "select author, likes, said, seen, tint, kind from corpus where instance_id = 2"
    assert conn.execute(said).fetchone() == ("Anna = Bo", 9007199254740993, "1890-05-03", 0, "#ff0000", "cat")
    run("annotate", "P", "--query", "id=2", "--erase", "likes", "--add", "kind=dog", "--set", "author=")
    assert conn.execute(said).fetchone() == ("", None, "1890-05-03", 0, "#ff0000", "dog")
    run("annotate", "P", "--remove", "kind=dog", "--remove", "kind=no such tag")
    assert conn.execute(said).fetchone()[-1] is None
    conn.close()


def test_properties_and_tags_are_managed(run):
    run("property", "create", "P", "Topic", "--type", "multi_tags", "--description", "What is seen")
    run("tag", "add", "P", "topic", "animal", "--color", "#00ff00")
    for tag in ("cat", "Kat", "dog"):
        run("tag", "add", "P", "topic", tag)
    run("annotate", "P", "--query", "id=1", "--add", "topic=cat")
    run("annotate", "P", "--query", "id=2", "--add", "topic=Kat")
    run("tag", "parent", "P", "topic", "cat", "animal")
    assert "below itself" in run("tag", "parent", "P", "topic", "animal", "cat", code=1).stderr
    run("tag", "merge", "P", "topic", "Kat", "--into", "cat")
    rows = run("tag", "list", "P", "topic", "--json")["rows"]
    assert [(row["name"], row["count"], row["count_below"], row["parents"]) for row in rows] == [
        ("animal", 0, 2, []),
        ("cat", 2, 2, ["animal"]),
        ("dog", 0, 0, []),
    ]
    run("property", "rename", "P", "topic", "Subject")
    (row,) = run("property", "list", "P", "--json")["rows"]
    assert (row["name"], row["type"], row["description"]) == ("Subject", "multi_tags", "What is seen")
    run("property", "delete", "P", "Subject")
    assert run("property", "list", "P", "--json")["rows"] == []
    run("undo", "P")
    assert run("query", "P", "Subject=animal", "--count").stdout == "3\n"


FAULTS = {
    "nothing to say": (["annotate", "P"], 2, "nothing to write"),
    "no equals sign": (["annotate", "P", "--set", "author"], 2, "takes NAME=VALUE"),
    "unknown property": (["annotate", "P", "--set", "colour=red"], 1, "no property `colour`"),
    "a field of the system": (["annotate", "P", "--set", "width=3"], 1, "is a system field"),
    "no number": (["annotate", "P", "--set", "likes=many"], 1, "`many` is no number"),
    "tags of a number": (["annotate", "P", "--add", "likes=3"], 1, "takes a value, not tags"),
    "a name that is taken": (["property", "create", "P", "LIKES"], 1, "already"),
    "tags of a property without": (["tag", "list", "P", "shoes"], 1, "no property `shoes`"),
    "nothing to redo": (["redo", "P"], 1, "nothing to redo"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_one_line_that_helps_and_changes_nothing(run, path, fault):
    run("property", "create", "P", "likes", "--type", "number")
    arguments, code, message = FAULTS[fault]
    assert message in run(*arguments, code=code).stderr
    assert len(run("history", "P", "--json")["rows"]) == 1


def test_subcommands_have_help(run):
    for group in ("property", "tag"):
        for name in panoptic.commands[group].commands:
            assert run(group, name, "--help").stdout


ODD = ["a=b", "_sort", "dc:title", "x__gt", "this, that & /~", "50~2C", "Rue (haute)!"]


@pytest.mark.parametrize("name", ODD)
def test_any_name_is_annotated_and_asked_for(run, name):
    made = run("property", "create", "P", f" {name}\u00a0", "--type", "text", "--json")
    assert made["name"] == name
    written = escaped_name(name)
    run("annotate", "P", "--query", "width=800", "--set", f"{written}=boat")
    finds = {
        f"{written}=boat": [2],
        f"{written}=other": [],
        f"_where={written}=boat": [2],
        f"_sort={written}": [2, 1, 3, 4],
        f"_group={written}": [2, 1, 3, 4],
    }
    for query, ids in finds.items():
        key, value = query.split("=", 1)
        found = run("query", "P", urlencode({key: value}), "--ids").stdout
        assert list(map(int, found.split())) == ids, query


def test_a_name_that_was_read_as_something_shorter_says_how_it_is_written(run):
    run("property", "create", "P", "a=b")
    assert "`a=b` is written `a~3Db`" in run("annotate", "P", "--set", "a=b=1", code=1).stderr
    assert "`a=b` is written `a~3Db`" in run("query", "P", "a=b=1", "--count", code=1).stderr
