from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm, rankdata
from sklearn.preprocessing import MaxAbsScaler, Normalizer, RobustScaler, StandardScaler

from kit.errors import InputError
from kit.features import Numeric, OneHot, Scaled
from tests.features.support import experiment, new_rows

COLUMNS = ["normal", "skewed", "counts", "rare", "far"]
METHODS: list[Any] = ["standard", "robust", "rank_gauss", "max_abs", "l2"]


def table(n_rows: int = 50, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "normal": rng.standard_normal(n_rows),
            "skewed": rng.lognormal(size=n_rows),
            "counts": rng.integers(0, 5, n_rows),
            "rare": np.arange(n_rows) == 3,
            "far": 1000 + 1e-2 * rng.standard_normal(n_rows),
        }
    )


@pytest.mark.parametrize(
    ("method", "oracle"),
    [
        ("standard", StandardScaler()),
        ("robust", RobustScaler()),
        ("max_abs", MaxAbsScaler()),
        ("l2", Normalizer()),
    ],
)
def test_as_scikit_learn_scales(method: Any, oracle: Any) -> None:
    rows, new = table(), table(seed=1)
    inner = Numeric(COLUMNS)
    builder = Scaled(inner, method=method)
    oracle.fit(inner.fit_transform(rows).astype(np.float64))
    for some, found in ((rows, builder.fit_transform(rows)), (new, builder.transform(new))):
        expected = oracle.transform(inner.transform(some).astype(np.float64))
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    assert builder.get_feature_names_out().tolist() == COLUMNS


def test_ranks_become_normal_quantiles() -> None:
    rows = table()
    builder = Scaled(Numeric(COLUMNS), method="rank_gauss")
    found = builder.fit_transform(rows)
    inner = Numeric(COLUMNS).fit(rows).transform(rows)
    expected = norm.ppf((rankdata(inner, axis=0) - 0.5) / len(rows))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_new_values_are_ranked_between_their_neighbours() -> None:
    rows = pd.DataFrame({"x": [0.0, 1.0, 1.0, 10.0]})
    builder = Scaled(Numeric(["x"]), method="rank_gauss").fit(rows)
    found = builder.transform(pd.DataFrame({"x": [-5.0, 0.0, 0.5, 1.0, 5.5, 10.0, 99.0]}))[:, 0]
    # Ranks 1, 2.5 (two share it) and 4 of four: (rank − ½) / 4.
    expected = norm.ppf(np.array([0.5, 0.5, 1.25, 2.0, 2.75, 3.5, 3.5]) / 4)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-7)


def test_many_rows_are_thinned_out_by_rank() -> None:
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({"x": rng.lognormal(size=5000)})
    builder = Scaled(Numeric(["x"]), method="rank_gauss")
    found = builder.fit_transform(rows)[:, 0]
    assert builder.levels_.shape == (1000, 1)
    expected = norm.ppf((rankdata(rows["x"]) - 0.5) / len(rows))
    inside = np.abs(expected) < 2
    np.testing.assert_allclose(found[inside], expected[inside], atol=0.02)


@pytest.mark.parametrize("method", METHODS[:4])
def test_what_is_constant_in_training_is_zero_for_ever(method: Any) -> None:
    rows = pd.DataFrame({"x": np.full(7, np.float32(0.1)), "y": np.arange(7.0)})
    builder = Scaled(Numeric(["x", "y"]), method=method)
    assert not builder.fit_transform(rows)[:, 0].any()
    assert not builder.transform(pd.DataFrame({"x": [0.1, 1e6], "y": [1.0, 2.0]}))[:, 0].any()
    assert builder.fit_transform(rows)[:, 1].any()
    assert not Scaled(Numeric(["x", "y"]), method=method).fit_transform(rows[:1]).any()


def test_a_row_of_zeros_has_no_direction() -> None:
    builder = Scaled(OneHot(["cell_type"]), method="l2").fit(experiment()[0])
    found = builder.transform(new_rows())
    lengths = np.linalg.norm(found, axis=1)
    np.testing.assert_allclose(lengths, new_rows()["cell_type"].isin(["NK", "B", "T"]), rtol=1e-6)


def test_counts_become_logarithms_of_their_share() -> None:
    counts = np.random.default_rng(0).poisson(2.0, (30, 4))
    counts[3] = 0
    rows = pd.DataFrame(counts, columns=list("abcd"))
    builder = Scaled(Numeric(list("abcd")), method="log_counts")
    found = builder.fit_transform(rows)
    np.testing.assert_allclose(
        np.expm1(found.astype(float)).sum(axis=1), np.where(counts.any(axis=1), 1e4, 0), rtol=1e-4
    )
    np.testing.assert_allclose(builder.transform(2 * rows), found, rtol=1e-6)
    assert ((found == 0) == (counts == 0)).all()
    with pytest.raises(InputError, match="counts are at least 0, and one is -2"):
        builder.transform(rows.assign(a=-2))
