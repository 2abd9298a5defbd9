"""Paths of penalties, and the choice of one."""

from __future__ import annotations

import numpy as np
import pytest

from kit.errors import InputError, ParameterError
from kit.models import KernelRidge, Ridge
from kit.models.penalties import best, path_length, penalty_path


def test_best_is_the_greatest_of_the_least() -> None:
    assert best([1.0, 5.0, 3.0], np.array([0.2, 0.2, 0.4]), "penalty") == 5.0
    assert best([1.0, 5.0], np.array([0.2, np.nan]), "penalty") == 1.0
    with pytest.raises(InputError, match="penalty: none of"):
        best([1.0], np.array([np.inf]), "penalty")


def test_the_automatic_path_goes_with_the_features_in_whole_decades() -> None:
    path = penalty_path("auto", np.array([50.0, 150.0]))
    assert len(path) == path_length("auto")
    assert (path[0], path[-1]) == (0.01, 1e5)
    assert np.allclose(np.diff(np.log10(path)), 0.25, atol=0.01)
    # Rows left out for a fold change the eigenvalues a little, and the path not at all.
    assert penalty_path("auto", np.array([45.0, 130.0])) == path
    assert penalty_path("auto", np.array([5e3, 15e3])) == pytest.approx([100 * value for value in path])
    assert len(penalty_path("auto", np.empty(0))) == len(path)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
@pytest.mark.parametrize("kind", [Ridge, KernelRidge])
def test_the_automatic_penalty_is_near_the_best_at_any_scale(kind: type[Ridge | KernelRidge], scale: float) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 30)).astype(np.float32)
    Y = (X[:60, :3] @ rng.normal(size=(3, 5)) + rng.normal(0, 2, (60, 5))).astype(np.float32)
    factor = scale if kind is Ridge else 1.0  # the radial kernel has no scale
    auto = kind(penalty="auto").fit(X[:60] * factor, Y)
    many = [float(value) * factor**2 for value in np.logspace(-4, 6, 101)]
    exact = kind(penalty=many).fit(X[:60] * factor, Y)
    assert abs(np.log10(auto.penalty_ / exact.penalty_)) < 0.2
    # No inner folds are needed, as a list needs them in a recipe.
    assert (auto.chooses, exact.chooses) == (False, True)


def test_words_but_auto_are_refused() -> None:
    with pytest.raises(ParameterError, match="auto"):
        Ridge(penalty="best").fit(np.eye(3), np.eye(3))  # type: ignore[arg-type]
