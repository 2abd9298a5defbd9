from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from kit.errors import InputError, ParameterError  # noqa: E402
from kit.models import MLP, ResNetMLP  # noqa: E402
from kit.models.neural.modules.mlp import ResidualBlock, perceptron, residual_perceptron  # noqa: E402


def make_rows(n_rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, 4))
    return X.astype(np.float32), np.column_stack([X[:, 0] * X[:, 1], np.abs(X[:, 2])]).astype(np.float32)


def kinds(module: Any) -> list[str]:
    return [type(part).__name__ for part in module]


def test_layers_stand_in_the_order_of_the_help() -> None:
    network = perceptron(3, (5, 4), 2, "relu", "batch", 0.5)
    hidden = ["Linear", "BatchNorm1d", "ReLU", "Dropout"]
    assert kinds(network) == [*hidden, *hidden, "Linear"]
    assert [part.out_features for part in network if isinstance(part, torch.nn.Linear)] == [5, 4, 2]
    assert kinds(perceptron(3, (5,), 2, "selu", "layer", 0.0)) == ["Linear", "LayerNorm", "SELU", "Linear"]
    assert kinds(perceptron(3, (), 2, "relu", "batch", 0.5)) == ["Linear"]


def test_a_block_adds_to_what_it_gets() -> None:
    block = ResidualBlock(3, 7, "gelu", "layer", 0.0, 0.0)
    last = block.change[4]
    torch.nn.init.zeros_(last.weight)
    torch.nn.init.zeros_(last.bias)
    h = torch.randn(5, 3)
    assert torch.equal(block(h), h)
    whole = residual_perceptron(4, 3, 7, 2, 6, "relu", "batch", 0.1, 0.1)
    assert kinds(whole) == ["Linear", "ResidualBlock", "ResidualBlock", "BatchNorm1d", "ReLU", "Linear"]
    assert whole(torch.randn(8, 4)).shape == (8, 6)


@pytest.mark.parametrize("norm", ["batch", "layer", "none"])
@pytest.mark.parametrize("cls", [MLP, ResNetMLP])
def test_recovers_a_planted_nonlinear_truth(cls: Any, norm: str) -> None:
    X, Y = make_rows(300)
    X_new, Y_new = make_rows(200, seed=1)
    shape: dict[str, Any] = {"hidden": (64, 64)} if cls is MLP else {"width": 48, "hidden_dropout": 0.0}
    model = cls(**shape, norm=norm, dropout=0.0, n_epochs=40, learning_rate=5e-3, random_state=0).fit(X, Y)
    error = np.square(model.predict(X_new) - Y_new).mean(axis=0)
    assert (error < 0.35 * np.square(Y_new - Y.mean(axis=0)).mean(axis=0)).all()


def test_without_hidden_layers_it_is_linear() -> None:
    X, _ = make_rows(100)
    Y = (X @ np.array([[1.0], [-2.0], [0.5], [0.0]]) + 3).astype(np.float32)
    model = MLP(hidden=(), n_epochs=150, learning_rate=0.05, loss="mse", random_state=0).fit(X, Y)
    np.testing.assert_allclose(model.predict(X), Y, atol=0.02)


def test_a_list_of_widths_will_do_and_nonsense_will_not() -> None:
    X, Y = make_rows(20)
    MLP(hidden=[8], n_epochs=1).fit(X, Y)  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="hidden"):
        MLP(hidden=(8, -1)).fit(X, Y)
    with pytest.raises(ParameterError, match="dropout"):
        MLP(dropout=1.0).fit(X, Y)


@pytest.mark.parametrize("make", [lambda n: MLP(n_epochs=n), lambda n: ResNetMLP(n_epochs=n)])
def test_the_estimate_follows_the_work(make: Any) -> None:
    assert make(20).estimate_seconds(500, 100, 64) == pytest.approx(2 * make(10).estimate_seconds(500, 100, 64))
    assert make(10).estimate_seconds(500, 100, 18_211) > 2 * make(10).estimate_seconds(500, 100, 64)


LAYERS = [
    (np.full((4, 5), 0.5, dtype=np.float32), np.arange(5, dtype=np.float32)),
    (np.eye(5, 3, dtype=np.float32), np.zeros(3, dtype=np.float32)),
]


def starting(**changed: Any) -> MLP:
    options: dict[str, Any] = {"hidden": (5, 3), "norm": "none", "start": "codes", "starts": {"codes": LAYERS}}
    return MLP(**(options | {"blocks": {"codes": (0, 4)}, "n_epochs": 1, "learning_rate": 1e-6} | changed))


def test_it_starts_from_layers_that_others_have_learnt(tmp_path: Path) -> None:
    X, Y = make_rows(40)
    model = starting().fit(X + 7, Y)
    linear = [part for part in model.module_ if isinstance(part, torch.nn.Linear)]
    for part, (weight, bias) in zip(linear, LAYERS, strict=False):
        np.testing.assert_allclose(part.weight.detach().numpy().T, weight, atol=1e-4)
        np.testing.assert_allclose(part.bias.detach().numpy(), bias, atol=1e-4)
    # Its inputs are in the units of these layers already, and they are trained on.
    np.testing.assert_array_equal(model.feature_mean_, 0)
    moved = starting(learning_rate=0.01, n_epochs=5).fit(X, Y).module_[0].weight.detach().numpy().T
    assert np.abs(moved - LAYERS[0][0]).max() > 0.01
    model.starts = None  # as the kit leaves it
    model.save(tmp_path / "model")
    np.testing.assert_array_equal(MLP.load(tmp_path / "model").predict(X), model.predict(X))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"starts": None}, "'codes' must be the only block"),
        ({"blocks": {"codes": (0, 3), "more": (3, 4)}}, "it reads codes, more"),
        ({"hidden": (5, 4)}, r"expected \[5, 3\] as the first widths"),
    ],
)
def test_layers_that_do_not_fit_are_refused(changed: dict[str, Any], said: str) -> None:
    X, Y = make_rows(40)
    with pytest.raises(InputError, match=said):
        starting(**changed).fit(X, Y)


def test_layers_of_another_form_are_refused() -> None:
    with pytest.raises(ParameterError, match="norm 'none' and activation 'relu'"):
        starting(norm="batch").check_parameters()
