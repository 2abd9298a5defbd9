"""Networks of classes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from kit.errors import InputError, ParameterError  # noqa: E402
from kit.models import MLP  # noqa: E402
from kit.models.neural.loop.losses import Objective  # noqa: E402
from kit.models.neural.loop.options import TrainingOptions  # noqa: E402

PLAIN: dict[str, Any] = {"loss": "cross_entropy", "norm": "none", "dropout": 0.0, "random_state": 0}


def make_rows(n_rows: int = 120, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return features and one-hot classes: which quarter of the plane a row is in, which no linear score tells."""
    X = np.random.default_rng(seed).normal(size=(n_rows, 3)).astype(np.float32)
    return X, np.eye(2, dtype=np.float32)[(X[:, 0] * X[:, 1] > 0).astype(int)]


@pytest.fixture(scope="module")
def fitted() -> MLP:
    return MLP(hidden=(32,), n_epochs=60, learning_rate=1e-2, **PLAIN).fit(*make_rows())


def test_the_loss_is_the_mean_cross_entropy_of_rows() -> None:
    rng = np.random.default_rng(0)
    scores, Y = rng.normal(size=(6, 4)).astype("f4"), rng.dirichlet(np.ones(4), 6).astype("f4")
    weights = np.arange(1.0, 7.0)
    expected = -(Y * (scores - np.log(np.exp(scores).sum(axis=1, keepdims=True)))).sum(axis=1)
    objective = Objective(TrainingOptions(loss="cross_entropy"), Y, weights, None, torch.device("cpu"))
    found = float(objective(torch.from_numpy(scores), torch.arange(6)))
    assert found == pytest.approx(float(np.average(expected, weights=weights)), rel=1e-5)


def test_predictions_are_probabilities_of_classes_that_are_not_linear(fitted: MLP, tmp_path: Path) -> None:
    X, Y = make_rows(200, seed=1)
    found = fitted.predict(X)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-5)
    assert (found.argmax(axis=1) == Y.argmax(axis=1)).mean() > 0.85
    np.testing.assert_allclose(fitted.predict(X[:7]), found[:7], rtol=1e-4, atol=1e-6)
    fitted.save(tmp_path / "saved")
    np.testing.assert_array_equal(MLP.load(tmp_path / "saved").predict(X), found)


def test_the_number_of_epochs_is_chosen_by_probabilities() -> None:
    X, Y = make_rows()
    seen = []

    def loss(probabilities: np.ndarray) -> float:
        seen.append(probabilities)
        return float(len(seen))

    model = MLP(hidden=(8,), n_epochs=3, early_stopping_epochs=1, **PLAIN)
    assert model.choose(X, Y, X, loss) == 1
    for probabilities in seen:
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)


def test_scores_of_a_teacher_are_taken_as_probabilities() -> None:
    X, Y = make_rows()
    scores = Y.copy()
    scores[0], Y[0] = [1.5, -0.5], [1, 0]
    small = {"hidden": (8,), "n_epochs": 2, **PLAIN}
    np.testing.assert_array_equal(MLP(**small).fit(X, scores).predict(X), MLP(**small).fit(X, Y).predict(X))


def test_what_are_no_classes_is_refused() -> None:
    X, Y = make_rows()
    model = MLP(hidden=(8,), n_epochs=1, **PLAIN)
    with pytest.raises(InputError, match="leave out the target transform"):
        model.fit(X, Y - 0.5)
    with pytest.raises(InputError, match="NaN"):
        model.fit(X, np.where(X[:, :1] > 0, np.nan, Y))
    with pytest.raises(ParameterError, match="loss_space: the loss 'cross_entropy'"):
        MLP(loss_space="full", **PLAIN).fit(X, Y)
