from __future__ import annotations

import numpy as np
import pytest
import sklearn
from packaging.version import Version
from sklearn.model_selection import KFold
from sklearn.preprocessing import TargetEncoder

from kit.errors import InputError, ParameterError
from kit.features import TargetEncoding
from tests.features.support import N_TARGETS, Basis, experiment, new_rows

COLUMNS = ["cell_type", "sm_name"]


@pytest.mark.skipif(Version(sklearn.__version__) < Version("1.9"), reason="TargetEncoder takes a splitter since 1.9")
@pytest.mark.parametrize("smooth", [0.0, 2.5, "auto"])
@pytest.mark.filterwarnings("ignore:invalid value encountered")
def test_sklearn_says_the_same_of_every_target(smooth: float | str) -> None:
    rows, Y = experiment()
    builder = TargetEncoding(list(COLUMNS), n_splits=4, smooth=smooth, random_state=5)
    trained, unseen = builder.fit_transform(rows, Y), builder.transform(new_rows())
    for target in range(N_TARGETS):
        folds = KFold(4, shuffle=True, random_state=5)
        oracle = TargetEncoder(target_type="continuous", smooth=smooth, cv=folds)
        y = Y[:, target].astype(np.float64)
        columns = [target, N_TARGETS + target]
        expected = oracle.fit_transform(rows[COLUMNS], y)
        np.testing.assert_allclose(trained[:, columns], expected, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(unseen[:, columns], oracle.transform(new_rows()[COLUMNS]), rtol=1e-5, atol=1e-5)


def test_constant_targets_have_no_variance_to_share() -> None:
    rows, Y = experiment()
    features = TargetEncoding(["sm_name"], smooth="auto", random_state=0).fit_transform(rows, np.full_like(Y, 3))
    np.testing.assert_allclose(features, 3)


@pytest.mark.parametrize("smooth", [1.0, "auto"])
def test_projector(smooth: float | str) -> None:
    rows, Y = experiment()
    projector = Basis().fit(Y)
    narrow = TargetEncoding(["sm_name"], smooth=smooth, projector=projector, random_state=0).fit_transform(rows, Y)
    wide = TargetEncoding(["sm_name"], smooth=smooth, random_state=0).fit_transform(rows, Y)
    np.testing.assert_allclose(narrow, projector.project(wide), rtol=1e-4, atol=1e-5)


def test_the_seed_draws_the_folds() -> None:
    rows, Y = experiment()
    one, two = (TargetEncoding(["sm_name"], random_state=seed).fit_transform(rows, Y) for seed in (0, 1))
    assert not np.allclose(one, two)


def test_fewer_rows_than_folds() -> None:
    rows, Y = experiment()
    with pytest.raises(InputError, match="3 rows cannot make n_splits=5"):
        TargetEncoding(["sm_name"]).fit_transform(rows[:3], Y[:3])
    with pytest.raises(ParameterError, match="smooth"):
        TargetEncoding(["sm_name"], smooth=-1.0).fit(rows, Y)
