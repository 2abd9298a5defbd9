from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_selection import f_regression

from kit.errors import InputError
from kit.features import Numeric, OneHot, Selected, TargetProfile
from tests.features.support import Basis, experiment

NAMES = [f"x{place}" for place in range(10)]


def table(n_rows: int = 60, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Ten columns, growing in variance; the targets follow columns 1 and 4, and 4 in more of them."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n_rows, 10)) * np.linspace(0.5, 3, 10)
    X[:, 7] = 2
    loadings = np.zeros((10, 6))
    loadings[4] = rng.choice([-1, 1], 6)
    loadings[1, :2] = 3
    Y = X @ loadings + 0.5 * rng.standard_normal((n_rows, 6))
    return pd.DataFrame(X, columns=NAMES), Y.astype(np.float32)


def test_the_greatest_variances_in_the_blocks_own_order() -> None:
    rows, _ = table()
    builder = Selected(Numeric(NAMES), n_features=4)
    found = builder.fit_transform(rows)
    chosen = np.sort(np.argsort(-rows.to_numpy().var(axis=0))[:4])
    np.testing.assert_array_equal(found, rows.to_numpy(np.float32)[:, chosen])
    assert builder.get_feature_names_out().tolist() == [NAMES[place] for place in chosen]
    assert builder.scores_[7] == 0


def test_f_scores_as_scikit_learn_computes_them() -> None:
    rows, Y = table()
    builder = Selected(Numeric(NAMES), n_features=2, by="f_score").fit(rows, Y)
    varying = [place for place in range(10) if place != 7]
    expected = np.mean([f_regression(rows.to_numpy()[:, varying], column)[0] for column in Y.T], axis=0)
    np.testing.assert_allclose(builder.scores_[varying], expected, rtol=1e-4)
    assert builder.scores_[7] == 0
    assert builder.get_feature_names_out().tolist() == ["x1", "x4"]


def test_explained_variance_by_the_definition() -> None:
    rows, Y = table()
    builder = Selected(Numeric(NAMES), n_features=2, by="explained_variance").fit(rows, Y)
    for place in (0, 1, 4):
        design = np.column_stack([np.ones(len(rows)), rows.to_numpy()[:, place]])
        rest = Y - design @ np.linalg.lstsq(design, Y.astype(float), rcond=None)[0]
        total = np.square(Y - Y.mean(axis=0)).sum()
        assert builder.scores_[place] == pytest.approx(1 - np.square(rest).sum() / total, rel=1e-4)
    assert builder.get_feature_names_out().tolist() == ["x1", "x4"]


@pytest.mark.parametrize("by", ["f_score", "explained_variance"])
def test_the_reduced_targets_are_read_where_there_is_a_projector(by: str) -> None:
    rows, Y = table()
    projector = Basis(3).fit(Y)
    reduced = Selected(Numeric(NAMES), by=by, projector=projector).fit(rows, Y)
    direct = Selected(Numeric(NAMES), by=by).fit(rows, projector.project(Y))
    np.testing.assert_array_equal(reduced.scores_, direct.scores_)


@pytest.mark.parametrize("by", ["f_score", "explained_variance"])
def test_a_perfect_column_comes_first_and_constants_count_for_nothing(by: str) -> None:
    rows, _ = table()
    Y = rows[["x2", "x7"]].to_numpy(np.float32)
    builder = Selected(Numeric(NAMES), n_features=1, by=by).fit(rows, Y)
    assert builder.get_feature_names_out().tolist() == ["x2"]
    assert np.isfinite(builder.scores_).all()
    constant = Selected(Numeric(NAMES), n_features=1, by=by).fit(rows, np.ones_like(Y))
    assert not constant.scores_.any()


def test_more_than_there_are_is_all() -> None:
    rows, Y = experiment()
    builder = Selected(OneHot(["cell_type"]), n_features=50)
    np.testing.assert_array_equal(builder.fit_transform(rows, Y), OneHot(["cell_type"]).fit_transform(rows, Y))


def test_targets_are_asked_for_where_they_are_read() -> None:
    rows, Y = table()
    Selected(Numeric(NAMES)).fit(rows)
    with pytest.raises(InputError, match="reads the targets"):
        Selected(Numeric(NAMES), by="f_score").fit(rows)
    with pytest.raises(InputError, match="expected 60 rows"):
        Selected(Numeric(NAMES), by="f_score").fit(rows, Y[1:])


def test_a_clone_keeps_the_projectors_of_both() -> None:
    from sklearn.base import clone

    rows, Y = experiment()
    projector = Basis(4).fit(Y)
    builder = Selected(TargetProfile(projector=projector), n_features=2, by="f_score", projector=projector)
    np.testing.assert_array_equal(clone(builder).fit_transform(rows, Y), builder.fit_transform(rows, Y))
