"""The recommender: what it learns from answers, that its probabilities are honest, and that it is always the same."""

from __future__ import annotations

import numpy as np
import pytest

from panoptic_ml import recommender
from panoptic_ml.recommender import Background, best_first, estimates, rank, uncertain_first
from panoptic_ml.vectors import normalise

DIMENSION = 24
CLASSES = 8
EACH = 100
NOBODY = np.empty(0, np.int64)


@pytest.fixture(scope="module")
def clouds():
    """Eight overlapping clouds of a hundred vectors in different widths along each axis, and the cloud of each."""
    random = np.random.default_rng(3)
    widths = np.geomspace(1, 0.1, DIMENSION)
    middles = np.repeat(random.normal(size=(CLASSES, DIMENSION)) * widths, EACH, axis=0)
    vectors = normalise(middles + random.normal(size=middles.shape) * widths * 1.6)
    return vectors, np.repeat(np.arange(CLASSES), EACH)


def ask(vectors, target, members, answers):
    """Answer truly for the best proposal, so many times; return the last ranking, the candidates, and both answers."""
    background = Background.of(vectors)
    accepted, refused = [], []
    for _ in range(answers + 1):
        known = np.concatenate([members, np.array(accepted, np.int64)])
        ranked = rank(vectors, background, known, np.array(accepted, np.int64), np.array(refused, np.int64))
        open_rows = np.setdiff1d(np.arange(len(vectors)), [*known, *refused])
        row = int(best_first(ranked, open_rows, 1)[0])
        (accepted if target[row] else refused).append(row)
    return ranked, open_rows


def test_answers_teach(clouds):
    """What is left is ranked better with the answers than without."""
    vectors, cloud = clouds
    background, taught, untaught = Background.of(vectors), [], []
    for number in range(CLASSES):
        target = (cloud == number) | (cloud == (number + 1) % CLASSES)
        members = np.flatnonzero(cloud == number)[:3]
        ranked, open_rows = ask(vectors, target, members, 30)
        taught.append(target[best_first(ranked, open_rows, 50)].mean())
        alone = rank(vectors, background, members, NOBODY, NOBODY)
        untaught.append(target[best_first(alone, open_rows, 50)].mean())
    assert np.mean(taught) > np.mean(untaught) + 0.1


def test_probabilities_are_about_as_often_right_as_they_say(clouds):
    vectors, cloud = clouds
    said, true = [], []
    for number in range(CLASSES):
        target = cloud == number
        ranked, open_rows = ask(vectors, target, np.flatnonzero(target)[:5], 20)
        said.append(ranked.probabilities[open_rows])
        true.append(target[open_rows])
    said, true = np.concatenate(said), np.concatenate(true)
    parts = np.minimum((said * 5).astype(int), 4)
    error = sum(abs((said - true)[parts == part].sum()) for part in range(5)) / len(said)
    assert error < 0.1
    sure = said >= 0.7
    assert true[sure].mean() > said[sure].mean() - 0.05  # if they err, then not on the side of too much


def test_nobody_is_sure_before_there_are_answers(clouds):
    vectors, cloud = clouds
    members = np.flatnonzero(cloud == 0)[:30]
    ranked = rank(vectors, Background.of(vectors), members, NOBODY, NOBODY)
    assert ranked.probabilities.max() <= 0.8


def test_left_out_scores_are_like_those_of_images_never_seen(clouds):
    vectors, cloud = clouds
    background = Background.of(vectors)
    left_out, seen, unseen = [], [], []
    for number in range(CLASSES):
        inside = vectors[cloud == number] - background.mean
        outside = vectors[cloud == (number + 1) % CLASSES][:3] - background.mean
        direction, without = recommender._learn(background, inside[:15], outside)
        left_out.append(without[:15].mean())
        seen.append((inside[:15] @ direction).mean())
        unseen.append((inside[15:] @ direction).mean())
    assert abs(np.mean(left_out) - np.mean(unseen)) < abs(np.mean(seen) - np.mean(unseen))


def test_refused_images_and_what_is_like_them_fall(clouds):
    vectors, cloud = clouds
    members, wrong = np.flatnonzero(cloud == 0)[:3], np.flatnonzero(cloud == 1)
    background = Background.of(vectors)
    before = rank(vectors, background, members, NOBODY, NOBODY)
    after = rank(vectors, background, members, NOBODY, wrong[:10])
    right = np.flatnonzero(cloud == 0)[3:]
    gap = [ranked.scores[right].mean() - ranked.scores[wrong[10:]].mean() for ranked in (before, after)]
    assert gap[1] > gap[0]


def test_the_same_answers_give_the_same_ranking(clouds):
    vectors, cloud = clouds
    members, wrong = np.flatnonzero(cloud == 0)[:9], np.flatnonzero(cloud == 1)[:5]
    first, again = (rank(vectors, Background.of(vectors), members, members[:3], wrong) for _ in range(2))
    assert (first.scores == again.scores).all()
    assert (first.probabilities == again.probabilities).all()


@pytest.mark.parametrize("count", [0, 1, 2, 1500])
def test_groups_of_any_size_are_ranked(count):
    vectors = normalise(np.random.default_rng(1).normal(size=(2000, 6)))
    vectors[7] = 0  # no direction
    ranked = rank(vectors, Background.of(vectors), np.arange(count), NOBODY, np.arange(count, count + 2))
    assert np.isfinite(ranked.scores).all()
    assert ((ranked.probabilities >= 0) & (ranked.probabilities <= 1)).all()


def test_equal_vectors_are_no_division_by_zero():
    vectors = np.tile(np.float32([1, 0, 0]), (12, 1))
    ranked = rank(vectors, Background.of(vectors), np.arange(3), NOBODY, np.arange(3, 5))
    assert np.isfinite(ranked.scores).all()


def test_estimates_are_means_over_what_is_accepted():
    found = estimates(np.float32([0.5, 0.9, 0.7, 0.2]), (0.4, 0.7, 0.95))
    assert [(each.threshold, each.count) for each in found] == [(0.4, 3), (0.7, 2), (0.95, 0)]
    assert [each.wrong for each in found] == pytest.approx([0.3, 0.2, 0])


def test_uncertain_ones_come_nearest_to_even_odds_first_and_no_two_alike():
    vectors = normalise(np.float32([[1, 0], [1, 0.01], [0, 1], [1, 1], [-1, 1]]))
    ranked = recommender.Ranked(np.float32([5, 4, 3, 2, 1]), np.float32([0.52, 0.51, 0.6, 0.9, 0.1]))
    assert uncertain_first(ranked, np.arange(5), vectors, 5).tolist() == [1, 2, 3, 4, 0]
    assert uncertain_first(ranked, np.array([0, 3]), vectors, 1).tolist() == [0]
    assert uncertain_first(ranked, NOBODY, vectors, 5).tolist() == []
