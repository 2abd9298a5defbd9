from __future__ import annotations

import numpy as np
import pytest
from sklearn.preprocessing import PolynomialFeatures

from kit.errors import ParameterError
from kit.features import Interaction, LeaveOneOut, Numeric, OneHot, TargetProfile
from tests.features.support import Basis, experiment, new_rows


def test_products_of_all_columns() -> None:
    rows, Y = experiment()
    left, right = OneHot(["cell_type"]), TargetProfile()
    builder = Interaction(left, right)
    trained = builder.fit_transform(rows, Y)
    one, other = OneHot(["cell_type"]).fit_transform(rows), TargetProfile().fit_transform(rows, Y)
    names = builder.get_feature_names_out().tolist()
    for i, j in [(0, 0), (2, 7), (1, 10)]:
        column = names.index(f"{['cell_type=B', 'cell_type=NK', 'cell_type=T'][i]}*sm_name__profile__{j}")
        np.testing.assert_array_equal(trained[:, column], one[:, i] * other[:, j])
    with pytest.raises(AttributeError):
        _ = left.categories_  # what was handed in stays unfitted


def test_sklearns_interactions_are_among_them() -> None:
    rows, _ = experiment()
    rows["day"] = np.arange(len(rows)) % 3
    found = Interaction(Numeric(["dose", "day"]), Numeric(["dose", "day"])).fit_transform(rows)
    polynomial = PolynomialFeatures(2, include_bias=False).fit_transform(rows[["dose", "day"]].astype(np.float32))
    np.testing.assert_allclose(found[:, [0, 1, 3]], polynomial[:, 2:], rtol=1e-6)


def test_training_rows_get_what_the_sides_give_training_rows() -> None:
    rows, Y = experiment()
    builder = Interaction(Numeric(["dose"]), LeaveOneOut(["sm_name"], sigma=0))
    expected = rows[["dose"]].to_numpy(np.float32) * LeaveOneOut(["sm_name"], sigma=0).fit_transform(rows, Y)
    np.testing.assert_allclose(builder.fit_transform(rows, Y), expected, rtol=1e-6)
    assert not np.allclose(builder.transform(rows), expected)


def test_uses_targets_when_a_side_does() -> None:
    plain, reads = OneHot(["cell_type"]), TargetProfile()
    assert not Interaction(plain, Numeric(["dose"])).uses_targets
    assert Interaction(plain, reads).uses_targets
    assert Interaction(Interaction(reads, plain), plain).uses_targets
    assert Interaction(plain, Numeric(["dose"])).fit(experiment()[0]).transform(new_rows()).shape == (6, 3)


def test_seed_and_projector_reach_the_sides() -> None:
    rows, Y = experiment()
    builder = Interaction(OneHot(["cell_type"]), Interaction(Numeric(["dose"]), LeaveOneOut(["sm_name"])))
    builder.set_params(right__right__projector=Basis().fit(Y), right__right__random_state=4)
    features = builder.fit_transform(rows, Y)
    assert features.shape == (len(rows), 3 * 4)
    assert builder.right_.right_.random_state == 4


def test_sides_must_be_builders() -> None:
    with pytest.raises(ParameterError, match="left must be a feature builder, got str"):
        Interaction("one_hot", OneHot(["cell_type"])).fit(experiment()[0])
