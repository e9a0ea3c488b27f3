"""Recommendations: what is proposed, what becomes of answers, what a threshold accepts and who has checked it."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner

from datasette_panoptic.cli import panoptic
from datasette_panoptic.domain.changes import AddTags, Selection
from datasette_panoptic.jobs import recommend as recommendations
from datasette_panoptic.query.orders import Orders, version
from datasette_panoptic.store import embeddings, undo
from datasette_panoptic.store import recommendations as store
from datasette_panoptic.store.changesets import apply
from datasette_panoptic.store.connection import checkpoint, transaction
from tests.rows import Folder, Instance, Picture, Property, describe, fill
from tests.serving import EDITOR, GRANTS, serving
from tests.test_changesets import EVERY

BASE = "/project/-/panoptic"
IMAGES, DIMENSION, WITHOUT_VECTOR = 60, 12, 60
#: Pictures 1 to 30 show cats, the others something else; three of them are tagged.
CATS = set(range(1, 31))
CAT = [("Topic", "cat")]
PROPERTIES = [
    Property(
        "Topic", "multi_tags", "image", {n: frozenset({"cat" if n < 3 else "dog"}) for n in (0, 1, 2, 40, 41, 42)}
    ),
    Property("Kind", "tag", "image", {0: frozenset({"pet"}), 1: frozenset({"pet"}), 5: frozenset({"wild"})}),
    Property("Place", "text", "instance", {0: "Paris", 1: "Paris", 2: "Rome"}),
]


@pytest.fixture
def sample(project):
    """Sixty images in two clouds of vectors; the last has none."""
    conn = project.conn
    fill(
        conn,
        [Folder("a")],
        [Picture(100 + n) for n in range(IMAGES)],
        [Instance(n, 0, f"{n}.jpg") for n in range(IMAGES)],
    )
    describe(conn, PROPERTIES)
    random = np.random.default_rng(0)
    middles = np.zeros((IMAGES, DIMENSION))
    middles[:30, 0] = middles[30:, 1] = 1.5
    vectors = middles + random.normal(size=middles.shape)
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype("<f4")
    with transaction(conn):
        space = embeddings.space(conn, "test", "1", {}, DIMENSION)
        embeddings.add(conn, space, [(n + 1, vectors[n].tobytes()) for n in range(IMAGES - 1)])
    return project


def rows(conn, sql: str):
    return conn.execute(sql).fetchall()


def propose(sample, named=CAT, **asked):
    group = recommendations.group_of(sample.conn, named)
    return recommendations.recommend(sample.conn, Orders(), group, limit=IMAGES, **asked)


def proposed(sample, named=CAT, **asked) -> list[int]:
    return [row.image_id for row in propose(sample, named, **asked).rows]


def test_proposals_are_all_others_that_have_a_vector_best_first(sample):
    found = propose(sample)
    images = [row.image_id for row in found.rows]
    assert set(images) == set(range(1, IMAGES + 1)) - {1, 2, 3, WITHOUT_VECTOR}
    assert len(CATS & set(images[:15])) > 12
    chances = [row.probability for row in found.rows]
    assert chances == sorted(chances, reverse=True)
    assert (found.members, found.candidates) == (3, len(images))


def test_in_a_property_of_one_tag_what_has_another_is_settled(sample):
    assert not {1, 2, 6} & set(proposed(sample, [("Kind", "pet")]))


def test_a_tag_has_what_is_below_it(sample):
    sample.conn.execute("insert into tags (id, property_id, name) values (90, 1, 'animal')")
    sample.conn.execute("insert into tag_parents select id, 90 from tags where name in ('cat', 'dog')")
    assert propose(sample, [("Topic", "animal")]).members == 6


def test_nested_groups_have_the_values_of_all_levels(sample):
    named = [("Place", "Paris"), ("Topic", "cat")]
    assert propose(sample, named).members == 2
    assert 3 not in proposed(sample, named)  # it is in Rome already


def test_an_empty_group_proposes_nothing(sample):
    sample.conn.execute("insert into tags (property_id, name) values (1, 'sea')")
    assert propose(sample, [("Topic", "sea")]).rows == []


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ([], "a property and its value"),
        ([("Topic", "sea")], "sea"),
        ([("Nothing", "x")], "no property `Nothing`"),
        ([("width", "5")], "is a system field"),
    ],
)
def test_what_is_no_group_is_named(sample, named, said):
    with pytest.raises(Exception, match=said):
        recommendations.group_of(sample.conn, named)


def asking(sample):
    checkpoint(sample.conn)
    return serving(sample.path, config={"permissions": GRANTS})


async def get(datasette, query: str = "property=Topic&value=cat&limit=100", status: int = 200):
    response = await datasette.client.get(f"{BASE}/recommend.json?{query}")
    assert response.status_code == status, response.text
    return response.json()


async def post(datasette, path: str, body: dict, actor=EDITOR, status: int = 200):
    response = await datasette.client.post(BASE + path, json=body, actor=actor)
    assert response.status_code == status, response.text
    return response.json()


def ids(found) -> set[int]:
    return {row["image_id"] for row in found["rows"]}


@pytest.mark.asyncio
async def test_accepted_images_leave_the_list_and_undoing_brings_them_back(sample):
    async with asking(sample) as datasette:
        done = await post(datasette, "/recommend/accept", {"group": [["Topic", "cat"]], "images": [9, 10]})
        found = await get(datasette)
        assert not {9, 10} & ids(found)
        assert (done["changed"], found["counts"]["accepted"], found["counts"]["unchecked"]) == (2, 2, 0)
        await post(datasette, "/undo", {"changeset": done["changeset"]})
        found = await get(datasette)
        assert {9, 10} <= ids(found)
        assert found["counts"]["accepted"] == 0
    ((tool, details),) = rows(
        sample.conn, "select tool, details from _panoptic_changesets join _panoptic_provenance on changeset_id = id"
    )
    assert tool == "recommend"
    assert json.loads(details)["embedder"] == "test"


@pytest.mark.asyncio
async def test_refused_images_never_return_until_they_are_forgotten(sample):
    async with asking(sample) as datasette:
        before = await get(datasette)
        done = await post(datasette, "/recommend/refuse", {"group": [["Topic", "cat"]], "images": [50, 51]})
        found = await get(datasette)
        assert done["changed"] == found["counts"]["refused"] == 2
        assert not {50, 51} & ids(found)
        assert {50, 51} <= ids(await get(datasette, "property=Topic&value=dog&limit=100"))
        await post(datasette, "/recommend/refuse", {"group": [["Topic", "dog"]], "images": [50, 51]})
        forgotten = await post(datasette, "/recommend/forget", {"group": [["Topic", "cat"]], "images": [50]})
        found = await get(datasette)
        assert (forgotten["changed"], found["counts"]["refused"]) == (1, 1)
        assert (50 in ids(found), 51 in ids(found)) == (True, False)
        assert not {50, 51} & ids(await get(datasette, "property=Topic&value=dog&limit=100"))
        await post(datasette, "/recommend/forget", {"group": [["Topic", "cat"]]})
        assert (await get(datasette))["rows"] == before["rows"]


@pytest.mark.asyncio
async def test_accepting_what_was_refused_forgets_that_refusal_alone(sample):
    async with asking(sample) as datasette:
        for tag in ("cat", "dog"):
            await post(datasette, "/recommend/refuse", {"group": [["Topic", tag]], "images": [9, 10]})
        await post(datasette, "/recommend/accept", {"group": [["Topic", "cat"]], "images": [9]})
    key = "select tags.name, image_id from _panoptic_refusals join tags on tags.id = value order by 1, 2"
    assert rows(sample.conn, key) == [("cat", 10), ("dog", 9), ("dog", 10)]


def test_each_answer_raises_the_version_that_proposals_are_kept_under(sample):
    conn, group = sample.conn, recommendations.group_of(sample.conn, CAT)
    one = Selection("select id as instance_id from instances where id = 9", {})
    counted = [version(conn)]
    for write, changed in [
        (lambda: store.refuse(conn, group, [9, 10, 10_000], actor=None), 2),
        (lambda: store.refuse(conn, group, [10], actor=None), 0),
        (lambda: store.forget(conn, group, [9, 11]), 1),
        (lambda: store.forget(conn, group), 1),
        (lambda: accepted_by_threshold(conn, group, one), 1),
        (lambda: store.check(conn, one), 1),
    ]:
        assert write() == changed
        counted.append(version(conn))
    assert len(set(counted)) == len(counted)


def accepted_by_threshold(conn, group, selection) -> int:
    return store.accept(conn, group, selection, actor=None, query="", details={}, probabilities={9: 0.9}).changed


@pytest.mark.asyncio
async def test_a_nested_group_gets_all_its_values_and_has_refusals_of_its_own(sample):
    group = [["Place", "Paris"], ["Topic", "cat"]]
    nested = "property=Place&value=Paris&property=Topic&value=cat&limit=100"
    async with asking(sample) as datasette:
        await post(datasette, "/recommend/accept", {"group": group, "images": [9]})
        await post(datasette, "/recommend/refuse", {"group": group, "images": [10]})
        assert not {9, 10} & ids(await get(datasette, nested))
        assert 10 in ids(await get(datasette))
    assert rows(sample.conn, "select Place from instance_values where instance_id = 9") == [("Paris",)]
    assert rows(sample.conn, "select name from image_tags join tags on tags.id = tag_id where image_id = 9") == [
        ("cat",)
    ]


@pytest.mark.asyncio
async def test_a_threshold_accepts_what_waits_to_be_checked(sample):
    unchecked = f"{BASE}.json?unchecked=Topic&_mode=images"
    async with asking(sample) as datasette:
        for image in range(4, 24):
            path = "accept" if image < 20 else "refuse"
            answered = image if image < 20 else image + 20
            await post(datasette, f"/recommend/{path}", {"group": [["Topic", "cat"]], "images": [answered]})
        found = await get(datasette)
        estimate = next(each for each in found["estimates"] if each["threshold"] == 0.7)
        sure = {row["image_id"] for row in found["rows"] if row["probability"] >= 0.7}
        assert 0 < estimate["count"] == len(sure)
        done = await post(datasette, "/recommend/accept-all", {"group": [["Topic", "cat"]], "at_least": 0.7})
        assert done["changed"] == len(sure)
        after = await get(datasette)
        assert after["counts"]["unchecked"] == len(sure)
        assert after["counts"]["accepted"] == 16  # a machine's own answers teach it nothing
        assert len((await datasette.client.get(unchecked)).json()["cards"]) == len(sure)
        one = min(sure)
        await post(datasette, "/check", {"query": f"id={one}"})
        assert (await get(datasette))["counts"]["unchecked"] == len(sure) - 1
        await post(datasette, "/undo", {"changeset": done["changeset"]})
        assert (await datasette.client.get(unchecked)).json()["cards"] == []
    details = json.loads(rows(sample.conn, "select details from _panoptic_provenance order by changeset_id")[-1][0])
    assert (details["threshold"], details["space"]) == (0.7, 1)


@pytest.mark.asyncio
async def test_proposals_come_from_within_a_view(sample):
    async with asking(sample) as datasette:
        found = await get(datasette, "property=Topic&value=cat&query=width__gte%3D150&limit=100&order=uncertain")
        assert ids(found) == set(range(51, 60))


BAD_QUESTIONS = [
    "",
    "property=Topic",
    "property=Topic&value=cat&order=worst",
    "property=Topic&value=cat&k=1",
    "property=No&value=1",
]
BAD_ANSWERS = [
    ("accept", {"group": [["Topic", "cat"]]}),
    ("accept", {"group": [["Topic"]], "images": [1]}),
    ("accept", {"group": [["Topic", 5]], "images": [1]}),
    ("refuse", {"group": "Topic", "images": [1]}),
    ("refuse", {"group": [["Topic", "cat"]], "images": ["x"]}),
    ("accept-all", {"group": [["Topic", "cat"]], "at_least": 0.2}),
    ("accept-all", {"group": [["Topic", "cat"]]}),
]


@pytest.mark.asyncio
async def test_bad_questions_and_answers_are_refused_and_so_are_strangers(sample):
    async with asking(sample) as datasette:
        for query in BAD_QUESTIONS:
            assert (await get(datasette, query, status=400))["error"]
        for path, body in BAD_ANSWERS:
            await post(datasette, f"/recommend/{path}", body, status=400)
            await post(datasette, f"/recommend/{path}", body, actor=None, status=403)
        await post(datasette, "/check", {}, actor=None, status=403)


def test_another_tool_teaches_members_but_is_no_answer(sample):
    tag = AddTags(1, ("cat",))
    done = apply(sample.conn, [tag], EVERY, actor=None, tool="stamp")
    assert (propose(sample).members, propose(sample).accepted) == (IMAGES - 1, 0)
    undo.undo(sample.conn, changeset=done.changeset, actor=None)
    assert propose(sample).members == 3


def test_the_command_lists_and_accepts(sample):
    checkpoint(sample.conn)

    def run(*arguments: str):
        result = CliRunner().invoke(panoptic, ["recommend", str(sample.path), "--tag", "Topic=cat", *arguments])
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout) if "--json" in arguments else result

    nothing = run("--accept-above", "0.999999")
    assert nothing.stderr == "nothing is 100% sure yet: more answers, in the page, make it surer\n"
    assert "changed" in nothing.stdout
    found = run("--limit", "5", "--json")["rows"]
    assert len(found) == 5
    assert set(found[0]) == {"image_id", "similarity", "probability"}
    told = run("--limit", "5")
    assert told.stdout.splitlines() == [
        f"{row['image_id']}\t{row['probability']:.4f}\t{row['similarity']:.4f}" for row in found
    ]
    assert told.stderr == ""
    assert run("--uncertain", "--space", "test", "--json")["rows"] != found
    accepted = run("--accept-above", "0.5", "--json")
    assert accepted["changed"] == len(accepted["rows"]) > 0
    assert propose(sample).unchecked == accepted["changed"]
