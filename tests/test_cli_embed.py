"""`datasette panoptic embed` and `spaces`, as a person runs them."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from datasette_panoptic.cli import panoptic
from panoptic_ml import registry
from tests.corpus import paint
from tests.ml.trial import RED, Trial
from tests.pictured import colors, fill_pictures


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    found = registry.Registry()
    found.add("embedder", Trial, "test")
    monkeypatch.setattr(registry, "installed", lambda: found)

    def invoke(*arguments: object, code: int = 0) -> Result:
        result = CliRunner().invoke(panoptic, [str(argument) for argument in arguments])
        assert result.exit_code == code, result.output
        return result

    return invoke


def test_embed_says_what_it_did_and_spaces_what_there_is(project, run):
    fill_pictures(project.conn, [*colors(5), RED])
    told = run("embed", project.path, "--embedder", "trial", "--at-red", "raise")
    assert "embedded  5\nfailed    1\nmissing   1\n" in told.stdout
    assert "image 6: embedder `trial` of `test`: raised RuntimeError: red is not to be borne" in told.stderr
    assert "6 of 6 images" in told.stderr
    report = json.loads(run("embed", project.path, "--embedder=trial", "--json").stdout)
    assert (report["embedder"], report["params"], report["embedded"]) == ("trial", {"at_red": "nothing"}, 6)
    rows = json.loads(run("spaces", project.path, "--json").stdout)["rows"]
    assert [(row["id"], row["images"], row["missing"], row["params"]["at_red"]) for row in rows] == [
        (1, 5, 1, "raise"),
        (2, 6, 0, "nothing"),
    ]
    assert "1\ttrial\tat_red=raise\t5\t1 missing\ttexts too" in run("spaces", project.path).stdout
    assert json.loads(run("spaces", project.path, "--delete", 1, "--json").stdout) == {"deleted": 1, "vectors": 5}
    assert "no embedding space `1`" in run("spaces", project.path, "--delete", 1, code=1).stderr


def test_parameters_of_the_embedder_are_options_in_any_place(project, run):
    fill_pictures(project.conn, colors(1))
    assert "--at-red nothing|raise" in run("embed", "--embedder", "trial", "--help").stdout
    assert "--at-red" not in run("embed", "--help").stdout
    for words in (["--at-red", "nan", project.path], [project.path, "--param", "at_red=nan"]):
        report = json.loads(run("embed", *words, "--embedder", "trial", "--json").stdout)
        assert (report["space"], report["params"]) == (1, {"at_red": "nan"})
    assert "`at_red` must be one of" in run("embed", project.path, "--embedder=trial", "--at-red=x", code=1).stderr
    assert "no parameter `y`" in run("embed", project.path, "--embedder=trial", "--param", "y=1", code=1).stderr
    assert "No such option" in run("embed", project.path, "--embedder=trial", "--y", "1", code=2).stderr


def test_an_embedder_that_is_not_there_is_said_to_be_so(project, run):
    assert "no embedder `lite0` is installed; there is `trial`" in run("embed", project.path, code=1).stderr
    assert run("spaces", project.path).stdout == ""


def test_import_can_embed_what_it_brings(tmp_path, run):
    paint(tmp_path / "pictures", 2)
    report = json.loads(run("import", tmp_path / "p.db", tmp_path / "pictures", "--json", "--embed", "trial").stdout)
    assert (report["added"], report["embedded"]) == (2, 2)
