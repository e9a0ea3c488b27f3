"""Clusters from the command line, as documented."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from datasette_panoptic.cli import panoptic
from datasette_panoptic.store.connection import connect

from .clustered import bunched


@pytest.fixture
def run(tmp_path):
    path = tmp_path / "p.db"
    conn = connect(path, create=True)
    bunched(conn)
    conn.close()

    def invoke(*arguments, code=0):
        words = [str(path) if argument == "P" else str(argument) for argument in arguments]
        result = CliRunner().invoke(panoptic, words)
        assert result.exit_code == code, result.output
        return json.loads(result.stdout) if code == 0 and "--json" in arguments else result

    return invoke


def test_a_run_is_made_listed_compared_saved_and_closed(run):
    asked = ("--query", "id__lte=15", "--clusterer", "kmeans", "--n-clusters", "3", "--seed", "0")
    first = run("cluster", "P", *asked, "--name", "Kinds", "--json")
    assert (first["clustering"], first["name"], first["clusters"], first["images"]) == (1, "Kinds", 3, 15)
    assert [row["cluster"] for row in first["rows"]] == [0] * 5 + [1] * 5 + [2] * 5
    assert sorted(row["image_id"] for row in first["rows"]) == [*range(1, 16)]
    assert all(0 < row["fit"] <= 1 for row in first["rows"])
    run("cluster", "P", "--clusterer", "agglomerative", "--n-clusters", "3")
    rows = run("clusterings", "P", "--json")["rows"]
    assert [(row["name"], row["clusterer"], row["seed"]) for row in rows] == [
        ("agglomerative", "agglomerative", 0),
        ("Kinds", "kmeans", 0),
    ]
    shown = run("clusterings", "P", "show", 1, "--json")
    assert (shown["query"], [row["images"] for row in shown["rows"]]) == ("id__lte=15", [5, 5, 5])
    assert run("query", "P", "cluster_1=0", "--count").stdout == "5\n"
    compared = run("clusterings", "P", "compare", 1, 2, "--json")
    assert (compared["common"], compared["adjusted_rand"], compared["rows"]) == (15, 1.0, [])
    again = run("clusterings", "P", "rerun", 1, "--json")
    assert (again["clustering"], again["name"]) == (3, "Kinds")
    saved = run("clusterings", "P", "save", 1, "Kind", "--json")
    assert run("query", "P", "Kind__notblank=1", "--count").stdout == "15\n"
    assert run("undo", "P", "--json")["changed"] == saved["changed"]
    run("clusterings", "P", "rename", 1, "Sorts")
    run("clusterings", "P", "close", 1)
    row = run("clusterings", "P", "list", "--json")["rows"][-1]
    assert (row["name"], row["closed_at"] is not None) == ("Sorts", True)
    run("clusterings", "P", "delete", 1)
    assert "no clustering 1" in run("clusterings", "P", "show", 1, code=1).output


def test_a_clusterer_brings_its_own_options(run):
    assert "--min-cluster-size" in run("cluster", "--clusterer", "hdbscan", "--help").output
    assert "--n-clusters" in run("cluster", "--help").output
    assert "n_clusters" in run("cluster", "P", "--n-clusters", "many", code=1).output
    assert "no clusterer `nothing`" in run("cluster", "P", "--clusterer", "nothing", code=1).output
    assert "takes 2 more" in run("clusterings", "P", "compare", 1, code=2).output
    assert "the number of a run" in run("clusterings", "P", "show", "x", code=2).output


def test_clusters_are_named_merged_and_corrected(run):
    def shown():
        return [
            (row["label"], row["name"], row["images"]) for row in run("clusterings", "P", "show", 1, "--json")["rows"]
        ]

    run("cluster", "P", "--n-clusters", "3")
    made = shown()
    run("clusterings", "P", "name", 1, 2, "Boats")
    assert shown() == [*made[:2], (2, "Boats", 6)]
    assert run("clusterings", "P", "merge", 1, 1, 0, "--json")["moved"] == 6
    assert run("clusterings", "P", "move", 1, "cluster_1=2&id__lte=6", "none", "--json")["moved"] == 2
    assert [(label, images) for label, _, images in shown()] == [(0, 12), (2, 4)]
    assert run("clusterings", "P", "reset", 1, "--json")["moved"] == 8
    assert shown() == [*made[:2], (2, "Boats", 6)]
    assert "no cluster 7" in run("clusterings", "P", "merge", 1, 7, 0, code=1).output
    assert "write its number" in run("clusterings", "P", "name", 1, "Boats", "Ships", code=2).output
    assert "no images" in run("clusterings", "P", "move", 1, "name=none", 0, code=1).output


def test_by_tags_needs_what_reads_texts(run):
    run("tag", "add", "P", "Kind", "boat", code=1)
    run("property", "create", "P", "Kind", "--type", "multi_tags", "--scope", "image")
    run("tag", "add", "P", "Kind", "boat")
    assert "texts" in run("cluster", "P", "--by-tags", "Kind", code=1).output
    assert "{}" in run("cluster", "P", "--by-tags", "Kind", "--prompt", "photo", code=1).output
