from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import RegressorMixin
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import KFold
from sklearn.tree import DecisionTreeRegressor

from kit.features import FeatureBuilder, LeaveOneOut, TargetEncoding
from tests.features.support import N_TARGETS, Basis, experiment, new_rows


def test_by_the_definition() -> None:
    rows, Y = experiment()
    features = LeaveOneOut(["sm_name"], sigma=0).fit_transform(rows, Y)
    for row, name in enumerate(rows["sm_name"]):
        others = (rows["sm_name"] == name).to_numpy() & (np.arange(len(rows)) != row)
        if not others.any():
            others = np.arange(len(rows)) != row
        np.testing.assert_allclose(features[row], Y[others].mean(axis=0), rtol=1e-5, atol=1e-6)


def test_category_encoders_says_the_same_of_every_target() -> None:
    encoders = pytest.importorskip("category_encoders", reason="the oracle category_encoders is not installed")
    rows, Y = experiment()
    columns = ["cell_type", "sm_name"]
    builder = LeaveOneOut(list(columns), sigma=0)
    trained, unseen = builder.fit_transform(rows, Y), builder.transform(new_rows())
    # For the one row of a category theirs is the mean over all rows, itself included; ours leaves it out.
    several = rows.groupby("sm_name")["dose"].transform("size") > 1
    for target in range(N_TARGETS):
        oracle = encoders.LeaveOneOutEncoder(cols=columns)
        expected = oracle.fit_transform(rows[columns], pd.Series(Y[:, target].astype(np.float64)))
        places = [target, N_TARGETS + target]
        np.testing.assert_allclose(trained[:, places][several], expected[several], rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(unseen[:, places], oracle.transform(new_rows()[columns]), rtol=1e-5, atol=1e-5)


def test_a_projector_commutes_with_leaving_one_out() -> None:
    rows, Y = experiment()
    projector = Basis().fit(Y)
    narrow = LeaveOneOut(["sm_name"], sigma=0, projector=projector).fit_transform(rows, Y)
    wide = LeaveOneOut(["sm_name"], sigma=0).fit_transform(rows, Y)
    np.testing.assert_allclose(narrow, projector.project(wide), rtol=1e-4, atol=1e-5)


def test_noise_is_relative_independent_and_on_training_rows_only() -> None:
    rows, Y = experiment(n_targets=400)
    plain = LeaveOneOut(["cell_type", "sm_name"], sigma=0)
    noisy = LeaveOneOut(["cell_type", "sm_name"], sigma=0.25, random_state=1)
    factors = noisy.fit_transform(rows, Y) / plain.fit_transform(rows, Y)
    assert abs(factors.mean() - 1) < 0.01
    assert abs(factors.std() - 0.25) < 0.01
    correlations = np.corrcoef(factors)[np.triu_indices(len(rows), 1)]
    assert np.abs(correlations).max() < 0.25  # 800 features: a standard error of 0.035
    np.testing.assert_array_equal(noisy.transform(new_rows()), plain.transform(new_rows()))


def test_without_noise_the_target_can_be_read_from_the_feature() -> None:
    rows, Y = experiment()
    feature = LeaveOneOut(["cell_type"], sigma=0).fit_transform(rows, Y)
    for _, members in rows.groupby("cell_type").groups.items():
        own, total = Y[members], Y[members].sum(axis=0)
        np.testing.assert_allclose(total - (len(members) - 1) * feature[members], own, atol=1e-4)


def noise_experiment() -> tuple[pd.DataFrame, np.ndarray]:
    """Two cell types of 50 rows and 20 targets that depend on nothing."""
    rng = np.random.default_rng(0)
    return pd.DataFrame({"cell_type": ["NK", "T"] * 50}), rng.standard_normal((100, 20)).astype(np.float32)


def by_cell_type(rows: pd.DataFrame, feature: np.ndarray) -> np.ndarray:
    """An intercept and a slope for each cell type: four numbers, nothing that could memorise 100 rows."""
    in_nk = (rows["cell_type"] == "NK").to_numpy()[:, None]
    return np.hstack([in_nk, feature * in_nk, feature * ~in_nk]).astype(np.float64)


def mean_r_squared(Y: np.ndarray, predicted: np.ndarray, baseline: np.ndarray) -> float:
    """R² against a baseline, the mean over targets."""
    return float((1 - np.square(Y - predicted).sum(axis=0) / np.square(Y - baseline).sum(axis=0)).mean())


def scores(builder: FeatureBuilder, model: RegressorMixin) -> tuple[float, float]:
    """R² on the training rows and cross-validated, one model a target, against the mean of the training rows."""
    rows, Y = noise_experiment()
    trained, predicted, baseline = np.empty(Y.shape), np.empty(Y.shape), np.empty(Y.shape)
    for target in range(Y.shape[1]):
        X = by_cell_type(rows, builder.fit_transform(rows, Y[:, [target]]))
        trained[:, target] = model.fit(X, Y[:, target]).predict(X)
        for fit, held in KFold(5, shuffle=True, random_state=0).split(Y):
            X = by_cell_type(rows.iloc[fit], builder.fit_transform(rows.iloc[fit], Y[fit][:, [target]]))
            held_X = by_cell_type(rows.iloc[held], builder.transform(rows.iloc[held]))
            predicted[held, target] = model.fit(X, Y[fit, target]).predict(held_X)
            baseline[held, target] = Y[fit, target].mean()
    return mean_r_squared(Y, trained, Y.mean(axis=0)), mean_r_squared(Y, predicted, baseline)


@pytest.mark.parametrize("model", [LinearRegression(), DecisionTreeRegressor(max_leaf_nodes=24, random_state=0)])
def test_planted_failure_a_model_reads_the_training_labels_back(model: RegressorMixin) -> None:
    training, held_out = scores(LeaveOneOut(["cell_type"], sigma=0), model)
    assert training > 0.98
    assert held_out < 0
    # The same models find no such line in cross-fitted means.
    sound, _ = scores(TargetEncoding(["cell_type"], random_state=0), model)
    assert sound < 0.15
