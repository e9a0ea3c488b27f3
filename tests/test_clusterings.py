"""Stored runs: made by the job, changed by people, taken back, compared, and saved as tags."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasette_panoptic.errors import BadQuery, NotThere, PanopticError
from datasette_panoptic.jobs.cluster import run
from datasette_panoptic.jobs.cluster_input import ClusterRequest
from datasette_panoptic.jobs.cluster_names import distinct, telling
from datasette_panoptic.query.orders import Orders
from datasette_panoptic.query.text import parse_string
from datasette_panoptic.query.view import flat, named
from datasette_panoptic.store import cluster_edits as edits
from datasette_panoptic.store import clusterings, tags, undo
from datasette_panoptic.store.cluster_comparison import adjusted_rand, compare
from datasette_panoptic.store.cluster_tags import save_as_tags
from datasette_panoptic.store.clusterings import NOISE, NewClustering
from datasette_panoptic.store.properties import named as property_named

from .clustered import bunched
from .rows import empty

KMEANS = {"n_clusters": 3}


@pytest.fixture
def conn():
    conn = empty()
    bunched(conn)
    yield conn
    conn.close()


def keep(conn, labels, **more):
    """Keep a run of the first images."""
    images, codes = np.arange(1, len(labels) + 1), np.array(labels, np.int32)
    return clusterings.save(
        conn, NewClustering("test", "test", images, codes, np.full(len(labels), 0.5, np.float32), **more)
    )


def state(conn, run_id):
    """Everything that people see of a run."""
    rows = conn.execute(
        "select image_id, label, round(fit, 3) from cluster_members where clustering_id = ? order by image_id", [run_id]
    )
    found = [(c.label, c.name, c.images, round(c.coherence, 3)) for c in clusterings.clusters(conn, run_id)]
    return rows.fetchall(), found


def derived(conn):
    return conn.execute("select value from _panoptic_settings where key = 'derived_version'").fetchone()[0]


def test_a_run_puts_each_image_of_the_query_into_one_cluster(conn):
    done = run(conn, ClusterRequest("kmeans", KMEANS, seed=1, query="id__lte=15"))
    assert (done.clusters, done.images, done.noise, done.left_out) == (3, 15, 0, 0)
    labels = clusterings.labels_of(conn, done.clustering)
    assert sorted(labels) == list(range(1, 16))
    assert len({frozenset(image % 3 for image, label in labels.items() if label == each) for each in range(3)}) == 3
    kept = clusterings.get(conn, done.clustering)
    assert (kept.clusterer, kept.params, kept.seed, kept.query) == ("kmeans", KMEANS, 1, "id__lte=15")
    assert all(0.9 < cluster.coherence <= 1 for cluster in clusterings.clusters(conn, kept.id))


def test_the_same_seed_gives_the_same_run(conn):
    first, second = (run(conn, ClusterRequest("kmeans", KMEANS, seed=7)) for _ in range(2))
    assert clusterings.labels_of(conn, first.clustering) == clusterings.labels_of(conn, second.clustering)
    assert [first.name, second.name] == ["kmeans", "kmeans 2"]


def test_images_without_vectors_are_left_out_and_told():
    conn = empty()
    bunched(conn, embedded=16)
    done = run(conn, ClusterRequest("kmeans", KMEANS))
    assert (done.images, done.left_out) == (16, 2)
    assert [(notice["key"], notice["n"]) for notice in done.notices] == [("unembedded", 2)]


def test_a_clusterer_is_given_what_it_asks_for(conn):
    done = run(conn, ClusterRequest("duplicates", {"distance": 0}))  # perceptual hashes, and no vectors
    assert (done.clusters, done.noise, clusterings.get(conn, done.clustering).space_id) == (0, 18, None)


def test_noise_is_in_no_cluster(conn):
    done = run(conn, ClusterRequest("hdbscan", {"min_cluster_size": 18}))
    assert done.noise == 18 - sum(cluster.images for cluster in clusterings.clusters(conn, done.clustering))


@pytest.mark.parametrize(
    ("asked", "error", "said"),
    [
        (ClusterRequest("nothing"), NotThere, "no clusterer `nothing`"),
        (ClusterRequest("kmeans", {"n_clusters": 1}), BadQuery, "n_clusters"),
        (ClusterRequest("kmeans", {"clusters": 1}), BadQuery, "no parameter `clusters`"),
        (ClusterRequest("kmeans", query="id=99"), BadQuery, "no images"),
        (ClusterRequest("kmeans", space=9), NotThere, "no embedding space `9`"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(conn, asked, error, said):
    with pytest.raises(error, match=said):
        run(conn, asked)
    assert clusterings.listed(conn) == []


def test_nothing_is_kept_of_a_run_that_was_cancelled(conn):
    assert run(conn, ClusterRequest("kmeans", KMEANS), lambda: True) is None
    assert clusterings.listed(conn) == []


def test_names_are_proposed_from_what_files_are_called(conn):
    done = run(conn, ClusterRequest("kmeans", KMEANS))
    assert {cluster.name for cluster in clusterings.clusters(conn, done.clustering)} == {"boat", "tree", "house"}


def test_names_tell_clusters_apart():
    said = [frozenset({"sea", "old"})] * 4 + [frozenset({"wood", "old"})] * 4
    assert telling(said, np.repeat([0, 1], 4)) == {0: "sea", 1: "wood"}
    assert telling([frozenset({"old"})] * 8, np.repeat([0, 1], 4)) == {}
    assert distinct({0: "sea", 1: "wood", 2: "sea"}) == {0: "sea", 1: "wood", 2: "sea 2"}


LABELS = st.lists(st.integers(-1, 4), min_size=1, max_size=18)


@given(labels=LABELS, data=st.data())
@settings(max_examples=25)
def test_whatever_is_moved_or_merged_every_image_stays_in_one_place_and_all_can_be_taken_back(labels, data):
    conn = empty()
    bunched(conn)
    run_id = keep(conn, labels, space=1)
    there = sorted({*labels} - {NOISE})
    edits.put(conn, run_id, dict.fromkeys(there, ()))  # measured anew from the start, as people's moves are
    before = state(conn, run_id)
    if len(there) > 1 and data.draw(st.booleans()):
        into, *others = data.draw(st.permutations(there))
        back = edits.merge(conn, run_id, others, into)
        assert Counter(clusterings.labels_of(conn, run_id).values()).keys() <= {into, NOISE}
    else:
        label = data.draw(st.sampled_from([NOISE, *there]))
        images = data.draw(st.sets(st.integers(1, 20)))
        back = edits.put(conn, run_id, {label: images})
        assert all(clusterings.labels_of(conn, run_id)[image] == label for image in images if image <= len(labels))
    assert sorted(clusterings.labels_of(conn, run_id)) == list(range(1, len(labels) + 1))
    edits.put(conn, run_id, back.labels, back.names)
    assert clusterings.labels_of(conn, run_id) == dict(enumerate(labels, 1))
    assert [row[:2] for row in state(conn, run_id)[0]] == [row[:2] for row in before[0]]


def test_merged_clusters_are_measured_anew(conn):
    run_id = run(conn, ClusterRequest("kmeans", KMEANS)).clustering
    before = state(conn, run_id)
    edits.put(conn, run_id, names={0: "mine"})
    back = edits.merge(conn, run_id, [1, 2], 0)
    (left,) = clusterings.clusters(conn, run_id)
    assert (left.name, left.images) == ("mine", 18)
    assert left.coherence < min(coherence for *_, coherence in before[1])
    edits.put(conn, run_id, back.labels)
    edits.put(conn, run_id, names={0: before[1][0][1]})
    assert state(conn, run_id) == before


def test_a_run_remembers_where_it_put_everything(conn):
    run_id = run(conn, ClusterRequest("kmeans", KMEANS)).clustering
    before = state(conn, run_id)
    edits.put(conn, run_id, {NOISE: [1, 2], 0: [3, 4, 5]})
    labels = dict(row[:2] for row in before[0])
    moved = [image for image, to in ((1, NOISE), (2, NOISE), (3, 0), (4, 0), (5, 0)) if labels[image] != to]
    assert clusterings.get(conn, run_id).moved == len(moved)
    edits.reset(conn, run_id)
    assert state(conn, run_id) == before


def test_every_write_is_noticed(conn):
    run_id = keep(conn, [0, 0, 1])
    for write in (
        lambda: edits.put(conn, run_id, {1: [1]}),
        lambda: edits.put(conn, run_id, names={0: "sea"}),
        lambda: edits.merge(conn, run_id, [0], 1),
        lambda: edits.reset(conn, run_id),
        lambda: clusterings.rename(conn, run_id, "x"),
        lambda: clusterings.close(conn, run_id),
        lambda: clusterings.delete(conn, run_id),
    ):
        before = derived(conn)
        write()
        assert derived(conn) > before


def test_a_label_that_no_cluster_has_is_refused(conn):
    run_id = keep(conn, [0, 0, 1])
    for write in (
        lambda: edits.put(conn, run_id, {7: [1]}),
        lambda: edits.put(conn, run_id, names={NOISE: "x"}),
        lambda: edits.merge(conn, run_id, [0, 7], 1),
        lambda: edits.merge(conn, 99, [0], 1),
    ):
        with pytest.raises(NotThere):
            write()
    with pytest.raises(BadQuery):
        edits.merge(conn, run_id, [1], 1)
    assert clusterings.labels_of(conn, run_id) == {1: 0, 2: 0, 3: 1}


def test_closed_and_deleted(conn):
    first, second = keep(conn, [0, 0, 1]), keep(conn, [0, 1, 1])
    clusterings.close(conn, first)
    assert clusterings.get(conn, first).closed_at
    clusterings.close(conn, first, is_closed=False)
    assert clusterings.get(conn, first).closed_at is None
    clusterings.delete(conn, second)
    with pytest.raises(NotThere):
        clusterings.get(conn, second)
    assert keep(conn, [0]) == second + 1  # what linked to a run never leads to another


@given(pairs=st.lists(st.tuples(st.integers(-1, 3), st.integers(-1, 3)), min_size=2, max_size=40))
@settings(max_examples=50)
def test_agreement_is_that_of_scikit_learn(pairs):
    from sklearn.metrics import adjusted_rand_score

    left, right = np.array(pairs).T
    assert adjusted_rand(left, right) == pytest.approx(adjusted_rand_score(left, right), abs=1e-9)


def test_runs_are_compared_over_the_images_that_both_have(conn):
    first, second = keep(conn, [0, 0, 0, 1, 1, NOISE]), keep(conn, [1, 1, 0, 0, 0, NOISE, 0])
    found = compare(conn, first, second)
    assert (found.common, found.only_first, found.only_second) == (6, 0, 1)
    assert [(match.first, match.second, match.images) for match in found.matches] == [(0, 1, 2), (1, 0, 2), (-1, -1, 1)]
    assert [(moved.image_id, moved.first, moved.second) for moved in found.moved] == [(3, 0, 0)]


def tagged(conn, name):
    """What a property says: the images of each tag, and the tag above it."""
    property_id = property_named(conn, name)[0]
    return {
        tag.name: (
            [i for (i,) in conn.execute("select image_id from image_tags where tag_id = ? order by 1", [tag.id])],
            *tag.parents,
        )
        for tag in tags.listed(conn, property_id)
    }


def everything(conn):
    tables = ("properties", "tags", "tag_parents", "image_tags")
    return {table: conn.execute(f"select * from {table} order by 1, 2").fetchall() for table in tables}


def test_clusters_become_tags_and_undo_takes_them_back(conn):
    run_id = keep(conn, [0, 0, 1, NOISE], names={0: "sea"})
    done = save_as_tags(conn, [run_id], "Place", actor="ada")
    assert tagged(conn, "Place") == {"sea": ([1, 2],), "Cluster 2": ([3],)}
    details = conn.execute("select details from _panoptic_provenance where changeset_id = ?", [done.changeset])
    assert '"clusterer": "test"' in details.fetchone()[0]
    before = everything(conn)
    again = save_as_tags(conn, [run_id], "Place", actor="ada")
    assert (again.changeset, everything(conn)) == (None, before)
    undo.undo(conn, actor="ada", changeset=done.changeset)
    assert conn.execute("select count(*) from image_tags").fetchone() == (0,)
    assert conn.execute("select count(*) from properties where deleted_at is null").fetchone() == (0,)


def test_clusters_within_clusters_become_tags_below_tags(conn):
    outer = keep(conn, [0, 0, 0, 1, NOISE], names={0: "sea", 1: "wood"})
    inner = keep(conn, [0, 1, NOISE], names={0: "boat", 1: "wood"})
    save_as_tags(conn, [outer, inner], "Place", is_nested=True, actor=None)
    assert tagged(conn, "Place") == {
        "test": ([],),
        "sea": ([3], "test"),
        "boat": ([1], "sea"),
        "wood (sea)": ([2], "sea"),
        "wood": ([4], "test"),
    }


def test_only_some_clusters_may_be_saved_and_one_tag_takes_the_place_of_another(conn):
    from datasette_panoptic.store.properties import create

    create(conn, "Kind", "tag", "instance")
    first, second = keep(conn, [0, 0, 1], names={0: "sea", 1: "wood"}), keep(conn, [0, 1, 1], names={0: "a", 1: "b"})
    save_as_tags(conn, [first], "Kind", labels=[0], actor=None)
    save_as_tags(conn, [second], "Kind", labels=[1], actor=None)
    rows = conn.execute("select instance_id, name from instance_tags join tags on tags.id = tag_id order by 1")
    assert rows.fetchall() == [(1, "sea"), (2, "b"), (3, "b")]


def test_what_cannot_be_saved_is_refused_and_nothing_is_written(conn):
    from datasette_panoptic.store.properties import create

    create(conn, "Size", "number", "image")
    run_id = keep(conn, [0, 0, 1])
    for runs, name, labels in (
        ([run_id], "Size", None),
        ([run_id], "New", [7]),
        ([99], "New", None),
        ([run_id], " ", None),
    ):
        before = everything(conn)
        with pytest.raises(PanopticError):
            save_as_tags(conn, runs, name, labels=labels, actor=None)
        assert everything(conn) == before


def test_a_view_shows_clusters_by_name_where_there_are_some(conn):
    run_id = keep(conn, [0, 1, 1], names={1: "sea"})
    query = parse_string(f"_group=width&_group=cluster_{run_id}")
    order = Orders().order(conn, query)[1]
    assert flat(order.groups, query.groups) == [
        (0, 800, 0, 6, 0), (1, 0, 0, 1, 1), (1, None, 1, 5, 1),
        (0, 801, 6, 6, 0), (1, 1, 6, 1, 1), (1, None, 7, 5, 1),
        (0, 802, 12, 6, 0), (1, 1, 12, 1, 1), (1, None, 13, 5, 1),
    ]  # fmt: skip
    assert named(conn, query.groups) == {"clusters": {1: {0: [None, 0.5], 1: ["sea", 0.5]}}}


def test_a_group_that_a_run_has_nothing_of_stays_as_it_was(conn):
    first, second = keep(conn, [0]), keep(conn, [0])
    query = parse_string(f"_group=width&_group=cluster_{first}&_group=cluster_{second}")
    order = Orders().order(conn, query)[1]
    rows = flat(order.groups, query.groups)
    assert [row[:2] for row in rows] == [(0, 800), (1, 0), (2, 0), (1, None), (0, 801), (0, 802)]
