from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from kit.models import MLP, EmbeddingMLP  # noqa: E402
from kit.models.neural.modules.by_hand import by_hand  # noqa: E402
from kit.models.neural.modules.embedding import Embedded  # noqa: E402
from kit.models.neural.modules.mlp import perceptron  # noqa: E402

N_ROWS, BATCH = 40, 24
ROWS = torch.tensor([3, 3, 0, 39, 17, 8, 21, 22, 5])


def make_features() -> torch.Tensor:
    """A number, two columns of codes, a number; every code of the tables occurs."""
    numbers = torch.randn(N_ROWS, 2)
    codes = torch.stack([torch.arange(N_ROWS) % 5, 3 * (torch.arange(N_ROWS) % 7)], dim=1).float()
    return torch.cat([numbers[:, :1], codes, numbers[:, 1:]], dim=1)


def make_module(embedded: bool, norm: str, hidden: tuple[int, ...], dropout: float = 0.0) -> torch.nn.Module:
    if not embedded:
        return perceptron(4, hidden, 3, "relu", norm, dropout)
    rest = perceptron(2 * 6 + 2, hidden, 3, "relu", norm, dropout)
    return Embedded(1, [np.arange(5), 3 * np.arange(7)], 6, rest)


@pytest.fixture(autouse=True)
def seeded() -> Any:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


@pytest.mark.parametrize("embedded", [False, True])
@pytest.mark.parametrize(("norm", "hidden"), [("batch", (11, 8)), ("none", (11,)), ("batch", ())])
def test_outputs_and_gradient_are_those_of_automatic_differentiation(
    embedded: bool, norm: str, hidden: tuple[int, ...]
) -> None:
    X, module = make_features(), make_module(embedded, norm, hidden)
    oracle, slopes = copy.deepcopy(module), torch.randn(len(ROWS), 3)
    by = by_hand(module, X, BATCH)
    assert by is not None
    with torch.no_grad():
        by.forward(torch.arange(BATCH))  # more rows before: nothing of them may stay
        by.backward(torch.ones(BATCH, 3))
        found = by.forward(ROWS).clone()
        by.backward(slopes)
    oracle(X[:BATCH])
    expected = oracle(X[ROWS])
    (expected * slopes).sum().backward()
    torch.testing.assert_close(found, expected)
    moves = parts_of(by, module)
    for (name, weight), moved in zip(oracle.named_parameters(), moves, strict=True):
        torch.testing.assert_close(moved, weight.grad, msg=name, atol=1e-5, rtol=1e-4)
    for name, buffer in oracle.named_buffers():
        if name.endswith(("mean", "var")):
            torch.testing.assert_close(dict(module.named_buffers())[name], buffer, msg=name)


@pytest.mark.parametrize("limit", [0.1, 1e6])
def test_a_gradient_is_clipped_as_by_torch(limit: float) -> None:
    module = make_module(True, "batch", (5,))
    by = by_hand(module, make_features(), BATCH)
    assert by is not None
    with torch.no_grad():
        by.forward(ROWS)
        by.backward(torch.ones(len(ROWS), 3))
    expected = torch.zeros_like(by.weights)
    expected.grad = by.weights.grad.clone()
    torch.nn.utils.clip_grad_norm_([expected], limit)
    by.clip(limit)
    torch.testing.assert_close(by.weights.grad, expected.grad)


def parts_of(by: Any, module: torch.nn.Module) -> list[torch.Tensor]:
    """Return the gradient of each of a module's weights, by moving all of them along their gradient."""
    before = [weight.detach().clone() for weight in module.parameters()]
    with torch.no_grad():
        by.weights += by.weights.grad
    return [weight.detach() - was for weight, was in zip(module.parameters(), before, strict=True)]


def test_what_is_dropped_has_no_gradient_and_what_is_kept_has_that_of_its_size() -> None:
    # A linear layer whose outputs are all above 0: the only kinks left are those of dropout.
    module = perceptron(4, (6,), 1, "relu", "none", 0.4)
    with torch.no_grad():
        module[0].bias.fill_(100)
    by = by_hand(module, make_features(), BATCH)
    assert by is not None
    with torch.no_grad():
        out = by.forward(ROWS).clone()
        by.backward(torch.ones(len(ROWS), 1))
        moved = parts_of(by, module)
        # With one output, the gradient of its weights is the sum of the masked values: so the output is known again.
        output_weights = module[3].weight - moved[2]
        output_bias = module[3].bias - moved[3]
    torch.testing.assert_close(
        (moved[2] * output_weights).sum() + len(ROWS) * output_bias.sum(), out.sum(), rtol=1e-4, atol=0
    )
    # A unit's bias moves by its weight times the sum of its mask: whole multiples of 1 / 0.6, not all of them 9.
    kept = moved[1] / output_weights[0] * 0.6
    torch.testing.assert_close(kept, kept.round(), atol=1e-3, rtol=0)
    assert 0 < kept.min() < kept.max() <= len(ROWS)


@pytest.mark.parametrize(
    "module",
    [
        perceptron(4, (5,), 3, "gelu", "batch", 0.1),
        perceptron(4, (5,), 3, "relu", "layer", 0.1),
        torch.nn.Linear(4, 3),
        torch.nn.Sequential(torch.nn.ReLU(), torch.nn.Linear(4, 3)),
        torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.ReLU()),
        torch.nn.Sequential(*perceptron(4, (5,), 6, "relu", "none", 0.1), torch.nn.ReLU(), torch.nn.Linear(6, 3)),
    ],
)
def test_other_modules_are_left_to_torch(module: torch.nn.Module) -> None:
    assert by_hand(module, make_features(), BATCH) is None


def test_rows_without_a_category_are_left_to_torch() -> None:
    X = make_features()
    X[4, 2] = -1
    assert by_hand(make_module(True, "batch", (5,)), X, BATCH) is None
    codes = X[:, 1:3].numpy()
    model = EmbeddingMLP(hidden=(8,), n_epochs=30, learning_rate=0.02, random_state=0)
    assert model.fit(codes, codes).losses_[-1] < 0.5 * model.losses_[0]


@pytest.mark.parametrize("loss", ["mae", "mse", "mrrmse", "huber"])
def test_a_fit_by_hand_learns_what_a_fit_by_torch_does(loss: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    X = make_features().numpy()
    Y, weights = np.column_stack([X.sum(axis=1), X[:, 1] > 2]).astype(np.float32), np.arange(1.0, N_ROWS + 1)
    model = MLP(hidden=(16, 8), dropout=0.0, norm="none", n_epochs=4, loss=loss, batch_size=16)
    found = model.fit(X, Y, weights).predict(X)
    monkeypatch.setattr("kit.models.neural.loop.epochs.by_hand", lambda *_: None)
    np.testing.assert_allclose(model.fit(X, Y, weights).predict(X), found, atol=2e-4)
