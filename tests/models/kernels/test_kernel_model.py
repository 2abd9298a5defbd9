from __future__ import annotations

import numpy as np
import pytest

from kit.errors import InputError, ParameterError
from kit.models import MODELS
from kit.models.kernels import RBF, SVR, GaussianProcess, KernelRidge, Nearest
from kit.models.kernels.kernel_model import KernelModel, weighted_rows
from tests.models.kernels.planted import random

EACH = [KernelRidge, SVR, GaussianProcess, Nearest]


@pytest.mark.parametrize("model", EACH)
def test_the_kernel_given_is_left_as_it_is(model: type[KernelModel]) -> None:
    X, Y = random(20)
    kernel = RBF()
    fitted = model(kernel=kernel).fit(X, Y)
    assert kernel.fitted_state() == {}
    assert fitted.kernel_.gamma_ > 0  # type: ignore[attr-defined]
    assert MODELS.get(model.kind) is model


@pytest.mark.parametrize("model", EACH)
def test_parameters_of_the_kernel_are_checked(model: type[KernelModel]) -> None:
    with pytest.raises(ParameterError, match="gamma"):
        model(kernel=RBF(-1.0)).check_parameters()
    with pytest.raises(ParameterError, match="must be a kernel"):
        model(kernel=3).check_parameters()


@pytest.mark.parametrize("model", EACH)
def test_predictions_in_blocks_are_the_same(model: type[KernelModel], monkeypatch: pytest.MonkeyPatch) -> None:
    X, Y = random(30)
    whole = model().fit(X, Y).predict(X)
    monkeypatch.setattr("kit.arrays.BLOCK_ELEMENTS", 70)
    np.testing.assert_allclose(model().fit(X, Y).predict(X), whole, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("model", EACH)
def test_estimates_grow_with_the_rows(model: type[KernelModel]) -> None:
    assert 0 < model().estimate_seconds(100, 50, 10) < model().estimate_seconds(1000, 50, 10)


def test_rows_without_weight_are_left_out() -> None:
    X, Y = random(5)
    kept_X, kept_Y, weights = weighted_rows(X, Y, [1, 0, 2, 0, 3])
    np.testing.assert_array_equal(kept_X, X[::2])
    np.testing.assert_array_equal(kept_Y, Y[::2])
    assert weights.tolist() == [1, 2, 3]
    assert weighted_rows(X, Y, None)[2].tolist() == [1] * 5
    with pytest.raises(InputError, match="not all zero"):
        weighted_rows(X, Y, np.zeros(5))
