from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kit.errors import InputError, ParameterError
from kit.metrics import MeanAveragePrecision
from kit.models.bags import as_bags

torch = pytest.importorskip("torch")

from kit.models import DeepSet  # noqa: E402
from kit.models.bags.network import supervised_contrastive  # noqa: E402


def make_bags(n_points: int = 80, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return 32 bags of eight classes that differ in the covariance of their points, of up to ``n_points`` points."""
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(8), 4)
    X = np.full((32, n_points * 2), np.nan, dtype=np.float32)
    for bag, code in enumerate(codes):
        angle = np.pi * code / 8
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        size = int(rng.integers(n_points // 2, n_points + 1))
        X[bag, : 2 * size] = (rng.standard_normal((size, 2)) * [2.0, 0.3] @ turn.T).ravel()
    return X, np.eye(8, dtype=np.float32)[codes]


SMALL = {"width": 32, "head": 8, "n_outputs": 6, "n_steps": 80, "random_state": 0}
X, Y = make_bags()
TRAIN, NEW = np.arange(32) < 20, np.arange(32) >= 20  # five classes, and three that are never seen


@pytest.fixture(scope="module")
def fitted() -> DeepSet:
    return DeepSet(2, **SMALL).fit(X[TRAIN], Y[TRAIN])


def test_bags_of_labels_never_seen_find_each_other(fitted: DeepSet) -> None:
    found = MeanAveragePrecision()(Y[NEW], fitted.predict(X[NEW]))
    means = np.nanmean(X.reshape(32, -1, 2), axis=1).astype(np.float32)
    assert found > 0.85
    assert MeanAveragePrecision()(Y[NEW], means[NEW]) < 0.6  # in the means there is nothing
    assert fitted.losses_[-5:].mean() < fitted.losses_[:5].mean()


def test_the_order_of_points_and_their_repetition_change_nothing(fitted: DeepSet) -> None:
    points = X[NEW].reshape(12, -1, 2)
    shuffled = points[:, np.random.default_rng(3).permutation(points.shape[1])]
    expected = fitted.predict(X[NEW])
    np.testing.assert_allclose(fitted.predict(shuffled.reshape(12, -1)), expected, rtol=1e-5, atol=1e-5)
    twice = np.concatenate([points, points], axis=1)
    np.testing.assert_allclose(fitted.predict(twice.reshape(12, -1)), expected, rtol=1e-5, atol=1e-5)


def test_a_sum_grows_with_the_points(fitted: DeepSet) -> None:
    summed = DeepSet(2, pool="sum", **SMALL).fit(X[TRAIN], Y[TRAIN])
    points = X[NEW].reshape(12, -1, 2)
    twice = np.concatenate([points, points], axis=1).reshape(12, -1)
    assert np.abs(summed.predict(twice) - summed.predict(X[NEW])).max() > 0.1


def test_a_bag_is_predicted_alike_whatever_else_is(fitted: DeepSet) -> None:
    together = fitted.predict(X)
    for bag in (0, 17, 31):
        np.testing.assert_array_equal(fitted.predict(X[[bag]])[0], together[bag])
    np.testing.assert_array_equal(fitted.predict(X[::-1]), together[::-1])


def test_saved_and_loaded_is_the_same_and_a_fit_can_be_repeated(fitted: DeepSet, tmp_path: Path) -> None:
    fitted.save(tmp_path / "model")
    np.testing.assert_array_equal(DeepSet.load(tmp_path / "model").predict(X), fitted.predict(X))
    again = DeepSet(2, **SMALL).fit(X[TRAIN], Y[TRAIN])
    np.testing.assert_array_equal(again.predict(X), fitted.predict(X))


def test_no_steps_leave_the_network_as_it_was_drawn() -> None:
    untrained = DeepSet(2, **SMALL | {"n_steps": 0}).fit(X[TRAIN], Y[TRAIN])
    other_labels = DeepSet(2, **SMALL | {"n_steps": 0}).fit(X[TRAIN], Y[TRAIN][:, ::-1])
    np.testing.assert_array_equal(untrained.predict(X), other_labels.predict(X))
    assert len(untrained.losses_) == 0


@pytest.mark.parametrize(
    "options",
    [
        {"batch_size": 8, "n_sets": 2, "sample": 10, "sample_sd": 4.0, "sample_min": 3},
        {"schedule": "constant", "learning_rate": 1e-3, "norm": False, "sample": 1.0},
    ],
)
def test_draws_batches_and_schedules(options: dict[str, object]) -> None:
    model = DeepSet(2, **SMALL | options).fit(X[TRAIN], Y[TRAIN])
    assert len(model.losses_) == 80
    assert np.isfinite(model.predict(X)).all()


def test_the_number_of_points_drawn_is_what_was_asked_for() -> None:
    there = ~np.isnan(X.reshape(32, -1, 2)).any(axis=2)
    rng = np.random.default_rng(0)
    half = DeepSet(2, sample=0.5)._draw(there, rng)
    np.testing.assert_array_equal(half.sum(axis=2)[0], np.rint(there.sum(axis=1) * 0.5))
    assert not half[:, ~there].any()
    few = DeepSet(2, sample=5, n_sets=3)._draw(there, rng)
    assert (few.sum(axis=2) == 5).all()
    assert (few[0] != few[1]).any()
    most = DeepSet(2, sample=1000)._draw(there, rng)
    np.testing.assert_array_equal(most[0] > 0, there)


def test_the_loss_by_hand() -> None:
    vectors = torch.tensor(np.random.default_rng(0).standard_normal((6, 4)), dtype=torch.float64)
    codes = torch.tensor([0, 0, 1, 1, 1, 2])
    units = vectors / vectors.norm(dim=1, keepdim=True)
    similar = (units @ units.T / 0.1).numpy()
    terms = []
    for i in range(5):  # the last has no partner
        others = [j for j in range(6) if j != i]
        total = np.log(np.exp(similar[i, others]).sum())
        terms.append(-np.mean([similar[i, j] - total for j in others if codes[j] == codes[i]]))
    assert float(supervised_contrastive(vectors, codes, 0.1)) == pytest.approx(np.mean(terms))


@pytest.mark.parametrize(
    ("bags", "message"),
    [
        (X[:, :-1], "no whole number of points of 2 values"),
        (np.where(np.arange(160) == 3, np.nan, X), "a point of bag 0 has gaps"),
        (np.where(np.arange(32)[:, None] == 5, np.nan, X), "bag 5 has no point"),
    ],
)
def test_refuses_what_are_no_bags(bags: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=message):
        as_bags(np.ascontiguousarray(bags, dtype=np.float32), 2)


def test_refuses_wrong_input() -> None:
    with pytest.raises(InputError, match="none of the 3 bags shares its label"):
        DeepSet(2, **SMALL).fit(X[:3], np.eye(8, dtype=np.float32)[:3])
    with pytest.raises(InputError, match="pairs of rows, which have no weights"):
        DeepSet(2, **SMALL).fit(X[TRAIN], Y[TRAIN], np.arange(20) + 1)
    with pytest.raises(ParameterError, match="n_steps"):
        DeepSet(2, n_steps=-1).fit(X[TRAIN], Y[TRAIN])
