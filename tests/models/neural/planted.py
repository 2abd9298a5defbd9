"""What the tests of the architectures have in common: how much of a planted truth a network finds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone

from kit.arrays import Floats
from kit.errors import InputError
from kit.models import MODELS, Ridge
from kit.models.base import Model
from kit.models.neural import Blocks, NetworkModel


def r_squared(Y: Floats, predicted: Floats) -> float:
    """1 for a perfect prediction, 0 for that of the mean."""
    return float(1 - np.square(Y - predicted).sum() / np.square(Y - Y.mean(axis=0)).sum())


def found(model: Model, X: Floats, Y: Floats) -> float:
    """Fit on the first three quarters of the rows and return the share of the others' variance that is predicted."""
    n = len(X) * 3 // 4
    return r_squared(Y[n:], clone(model).fit(X[:n], Y[:n]).predict(X[n:]))


def found_by_a_line(X: Floats, Y: Floats) -> float:
    """The same of ridge regression: what is no news."""
    return found(Ridge([1.0, 10.0, 100.0, 1000.0]), X, Y)


def noise(n_rows: int, n_outputs: int) -> Floats:
    """Targets that have nothing to do with any feature."""
    return np.random.default_rng(99).normal(size=(n_rows, n_outputs)).astype(np.float32)


def n_weights(model: NetworkModel, n_features: int, n_outputs: int, blocks: Blocks | None = None) -> int:
    """The weights of the network that a model would build, which takes no memory."""
    import torch

    with torch.device("meta"):
        module = model._module(n_features, n_outputs, blocks or {"features": (0, n_features)})
    return sum(weights.numel() for weights in module.parameters())


def check_rows_are_alone(model: NetworkModel, X: Floats) -> None:
    """A row's prediction is the same alone, among all, and among others in another order."""
    whole = model.predict(X)
    alone = np.vstack([model.predict(X[[row]]) for row in range(len(X))])
    order = np.random.default_rng(0).permutation(len(X))
    scale = np.abs(whole).max()
    assert whole.std(axis=0).min() > 1e-3 * scale, "rows that are all alike would show nothing"
    np.testing.assert_allclose(alone, whole, atol=1e-5 * scale)
    np.testing.assert_allclose(model.predict(X[order]), whole[order], atol=1e-5 * scale)


def check_seeds_and_files(model: NetworkModel, X: Floats, Y: Floats, directory: Path) -> NetworkModel:
    """The seed decides, a saved model predicts the same bytes, other shapes are refused; return a fitted model."""
    fitted = clone(model).set_params(random_state=1).fit(X, Y)
    predicted = fitted.predict(X)
    assert predicted.dtype == np.float32
    assert predicted.shape == Y.shape
    assert np.array_equal(clone(fitted).fit(X, Y).predict(X), predicted)
    assert not np.allclose(clone(fitted).set_params(random_state=2).fit(X, Y).predict(X), predicted)
    fitted.save(directory)
    loaded = MODELS.get(model.kind).load(directory)
    assert np.array_equal(loaded.predict(X), predicted)
    with pytest.raises(InputError, match="columns"):
        fitted.predict(X[:, 1:])
    with pytest.raises(InputError, match="rows"):
        clone(model).fit(X, Y[1:])
    return fitted
