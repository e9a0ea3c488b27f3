"""Similarity to examples: matrices that follow their table, scores, scales and the SQL functions."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from datasette_panoptic.domain.query import Query, Sort
from datasette_panoptic.domain.similar import Example, Similar, read_examples, write_examples
from datasette_panoptic.errors import BadQuery, NotThere
from datasette_panoptic.query.orders import Orders
from datasette_panoptic.store import embeddings, matrices, similarity
from datasette_panoptic.store.connection import connect, transaction
from datasette_panoptic.store.corpus import bump_derived
from datasette_panoptic.store.vector_cache import VectorCache
from tests.rows import Instance, Picture, fill

DIMENSION = 8
IMAGES = 40


def unit(*numbers: float) -> np.ndarray:
    vector = np.zeros(DIMENSION)
    vector[: len(numbers)] = numbers
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def stored(conn, space, vectors) -> None:
    with transaction(conn):
        embeddings.add(conn, space, [(image, vector.astype("<f4").tobytes()) for image, vector in vectors])
        bump_derived(conn)


@pytest.fixture
def cache():
    cache = VectorCache()
    yield cache
    cache.clear()


@pytest.fixture
def conn(tmp_path, cache):
    conn = connect(tmp_path / "project.db", create=True, vectors=cache)
    fill(conn, [], [Picture()] * IMAGES, [Instance(n) for n in range(IMAGES)])
    yield conn
    conn.close()


@pytest.fixture
def vectors():
    rng = np.random.default_rng(0)
    found = rng.normal(size=(IMAGES, DIMENSION)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


@pytest.fixture
def space(conn, vectors):
    space = embeddings.space(conn, "test", "1", {}, DIMENSION, modalities=("image", "text"))
    stored(conn, space, [(n + 1, vectors[n]) for n in range(IMAGES - 1)])  # the last image has none
    return space


def naive(vectors, *examples: int) -> list[float]:
    positive = sum(vectors[n - 1].astype(float) for n in examples if n > 0)
    negative = [vectors[-n - 1].astype(float) for n in examples if n < 0]
    query = positive / np.linalg.norm(positive)
    if negative:
        query = query - 0.5 * sum(negative) / np.linalg.norm(sum(negative))
    query = query / np.linalg.norm(query)
    return [float(vector @ query) for vector in vectors[:-1]]


@pytest.mark.parametrize("examples", [(3,), (3, 7, 9), (3, -5), (1, 2, -8, -9)])
def test_scores_are_cosines_with_the_examples(conn, space, vectors, examples, cache):
    similar = Similar(tuple(Example("image", str(abs(n)), n < 0) for n in examples), space)
    found = similarity.similarity(conn, cache, similar)
    assert found[1:IMAGES] == pytest.approx(naive(vectors, *examples), abs=6e-5)
    assert math.isnan(found[0])
    assert len(found) == IMAGES  # image 40 has no vector and no place


def test_an_image_is_most_similar_to_itself(conn, space, cache):
    _, order = Orders(cache).order(
        conn, Query(sorts=(Sort("similarity", True),), similar=Similar((Example("image", "5"),)))
    )
    assert order.ids[0] == 5
    assert order.ids[-1] == IMAGES  # without a vector: last
    assert len(order.ids) == IMAGES


def test_what_is_added_is_found_and_what_is_gone_is_not(conn, space, vectors, cache):
    orders, query = Orders(cache), Query(sorts=(Sort("similarity", True),), similar=Similar((Example("image", "5"),)))
    orders.order(conn, query)
    first = cache.matrix(conn, space)
    stored(conn, space, [(IMAGES, vectors[4])])
    assert orders.order(conn, query)[1].ids[:2].tolist() == [5, IMAGES]
    grown = cache.matrix(conn, space)
    assert len(grown.ids) == len(first.ids) + 1
    with transaction(conn):
        conn.execute("delete from _panoptic_embeddings where image_id = 7")
        conn.execute("update _panoptic_space_states set version = version + 1")
        bump_derived(conn)
    assert orders.order(conn, query)[1].ids[-1] == 7
    assert 7 not in cache.matrix(conn, space).ids


def test_a_space_too_large_for_memory_is_scored_in_blocks(conn, space, monkeypatch, cache):
    similar = Similar((Example("image", "5"),), space)
    expected = similarity.similarity(conn, cache, similar)
    cache.clear()
    monkeypatch.setattr(matrices, "MOST_BYTES", 1)
    monkeypatch.setattr(matrices, "BLOCK", 7)
    assert cache.matrix(conn, space) is None
    np.testing.assert_array_equal(similarity.similarity(conn, cache, similar), expected)


def test_matrices_are_let_go_beyond_what_memory_may_hold(conn, space, vectors, monkeypatch, cache):
    other = embeddings.space(conn, "test", "2", {}, DIMENSION)
    stored(conn, other, [(1, vectors[0])])
    monkeypatch.setattr(matrices, "MOST_BYTES", (IMAGES - 1) * DIMENSION * 4)
    cache.matrix(conn, space)
    cache.matrix(conn, other)
    assert [space_id for _, space_id in cache._matrices._kept] == [other]


def test_a_matrix_that_nobody_asks_for_is_let_go_though_nobody_asks_for_another(conn, space, monkeypatch, cache):
    monkeypatch.setattr(matrices, "IDLE", 0.2)
    cache.matrix(conn, space)
    kept = cache._matrices
    assert kept._kept
    while (timer := kept._timer) is not None:  # each look that comes too early arms the next
        timer.join()
    assert not kept._kept


def test_rows_of_images_are_found_in_any_order(conn, space, vectors, cache):
    other = embeddings.space(conn, "test", "2", {}, DIMENSION)
    for image in (9, 2, 30):
        stored(conn, other, [(image, vectors[0])])
    found = cache.matrix(conn, other)
    assert found.rows(np.array([30, 1, 9, 2, 999])).tolist() == [2, -1, 0, 1, -1]


def test_hashes_count_bits_that_are_equal(conn, cache):
    space = embeddings.space(conn, "hashes", "1", {}, DIMENSION, metric="hamming")
    bits = np.array([[1] * 8, [1] * 6 + [-1] * 2, [-1] * 8], dtype=np.float32) / np.sqrt(DIMENSION)
    stored(conn, space, [(n + 1, vector) for n, vector in enumerate(bits)])
    found = similarity.similarity(conn, cache, Similar((Example("image", "1"),), space))
    assert found[1:].tolist() == [1.0, 0.75, 0.0]


def test_a_text_needs_a_vector_and_is_put_on_the_scale_of_its_space(conn, space, cache):
    similar = Similar((Example("text", "a boat"),), space)
    with pytest.raises(BadQuery, match="no vector is known for `a boat`"):
        similarity.similarity(conn, cache, similar)
    assert similarity.missing(conn, cache, similar) == (space, list(similar.examples))
    with transaction(conn):
        similarity.remember(conn, cache, space, [(similar.examples[0], unit(1))], in_file=True)
    plain = similarity.similarity(conn, cache, similar)[1:]
    conn.execute(
        "update _panoptic_space_states set version = version + 1, calibration = ?",
        [json.dumps({"text": {"low": -0.5, "high": 0.5}})],
    )
    scaled = similarity.similarity(conn, cache, similar)[1:]
    low = plain + 0.5 < similarity.KNEE
    assert scaled[low] == pytest.approx(np.maximum(plain + 0.5, -1)[low], abs=1.1e-4)
    assert (np.argsort(scaled, kind="stable") == np.argsort(plain, kind="stable")).all()
    assert scaled.max() <= 1
    mixed = similarity.similarity(conn, cache, Similar((*similar.examples, Example("image", "3")), space))[1:]
    assert mixed.max() < 1  # with an image among the examples, a cosine


def test_vectors_of_texts_are_remembered_by_the_process_where_the_file_cannot(conn, space, cache):
    example = Example("file", "0" * 40)
    similarity.remember(conn, cache, space, [(example, unit(0, 1))], in_file=False)
    assert similarity.missing(conn, cache, Similar((example,), space)) == (space, [])
    assert similarity.missing(conn, VectorCache(), Similar((example,), space)) == (space, [example])
    assert conn.execute("select count(*) from _panoptic_query_vectors").fetchone() == (0,)


def test_sql_knows_the_same_scores(conn, space, cache):
    found = similarity.similarity(conn, cache, Similar((Example("image", "5"),), space))
    rows = conn.execute("select id, panoptic_similarity(id, 'image:5', ?) from images order by id", [space]).fetchall()
    assert [value for _, value in rows[:-1]] == found[1:].tolist()
    assert rows[-1] == (IMAGES, None)
    recipe = conn.execute(
        """select vec_each.rowid, value from vec_each(panoptic_scores(
             (select vector from _panoptic_embeddings where image_id = 5 and space_id = :space), :space))
           where value is not null order by value desc, 1 limit 3""",
        {"space": space},
    ).fetchall()
    assert [image for image, _ in recipe] == (np.argsort(-found[1:], kind="stable")[:3] + 1).tolist()
    assert recipe[0] == (5, pytest.approx(1, abs=1e-6))


@pytest.mark.parametrize(
    ("similar", "error"),
    [
        (Similar((Example("image", "40"),), 1), "image 40 has no vector"),
        (Similar((Example("image", "9999"),), 1), "no image `9999` in this project"),
        (Similar((Example("image", "5"),), 9), "no embedding space `9`"),
    ],
)
def test_what_cannot_be_compared_is_named(conn, space, similar, error, cache):
    with pytest.raises((BadQuery, NotThere), match=error):
        similarity.similarity(conn, cache, similar)


def test_a_project_without_vectors_says_what_makes_some(conn, cache):
    with pytest.raises(BadQuery, match="datasette panoptic embed"):
        similarity.similarity(conn, cache, Similar((Example("image", "1"),)))


@pytest.mark.parametrize(
    "text", ["image:5", "image:5,-image:9,text:a boat", "text:a~2C b~7E,-text:night", f"file:{'a' * 40}", "text:a:b"]
)
def test_examples_are_read_as_they_are_written(text):
    assert write_examples(read_examples(text)) == text


@pytest.mark.parametrize(
    "text", ["", "5", "image:", "image:x", "image:²", "text:", "text: ", "file:abc", "url:http://x", "-image:5", ","]
)
def test_other_examples_are_refused(text):
    with pytest.raises(BadQuery):
        read_examples(text)
