"""Bringing a project of Panoptic from the command line: what is said, and with which exit code."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from datasette_panoptic.cli import panoptic

from .corpus import paint
from .old_projects import hash_of, instance_07, jpeg, project_07


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command where `old` is a project of 0.7: one file that is there, one that is gone."""
    monkeypatch.chdir(tmp_path)
    paint(tmp_path / "pics", 1)
    view = {"name": "Map", "display": "map", "filterState": {"filter": {"filters": []}}}
    project_07(
        tmp_path / "old",
        {
            "folders": [{"id": 1, "path": str(tmp_path / "pics"), "name": "pics"}],
            "instances": [instance_07(1, "00000.jpg", 1), instance_07(2, "gone.jpg", 2)],
            "images": [{"sha1": hash_of(2), "small": jpeg(2), "medium": b"", "large": b""}],
            "properties": [{"id": 1, "name": "Likes", "type": "number", "mode": "id"}],
            "instance_property_values": [
                {"property_id": 1, "instance_id": 1, "value": "5"},
                {"property_id": 1, "instance_id": 2, "value": '"many"'},
            ],
            "ui_data": [{"key": "user:0.tabs", "value": {"1": view}}],
        },
    )

    def invoke(*arguments, code=0):
        result = CliRunner().invoke(panoptic, arguments)
        assert result.exit_code == code, result.output
        return json.loads(result.stdout) if "--json" in arguments and code == 0 else result

    return invoke


def test_look_bring_undo_and_bring_again(run, tmp_path):
    looked = run("import-panoptic", "old", "p.db", "--dry-run")
    assert "2 files, 2 instances: 1 files in their place, 1 gone but for Panoptic's pictures, 0 lost" in looked.stdout
    assert "Likes\tnumber\tinstance\tnew\t1 values" in looked.stdout
    assert "Likes: 1 values cannot be read" in looked.stderr
    assert "view `Map`: not carried: it is shown as map" in looked.stderr
    assert not (tmp_path / "p.db").exists()
    report = run("import-panoptic", "old", "p.db", "--workers", "1", "--json")
    assert (report["written"], report["present"], report["gone"], report["views_saved"]) == (True, 1, 1, 1)
    assert run("query", "p.db", "Likes=5", "--ids").stdout == "1\n"
    assert "Likes\tnumber\tinstance\tknown" in run("import-panoptic", "old", "p.db", "--dry-run").stdout
    run("undo", "p.db")
    assert run("property", "list", "p.db", "--json")["rows"] == []
    assert "changeset 3: " in run("import-panoptic", "old", "p.db", "--workers", "1").stdout


def test_a_hint_where_nothing_is_in_its_place(run, tmp_path):
    (tmp_path / "pics").rename(tmp_path / "elsewhere")
    assert "--moved OLD=NEW" in run("import-panoptic", "old", "p.db", "--dry-run").stderr
    moved = f"{tmp_path / 'pics'}=elsewhere"
    assert run("import-panoptic", "old", "p.db", "--moved", moved, "--dry-run", "--json")["present"] == 1


FAULTS = {
    "no project": (["import-panoptic", "pics", "p.db"], 1, "no project of Panoptic in `pics`"),
    "nothing": (["import-panoptic", "none", "p.db"], 2, "'none' does not exist"),
    "half a move": (["import-panoptic", "old", "p.db", "--moved", "/data"], 2, "--moved takes NAME=VALUE"),
    "a move to nowhere": (["import-panoptic", "old", "p.db", "--moved", "/data=/none"], 2, "no folder `/none`"),
    "a move of nothing": (["import-panoptic", "old", "p.db", "--moved", "/data=."], 1, "no folder of the project"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_wrong_is_told_in_a_line(run, fault):
    arguments, code, message = FAULTS[fault]
    assert message in run(*arguments, code=code).output
