"""Clusters over HTTP: a run of a group from request to report, and what people do to it."""

from __future__ import annotations

import json
import re
from contextlib import asynccontextmanager

import numpy as np
import pytest

from datasette_panoptic.domain.fields import Fields
from datasette_panoptic.errors import BadQuery, PanopticError
from datasette_panoptic.jobs import cluster_by_tags
from datasette_panoptic.jobs.cluster_input import ClusterRequest
from datasette_panoptic.query.orders import fields
from datasette_panoptic.query.text import parse_string, to_string
from datasette_panoptic.query.within_group import within_group
from datasette_panoptic.store import clusterings, tags
from datasette_panoptic.store.clusterings import NOISE, NewClustering
from datasette_panoptic.store.connection import connect
from datasette_panoptic.web.http.server import server_of

from .clustered import bunched
from .rows import Property, describe, empty
from .serving import OWNER, serving

BASE = "/project/-/panoptic"


def keep(conn, labels, name="test"):
    """Keep a run of the first images, as agglomerative clustering would have made it."""
    images, codes = np.arange(1, len(labels) + 1), np.array(labels, np.int32)
    fits = np.full(len(labels), 0.5, np.float32)
    more = {"params": {"n_clusters": 3}, "seed": 5}
    return clusterings.save(conn, NewClustering(name, "agglomerative", images, codes, fits, **more))


@pytest.fixture
def served(project):
    bunched(project.conn)
    describe(
        project.conn,
        [
            Property(
                "Topic",
                "multi_tags",
                "image",
                {0: frozenset({"cat"}), 1: frozenset({"animal"})},
                {"cat": frozenset({"animal"})},
            ),
            Property("Said at", "date", "image", {0: "2021-05-03", 3: "2021-07-01"}),
        ],
    )

    @asynccontextmanager
    async def serve():
        async with serving(project.path, tasks=True) as datasette:

            async def post(address, accept="application/json", **body):
                headers = {"accept": accept}
                return await datasette.client.post(f"{BASE}/{address}", json=body, actor=OWNER, headers=headers)

            async def ended(response):
                assert response.status_code == 202, response.text
                await server_of(datasette).worker.idle()
                return (await datasette.client.get(response.json()["url"], actor=OWNER)).json()

            async def get(address):
                url = f"{BASE}/{address}".replace("/?", "?")
                return await datasette.client.get(url, actor=OWNER)

            yield get, post, ended

    return serve


@pytest.mark.asyncio
async def test_a_group_is_clustered_and_its_clusters_are_groups_of_the_view(served):
    async with served() as (get, post, ended):
        asked = await post(
            "cluster", plugin="kmeans", params={"n_clusters": "3"}, seed=1, query="_group=format", path=[[0, "jpeg"]]
        )
        assert asked.json()["query"] == "format=jpeg"
        job = await ended(asked)
        assert (job["state"], job["report"]["clusters"], job["report"]["images"]) == ("done", 3, 18), job
        run = (await get("clusterings/1.json")).json()
        assert (run["name"], run["query"], run["actor"]) == ("k-means", "format=jpeg", "root")
        assert [row["images"] for row in run["rows"]] == [6, 6, 6]
        page = (await get("?_group=cluster_1::!mean:fit_1")).text
        for name in ("boat", "tree", "house"):
            assert re.search(
                rf">{name} <span class=\"count\">6</span> <span class=\"score\">coherence \d+ %</span>", page
            )
        assert "grouped by Clusters: k-means" in page
        assert "cluster_1" not in re.search(r"<select[^>]*name=\"_sort\".*?</select>", page, re.DOTALL)[0]
        derived = (await get("properties.json")).json()["derived"]
        assert [field["title"] for field in derived] == ["Clusters: k-means", "Fit in k-means"]

        assert "_group=cluster_1%3A%3A%21mean%3Afit_1" in (await get("clusterings")).text


@pytest.mark.asyncio
async def test_two_runs_are_compared_and_one_is_run_again(served, project):
    for name in ("first", "second"):
        keep(project.conn, [0, 0, 1, NOISE], name=name)
    async with served() as (get, post, _):
        compared = (await get("clusterings/compare.json?first=1&second=2")).json()
        assert (compared["adjusted_rand"], compared["moved"], compared["rows"]) == (1.0, 0, [])
        assert "Adjusted Rand index 1.0" in (await get("clusterings?first=1&second=2")).text
        started = await post("clusterings/1/rerun")
        job = project.conn.execute("select params from _panoptic_jobs where id = ?", [started.json()["job"]]).fetchone()
        asked = ClusterRequest(**json.loads(job[0]))
        assert (asked.clusterer, asked.name, asked.seed, asked.params) == (
            "agglomerative",
            "first",
            5,
            {"n_clusters": 3},
        )


@pytest.mark.asyncio
async def test_what_is_done_to_clusters_says_what_undoes_it(served, project):
    keep(project.conn, [0] * 8 + [1] * 6 + [2] * 4)
    async with served() as (get, post, _):

        async def rows():
            return (await get("clusterings/1.json")).json()["rows"]

        before = await rows()
        for path, body in (
            ("clusters", {"label": 0, "name": "mine"}),
            ("merge", {"labels": [0, 1], "into": 2}),
            ("move", {"label": -1, "query": "id__lte=4"}),
        ):
            done = (await post(f"clusterings/1/{path}", **body)).json()
            assert done["changed"], done
            assert await rows() != before
            assert (await post("clusterings/1/restore", **done["undo"])).status_code == 200
            assert await rows() == before
        await post("clusterings/1/move", label=-1, query="id__lte=4")
        await post("clusterings/1/reset")
        assert await rows() == before
        # Cells of a view that has changed since are not guessed.
        stale = await post("clusterings/1/move", label=0, query="", positions=[[0, 1]], version="0.0.0")
        assert stale.status_code == 409
        refused = await post("clusterings/1/merge", labels=[0, 9], into=1)
        assert refused.status_code == 404
        assert "its clusters are 0, 1, 2" in refused.json()["error"]

        saved = (await post("clusterings/1/save", property="Kind")).json()
        assert saved["changeset"]
        assert "tool" in (await get("history.json")).json()["entries"][0]
        assert (await post("undo", changeset=saved["changeset"])).json()["changed"] == saved["changed"]
        closed = await post("clusterings/1", accept="text/html", is_closed=True)
        assert (closed.status_code, closed.headers["location"]) == (303, f"{BASE}/clusterings")
        assert (await get("clusterings.json")).json()["rows"][0]["closed_at"]
        assert (await post("clusterings/1/delete")).status_code == 200
        assert (await get("clusterings.json")).json()["rows"] == []


@pytest.mark.asyncio
async def test_a_group_without_conditions_is_kept_as_a_selection(served):
    async with served() as (get, post, _):
        query = "_group=bytes:q2&_mode=images"
        view = await get(f"view?{query}")
        version = re.search(rb'"version": ?"([0-9.]+)"', view.content)[1].decode()
        asked = await post(
            "cluster", plugin="kmeans", query=query, path=[[0, 1000]], positions=[[0, 18]], version=version
        )
        assert asked.json()["query"] == "_mode=images&_in=1"
        alone = await post("cluster", plugin="kmeans", query=query, path=[[0, 1000]])
        assert alone.status_code == 400
        assert "`positions`" in alone.json()["error"]


@pytest.mark.asyncio
async def test_what_a_clusterer_cannot_do_is_said(served):
    async with served() as (_, post, ended):
        assert (await post("cluster", plugin="kmeans", params={"n_clusters": 0})).status_code == 400
        assert (await post("cluster", plugin="kmeans", path=[[3, "x"]])).status_code == 400
        # The colours of this project read no texts.
        job = await ended(await post("cluster/by-tags", property="Topic"))
        assert (job["state"], "texts" in job["message"]) == ("failed", True)
        for given in ({"prompt": "a photo"}, {"prompt": 5}, {"minimum": "much"}, {"parents": "hidden"}):
            assert (await post("cluster/by-tags", property="Topic", **given)).status_code == 400
        for given in ({"property": "Nothing"}, {"property": "Topic", "space": 77}):
            assert (await post("cluster/by-tags", **given)).status_code == 404


@pytest.mark.asyncio
async def test_the_form_of_clusters_by_tags_says_what_it_needs(project, served):
    conn = project.conn
    async with served() as (get, *_):
        page = (await get("clusterings")).text
        assert "No embeddings here can read text" in page  # embeddings that read texts
        assert "cluster/by-tags" not in page
        conn.execute('update embedding_spaces set modalities = \'["image", "text"]\'')
        page = (await get("clusterings")).text
        assert "cluster/by-tags" in page
        assert 'id="by-tags">' in page
        assert 'id="by-tags" open' in (await get("clusterings?query=")).text  # of a view without conditions


PATHS = [
    ("_group=format", [(0, "jpeg")], "format=jpeg"),
    ("width__gt=1&_group=format", [(0, None)], "width__gt=1&format__isblank=1"),
    ("_group=Topic&_group=cluster_7", [(0, "cat"), (1, 3)], "Topic=cat&cluster_7=3"),
    ("_group=cluster_7", [(0, -1)], "cluster_7=-1"),
    ("_group=Topic", [(0, "animal")], None),  # with its tag below it would be more
    ("_group=Topic:tree", [(0, "animal"), (0, "cat")], "Topic=cat"),
    ("_group=Said at:year", [(0, "2021")], "Said at__within=2021"),
    ("_group=Said at:decade", [(0, "2020s")], "Said at__within=2020s"),
    ("_group=width:100", [(0, 800)], "width__gte=800&width__lt=900"),
    ("_group=width:q4", [(0, 800)], None),
]


@pytest.mark.parametrize(("asked", "path", "found"), PATHS)
def test_a_group_as_conditions(asked, path, found):
    conn = empty()
    describe(conn, [Property("Topic", "multi_tags", "image", {}, {"cat": frozenset({"animal"})}),
                    Property("Said at", "date", "image", {})])  # fmt: skip
    known = Fields([field for field in fields(conn).values() if field.property_id], {7: "seven"})
    query = within_group(conn, parse_string(asked), known, path)
    assert (None if query is None else query) == (None if found is None else parse_string(found))
    if query:
        assert parse_string(to_string(query)) == query


def test_clusters_by_tags(project, monkeypatch):
    """Each image goes to the tag that its vector is nearest to; where several are wanted, they are written."""

    class Reads:
        def embed_texts(self, texts):
            if "a xyzzy" in texts:
                raise PanopticError("knows no word of `a xyzzy`")
            axis = {"a boat": 0, "a tree": 1, "a house": 2, "a thing": 3, "thing house": 2, "a thing house": 2}
            return np.eye(8, dtype=np.float32)[[axis[text] for text in texts]]

    conn = project.conn
    bunched(conn)
    conn.execute('update embedding_spaces set modalities = \'["image", "text"]\'')
    words = {"boat": frozenset(), "tree": frozenset(), "house": frozenset({"thing"}), "xyzzy": frozenset()}
    describe(conn, [Property("Kind", "multi_tags", "image", {}, words)])
    monkeypatch.setattr(cluster_by_tags, "of_space", lambda space: Reads())
    asked = {"property": "Kind", "prompt": "a {}", "parents": "ignored", "minimum": 0.5}
    done = cluster_by_tags.run(conn, ClusterRequest("by-tags", asked))
    assert (done.clusters, done.images, done.noise) == (3, 18, 0)
    assert [notice["text"] for notice in done.notices] == [
        "tags that these embeddings cannot read were left out: xyzzy"
    ]
    named = {cluster.label: cluster.name for cluster in clusterings.clusters(conn, done.clustering)}
    assert {image: named[label] for image, label in clusterings.labels_of(conn, done.clustering).items()} == {
        image: ("boat", "tree", "house")[(image - 1) % 3] for image in range(1, 19)
    }
    combined = cluster_by_tags.run(conn, ClusterRequest("by-tags", {**asked, "parents": "combined"}))
    assert combined.clusters == 3
    none = cluster_by_tags.run(conn, ClusterRequest("by-tags", {**asked, "minimum": 1}))
    assert none.noise == 18
    with pytest.raises(BadQuery, match="this view has no images"):
        cluster_by_tags.run(conn, ClusterRequest("by-tags", asked, query="name=nothing"))
    settings = cluster_by_tags.Settings.of({"property": "Kind", "prompt": "", "several": True, "minimum": None})
    assert (cluster_by_tags.prompts(conn, settings)[1], settings.minimum) == (
        ["boat", "house", "thing", "tree", "xyzzy"],
        0.5,
    )

    written = cluster_by_tags.run(conn, ClusterRequest("by-tags", {**asked, "several": True}))
    assert (written.clustering, written.clusters, bool(written.changeset)) == (None, 3, True)
    property_id = conn.execute("select id from properties where name = 'Kind'").fetchone()[0]
    assert {tag.name: tag.count for tag in tags.listed(conn, property_id)} == {
        "boat": 6,
        "house": 6,
        "thing": 0,
        "tree": 6,
        "xyzzy": 0,
    }
    assert conn.execute("select count(*) from _panoptic_unchecked").fetchone() == (18,)


def test_a_file_of_an_older_release_has_no_runs(tmp_path):
    path = tmp_path / "p.db"
    conn = connect(path, create=True)
    for table in ("cluster_members", "clusters", "clusterings"):
        conn.execute(f"drop table {table}")
    assert (clusterings.listed(conn), clusterings.has_runs(conn)) == ([], False)
