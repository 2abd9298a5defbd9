"""Encoders of targets with gaps: every target is encoded by the rows that measured it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from kit.features import GeneProfile, LeaveOneOut, TargetEncoding, TargetProfile, TargetStatistics
from kit.features.base import FeatureBuilder
from kit.targets import TargetSVD
from kit.testing.rows import make_gaps

BUILDERS: dict[str, FeatureBuilder] = {
    "leave_one_out": LeaveOneOut(["a", "b"], sigma=0.0),
    "target_encoding": TargetEncoding(["a"], smooth="auto", random_state=0),
    "target_encoding, smooth": TargetEncoding(["a", "b"], smooth=2.0, random_state=0),
    "target_statistics": TargetStatistics(["a"], statistics=["mean", "std", "median", "first"], quantiles=[0.2]),
    "target_profile": TargetProfile("a"),
    "target_profile, shrunk": TargetProfile("a", shrinkage=1.5, weights="w"),
    "target_profile, centred": TargetProfile("a", center="b", shrinkage=0.5),
    "target_profile, weighted": TargetProfile("a", center="b", weights="w"),
    "gene_profile": GeneProfile(100, by="a", center="b"),
}


def make_rows(n_rows: int = 40, n_targets: int = 5) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({"a": rng.integers(0, 9, n_rows).astype(str), "b": rng.integers(0, 4, n_rows).astype(str)})
    rows["w"] = rng.uniform(0.5, 2, n_rows)
    Y = rng.normal(size=(n_rows, n_targets)) + rng.normal(size=(9, n_targets))[rows["a"].astype(int)]
    Y += 2 * rng.normal(size=(4, n_targets))[rows["b"].astype(int)]
    return rows, np.where(make_gaps(Y, 0.3), np.nan, Y).astype(np.float32)


def parts(features: np.ndarray, n_targets: int) -> np.ndarray:
    """Features as (n_rows, n_parts, n_targets)."""
    return features.reshape(len(features), -1, n_targets)


@pytest.mark.parametrize("name", BUILDERS)
def test_each_target_is_encoded_by_the_rows_that_measured_it(name: str) -> None:
    builder, (rows, Y) = BUILDERS[name], make_rows()
    new = pd.DataFrame({"a": [str(i) for i in range(10)], "b": ["0", "1", "2", "3", "new"] * 2, "w": 1.0})
    fitted = clone(builder)
    own = parts(fitted.fit_transform(rows, Y), Y.shape[1])
    of_new = parts(fitted.transform(new), Y.shape[1])
    assert np.isfinite(own).all()
    for target in range(Y.shape[1]):
        there = np.flatnonzero(~np.isnan(Y[:, target]))
        alone = clone(builder)
        expected = parts(alone.fit_transform(rows.iloc[there].reset_index(drop=True), Y[there][:, [target]]), 1)
        if "target_encoding" not in name:  # its folds are other ones
            np.testing.assert_allclose(own[there, :, target], expected[..., 0], rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(of_new[..., target], parts(alone.transform(new), 1)[..., 0], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", [name for name in BUILDERS if name != "gene_profile"])
def test_coordinates_are_those_of_the_whole_features(name: str) -> None:
    builder, (rows, Y) = BUILDERS[name], make_rows()
    svd = TargetSVD(3).fit(Y)
    wide, projected = clone(builder), clone(builder).set_params(projector=svd)
    full, reduced = wide.fit_transform(rows, Y), projected.fit_transform(rows, Y)
    expected = np.hstack([svd.project(part) for part in np.split(full, full.shape[1] // Y.shape[1], axis=1)])
    np.testing.assert_allclose(reduced, expected, rtol=1e-4, atol=1e-4)
    assert projected.transform(rows).shape == reduced.shape
    assert len(projected.get_feature_names_out()) == reduced.shape[1]


@pytest.mark.parametrize("name", BUILDERS)
@pytest.mark.filterwarnings("ignore:Degrees of freedom")
def test_a_target_that_no_row_measured_is_encoded_as_0(name: str) -> None:
    rows, Y = make_rows()
    Y[:, 1] = np.nan
    features = parts(clone(BUILDERS[name]).fit_transform(rows, Y), Y.shape[1])
    if name == "gene_profile":
        assert np.isfinite(features).all()
    else:
        np.testing.assert_array_equal(features[..., 1], 0)


@pytest.mark.parametrize("name", [name for name in BUILDERS if "statistics" not in name])
def test_a_rows_own_targets_and_gaps_have_no_part_in_its_features(name: str) -> None:
    rows, Y = make_rows()
    builder = BUILDERS[name]
    if hasattr(builder, "random_state"):
        builder = clone(builder).set_params(random_state=0)
    before = clone(builder).fit_transform(rows, Y)
    other = Y.copy()
    other[3] = np.where(np.isnan(Y[3]), 50.0, -70.0)
    other[3, 0] = np.nan
    after = clone(builder).fit_transform(rows, other)
    if name == "gene_profile":
        return
    np.testing.assert_array_equal(after[3], before[3])
