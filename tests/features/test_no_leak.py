"""No training row's target in its own features, and nothing to win where there is nothing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import KFold

from kit.arrays import Floats
from kit.features import (
    FeatureBuilder,
    GeneProfile,
    Interaction,
    LatentVectors,
    LeaveOneOut,
    NeighbourProfile,
    Numeric,
    OneHot,
    TargetEncoding,
    TargetProfile,
    TargetStatistics,
)
from kit.models import CoregionalizedGP
from tests.features.support import BY, experiment

ENCODERS: dict[str, Callable[[], FeatureBuilder]] = {
    "leave_one_out": lambda: LeaveOneOut(BY, sigma=0),
    "target_encoding": lambda: TargetEncoding(BY, smooth=1.0, random_state=0),
    "target_encoding auto": lambda: TargetEncoding(BY, random_state=0),
    "target_profile": lambda: TargetProfile(shrinkage=0.5),
    "target_profile of cell types": lambda: TargetProfile(by="cell_type"),
    "target_profile centred": lambda: TargetProfile(center="cell_type"),
    "target_profile of a pair's part, centred": lambda: TargetProfile(by="cell_type", center="sm_name", shrinkage=1.0),
    "target_profile per cell type": lambda: TargetProfile(per="cell_type"),
    "target_profile per cell type, centred": lambda: TargetProfile(per="cell_type", center="cell_type", shrinkage=0.5),
    "target_profile weighted": lambda: TargetProfile(weights="dose", shrinkage=0.5),
    "target_profile weighted, centred": lambda: TargetProfile(center="cell_type", weights="dose"),
    "target_profile weighted, per cell type": lambda: TargetProfile(
        per="cell_type", center="cell_type", weights="dose"
    ),
    "gene_profile of all genes": lambda: GeneProfile(genes=1000, per="cell_type", weights="dose"),
    "neighbour_profile": lambda: NeighbourProfile(Numeric(["dose"]), metric="rbf", k=3, shrinkage=0.5),
    "neighbour_profile centred": lambda: NeighbourProfile(Numeric(["dose"]), metric="rbf", center="cell_type"),
    "interaction": lambda: Interaction(OneHot(["cell_type"]), TargetProfile(center="cell_type")),
}


def changed_rows(make: Callable[[], FeatureBuilder], replace: Callable[[Floats], Floats]) -> list[int]:
    """The training rows whose features change when their own targets, and only those, are replaced."""
    rows, Y = experiment()
    before = make().fit_transform(rows, Y)
    changed = []
    for row in range(len(rows)):
        replaced = Y.copy()
        replaced[row] = replace(Y[row])
        if not np.array_equal(make().fit_transform(rows, replaced)[row], before[row]):
            changed.append(row)
    return changed


@pytest.mark.parametrize("name", ENCODERS)
@pytest.mark.parametrize(
    "replace",
    [lambda y: -3 * y + 1, lambda y: np.full_like(y, 1e9), lambda y: y[::-1]],
    ids=["affine", "huge", "mixed"],
)
def test_a_rows_features_do_not_depend_on_its_own_target(name: str, replace: Callable[[Floats], Floats]) -> None:
    assert changed_rows(ENCODERS[name], replace) == []


def test_the_check_finds_what_does_depend() -> None:
    rows, _ = experiment()
    assert changed_rows(lambda: TargetStatistics(["cell_type"], ["mean"]), lambda y: y + 1) == list(range(len(rows)))


class CentredByAll(TargetProfile):
    """Leaves the row out of its compound's profile but not out of the cell types' means."""

    def fit_transform(self, rows: pd.DataFrame, Y: Floats | None = None) -> Floats:
        assert Y is not None
        means = pd.DataFrame(Y).groupby(rows["cell_type"].to_numpy()).transform("mean").to_numpy()
        return TargetProfile().fit_transform(rows, Y - means)


def test_the_check_finds_a_mean_that_forgot_to_leave_the_row_out() -> None:
    assert changed_rows(lambda: CentredByAll(), lambda y: y + 5)


def null_experiment() -> tuple[pd.DataFrame, Floats]:
    """Four cell types × 60 compounds and three targets that depend on neither."""
    pairs = [(cell, f"compound {c}") for cell in "ABCD" for c in range(60)]
    Y = np.random.default_rng(11).standard_normal((240, 3)).astype(np.float32)
    return pd.DataFrame(pairs, columns=["cell_type", "sm_name"]), Y


def gain_over_the_mean(
    make: Callable[[], FeatureBuilder], groups: str | None, leak: bool = False
) -> tuple[float, float]:
    """Mean over rows of how much less LightGBM's squared error is than the mean predictor's, and its standard error."""
    import lightgbm

    rows, Y = null_experiment()
    labels = np.arange(len(rows)) if groups is None else pd.factorize(rows[groups])[0]
    gains = np.empty(len(rows))
    for seen, unseen in KFold(5, shuffle=True, random_state=2).split(np.unique(labels)):
        train, held = np.flatnonzero(np.isin(labels, seen)), np.flatnonzero(np.isin(labels, unseen))
        builder = make()
        if leak:
            X = builder.fit(rows, Y).transform(rows.iloc[train])
        else:
            X = builder.fit_transform(rows.iloc[train], Y[train])
        held_X = builder.transform(rows.iloc[held])
        errors = np.zeros(len(held))
        for target in range(Y.shape[1]):
            data = lightgbm.Dataset(X, Y[train, target])
            settings = {"num_leaves": 15, "min_data_in_leaf": 5, "learning_rate": 0.05, "num_threads": 1, "verbose": -1}
            model = lightgbm.train(settings, data, num_boost_round=30)
            errors += np.square(model.predict(held_X) - Y[held, target])
        gains[held] = np.square(Y[train].mean(axis=0) - Y[held]).sum(axis=1) - errors
    return float(gains.mean()), float(gains.std(ddof=1) / np.sqrt(len(gains)))


NULL: dict[str, Callable[[], FeatureBuilder]] = {
    "target_statistics": lambda: TargetStatistics(["cell_type", "sm_name"]),
    "target_encoding": lambda: TargetEncoding(["cell_type", "sm_name"], random_state=0),
    "leave_one_out": lambda: LeaveOneOut(["cell_type", "sm_name"], random_state=0),
    "leave_one_out without noise": lambda: LeaveOneOut(["cell_type", "sm_name"], sigma=0),
    "target_profile": lambda: TargetProfile(),
    "target_profile centred": lambda: TargetProfile(center="cell_type"),
    "latent_vectors": lambda: LatentVectors(CoregionalizedGP(n_steps=10), n_components=4, random_state=0),
}


@pytest.mark.parametrize("groups", [None, "sm_name"], ids=["random folds", "held-out compounds"])
@pytest.mark.parametrize("name", NULL)
def test_on_pure_noise_no_encoder_lets_lightgbm_look_better_than_the_mean(name: str, groups: str | None) -> None:
    gain, error = gain_over_the_mean(NULL[name], groups)
    assert gain < 2 * error


def test_the_null_test_finds_statistics_taken_over_all_rows() -> None:
    # As in the winners' code: encodings computed once, validation rows included.
    gain, error = gain_over_the_mean(NULL["target_statistics"], "sm_name", leak=True)
    assert gain > 2 * error
