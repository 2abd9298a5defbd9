from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kit.config.build import build_plugin
from kit.config.schema import FeatureConfig
from kit.errors import InputError, ParameterError
from kit.features import (
    FEATURES,
    BlockProcessor,
    Concatenated,
    Fingerprint,
    LeaveOneOut,
    Numeric,
    OneHot,
    Reduced,
    Scaled,
    Selected,
    TargetProfile,
)
from kit.features.processed.base import as_features
from kit.plugins import Plugin
from tests.features.support import Basis, experiment, new_rows

PROCESSORS: list[Callable[..., BlockProcessor]] = [
    Scaled,
    lambda of: Scaled(of, method="rank_gauss"),
    lambda of: Reduced(of, n_components=3, whiten=True),
    lambda of: Selected(of, n_features=3),
    lambda of: Selected(of, n_features=3, by="f_score"),
]


@pytest.mark.parametrize("make", PROCESSORS)
def test_training_rows_get_the_inner_blocks_training_features(make: Callable[..., BlockProcessor]) -> None:
    rows, Y = experiment()
    inner = LeaveOneOut(["sm_name"], sigma=0)
    builder = make(inner)
    trained = builder.fit_transform(rows, Y)
    # What is learnt is the same whether fit or fit_transform is called; what rows get is not.
    np.testing.assert_array_equal(make(inner).fit(rows, Y).transform(new_rows()), builder.transform(new_rows()))
    assert not hasattr(inner, "tables_")
    np.testing.assert_array_equal(builder._process(inner.fit_transform(rows, Y)), trained)
    assert not np.allclose(builder.transform(rows), trained)


@pytest.mark.parametrize("make", PROCESSORS)
def test_order_batches_and_saving(make: Callable[..., BlockProcessor], tmp_path: Path) -> None:
    rows, Y = experiment()
    builder = make(TargetProfile(center="cell_type", projector=Basis(6).fit(Y)))
    trained = builder.fit_transform(rows, Y)
    together = builder.transform(new_rows())
    alone = np.concatenate([builder.transform(new_rows().iloc[[row]]) for row in range(len(new_rows()))])
    np.testing.assert_allclose(alone, together, rtol=1e-5, atol=1e-5)
    order = np.random.default_rng(0).permutation(len(rows))
    again = make(TargetProfile(center="cell_type", projector=Basis(6).fit(Y)))
    np.testing.assert_allclose(again.fit_transform(rows.iloc[order], Y[order]), trained[order], rtol=1e-3, atol=1e-4)
    builder.save(tmp_path / "saved")
    np.testing.assert_array_equal(Plugin.load(tmp_path / "saved").transform(new_rows()), together)
    assert len(builder.get_feature_names_out()) == together.shape[1]


@pytest.mark.parametrize("make", PROCESSORS)
def test_wrong_input(make: Callable[..., BlockProcessor]) -> None:
    rows, Y = experiment()
    with pytest.raises(ParameterError, match="of must be a feature builder, got str"):
        make("dose").fit(rows, Y)
    with pytest.raises(InputError, match="no training rows"):
        make(Numeric(["dose"])).fit(rows[:0], Y[:0])


def test_whether_targets_are_read_is_the_inner_blocks_affair() -> None:
    assert not Scaled(OneHot(["cell_type"])).uses_targets
    assert Reduced(Scaled(TargetProfile())).uses_targets
    assert Selected(OneHot(["cell_type"]), by="f_score").uses_targets
    assert not Selected(OneHot(["cell_type"])).uses_targets


def test_the_inner_block_may_be_another_of_the_recipe() -> None:
    rows, Y = experiment()
    projector = Basis().fit(Y)
    blocks = {
        "profile": FeatureConfig(kind="target_profile"),
        "alike": FeatureConfig(kind="scaled", params={"of": "profile"}),
        "few": FeatureConfig(kind="reduced", params={"of": "alike", "n_components": 2}),
        "all": FeatureConfig(kind="concatenated", params={"of": ["few", "profile"]}),
    }
    built = build_plugin(FEATURES, blocks["all"], {"projector": projector}, blocks)
    assert built.fit_transform(rows, Y).shape == (len(rows), 2 + 4)


def test_features_stay_within_float32() -> None:
    found = as_features(np.array([[1e300, -1e300, 1.5]]))
    assert np.isfinite(found).all()
    assert found[0, 2] == 1.5


def test_width_is_known_before_fitting_where_the_inner_blocks_is() -> None:
    rows, _ = experiment()
    wide, unknown = Fingerprint(n_bits=128), Numeric(["dose"])
    assert Scaled(wide).expected_features(rows) == 128
    assert Reduced(wide, n_components=7).expected_features(rows) == 7
    assert Reduced(wide, n_components=500).expected_features(rows) == len(rows) < 128
    assert Reduced(wide, n_components=0.5).expected_features(rows) is None
    assert Selected(wide, n_features=500).expected_features(rows) == 128
    assert Concatenated([wide, Scaled(wide)]).expected_features(rows) == 256
    for builder in (Scaled(unknown), Reduced(unknown), Selected(unknown), Concatenated([wide, unknown])):
        assert builder.expected_features(rows) is None
