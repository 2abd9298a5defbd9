from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kit.errors import ParameterError
from kit.plugins import Plugin
from kit.targets import ChainTarget, ClipTarget, IdentityTarget, PToScore, RankGaussTarget, TargetSVD

RNG = np.random.default_rng(1)
Y = (RNG.normal(size=(20, 3)) @ RNG.normal(size=(3, 30)) + 0.1 * RNG.normal(size=(20, 30))).astype(np.float32)
GROUPS = np.array(["a", "b"] * 10)


def test_is_its_steps_one_after_the_other() -> None:
    chain = ChainTarget([PToScore(), TargetSVD(4, "group")]).fit(Y, GROUPS)
    scores = PToScore().fit(Y).transform(Y)
    svd = TargetSVD(4, "group").fit(scores, GROUPS)
    np.testing.assert_array_equal(chain.transform(Y, GROUPS), svd.transform(scores, GROUPS))
    np.testing.assert_array_equal(chain.project(Y), svd.project(scores))
    Z = chain.transform(Y, GROUPS)
    expected = PToScore().fit(Y).inverse_transform(svd.inverse_transform(Z, GROUPS))
    np.testing.assert_array_equal(chain.inverse_transform(Z, GROUPS), expected)


@pytest.mark.parametrize(
    ("steps", "linear"),
    [
        ([TargetSVD(3)], True),
        ([IdentityTarget(), TargetSVD(3)], True),
        ([IdentityTarget(), IdentityTarget()], True),
        ([ClipTarget(1.0), TargetSVD(3)], False),
        ([TargetSVD(5), TargetSVD(3)], False),
        ([RankGaussTarget()], False),
    ],
)
def test_is_linear_only_where_the_identity_of_the_metric_holds(steps: list, linear: bool) -> None:
    chain = ChainTarget(steps)
    assert chain.linear is linear
    chain.fit(Y)
    Z = chain.transform(Y)
    if not linear:
        assert chain.full_width(Y) is None
        with pytest.raises(NotImplementedError):
            chain.residual(Y)
        return
    guess = Z + 1
    error = ((Y - chain.inverse_transform(guess)) ** 2).sum(axis=1)
    np.testing.assert_allclose(((Z - guess) ** 2).sum(axis=1) + chain.residual(Y), error, rtol=1e-5)


def test_saved_and_loaded_is_the_same(tmp_path: Path) -> None:
    chain = ChainTarget([RankGaussTarget(), TargetSVD(3)]).fit(Y)
    chain.save(tmp_path / "chain")
    loaded = Plugin.load(tmp_path / "chain")
    assert isinstance(loaded, ChainTarget)
    expected = chain.inverse_transform(chain.transform(Y))
    np.testing.assert_array_equal(loaded.inverse_transform(loaded.transform(Y)), expected)


def test_needs_a_step() -> None:
    with pytest.raises(ParameterError, match="at least one"):
        ChainTarget([]).fit(Y)
