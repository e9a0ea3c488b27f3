"""Properties and their groups on the command line."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from datasette_panoptic.cli import panoptic
from datasette_panoptic.store.connection import connect
from tests.rows import Folder, Instance, Picture, fill


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "photos.db"
    conn = connect(path, create=True)
    fill(conn, [Folder("all")], [Picture()] * 3, [Instance(n, 0, f"{n}.jpg") for n in range(3)])
    conn.close()
    return str(path)


def run(*arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(panoptic, arguments)
    assert done.exit_code == code, done.output
    return done.output


def told(*arguments: str) -> dict:
    return json.loads(run(*arguments, "--json"))


def test_made_changed_ordered_and_listed(path):
    for name in ("Author", "Period", "Notes"):
        run("property", "create", path, name)
    run("property", "create", path, "Place", "--type", "tag", "--group", "Provenance")
    run("property", "change", path, "Author", "--group", "Provenance", "--description", "Who made it")
    run("property", "order", path, "Author", "Place", "--group", "Provenance")
    run("property", "order", path, "Notes")
    listed = run("property", "list", path).splitlines()
    assert [line.split("\t")[0] for line in listed] == ["Notes", "Period", "Author", "Place"]
    assert listed[2] == "Author\ttext\timage\tProvenance\tWho made it"
    run("property", "change", path, "Author", "--group", "", "--description", "", "--name", "Maker")
    assert run("property", "list", path).splitlines()[2] == "Maker\ttext\timage\t\t"
    assert "nothing to change" in run("property", "change", path, "Maker", code=2)


def test_groups(path):
    run("property", "create", path, "Author", "--group", "Provenance")
    run("property", "group", "create", path, "Looks")
    run("property", "group", "rename", path, "Looks", "Appearance")
    assert run("property", "group", "list", path).splitlines() == ["\t", "Provenance\tAuthor", "Appearance\t"]
    assert told("property", "group", "list", path)["rows"][1]["properties"][0]["name"] == "Author"
    run("property", "group", "delete", path, "Provenance", "--with-properties")
    assert run("property", "list", path) == ""
    run("undo", path)
    run("property", "group", "delete", path, "Provenance")
    assert run("property", "list", path) == "Author\ttext\timage\t\t\n"
    assert "there is `Appearance`" in run("property", "group", "delete", path, "Provenance", code=1)


def test_a_change_of_type_is_tried_refused_made_and_undone(path):
    run("property", "create", path, "Year")
    run("annotate", path, "--query", "id__lt=3", "--set", "Year=1890")
    run("annotate", path, "--query", "id=3", "--set", "Year=vers 1890")
    dry = run("property", "type", path, "Year", "date", "--dry-run")
    assert "converts  2" in dry
    assert "1 × vers 1890: `vers 1890` is no date; write 1890~ for about 1890" in dry
    assert told("property", "type", path, "Year", "date", "--dry-run")["fails"][0]["value"] == "vers 1890"
    refused = run("property", "type", path, "Year", "date", code=1)
    assert "`Year` has values that are no date (1)" in refused
    assert told("property", "type", path, "Year", "date", "--erase-failing")["changed"] == 4
    assert run("property", "list", path).startswith("Year\tdate")
    assert told("query", path, "Year__notblank=1", "--count")["instances"] == 2
    run("undo", path)
    assert run("property", "list", path).startswith("Year\ttext")
    assert "which can become" in run("property", "type", path, "Year", "text", code=1)


def test_deleting_is_undone_once_the_name_is_free_again(path):
    run("property", "create", path, "Author")
    run("annotate", path, "--set", "Author=Anna")
    deleted = told("property", "delete", path, "Author")["changeset"]
    run("property", "create", path, "Author", "--type", "number")
    assert "its name is taken" in run("undo", path, str(deleted), code=1)
    run("property", "rename", path, "Author", "Authors")
    assert told("undo", path, str(deleted))["conflicts"] == 0
    assert run("query", path, "Author=Anna", "--count") == "3\n"


def test_groups_of_a_query_are_printed_with_their_numbers(path):
    run("property", "create", path, "Author", "--scope", "instance")
    run("annotate", path, "--query", "id__lt=3", "--set", "Author=Anna")
    lines = run("query", path, "_group=folder:tree&_group=Author").splitlines()
    assert [line for line in lines if line.startswith("#")] == ["# all\t3", "## Anna\t2", "## (without a value)\t1"]
    assert lines[2].startswith("1\t")
    groups = json.loads(run("query", path, "_group=Author", "--json"))["groups"]
    assert [(group["value"], group["first"], group["count"]) for group in groups] == [("Anna", 0, 2), (None, 2, 1)]
