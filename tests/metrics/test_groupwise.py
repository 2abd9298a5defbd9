from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics.pairwise import cosine_similarity

from kit.errors import InputError
from kit.metrics import DeltaPearson, Discrimination, GroupMetric, MeanAbsoluteError, TargetPearson
from kit.metrics.groupwise import resampled_scores, score

METRICS = [DeltaPearson(), Discrimination()]


def matrices(n_rows: int = 12, n_targets: int = 40, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    # Profiles of a context are mostly alike, as those of a cell type are.
    Y = 3 * rng.normal(size=n_targets) + rng.normal(size=(n_rows, n_targets))
    return Y.astype(np.float32), (0.6 * Y + 1.5 * rng.normal(size=Y.shape)).astype(np.float32)


def delta_pearson(Y: np.ndarray, P: np.ndarray) -> float:
    centroid = Y.astype(float).mean(axis=0)
    return float(np.mean([stats.pearsonr(y - centroid, p - centroid).statistic for y, p in zip(Y, P, strict=True)]))


def discrimination(Y: np.ndarray, P: np.ndarray) -> float:
    similar, n = cosine_similarity(P.astype(float), Y.astype(float)), len(Y)
    # scipy's average ranks of the own profile among all, from the most similar (1) to the least (n).
    ranks = [stats.rankdata(-similar[row])[row] for row in range(n)]
    return float(np.mean([1 - (rank - 1) / (n - 1) for rank in ranks]))


@pytest.mark.parametrize(("metric", "oracle"), [(METRICS[0], delta_pearson), (METRICS[1], discrimination)])
def test_is_what_other_libraries_make_of_the_formula(metric: GroupMetric, oracle: object) -> None:
    for seed in range(3):
        Y, P = matrices(seed=seed)
        assert metric(Y, P) == pytest.approx(oracle(Y, P), abs=1e-6)  # type: ignore[operator]
        assert 0 < metric(Y, P) < 1


@pytest.mark.parametrize("metric", METRICS)
def test_what_is_the_same_for_all_rows_of_a_context_scores_chance(metric: GroupMetric) -> None:
    Y, P = matrices(60)
    chance = 0.0 if isinstance(metric, DeltaPearson) else 0.5
    for flat in (Y.mean(axis=0), P[0], np.zeros(Y.shape[1])):
        assert metric(Y, np.tile(flat, (len(Y), 1)).astype(np.float32)) == pytest.approx(chance, abs=0.03)
    # The mean of the context itself, and no prediction, to the last digit.
    exactly = np.tile(Y.astype(float).mean(axis=0) if chance == 0 else np.zeros(Y.shape[1]), (len(Y), 1))
    assert metric(Y, exactly.astype(np.float32)) == pytest.approx(chance, abs=1e-12)
    assert metric(Y, Y) == pytest.approx(metric.best)
    assert metric(Y, P) > chance + 0.1


@pytest.mark.parametrize("metric", METRICS)
def test_it_does_not_hang_on_the_size_of_a_whole_prediction_or_the_order_of_rows(metric: GroupMetric) -> None:
    Y, P = matrices()
    order = np.random.default_rng(3).permutation(len(Y))
    assert metric(Y[order], P[order]) == pytest.approx(metric(Y, P), abs=1e-9)
    if isinstance(metric, Discrimination):
        assert metric(Y, 7 * P) == pytest.approx(metric(Y, P), abs=1e-9)
    # The same profile added to truth and prediction leaves what is special of a row as it is.
    if isinstance(metric, DeltaPearson):
        shift = np.linspace(-9, 9, Y.shape[1]).astype(np.float32)
        assert metric(Y + shift, P + shift) == pytest.approx(metric(Y, P), abs=1e-5)


@pytest.mark.parametrize("metric", METRICS)
def test_weights_and_resamples_are_repeated_rows(metric: GroupMetric) -> None:
    Y, P = matrices(9)
    counts = np.random.default_rng(1).integers(0, 4, (25, 9)).astype(np.float64)
    counts[0] = [5, 0, 0, 0, 0, 0, 0, 0, 0]  # one row many times: there is nothing to compare it with
    repeated = [metric(Y.repeat(n, axis=0), P.repeat(n, axis=0)) for n in counts.astype(int)]
    np.testing.assert_allclose(metric.resampled(Y, P, counts), repeated, atol=1e-7)
    np.testing.assert_allclose([metric(Y, P, n) for n in counts], repeated, atol=1e-7)
    assert repeated[0] == (0.0 if isinstance(metric, DeltaPearson) else 0.5)


def test_a_tie_counts_half_and_the_same_profile_twice_is_no_rival() -> None:
    Y = np.array([[1, 0], [0, 1], [0, 1], [-1, 0]], dtype=np.float32)
    # Halfway between the first profile and the second, which is there twice; the last is the farthest.
    between = np.tile(np.array([[1, 1]], dtype=np.float32), (4, 1))
    rows = Discrimination().of_rows(Y, between, np.full((1, 4), 0.25))[0]
    assert rows.tolist() == pytest.approx([1 - (0.5 + 0.5) / 3, 1 - 0.5 / 2, 1 - 0.5 / 2, 0.0])
    assert Discrimination()(Y, Y) == 1.0


@pytest.mark.parametrize("metric", METRICS)
def test_each_group_is_taken_for_itself(metric: GroupMetric) -> None:
    Y, P = matrices(30)
    groups = np.array(["A", "B", "B"] * 10)
    Y[groups == "A"] += np.float32(20.0) * np.sign(P[0])
    parts = [metric(Y[groups == group], P[groups == group]) for group in "AB"]
    assert score(metric, Y, P, groups) == pytest.approx(np.average(parts, weights=[10, 20]))
    assert score(metric, Y, P, groups) != pytest.approx(metric(Y, P), abs=1e-3)
    counts = np.random.default_rng(0).integers(0, 3, (20, 30)).astype(np.float64)
    counts[0, groups == "A"] = 0
    expected = [score(metric, Y, P, groups, drawn) for drawn in counts]
    np.testing.assert_allclose(resampled_scores(metric, Y, P, groups, counts), expected, atol=1e-12)
    assert expected[0] == pytest.approx(metric(Y[groups == "B"], P[groups == "B"], counts[0, groups == "B"]))


def test_other_metrics_know_no_groups() -> None:
    Y, P = matrices()
    for metric in (MeanAbsoluteError(), TargetPearson()):
        assert score(metric, Y, P) == metric(Y, P)
        drawn = np.ones((2, len(Y)))
        assert resampled_scores(metric, Y, P, None, drawn).tolist() == metric.resampled(Y, P, drawn).tolist()


def test_a_missing_group_is_refused() -> None:
    Y, P = matrices()
    with pytest.raises(InputError, match="delta_pearson compares rows within their groups"):
        score(DeltaPearson(), Y, P)
    with pytest.raises(InputError, match="one label for each of 12 rows"):
        score(DeltaPearson(), Y, P, ["A"])
    with pytest.raises(InputError, match="expected 40 columns, got 2"):
        DeltaPearson()(Y, P[:, :2])
