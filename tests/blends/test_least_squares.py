from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize, nnls

from kit.blends import LeastMRRMSE, NonNegative
from tests.blends.planted import Planted, mrrmse, planted, with_noise


def uneven(seed: int = 0) -> Planted:
    """Return a member that is right on quiet rows and one that is right on loud rows, of which there are few."""
    rng = np.random.default_rng(seed)
    Y = rng.normal(size=(60, 40)) * np.where(np.arange(60) % 6, 1.0, 8.0)[:, None]
    noise = rng.normal(size=(2, *Y.shape))
    loud = (np.arange(60) % 6 == 0)[:, None]
    quiet_one = Y + np.where(loud, 6.0, 0.2) * noise[0]
    loud_one = Y + np.where(loud, 1.0, 1.5) * noise[1]
    return {"loud": loud_one.astype(np.float32), "quiet": quiet_one.astype(np.float32)}, Y.astype(np.float32)


@pytest.mark.parametrize("seed", range(4))
def test_agrees_with_non_negative_least_squares(seed: int) -> None:
    members, Y = with_noise(seed)
    row_weights = np.random.default_rng(seed).uniform(size=len(Y))
    root = np.sqrt(row_weights)[:, None]
    wide = np.stack([(root * members[name]).ravel() for name in sorted(members)], axis=1).astype(np.float64)
    truth = (root * Y).ravel().astype(np.float64)
    found = NonNegative(sum_to_one=False).fit(members, Y, row_weights)
    np.testing.assert_allclose(found.weights_, nnls(wide, truth)[0], atol=1e-6)
    # The sum 1 as a row of its own that weighs more than all others.
    heavy = 1e4 * np.ones((1, 3))
    expected, _ = nnls(np.vstack([wide, heavy]), np.append(truth, 1e4))
    found = NonNegative().fit(members, Y, row_weights)
    np.testing.assert_allclose(found.weights_, expected, atol=1e-4)
    assert found.weights_.sum() == pytest.approx(1)


def test_weights_of_any_sum_shrink_and_stretch() -> None:
    _, Y = planted({})
    assert NonNegative(sum_to_one=False).fit({"half": Y / 2}, Y).weights_ == pytest.approx([2.0], rel=1e-5)
    assert NonNegative(sum_to_one=False).fit({"against": -Y}, Y).weights_ == pytest.approx([0.0])


@pytest.mark.parametrize("sum_to_one", [True, False])
def test_the_ridge_pulls_towards_equal_weights(sum_to_one: bool) -> None:
    members, Y = with_noise()
    distances = [
        float(np.linalg.norm(NonNegative(sum_to_one, ridge).fit(members, Y).weights_ - 1 / 3))
        for ridge in (0.0, 0.1, 1.0, 1e6)
    ]
    assert distances == sorted(distances, reverse=True)
    assert distances[0] > 0.3
    assert distances[-1] < 1e-4


@pytest.mark.parametrize("seed", range(4))
def test_the_least_mrrmse_agrees_with_a_general_solver(seed: int) -> None:
    members, Y = with_noise(seed)
    row_weights = np.random.default_rng(seed).uniform(size=len(Y))
    stack = np.stack([members[name].astype(np.float64) for name in sorted(members)])
    general = minimize(
        lambda w: mrrmse(Y, np.tensordot(w, stack, axes=1), row_weights),  # type: ignore[arg-type]
        np.full(3, 1 / 3),
        method="SLSQP",
        bounds=[(0, 1)] * 3,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
        options={"ftol": 1e-14},
    )
    found = LeastMRRMSE().fit(members, Y, row_weights)
    assert found.score_ <= general.fun * (1 + 1e-7)
    np.testing.assert_allclose(found.weights_, general.x, atol=1e-3)


def test_rows_count_by_their_errors_and_not_by_their_squares() -> None:
    members, Y = uneven()
    squares, metric = NonNegative().fit(members, Y), LeastMRRMSE().fit(members, Y)
    assert metric.weights_of(members)["quiet"] > squares.weights_of(members)["quiet"] + 0.1
    # On rows that neither has seen.
    others, Y_other = uneven(1)
    assert mrrmse(Y_other, metric.combine(others)) < 0.95 * mrrmse(Y_other, squares.combine(others))


def test_the_least_mrrmse_takes_a_member_that_is_right() -> None:
    members, Y = planted({"a": 0.5, "b": 0.2})
    weights = LeastMRRMSE().fit(members | {"right": Y}, Y).weights_
    np.testing.assert_allclose(weights, [0, 0, 1], atol=1e-6)
    np.testing.assert_allclose(LeastMRRMSE().fit({"one": Y, "two": Y}, Y).weights_.sum(), 1)


def test_the_ridge_of_the_least_mrrmse() -> None:
    members, Y = with_noise()
    np.testing.assert_allclose(LeastMRRMSE(1e6).fit(members, Y).weights_, np.full(3, 1 / 3), atol=1e-4)
    assert LeastMRRMSE(0.01).fit(members, Y).score_ < LeastMRRMSE(0.3).fit(members, Y).score_
