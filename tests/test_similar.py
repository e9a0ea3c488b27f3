"""Similarity: rankings, counts and scores against cosines one by one, and examples that have to be learnt first."""

from __future__ import annotations

import hashlib
import json
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pytest
from click.testing import CliRunner

from datasette_panoptic.cli import panoptic
from datasette_panoptic.domain.similar import Example, examples_of_words, read_examples, write_examples
from datasette_panoptic.errors import BadQuery
from datasette_panoptic.store import extension
from datasette_panoptic.store.connection import checkpoint, transaction
from datasette_panoptic.store.similarity import remember
from datasette_panoptic.store.vector_cache import VectorCache
from datasette_panoptic.web.http.server import server_of
from datasette_panoptic.web.similar import api as limits
from datasette_panoptic.web.similar.recipes import RECIPES
from tests.rows import Folder, Instance, Picture, Property, describe, fill
from tests.serving import EDITOR, GRANTS, serving
from tests.vectors import MadeUp, cosines, embed, word

BASE = "/project/-/panoptic"
CASES = json.loads(Path(__file__).with_name("cases").joinpath("similar.json").read_text(encoding="utf-8"))

IMAGES, DIMENSION = 24, 6
#: All but the last two images, one of which has copies.
EMBEDDED = IMAGES - 2
VECTORS = np.random.default_rng(7).standard_normal((EMBEDDED, DIMENSION))
VECTORS[3] = VECTORS[4]  # two that are equal


@pytest.fixture
def corpus(project):
    """Images 1 to 24, of which 1 to 22 have vectors; each third is tagged, image 2 and image 24 have copies."""
    fill(
        project.conn,
        [Folder("photos"), Folder("more", 0)],
        [Picture(800 + n, 600) for n in range(IMAGES)],
        [Instance(n, at % 2, f"{at:02}.jpg") for at, n in enumerate([*range(IMAGES), 1, IMAGES - 1])],
    )
    tags = {n: frozenset({"cat"}) for n in range(0, IMAGES, 3)} | {1: frozenset({"dog"})}
    describe(project.conn, [Property("Topic", "multi_tags", "image", tags)])
    embed(project.conn, VECTORS)
    checkpoint(project.conn)
    return project


@asynccontextmanager
async def made_up(project, **settings):
    """Serve a project with an inference that knows a few words."""
    async with serving(project.path, config={"permissions": GRANTS}, **settings) as datasette:
        server_of(datasette).inference = MadeUp()
        yield datasette


async def ask(datasette, path: str, status: int = 200, actor=None):
    response = await datasette.client.get(BASE + path, actor=actor)
    assert response.status_code == status, response.text
    return response.json()


def nearest(scores: list[float], apart: set[int]) -> list[tuple[int, float]]:
    """Rank images by score, then id."""
    ranked = sorted((-score, image) for image, score in enumerate(scores, 1) if image not in apart)
    return [(image, -score) for score, image in ranked]


def rows_of(answer) -> list[tuple[int, float]]:
    return [(row["image_id"], row["similarity"]) for row in answer["rows"]]


@pytest.mark.parametrize(("text", "examples"), CASES["words"])
def test_words_become_examples(text, examples):
    assert write_examples(examples_of_words(text)) == ",".join(examples)


@pytest.mark.parametrize("text", CASES["examples"])
def test_examples_are_written_as_they_were_read(text):
    assert write_examples(read_examples(text)) == text


@pytest.mark.parametrize("text", ["", "  ", "-night", '-"black and white"'])
def test_words_that_want_nothing_are_refused(text):
    with pytest.raises(BadQuery, match="at least one word without a minus"):
        examples_of_words(text)


@pytest.mark.asyncio
async def test_a_ranking_is_that_of_cosines_one_by_one_without_the_examples(corpus):
    rows = VECTORS / np.linalg.norm(VECTORS, axis=1, keepdims=True)
    mean = rows[[4, 9]].mean(axis=0)
    async with made_up(corpus) as datasette:
        one = await ask(datasette, "/similar.json?image=5")
        assert rows_of(one) == nearest(cosines(VECTORS, rows[4]), {5})
        assert rows_of(one)[0] == (4, 1.0)
        assert (one["count"], one["similar"]) == (EMBEDDED - 1, "image:5")
        both = await ask(datasette, "/similar.json?image=5&image=10&not=7&limit=4")
        against = mean / np.linalg.norm(mean) - 0.5 * rows[6]
        assert rows_of(both) == nearest(cosines(VECTORS, against), {5, 7, 10})[:4]
        words = await ask(datasette, "/search.json?text=boat -night")
        assert rows_of(words) == nearest(
            cosines(VECTORS, word("boat", DIMENSION) - 0.5 * word("night", DIMENSION)), set()
        )
        among = await ask(datasette, "/similar.json?image=5&query=Topic=cat%26similarity__gte=0.9")
        assert {image for image, _ in rows_of(among)} == set(range(1, EMBEDDED + 1, 3))


@pytest.mark.asyncio
@pytest.mark.parametrize("query", ["_similar=image:2", "_similar=image:2&_mode=images&Topic=cat&similarity__gte=0.3"])
async def test_counts_are_what_the_view_shows_once_it_asks_for_those_scores(corpus, query):
    async with made_up(corpus) as datasette:
        found = await ask(datasette, f"/similar-counts.json?{query}")
        low = found["low"]
        assert found["space"] == 1
        mode = "images" if "_mode" in query else "instances"
        plain = query.removesuffix("&similarity__gte=0.3")
        for first, last in [(low, 100), (-10, 40), (0, 0), (50, 100), (100, 100)]:
            scope = f"similarity__between={first / 100},{last / 100}"
            shown = (await ask(datasette, f"/count.json?{plain}&{scope}"))[mode]
            assert found["upto"][last - low] - found["below"][first - low] == shown, scope
        assert found["without"] == (await ask(datasette, f"/count.json?{plain}&similarity__isblank=1"))[mode]


@pytest.mark.asyncio
@pytest.mark.parametrize("mode", ["instances", "images"])
async def test_scores_by_position_are_those_of_the_images_there(corpus, mode):
    query = f"_similar=image:5&_sort_desc=similarity&_mode={mode}"
    scores = dict(enumerate(cosines(VECTORS, VECTORS[4]), 1))
    async with made_up(corpus) as datasette:
        page = await ask(datasette, f".json?{query}")
        version = page["version"]
        response = await datasette.client.get(f"{BASE}/similar-scores?{query}&_from=1&_to=26&_version={version}")
        told = np.frombuffer(response.content, "<i2").tolist()
        images = [card["image_id"] for card in page["cards"]][1:]
        assert told == [round(scores[image] * 10_000) if image in scores else -32_768 for image in images]
        stale = await datasette.client.get(f"{BASE}/similar-scores?{query}&_from=0&_to=2&_version=0.0.0")
        assert stale.status_code == 409
        far = await datasette.client.get(f"{BASE}/similar-scores?{query}&_from=0&_to=99999&_version={version}")
        assert far.status_code == 400


@pytest.mark.asyncio
async def test_a_text_is_learnt_once_and_kept_in_the_file_by_those_who_may_edit(corpus):
    query = "_similar=text:boat&_sort_desc=similarity&similarity__gte=0.1"
    kept = "select count(*) from _panoptic_query_vectors"
    async with made_up(corpus) as datasette:
        asked = server_of(datasette).inference.asked
        first = await ask(datasette, f"/count.json?{query}")
        await ask(datasette, f"/count.json?{query}")
        assert (asked, corpus.conn.execute(kept).fetchone()[0]) == (["boat"], 0)  # an anonymous visitor writes nothing
        await ask(datasette, "/count.json?_similar=text:night&similarity__gte=0", actor=EDITOR)
        assert (asked, corpus.conn.execute(kept).fetchone()[0]) == (["boat", "night"], 1)
        assert first["images"] == sum(score >= 0.1 for score in cosines(VECTORS, word("boat", DIMENSION)))
    checkpoint(corpus.conn)
    async with serving(corpus.path, immutable=True) as datasette:
        await ask(datasette, "/count.json?_similar=text:night&similarity__gte=0")  # published with the file


ROUTES = [
    "/view", "/folders.json", "/facets.json?_facets=format", "/count.json", "/chart.svg?_field=width", "/sql.json",
    "/export", "/image/3", "/image/3.json", "/image/3/similar.json", "/similar-counts.json", "/groups.json",
    "", ".json",
]  # fmt: skip


@pytest.mark.asyncio
async def test_every_address_that_takes_a_query_learns_what_it_names(corpus):
    async with made_up(corpus) as datasette:
        for number, route in enumerate(ROUTES):
            # Each names a text that nobody has named before: the same word, apart for its spaces.
            text = "boat" + " " * number
            server_of(datasette).inference.texts = learn
            asked = (
                f"{route}{'&' if '?' in route else '?'}_similar=text:{text}&_sort_desc=similarity&similarity__gte=0.1"
            )
            response = await datasette.client.get(BASE + asked.replace(" ", "%20"))
            assert response.status_code == 200, (route, response.text)
        said = {
            "query": "_similar=text:boat%20-&similarity__gte=0.1",
            "sayings": [{"act": "add", "name": "Topic", "text": "x"}],
        }
        response = await datasette.client.post(f"{BASE}/annotate", json=said, actor=EDITOR)
        assert response.status_code == 200, response.text
        alike = {n for n, score in enumerate(cosines(VECTORS, word("boat", DIMENSION)), 1) if score >= 0.1}
        tagged = "select image_id from image_tags join tags on tags.id = tag_id where tags.name = 'x'"
        assert {image for (image,) in corpus.conn.execute(tagged)} == alike


async def learn(space, texts):
    return np.array([word(text.strip(" -"), space.dimension) for text in texts])


@pytest.mark.asyncio
async def test_what_cannot_be_learnt_is_said_and_nothing_else_fails(corpus):
    async with made_up(corpus) as datasette:
        answer = await ask(datasette, "/search.json?text=zebra", status=400)
        assert "knows no word of `zebra`" in answer["error"]
        page = await datasette.client.get(f"{BASE}?_similar=text:zebra&_sort=similarity")
        assert (page.status_code, "knows no word of" in page.text) == (400, True)
        lost = "0" * 40
        assert "send it again" in (await ask(datasette, f"/similar.json?file={lost}", status=404))["error"]
        assert "no vector in embedding space" in (await ask(datasette, "/similar.json?image=23", status=400))["error"]
        assert "no embedding space `9`" in (await ask(datasette, "/similar.json?image=3&space=9", status=404))["error"]
        assert "unknown key" in (await ask(datasette, "/similar.json?picture=3", status=400))["error"]


@pytest.mark.asyncio
async def test_a_host_without_the_embedder_says_which_one_is_wanted(corpus):
    async with serving(corpus.path, immutable=True) as datasette:
        error = (await ask(datasette, "/search.json?text=boat", status=400))["error"]
        assert "embedding space 1 was made by `made-up`" in error
        assert "no embedder `made-up` is installed" in error
        assert rows_of(await ask(datasette, "/similar.json?image=5&limit=1")) == [(4, 1.0)]


@pytest.mark.asyncio
async def test_a_picture_that_is_sent_is_an_example_and_the_projects_own_is_its_image(corpus, monkeypatch):
    async with made_up(corpus) as datasette:

        async def send(data: bytes, query: str = ""):
            return await datasette.client.post(f"{BASE}/similar-file{query}", content=data)

        own = await send(b"7")  # in such a project, the SHA-1 of an image is that of its number
        assert own.json() == {"ok": True, "example": "image:7"}
        sent = await send(b"abcd")
        example = f"file:{hashlib.sha1(b'abcd').hexdigest()}"
        assert sent.json() == {"ok": True, "example": example}
        ranked = await ask(datasette, f"/similar.json?file={example.removeprefix('file:')}")
        assert rows_of(ranked) == nearest(cosines(VECTORS, np.eye(DIMENSION)[4]), set())
        assert server_of(datasette).inference.asked == ["picture"]
        assert (await send(b"")).status_code == 400
        assert (await send(b"x", "?url=http://example.org")).status_code == 400
        monkeypatch.setattr(limits, "LARGEST_PICTURE", 8)
        assert (await send(b"x" * 9)).status_code == 413
    async with serving(corpus.path, immutable=True) as datasette:
        server_of(datasette).inference = MadeUp()
        response = await datasette.client.post(f"{BASE}/similar-file", content=b"abcd")
        assert response.json()["example"] == example


@pytest.mark.asyncio
async def test_the_image_page_shows_the_nearest_and_leads_to_all(corpus):
    embed(corpus.conn, VECTORS[:, :2], embedder="other", texts=False)
    async with made_up(corpus) as datasette:
        page = await ask(datasette, "/image/5/similar.json?Topic=cat&_mode=images")
        assert [one["image_id"] for one in page["images"]] == [
            image for image, _ in nearest(cosines(VECTORS, VECTORS[4]), {5})[:12]
        ]
        assert page["images"][0]["score"] == "1.00"
        assert [(space["label"], space["is_current"]) for space in page["spaces"]] == [
            ("made-up", True),
            ("other", False),
        ]
        assert page["everywhere"]["href"].endswith("?_similar=image%3A5&similarity__gte=0.5&_sort_desc=similarity")
        assert "_mode=images&_similar=image%3A5&Topic=cat" in page["within"]["href"]
        other = await ask(datasette, page["spaces"][1]["href"].removeprefix(BASE).replace("/5?", "/5/similar.json?"))
        assert [one["image_id"] for one in other["images"]] == [
            image for image, _ in nearest(cosines(VECTORS[:, :2], VECTORS[4, :2]), {5})[:12]
        ]
        html = (await datasette.client.get(f"{BASE}/image/5")).text
        assert html.count('class="score"') == 12


@pytest.mark.asyncio
async def test_a_project_without_vectors_says_what_to_do_and_offers_it_to_those_who_may(corpus):
    corpus.conn.execute("delete from _panoptic_embeddings")
    corpus.conn.execute("delete from _panoptic_space_states")
    corpus.conn.execute("delete from embedding_spaces")
    async with serving(corpus.path) as datasette:
        nobody = await ask(datasette, "/image/5/similar.json")
        assert ("datasette panoptic embed" in nobody["note"], nobody["embed_url"]) == (True, None)
        owner = await ask(datasette, "/image/5/similar.json", actor={"id": "root"})
        assert owner["embed_url"] == f"{BASE}/embed"
        page = await datasette.client.get(f"{BASE}/image/5", actor={"id": "root"})
        assert f'action="{BASE}/embed"' in page.text


@pytest.mark.asyncio
async def test_recipes_find_what_the_ranking_finds(corpus):
    assert extension.ensure(corpus.conn) < 3
    async with made_up(corpus) as datasette:

        async def rows(name: str, query: str):
            response = await datasette.client.get(f"/project/{name}.json?{query}")
            assert response.status_code == 200, response.text
            return response.json()["rows"]

        expected = nearest(cosines(VECTORS, VECTORS[4]), {5})
        for name in ("similar_to_image", "similar_to_image_in_memory"):
            found = await rows(name, "image=5&space=")
            assert [row["image_id"] for row in found] == [image for image, _ in expected]
            assert np.allclose([row["similarity"] for row in found], [score for _, score in expected], atol=1e-4)
        cats = list(range(0, EMBEDDED, 3))
        unit = VECTORS / np.linalg.norm(VECTORS, axis=1, keepdims=True)
        pairs = await rows("nearest_pairs_with_tag", "property=Topic&tag=cat")
        truth = {(a + 1, b + 1): unit[a] @ unit[b] for a in cats for b in cats if a < b}
        assert {(row["image_id"], row["other_image_id"]) for row in pairs} == set(truth)
        assert all(abs(truth[row["image_id"], row["other_image_id"]] - row["similarity"]) < 1e-4 for row in pairs)
        center = unit[cats].sum(axis=0)
        like = await rows("like_images_with_tag", "property=Topic&tag=cat")
        assert [row["image_id"] for row in like] == [
            image for image, _ in nearest(cosines(VECTORS, center), {n + 1 for n in cats})
        ]
        (alike,) = await rows("nearest_tags", "property=Topic")
        assert {alike["tag"], alike["other_tag"]} == {"cat", "dog"}
        assert abs(alike["similarity"] - cosines(VECTORS[1:2], center)[0]) < 1e-3
        nothing = {"image": "", "property": "", "tag": ""}  # as the page of a query asks when it is opened
        for recipe in RECIPES:
            assert await rows(recipe.name, urlencode({**nothing, "space": ""})) == []
            assert await rows(recipe.name, urlencode({"image": 9999, "property": "Topic", "tag": "no such"})) in (
                [],
                [alike],
            )
    assert len(RECIPES) == 5


def test_the_commands_rank_as_the_pages_do(corpus):
    def run(*arguments: str):
        done = CliRunner().invoke(panoptic, [*arguments, "--json"])
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    path, unit = str(corpus.path), VECTORS / np.linalg.norm(VECTORS, axis=1, keepdims=True)
    one = run("similar", path, "--image", "5", "--not", "7", "--limit", "3")
    assert rows_of(one) == nearest(cosines(VECTORS, unit[4] - 0.5 * unit[6]), {5, 7})[:3]
    assert one["rows"][0]["name"] == "03.jpg"
    with transaction(corpus.conn):
        remember(corpus.conn, VectorCache(), 1, [(Example("text", "boat"), word("boat", DIMENSION))], in_file=True)
    assert rows_of(run("search", path, "boat", "--query", "Topic=cat")) == [
        row for row in nearest(cosines(VECTORS, word("boat", DIMENSION)), set()) if row[0] % 3 == 1
    ]
    refused = CliRunner().invoke(panoptic, ["search", path, "zebra"])
    assert (refused.exit_code, "no embedder `made-up` is installed" in refused.output) == (1, True)


@pytest.mark.asyncio
async def test_the_sql_of_a_view_runs_in_datasettes_editor_and_finds_the_same(corpus):
    query = "_similar=image:5,-image:7&_mode=images&_sort_desc=similarity&similarity__between=0.1,0.9"
    async with serving(corpus.path) as datasette:
        shown = await ask(datasette, f"/sql.json?{query}", actor={"id": "root"})
        assert ("panoptic_similarity" in shown["sql"], len(shown["notes"])) == (True, 2)
        address = shown["editor_url"].replace("/-/query?", "/-/query.json?")
        rows = (await datasette.client.get(address, actor={"id": "root"})).json()["rows"]
        page = await ask(datasette, f".json?{query}")
        assert [row["image_id"] for row in rows] == [card["image_id"] for card in page["cards"]]
        assert len(rows) > 1
