"""Copies of images: which is the best, groups from the command line and by a job, and tags for all but the best."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from datasette_panoptic.cli import panoptic
from datasette_panoptic.errors import BadQuery, NotThere
from datasette_panoptic.ingest.images.pipeline import ImportOptions, import_folders
from datasette_panoptic.jobs import cluster, cluster_input
from datasette_panoptic.jobs.duplicates import DuplicateSearch, run
from datasette_panoptic.query.orders import Orders
from datasette_panoptic.query.text import parse_string
from datasette_panoptic.store import clusterings, jobs
from datasette_panoptic.store import duplicates as store
from datasette_panoptic.store.cluster_edits import put
from datasette_panoptic.store.connection import checkpoint, connect, reading
from datasette_panoptic.store.properties import create
from datasette_panoptic.web.http.server import server_of
from tests.corpus import picture
from tests.rows import Folder, Picture, empty, fill
from tests.serving import OWNER, serving

BASE = "/project/-/panoptic"

#: Files of three pictures: the first re-encoded and resized, the second there twice, the third alone.
FAMILY = {"a.jpg", "a as png.png", "a again.jpg", "a small.jpg"}
TWICE = {"b.jpg", "b copied.jpg"}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("copies")
    pictures = folder / "pictures"
    pictures.mkdir()
    first = picture(1, (320, 240))
    first.save(pictures / "a.jpg", quality=90)
    first.save(pictures / "a as png.png")
    first.save(pictures / "a again.jpg", quality=60)
    first.resize((160, 120)).save(pictures / "a small.jpg")
    picture(2, (320, 240)).save(pictures / "b.jpg")
    shutil.copy(pictures / "b.jpg", pictures / "b copied.jpg")
    picture(3, (320, 240)).save(pictures / "c.jpg")
    conn = connect(folder / "project.db", create=True)
    import_folders(conn, [pictures], options=ImportOptions(workers=1))
    checkpoint(conn)
    conn.close()
    assert CliRunner().invoke(panoptic, ["embed", str(folder / "project.db"), "--embedder", "colors"]).exit_code == 0
    return folder / "project.db"


@pytest.fixture
def path(corpus: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(corpus, tmp_path / "project.db"))


@pytest.fixture
def cli(path):
    def invoke(*arguments, code=0):
        result = CliRunner().invoke(panoptic, [arguments[0], str(path), *arguments[1:]])
        assert result.exit_code == code, result.output
        return json.loads(result.stdout) if code == 0 and "--json" in arguments else result

    return invoke


#: Two pictures each, the better one first, and then what neither is better by.
BETTER = {
    "area": (Picture(800, 600, 1), Picture(640, 480, 9)),
    "area, whatever the sides": (Picture(500, 500, 1), Picture(900, 100, 9)),
    "bytes": (Picture(800, 600, 9), Picture(600, 800, 8)),
    "age": (Picture(800, 600, 9), Picture(800, 600, 9)),
}


@pytest.mark.parametrize("reason", BETTER)
def test_the_best_copy_is_known_by(reason: str) -> None:
    conn = empty()
    better, worse = BETTER[reason]
    shown = [better, worse] if reason == "age" else [worse, better]
    fill(conn, [Folder("all")], [*shown, Picture(9999, 9999)], [])
    assert store.ranked(conn, np.array([1, 2])).tolist() == ([1, 2] if reason == "age" else [2, 1])


def test_of_equal_size_a_copy_without_loss_is_better() -> None:
    conn = empty()
    fill(conn, [Folder("all")], [Picture(), Picture()], [])
    conn.execute("update images set format = 'png' where id = 2")
    assert store.ranked(conn, np.array([1, 2])).tolist() == [2, 1]


@pytest.mark.parametrize("options", [["--hash-distance", "4"], ["--min-similarity", "0.999"]])
def test_the_command_groups_copies_and_proposes_the_best(cli, options: list[str]) -> None:
    found = cli("duplicates", *options, "--json")
    rows = found["rows"]
    assert (found["groups"], found["images"], found["searched"], found["left_out"]) == (1, 4, 6, 0)
    assert {row["file"] for row in rows} == FAMILY
    assert rows[0]["file"] == "a as png.png", "as large as the others, and of the most bytes"
    assert {row["best"] for row in rows} == {rows[0]["image_id"]}
    similarities = [row["similarity"] for row in rows]
    assert similarities == sorted(similarities, reverse=True)
    assert similarities[0] == 1


def test_the_groups_are_a_view_of_the_grid_with_copies_beside_each_other(cli, path: Path) -> None:
    found = cli("duplicates", "--hash-distance", "4", "--json")
    conn = connect(path)
    assert clusterings.get(conn, found["clustering"]).name == "Duplicates, hashes ≤ 4 bits apart"
    query = parse_string(found["view"].removeprefix("?"))
    assert sorted(Orders().order(conn, query)[1].ids.tolist()) == sorted(row["image_id"] for row in found["rows"])


def test_without_options_vectors_of_0_95_are_compared(cli, path: Path) -> None:
    found = cli("duplicates", "--query", "format=jpeg", "--json")
    assert found["name"] == "Duplicates ≥ 0.95"
    assert found["searched"] == 5
    run_ = clusterings.get(connect(path), found["clustering"])
    assert (run_.clusterer, run_.params, run_.query) == ("near-duplicates", {"min_similarity": 0.95}, "format=jpeg")


def test_a_clustering_by_duplicates_has_best_copies_too(path: Path) -> None:
    conn = connect(path)
    done = cluster.ran(conn, cluster_input.ClusterRequest("duplicates", {"distance": "3"}, name="Copies of a"))
    assert (done.name, done.clusters, done.images, done.noise) == ("Copies of a", 1, 6, 2)
    found = run(conn, DuplicateSearch("hashes", 3))
    assert store.members(conn, done.clustering) == store.members(conn, found.clustering) != []


def test_exact_lists_files_and_stores_nothing(cli) -> None:
    found = cli("duplicates", "--exact", "--json")
    assert {row["file"] for row in found["rows"]} == TWICE
    assert len({row["image_id"] for row in found["rows"]}) == found["groups"] == 1
    assert cli("duplicates", "--exact", "--query", "format=png", "--json")["rows"] == []
    assert cli("clusterings", "--json")["rows"] == []


def test_all_but_the_best_are_tagged_at_once_and_undone_at_once(cli) -> None:
    found = cli("duplicates", "--hash-distance", "4", "--tag-others", "Quality=spare", "--json")
    assert found["changeset"] is not None
    best = found["rows"][0]["best"]
    others = sorted(row["image_id"] for row in found["rows"] if row["image_id"] != best)
    tagged = cli("query", "_mode=images&Quality=spare", "--ids").stdout.split()
    assert sorted(map(int, tagged)) == others
    cli("undo", "--json")
    assert "no property `Quality`" in cli("query", "Quality=spare", code=1).output


def test_a_group_that_lost_its_best_copy_is_not_tagged(path: Path) -> None:
    conn = connect(path)
    found = run(conn, DuplicateSearch("hashes"))
    best = store.members(conn, found.clustering)[0].best
    put(conn, found.clustering, {-1: [best]})
    assert store.members(conn, found.clustering) == []
    with pytest.raises(BadQuery, match="nothing to tag"):
        store.tag_others(conn, found.clustering, "Quality", "spare", actor=None)
    assert conn.execute("select count(*) from properties").fetchone() == (0,)
    with pytest.raises(NotThere):
        store.tag_others(conn, 99, "Quality", "spare", actor=None)


def test_a_property_without_tags_is_refused_and_nothing_is_written(cli, path: Path) -> None:
    conn = connect(path)
    create(conn, "Note", "text", "image")
    found = cli("duplicates", "--hash-distance", "4", "--json")
    with pytest.raises(BadQuery, match="takes no tags"):
        store.tag_others(conn, found["clustering"], "Note", "spare", actor=None)
    assert conn.execute("select count(*) from _panoptic_changesets").fetchone() == (1,)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--min-similarity", "1.5"], "`min_similarity` must be a number from 0.5 to 1, not `1.5`"),
        (["--hash-distance", "12"], "`distance` must be a whole number from 0 to 11, not `12`"),
        (["--space", "none"], "no embedding space `none`"),
        (["--query", "width__gt=9999"], "this view has no images"),
        (["--query", "nothing=1"], "no property `nothing`"),
    ],
)
def test_what_cannot_be_is_said(cli, options: list[str], said: str) -> None:
    assert said in cli("duplicates", *options, code=1).output


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--exact", "--hash-distance", "1"], "choose one of --min-similarity, --hash-distance and --exact"),
        (["--exact", "--tag-others", "a=b"], "--tag-others does not work with --exact"),
        (["--hash-distance", "1", "--space", "1"], "--space needs --min-similarity"),
    ],
)
def test_options_that_contradict_each_other_are_refused(cli, options: list[str], said: str) -> None:
    assert said in cli("duplicates", *options, code=2).output


@pytest.mark.asyncio
async def test_the_page_looks_for_copies_by_a_job_and_tags_them(path: Path) -> None:
    async with serving(path, tasks=True) as datasette:
        client = datasette.client

        async def page() -> dict:
            return (await client.get(f"{BASE}/duplicates.json", actor=OWNER)).json()

        async def post(address: str, **fields: object):
            return await client.post(f"{BASE}{address}", json=fields, actor=OWNER)

        started = await post("/duplicates", method="hashes", hash_distance=4)
        assert started.status_code == 202, started.text
        await server_of(datasette).worker.idle()
        with reading(path) as conn:
            job = jobs.get(conn, started.json()["job"])
        assert (job.state, job.report["groups"], job.report["images"]) == ("done", 1, 4), job.message
        (found,) = (await page())["runs"]
        rows = (await client.get(f"{BASE}/duplicates/{found['id']}.json")).json()["rows"]
        assert len(rows) == 4
        assert {row.keys() >= {"group", "best", "image_id", "similarity"} for row in rows} == {True}
        tagged = await post(f"/duplicates/{found['id']}/tag-others", property="Quality", tag="spare")
        assert tagged.status_code == 200, tagged.text
        assert (await client.get(f"{BASE}/count.json?_mode=images&Quality=spare")).json()["images"] == 3
        html = (await client.get(f"{BASE}/duplicates", actor=OWNER)).text
        assert f'href="{found["href"].replace("&", "&amp;")}"' in html
        assert "b copied.jpg" in html
        assert (await client.get(found["href"])).status_code == 200


@pytest.mark.asyncio
async def test_what_a_form_sends_is_checked_before_a_job_is_put(path: Path) -> None:
    async with serving(path) as datasette:

        async def said(**fields: object) -> tuple[int, str]:
            answer = await datasette.client.post(f"{BASE}/duplicates", data=fields, actor=OWNER)
            return answer.status_code, answer.text

        assert (await said(method="eyes"))[0] == 400
        assert "from 0.5 to 1" in (await said(min_similarity="0"))[1]
        assert (await said(space="9"))[0] == 404
        assert (await said(query="nothing=1"))[0] == 400
        assert (await datasette.client.get(f"{BASE}/duplicates.json", actor=OWNER)).json()["running"] == ""
