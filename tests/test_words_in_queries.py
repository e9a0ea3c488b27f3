"""Queries that name words: commands and routes find them by vectors that nobody knew before they were asked."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from datasette_panoptic.cli import panoptic
from datasette_panoptic.store.connection import checkpoint, connect_read_only
from datasette_panoptic.web.http.server import server_of
from datasette_panoptic.web.routes import ROUTES
from panoptic_ml import registry
from panoptic_ml.types import Embedder
from tests.access_matrix import MATRIX
from tests.rows import Folder, Instance, Picture, Property, describe, fill
from tests.serving import EDITOR, OWNER, serving, sha1_of
from tests.vectors import WORDS, MadeUp, cosines, embed, word

BASE = "/project/-/panoptic"
IMAGES, DIMENSION = 12, 4
VECTORS = np.random.default_rng(11).standard_normal((IMAGES, DIMENSION))
BOAT = "_similar=text:boat&similarity__gte=0.2"
KEPT = "select key from _panoptic_query_vectors order by key"


class Words(Embedder):
    """Knows the words of `tests.vectors`, by axis, and no picture."""

    id, revision, dimension, modalities = "made-up", "1", DIMENSION, frozenset({"image", "text"})

    def embed_images(self, images, /):
        return np.tile(np.eye(DIMENSION, dtype=np.float32)[3], (len(images), 1))

    def embed_texts(self, texts, /):
        return np.array([word(text.strip(), DIMENSION) for text in texts])


def scores(*wanted: str) -> list[float]:
    """Return the scores of all images for words, those after a minus unwanted."""
    target = sum(word(text, DIMENSION) for text in wanted if text[0] != "-")
    target = target / np.linalg.norm(target)
    against = [word(text[1:], DIMENSION) for text in wanted if text[0] == "-"]
    return cosines(VECTORS, target - 0.5 * sum(against) if against else target)


def found(least: float, *wanted: str) -> list[int]:
    """Return the images with at least a score, the best first."""
    by_image = dict(enumerate(scores(*wanted), 1))
    return sorted((image for image in by_image if by_image[image] >= least), key=lambda image: -by_image[image])


@pytest.fixture
def corpus(project):
    fill(
        project.conn,
        [Folder("photos")],
        [Picture(800 + n, 600) for n in range(IMAGES)],
        [Instance(n, 0, f"{n:02}.jpg") for n in range(IMAGES)],
    )
    describe(project.conn, [Property("Topic", "multi_tags", "image", {0: frozenset({"old"})})])
    embed(project.conn, VECTORS)
    checkpoint(project.conn)
    return project


@pytest.fixture
def run(corpus, monkeypatch):
    """Run a command on the project, P in its arguments, where the embedder is installed."""
    here = replace(registry.installed(), embedders={})
    here.add("embedder", Words, "test")
    assert not here.faults, here.faults
    monkeypatch.setattr(registry, "installed", lambda: here)

    def invoke(*arguments, code=0):
        words = [str(corpus.path) if argument == "P" else str(argument) for argument in arguments]
        result = CliRunner().invoke(panoptic, words)
        assert result.exit_code == code, result.output
        return json.loads(result.stdout) if "--json" in arguments and not code else result

    return invoke


def test_words_are_found_by_query(run, corpus):
    assert run("query", "P", f"{BOAT}&_sort_desc=similarity", "--ids").stdout.split() == [
        str(image) for image in found(0.2, "boat")
    ]
    assert int(run("query", "P", BOAT, "--count").stdout) == len(found(0.2, "boat"))
    both = "_similar=text:boat,-text:night&similarity__gte=0.2&_mode=images"
    assert {row["id"] for row in run("query", "P", both, "--json")["rows"]} == set(found(0.2, "boat", "-night"))
    assert {row["id"] for row in run("query", "P", f"{both}&_space=1", "--json")["rows"]} == set(
        found(0.2, "boat", "-night")
    )
    assert corpus.conn.execute(KEPT).fetchall() == []  # the file was opened for reading
    assert "panoptic_similarity" in run("query", "P", "_similar=text:zebra&similarity__gte=0", "--sql").stdout


def test_words_are_found_by_every_command_that_takes_a_query(run, corpus, tmp_path):
    wanted = found(0.2, "boat")
    run("annotate", "P", "--query", BOAT, "--add", "Topic=afloat")
    tagged = "select image_id from image_tags join tags on tags.id = tag_id where name = ? order by 1"
    assert [image for (image,) in corpus.conn.execute(tagged, ["afloat"])] == sorted(wanted)
    assert corpus.conn.execute(KEPT).fetchall() == [("boat",)]
    corpus.conn.execute("delete from _panoptic_query_vectors")

    run("export", "P", tmp_path / "out.json", "--query", f"{BOAT}&_sort_desc=similarity")
    assert [row["id"] for row in json.loads((tmp_path / "out.json").read_text("utf-8"))] == wanted

    night = "_similar=text:night&similarity__gte=0"
    made = run("cluster", "P", "--query", night, "--clusterer", "kmeans", "--n-clusters", "2", "--json")
    assert sorted(row["image_id"] for row in made["rows"]) == sorted(found(0, "night"))

    red = "_similar=text:red&similarity__gte=0"
    assert run("run", "P", "dominant-colors", "--query", red, "--json")["images"] == len(found(0, "red"))
    assert corpus.conn.execute(KEPT).fetchall() == [("night",), ("red",)]

    corpus.conn.execute("delete from _panoptic_query_vectors")
    near = run("duplicates", "P", "--min-similarity", "0.5", "--query", red, "--json")
    assert {row["image_id"] for row in near["rows"]} <= set(found(0, "red"))
    corpus.conn.execute("delete from _panoptic_query_vectors")
    assert run("duplicates", "P", "--exact", "--query", red, "--json")["rows"] == []
    rows = run("recommend", "P", "--tag", "Topic=afloat", "--query", red, "--json")["rows"]
    assert {row["image_id"] for row in rows} == set(found(0, "red")) - set(wanted)
    corpus.conn.execute("delete from _panoptic_query_vectors")
    run("clusterings", "P", "move", made["clustering"], red, 0)
    run("tag", "split", "P", "Topic", "afloat", "red and afloat", "--query", red)
    both = sorted(set(found(0, "red")) & set(wanted))
    assert [image for (image,) in corpus.conn.execute(tagged, ["red and afloat"])] == both


COMMANDS = {
    "query": ["query", "P", "{}", "--count"],
    "annotate": ["annotate", "P", "--query", "{}", "--add", "Topic=x"],
    "export": ["export", "P", "out.csv", "--query", "{}"],
    "cluster": ["cluster", "P", "--query", "{}", "--clusterer", "kmeans"],
    "run": ["run", "P", "dominant-colors", "--query", "{}"],
    "duplicates": ["duplicates", "P", "--exact", "--query", "{}"],
    "recommend": ["recommend", "P", "--tag", "Topic=old", "--query", "{}"],
    "tag split": ["tag", "split", "P", "Topic", "old", "new", "--query", "{}"],
}
FAULTS = {
    "another word": ("_similar=text:zebra&similarity__gte=0", "KeyError: 'zebra'"),
    "no such space": ("_similar=text:boat&_space=9&similarity__gte=0", "no embedding space `9` in this project"),
    "an image without a vector": ("_similar=image:99&similarity__gte=0", "no image `99` in this project"),
    "a picture of a server": (f"_similar=file:{'a' * 40}&similarity__gte=0", "similar --file"),
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("fault", FAULTS)
def test_what_cannot_be_compared_is_said_and_nothing_is_written(run, corpus, tmp_path, monkeypatch, command, fault):
    monkeypatch.chdir(tmp_path)
    query, said = FAULTS[fault]
    changed = corpus.conn.execute("select count(*) from _panoptic_changesets").fetchone()
    result = run(*(part.format(query) for part in COMMANDS[command]), code=1)
    assert said in result.output
    assert "Traceback" not in result.output
    assert corpus.conn.execute("select count(*) from _panoptic_changesets").fetchone() == changed
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_project_without_embeddings_names_the_command_that_makes_them(run, corpus, command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for table in ("_panoptic_embeddings", "_panoptic_space_states", "embedding_spaces"):
        corpus.conn.execute(f"delete from {table}")
    result = run(*(part.format(BOAT) for part in COMMANDS[command]), code=1)
    assert "`datasette panoptic embed`" in result.output


def test_a_project_that_cannot_be_written_is_asked_for_words_too(run, corpus):
    corpus.path.chmod(0o444)
    connect_read_only(corpus.path).close()
    assert int(run("query", "P", BOAT, "--count").stdout) == len(found(0.2, "boat"))


@asynccontextmanager
async def asking(corpus, **options):
    async with serving(corpus.path, **options) as datasette:
        server_of(datasette).inference = MadeUp()
        yield datasette, server_of(datasette).inference


@pytest.mark.asyncio
async def test_every_route_that_reads_a_view_finds_words_that_nobody_asked_for_before(corpus):
    """No answer says that a vector is not known, whoever asks, and what is asked for twice is computed once."""
    unknown, asked_twice = {}, {}
    async with asking(corpus) as (datasette, inference):
        for actor in (None, OWNER):
            for route in (route for route in ROUTES if route.method == "GET"):
                path = MATRIX[route.path][0].format(sha1=sha1_of(corpus.conn, 1))
                server_of(datasette).known("project").vectors.clear()
                corpus.conn.execute("delete from _panoptic_query_vectors")
                inference.asked.clear()
                address = f"{BASE}{path}{'&' if '?' in path else '?'}_similar=text:boat&_sort_desc=similarity"
                response = await datasette.client.get(address, actor=actor)
                if "no vector is known" in response.text:
                    unknown[path] = response.text
                if len(inference.asked) > 1:
                    asked_twice[path] = inference.asked[:]
    assert not unknown
    assert not asked_twice


POSTS = {
    "/annotate": {"sayings": [{"act": "add", "name": "Topic", "text": "x"}]},
    "/export": {"format": "csv"},
    "/selections": {},
    "/views": {"name": "boats"},
    "/check": {},
    "/recommend/accept-all": {"group": [["Topic", "old"]], "at_least": 0.99},
}


@pytest.mark.asyncio
@pytest.mark.parametrize("route", POSTS)
async def test_every_route_that_takes_a_query_in_its_body_finds_them_too(corpus, route):
    for query in (BOAT, "_similar=text:night,-text:red&similarity__gte=0"):
        async with asking(corpus) as (datasette, inference):
            said = {**POSTS[route], "query": query} | ({"name": query} if "name" in POSTS[route] else {})
            response = await datasette.client.post(BASE + route, json=said, actor=OWNER)
            assert response.status_code == 200, response.text
            assert set(inference.asked) == {word for word in WORDS if f"text:{word}" in query}
            bad = {**said, "query": query.replace("text:", "text:no ")}
            refused = await datasette.client.post(BASE + route, json=bad, actor=OWNER)
            assert refused.status_code == 400
            assert "knows no word of" in refused.json()["error"]


@pytest.mark.asyncio
async def test_a_visitor_who_may_only_look_has_words_compared_and_writes_nothing(corpus):
    async with asking(corpus, config={"permissions": {"panoptic-edit": {"id": "edith"}}}) as (datasette, inference):
        for _ in range(2):
            view = (await datasette.client.get(f"{BASE}.json?{BOAT}&_mode=images&_sort_desc=similarity")).json()
            assert [card["image_id"] for card in view["cards"]] == found(0.2, "boat")
        assert inference.asked == ["boat"]
        assert corpus.conn.execute(KEPT).fetchall() == []
        await datasette.client.get(f"{BASE}.json?_similar=text:night&similarity__gte=0", actor=EDITOR)
        assert corpus.conn.execute(KEPT).fetchall() == [("night",)]


@pytest.mark.asyncio
async def test_a_page_without_embeddings_names_the_command_that_makes_them(corpus):
    for table in ("_panoptic_embeddings", "_panoptic_space_states", "embedding_spaces"):
        corpus.conn.execute(f"delete from {table}")
    async with asking(corpus) as (datasette, _):
        for path in ("", ".json", "/view", "/count.json"):
            response = await datasette.client.get(f"{BASE}{path}?{BOAT}")
            assert response.status_code == 400
            assert "datasette panoptic embed" in response.text
        response = await datasette.client.get(f"{BASE}.json?{BOAT}&_space=3")
        assert (response.status_code, "no embedding space `3`" in response.text) == (404, True)
