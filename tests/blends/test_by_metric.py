from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kit.blends import (
    Blend,
    ByScore,
    Greedy,
    LeastMRRMSE,
    MetricBlend,
    NonNegative,
    PerGroupBlend,
    RowGram,
    fits_on_gram,
)
from kit.errors import InputError
from kit.metrics import MRRMSE, DistanceMetric, MeanAbsoluteError, Metric, Pearson, RowMetric, TargetPearson
from tests.blends.planted import Planted, mixed, mrrmse, planted, with_noise


class MeanSquare(DistanceMetric):
    """The mean square of a row's errors: another function of the squared distance."""

    def of_squares(self, squares: np.ndarray, n_targets: int) -> np.ndarray:
        return squares / n_targets


class SlowMRRMSE(RowMetric):
    """MRRMSE, written as a metric that knows nothing of squared distances."""

    def per_row(self, Y: np.ndarray, predictions: np.ndarray) -> np.ndarray:
        return np.sqrt(np.mean((Y.astype(np.float64) - predictions) ** 2, axis=1))


def opposed(n_rows: int = 60, n_targets: int = 40) -> Planted:
    """Return members of which one has the right direction and the wrong size, the other the right size: the first is
    better by correlation, the second by distance."""
    rng = np.random.default_rng(0)
    Y = rng.normal(size=(n_rows, n_targets))
    members = {"aligned": 4 * Y + 0.4 * rng.normal(size=Y.shape), "near": Y + 0.8 * rng.normal(size=Y.shape)}
    return {name: values.astype(np.float32) for name, values in members.items()}, Y.astype(np.float32)


@pytest.mark.parametrize("metric", [Pearson(), TargetPearson()], ids=repr)
def test_the_recipes_metric_decides(metric: Metric) -> None:
    members, Y = opposed()
    for by_metric, by_distance in (
        (ByScore(0.05, metric=metric), ByScore(0.05)),
        (Greedy(20, metric=metric), Greedy(20)),
    ):
        found = by_metric.fit(members, Y).weights_of(members)
        assert found["aligned"] > 0.5
        assert by_distance.fit(members, Y).weights_of(members)["near"] > 0.9
        # What it reports is the metric of the blend.
        assert by_metric.score_ == pytest.approx(metric(Y, by_metric.combine(members)), abs=1e-6)
        report = by_metric.report()
        assert (report["objective"], report["fitted_metric"]) == (metric.kind, metric.kind)
        assert report["fitted_score"] == by_metric.score_
        # The blend of the metric's choice is the better one by it.
        assert by_metric.score_ > metric(Y, by_distance.combine(members))


def test_greedy_follows_any_metric_as_a_search_by_hand_does() -> None:
    members, Y = with_noise(3)
    row_weights = np.linspace(0.5, 2, len(Y))
    metric, counts, path = MeanAbsoluteError(), dict.fromkeys(members, 0), []
    for _ in range(9):
        tried = {}
        for name in sorted(members):
            more = counts | {name: counts[name] + 1}
            total = sum(more.values())
            blend = mixed(members, {key: count / total for key, count in more.items()})
            tried[name] = metric(Y, blend.astype(np.float32), row_weights)
        best = min(tried, key=lambda name: tried[name])
        counts[best] += 1
        path.append((tried[best], dict(counts)))
    score, taken = min(path, key=lambda item: item[0])
    found = Greedy(9, metric=metric).fit(members, Y, row_weights)
    assert found.weights_of(members) == {name: count / sum(taken.values()) for name, count in taken.items()}
    assert found.score_ == pytest.approx(score)


@pytest.mark.parametrize("blend", [ByScore(0.2), ByScore(0.1, "inverse_power"), Greedy(30), Greedy(9, 4)], ids=repr)
def test_full_width_and_inner_products_find_the_same(blend: MetricBlend) -> None:
    members, Y = with_noise(2)
    row_weights = np.linspace(0, 3, len(Y))
    blend.set_params(metric=None)
    if isinstance(blend, Greedy):
        blend.set_params(random_state=0)
    on_gram = blend.fit(members, Y, row_weights).weights_.copy()
    score = blend.score_
    blend.set_params(metric=SlowMRRMSE())
    np.testing.assert_allclose(blend.fit(members, Y, row_weights).weights_, on_gram, rtol=1e-6, atol=1e-9)
    assert blend.score_ == pytest.approx(score, rel=1e-6)


def test_every_metric_of_squared_distances_is_fitted_on_inner_products() -> None:
    members, Y = planted({"a": 0.5, "b": 0.9})
    blend = Greedy(1, metric=MeanSquare())
    assert fits_on_gram(blend)
    assert fits_on_gram(PerGroupBlend(blend))
    blend.fit_gram(RowGram.of(members, Y))
    assert blend.score_ == pytest.approx(np.mean((Y.astype(float) - members["a"]) ** 2), rel=1e-5)


def test_a_metric_of_all_rows_is_computed_for_each_fold() -> None:
    # Two folds at different levels: over both together, a member that knows no more than the fold correlates.
    rng = np.random.default_rng(0)
    folds = np.repeat(["one", "two"], 30)
    level, Y = np.where(folds == "one", -5.0, 5.0)[:, None], rng.normal(size=(60, 8))
    members = {"level": level + rng.normal(size=Y.shape), "rows": 0.6 * Y + 0.3 * rng.normal(size=Y.shape)}
    predictions = {name: values.astype(np.float32) for name, values in members.items()}
    truth = (level + Y).astype(np.float32)
    weights = np.where(folds == "one", 1.0, 3.0)
    blend = ByScore(0.05, metric=TargetPearson())
    assert blend.fit(predictions, truth, weights).weights_of(predictions)["level"] > 0.9
    found = blend.fit(predictions, truth, weights, folds=folds).weights_of(predictions)
    assert found["rows"] > 0.9
    by_fold = [TargetPearson()(truth[folds == f], blend.combine(predictions)[folds == f]) for f in ("one", "two")]
    assert blend.score_ == pytest.approx(np.average(by_fold, weights=[1, 3]), abs=1e-6)
    grouped = PerGroupBlend(blend, min_rows=5).fit(predictions, truth, weights, np.array(["a"] * 60), folds)
    assert grouped.report()["groups"]["a"]["weights"] == pytest.approx(found)


def test_another_metric_needs_the_predictions() -> None:
    members, Y = planted({"a": 0.5, "b": 0.9})
    blend = ByScore(metric=Pearson())
    assert not fits_on_gram(blend)
    assert not fits_on_gram(PerGroupBlend(blend))
    with pytest.raises(InputError, match="by_score by pearson cannot be fitted on inner products; call fit"):
        blend.fit_gram(RowGram.of(members, Y))
    with pytest.raises(InputError, match="needs the targets"):
        blend.fit(members)
    labels = np.repeat(["one", "two"], len(Y) // 2)
    grouped = PerGroupBlend(blend, min_rows=5).fit(members, Y, groups=labels)
    assert grouped.objective == "pearson"
    assert list(grouped.groups_) == ["one", "two"]


def test_blends_with_an_objective_of_their_own_name_it() -> None:
    members, Y = planted({"a": 0.5, "b": 0.9})
    for blend, objective in ((NonNegative(), "squared error"), (LeastMRRMSE(), "mrrmse")):
        report = blend.fit(members, Y).report()
        assert (blend.objective, report["objective"], report["fitted_metric"]) == (objective, objective, "mrrmse")
        assert report["fitted_score"] == pytest.approx(mrrmse(Y, blend.combine(members)), rel=1e-5)
    assert ByScore(metric=MRRMSE()).objective == ByScore().objective == "mrrmse"


def test_a_fitted_blend_comes_back_with_its_metric(tmp_path: Path) -> None:
    members, Y = opposed()
    blend = Greedy(5, metric=Pearson()).fit(members, Y)
    blend.save(tmp_path / "blend")
    loaded = Blend.load(tmp_path / "blend")
    np.testing.assert_array_equal(loaded.combine(members), blend.combine(members))
    assert loaded.objective == "pearson"
