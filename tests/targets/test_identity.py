from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from kit.errors import InputError
from kit.plugins import Plugin
from kit.targets import TARGETS, IdentityTarget

Y = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)


def test_leaves_everything_as_it_is() -> None:
    identity = clone(IdentityTarget()).fit(Y)
    assert identity.linear
    for values in (identity.transform(Y), identity.inverse_transform(Y), identity.project(Y)):
        np.testing.assert_array_equal(values, Y)
    np.testing.assert_array_equal(identity.residual(Y), np.zeros(5))
    assert identity.residual(Y).dtype == np.float64


def test_saved_and_loaded_is_the_same(tmp_path: Path) -> None:
    IdentityTarget().fit(Y).save(tmp_path / "identity")
    loaded = Plugin.load(tmp_path / "identity")
    assert isinstance(loaded, IdentityTarget)
    np.testing.assert_array_equal(loaded.transform(Y), Y)


def test_refuses_what_it_was_not_fitted_on() -> None:
    assert TARGETS.get("identity") is IdentityTarget
    with pytest.raises(NotFittedError):
        IdentityTarget().transform(Y)
    with pytest.raises(InputError, match="3 columns"):
        IdentityTarget().fit(Y).inverse_transform(Y[:, :2])
