"""What every feature builder must do, whatever it computes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from kit.errors import InputError
from kit.features import FEATURES, FeatureBuilder
from kit.plugins import Plugin
from tests.features.support import Basis, builders, experiment, new_rows

VARIANTS = sorted(builders())
READS_TARGETS = [name for name in VARIANTS if builders()[name].uses_targets]
# Folds and noise are drawn by position, so that a training row's own features follow the order of the rows.
DRAWN_BY_POSITION = {"target_encoding", "target_encoding auto", "leave_one_out noisy"}


@pytest.fixture(params=VARIANTS)
def builder(request: pytest.FixtureRequest) -> FeatureBuilder:
    return builders()[request.param]


def with_projector(builder: FeatureBuilder, projector: Basis) -> FeatureBuilder:
    name = "right__projector" if builder.kind == "interaction" else "projector"
    return builder.set_params(**{name: projector})


OWN_MODULES = {
    f"kit.features.{name}"
    for name in (
        "categorical",
        "encoders.target_statistics",
        "encoders.target_encoding",
        "encoders.leave_one_out",
        "encoders.target_profile",
        "interaction",
    )
}


def test_every_kind_is_covered() -> None:
    own = {kind for kind in FEATURES.kinds() if FEATURES.get(kind).__module__ in OWN_MODULES}
    assert {builder.kind for builder in builders().values()} == own


def test_shapes_types_and_names(builder: FeatureBuilder) -> None:
    rows, Y = experiment()
    trained = builder.fit_transform(rows, Y)
    features = builder.transform(new_rows())
    names = builder.get_feature_names_out()
    assert trained.dtype == features.dtype == np.float32
    assert trained.shape == (len(rows), len(names))
    assert features.shape == (len(new_rows()), len(names))
    assert len(set(names)) == len(names)
    assert np.isfinite(trained).all()
    assert np.isfinite(features).all()


def test_before_fit(builder: FeatureBuilder) -> None:
    with pytest.raises(NotFittedError):
        builder.transform(new_rows())
    with pytest.raises(NotFittedError):
        builder.get_feature_names_out()


def test_a_row_does_not_depend_on_the_others_in_its_batch(builder: FeatureBuilder) -> None:
    builder.fit(*experiment())
    rows = new_rows()
    together = builder.transform(rows)
    alone = np.concatenate([builder.transform(rows.iloc[[i]]) for i in range(len(rows))])
    np.testing.assert_array_equal(alone, together)
    np.testing.assert_array_equal(builder.transform(rows.iloc[::-1]), together[::-1])


@pytest.mark.parametrize("name", VARIANTS)
def test_order_of_the_training_rows(name: str) -> None:
    rows, Y = experiment()
    order = np.random.default_rng(1).permutation(len(rows))
    one, other = builders()[name], builders()[name]
    features = one.fit_transform(rows, Y)
    permuted = other.fit_transform(rows.iloc[order], Y[order])
    np.testing.assert_allclose(other.transform(new_rows()), one.transform(new_rows()), rtol=1e-5, atol=1e-6)
    if name not in DRAWN_BY_POSITION:
        np.testing.assert_allclose(permuted, features[order], rtol=1e-5, atol=1e-6)


def test_repeats_itself(builder: FeatureBuilder) -> None:
    rows, Y = experiment()
    again = clone(builder)
    np.testing.assert_array_equal(again.fit_transform(rows, Y), builder.fit_transform(rows, Y))
    np.testing.assert_array_equal(again.fit(rows, Y).transform(new_rows()), builder.transform(new_rows()))


@pytest.mark.parametrize("projecting", [False, True])
def test_save_and_load(builder: FeatureBuilder, projecting: bool, tmp_path: Path) -> None:
    rows, Y = experiment()
    if projecting and builder.uses_targets:
        with_projector(builder, Basis().fit(Y))
    builder.fit_transform(rows, Y)
    builder.save(tmp_path / "saved")
    loaded = Plugin.load(tmp_path / "saved")
    assert type(loaded) is type(builder)
    np.testing.assert_array_equal(loaded.transform(new_rows()), builder.transform(new_rows()))
    np.testing.assert_array_equal(loaded.get_feature_names_out(), builder.get_feature_names_out())


@pytest.mark.parametrize("name", READS_TARGETS)
def test_a_clone_keeps_the_fitted_projector(name: str) -> None:
    rows, Y = experiment()
    projector = Basis().fit(Y)
    builder = with_projector(builders()[name], projector)
    np.testing.assert_array_equal(clone(builder).fit_transform(rows, Y), builder.fit_transform(rows, Y))


@pytest.mark.parametrize("name", READS_TARGETS)
def test_targets_must_fit_the_rows(name: str) -> None:
    rows, Y = experiment()
    with pytest.raises(InputError, match="reads the targets"):
        builders()[name].fit(rows)
    with pytest.raises(InputError, match=f"expected {len(rows)} rows"):
        builders()[name].fit(rows, Y[1:])
    with pytest.raises(InputError, match="finite"):
        builders()[name].fit(rows, np.full_like(Y, np.nan))


def test_missing_columns_and_values(builder: FeatureBuilder) -> None:
    rows, Y = experiment()
    with pytest.raises(InputError, match="no column"):
        builder.fit(rows[[]], Y)
    builder.fit(rows, Y)
    holed = rows.astype(object)
    holed.iloc[2] = None
    holed["dose"] = holed["dose"].astype(float)
    with pytest.raises(InputError, match=r"missing.*row 2"):
        builder.transform(holed)
