"""Many rows by blocks and low rank are what matrices of all rows say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kit.errors import KitWarning
from kit.models.processes import CoregionalizedGP, coregionalized_gp
from kit.models.processes.covariance import Covariance
from kit.models.processes.large.features import Features, is_structured, landmarks_of, n_landmarks
from kit.models.processes.large.layout import buckets_of
from kit.models.processes.large.objective import LargeObjective
from kit.models.processes.likelihood import Objective, Priors
from kit.models.processes.row_keys import RowKeys
from kit.models.processes.starts import free_correlations
from kit.models.processes.terms import parse_terms
from kit.plugins import Plugin
from tests.models.processes.planted import planted, process, terms

RNG = np.random.default_rng(0)
PLANTED = planted(n_targets=80)
# Pairs are missing at random, and some were measured twice.
ROWS = np.sort(np.concatenate([RNG.permutation(96)[:60], [3, 3, 40]]))
X, Y = PLANTED.X[ROWS], (PLANTED.Y[ROWS] + 0.3 * RNG.normal(size=(63, 80))).astype(np.float32)


def both(
    radial: bool, unit_diagonal: bool, landmarks: int = 24
) -> tuple[Objective, LargeObjective, dict[str, np.ndarray]]:
    """Return the objective by matrices of all rows and by blocks, and parameters away from any start."""
    parsed = parse_terms(terms(3, radial))
    rows = RowKeys({"context": X[:, 0].astype(int), "item": X[:, 1].astype(int)}, X)
    priors = Priors({"item": 20.0}, 5.0, free_correlations(parsed))
    covariance, added = Covariance(parsed, {}), np.linspace(0.01, 0.5, 63)
    S = Y.astype(np.float64) @ Y.T.astype(np.float64) / 80
    dense = Objective(
        covariance, covariance.pair(rows, rows), S, 30.0, rows.index["context"], added, unit_diagonal, priors
    )
    vectors = RNG.normal(size=(24, 3)) / 2
    features = Features(parsed, landmarks_of(vectors, landmarks) if radial else np.zeros(0, np.intp))
    large = LargeObjective(features, rows, Y, 30.0, added, unit_diagonal, priors, 24)
    at = {
        "noise": RNG.normal(size=4) / 3,
        "row_noise": RNG.normal(size=63) / 5,
        "latent.item": vectors,
        "spread.item": np.zeros(25),
        **{f"terms.{n}.context": np.tril(RNG.normal(size=(4, 4)) / 2) + np.eye(4) / 3 for n in range(3 + radial)},
    }
    return dense, large, at | ({"terms.3.item": np.array(0.3)} if radial else {})


@pytest.mark.parametrize("unit_diagonal", [False, True])
@pytest.mark.parametrize("radial", [False, True])
def test_value_and_gradient_are_those_of_matrices_of_all_rows(radial: bool, unit_diagonal: bool) -> None:
    dense, large, at = both(radial, unit_diagonal)
    (value, gradient), (expected, slope) = large.value_and_gradient(at), dense.value_and_gradient(at)
    assert value == pytest.approx(expected, rel=1e-9)
    for name in at:
        np.testing.assert_allclose(gradient[name], slope[name], rtol=1e-6, atol=1e-6, err_msg=name)


def test_the_gradient_through_few_landmarks_is_that_of_finite_differences() -> None:
    _, large, at = both(radial=True, unit_diagonal=True, landmarks=7)
    gradient = large.value_and_gradient(at)[1]
    for name in at:
        if name.startswith("spread"):
            continue
        direction = RNG.normal(size=at[name].shape)
        direction = np.tril(direction) if name.endswith("context") else direction
        above, below = (
            large.value_and_gradient(at | {name: at[name] + sign * 1e-5 * direction})[0] for sign in (1, -1)
        )
        assert (above - below) / 2e-5 == pytest.approx((gradient[name] * direction).sum(), rel=1e-5, abs=1e-4), name


def test_in_blocks_of_columns_it_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    _, large, at = both(radial=True, unit_diagonal=False, landmarks=7)
    value, gradient = large.value_and_gradient(at)
    monkeypatch.setattr("kit.models.processes.large.woodbury.ELEMENTS", 700)
    monkeypatch.setattr("kit.models.processes.large.woodbury.CACHED", 700)
    monkeypatch.setattr("kit.arrays.BLOCK_ELEMENTS", 100)
    again, slope = large.value_and_gradient(at)
    assert again == pytest.approx(value, rel=1e-12)
    for name in at:
        np.testing.assert_allclose(slope[name], gradient[name], rtol=1e-9, atol=1e-9)


def fitted(monkeypatch: pytest.MonkeyPatch, most: int, weights: np.ndarray | None = None, **params: Any) -> Any:
    monkeypatch.setattr(coregionalized_gp, "MOST_EXACT_ROWS", most)
    return process(n_steps=15, **params).fit(X, Y, weights)


@pytest.mark.parametrize(
    "params",
    [
        {"target_ratios": False},
        {"radial": True, "scale_rows": True, "target_deviations": 0.3},
        {"two_stages": True, "center": "context"},
    ],
)
def test_both_fits_agree(monkeypatch: pytest.MonkeyPatch, params: dict[str, Any]) -> None:
    exact, large = fitted(monkeypatch, 1500, **params), fitted(monkeypatch, 10, **params)
    assert exact.landmarks_ is None
    assert large.precision_ is None
    new = np.vstack([PLANTED.X, np.float32([[0, -1], [-1, 3], [-1, -1]])])
    with pytest.warns(KitWarning, match="no training row has"):
        predictions, expected = large.predict(new), exact.predict(new)
    np.testing.assert_allclose(predictions, expected, atol=1e-6 * np.abs(expected).max(), rtol=1e-5)
    np.testing.assert_allclose(large.predict_variance(new), exact.predict_variance(new), rtol=1e-6)
    for name, value in exact.parameters_.items():
        np.testing.assert_allclose(large.parameters_[name], value, rtol=1e-6, atol=1e-6, err_msg=name)


def test_few_landmarks_are_said_and_cost_little(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("kit.models.processes.large.features.MOST_LANDMARKS", 8)
    with pytest.warns(KitWarning, match=r"similarities to 8 of 24 items \(Nyström\)"):
        large = fitted(monkeypatch, 10, radial=True)
    exact = fitted(monkeypatch, 1500, radial=True)
    errors = [PLANTED.error(model.predict(PLANTED.X[PLANTED.hidden])) for model in (large, exact)]
    assert errors[0] < 1.02 * errors[1]
    assert large.report()["algebra"] == {"rank": 4 * (1 + 2 + 8), "landmarks": 8}
    large.save(tmp_path / "model")
    loaded = Plugin.load(tmp_path / "model")
    assert isinstance(loaded, CoregionalizedGP)
    np.testing.assert_array_equal(loaded.predict(PLANTED.X), large.predict(PLANTED.X))
    np.testing.assert_array_equal(loaded.predict_variance(PLANTED.X), large.predict_variance(PLANTED.X))


def test_weights_stand_for_noise_that_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    weights = np.where(X[:, 1] == 5, 1e-6, 1.0)
    new = np.float32([[2, 5]])
    large = fitted(monkeypatch, 10, weights, target_ratios=False)
    exact = fitted(monkeypatch, 1500, weights, target_ratios=False)
    full = fitted(monkeypatch, 1500, target_ratios=False)
    apart = np.abs(large.predict(new) - exact.predict(new)).mean()
    assert apart < 0.2 * np.abs(full.predict(new) - exact.predict(new)).mean()


def test_what_cannot_go_by_blocks_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coregionalized_gp, "MOST_EXACT_ROWS", 10)
    gaps = Y.copy()
    gaps[0, 0] = np.nan
    with pytest.warns(KitWarning, match="63 rows are worked on by matrices of all of them, because the targets have"):
        process(n_steps=1).fit(X, gaps)
    other = CoregionalizedGP([{"item": "free"}], n_steps=1, blocks={"item": (0, 1)})
    with pytest.warns(KitWarning, match="because of its terms"):
        other.fit(X[:, :1], Y)


def test_which_terms_go_by_blocks() -> None:
    assert is_structured(parse_terms(terms(3, True)))
    for wrong in (
        [{"context": "free"}],
        [{"context": "free", "item": "free"}],
        [{"context": "free", "item": "identity"}],
        [{"context": "free", "item": "identity"}, {"item": {"low_rank": 2}}],
        [{"context": "free", "item": "identity"}, {"item": "free", "context": "identity"}],
        [{"context": "free", "item": "identity", "dose": {"kernel": "rbf"}}],
        [{"context": "free", "item": "identity"}, {"context": "free", "plate": "identity"}],
    ):
        assert not is_structured(parse_terms(wrong)), wrong  # type: ignore[arg-type]


def test_landmarks_are_far_from_each_other_and_few_where_a_row_has_many_features() -> None:
    vectors = np.repeat(np.eye(5), 4, axis=0)
    assert sorted(landmarks_of(vectors, 5) // 4) == [0, 1, 2, 3, 4]
    assert landmarks_of(vectors, 20).tolist() == list(range(20))
    assert n_landmarks(parse_terms(terms(30, True)), 6, 146) == 100
    assert n_landmarks(parse_terms(terms(10, True)), 50, 1100) == 4000 // 50 - 11


def test_buckets_hold_every_row_once() -> None:
    index = np.repeat([0, 3, 4, 9, 11], [1, 7, 4, 3, 20])
    buckets = buckets_of(index, 10)
    assert sorted(np.concatenate([bucket.rows[bucket.present] for bucket in buckets])) == list(range(35))
    for bucket in buckets:
        assert (index[bucket.rows] == bucket.items[:, None])[bucket.present].all()
        assert bucket.present.sum(axis=1).min() * 2 >= bucket.present.shape[1]
        values = np.zeros((35, 2))
        bucket.put(bucket.take(np.ones((35, 2))), values)
        assert values.sum() == 2 * bucket.present.sum()
        assert not bucket.take(np.ones(35))[~bucket.present].any()
