from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")

from kit.models.neural.loop.optimizers import Lion, make_optimizer  # noqa: E402
from kit.models.neural.loop.options import TrainingOptions  # noqa: E402


def weights() -> list[Any]:
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(shape, generator=generator).requires_grad_() for shape in [(4, 3), (5,)]]


def walk(optimizer: Any, of: list[Any], n_steps: int = 7) -> None:
    """Steps along gradients that depend on the weights and on the step."""
    for step in range(n_steps):
        optimizer.zero_grad()
        sum(((weight - step) ** 3).sum() for weight in of).backward()
        optimizer.step()


@pytest.mark.parametrize(
    ("name", "oracle", "constants"),
    [
        ("adam", torch.optim.Adam, {}),
        ("adamw", torch.optim.AdamW, {}),
        ("rmsprop", torch.optim.RMSprop, {"alpha": 0.9, "eps": 1e-7}),
        ("sgd", torch.optim.SGD, {"momentum": 0.9}),
    ],
)
def test_steps_are_those_of_torch(name: Any, oracle: Any, constants: dict[str, float]) -> None:
    ours, theirs = weights(), weights()
    options = TrainingOptions(optimizer=name, learning_rate=0.01, weight_decay=0.1)
    walk(make_optimizer(options, ours), ours)
    walk(oracle(theirs, lr=0.01, weight_decay=0.1, **constants), theirs)
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other)
        assert not torch.equal(one, weights()[0 if one.ndim == 2 else 1])


@pytest.mark.parametrize("name", ["adam", "adamw"])
def test_a_weight_without_a_gradient_stays(name: Any) -> None:
    moved, left = weights()
    optimizer = make_optimizer(TrainingOptions(optimizer=name, weight_decay=0.1), [moved, left])
    moved.square().sum().backward()
    optimizer.step()
    assert torch.equal(left, weights()[1])
    assert not torch.equal(moved, weights()[0])


def test_lion_by_hand() -> None:
    weight = torch.tensor([1.0, -2.0, 3.0], requires_grad=True)
    lion = make_optimizer(TrainingOptions(optimizer="lion", learning_rate=0.1, weight_decay=0.5), [weight])
    # Step 1: no momentum, so the direction is the gradient's sign; a gradient of 0 moves nothing but the decay.
    weight.grad = torch.tensor([1.0, -4.0, 0.0])
    lion.step()
    torch.testing.assert_close(weight.detach(), torch.tensor([0.95 - 0.1, -1.9 + 0.1, 2.85]))
    # Momentum is now 0.01 of the gradient. Blend: 0.9·(0.01, −0.04, 0) + 0.1·(−0.05, 1, −2): signs +, +, −.
    weight.grad = torch.tensor([-0.05, 1.0, -2.0])
    lion.step()
    expected = torch.tensor([0.85 * 0.95 - 0.1, -1.8 * 0.95 - 0.1, 2.85 * 0.95 + 0.1])
    torch.testing.assert_close(weight.detach(), expected)
    momentum = torch.tensor([0.99 * 0.01 - 0.0005, -0.99 * 0.04 + 0.01, -0.02])
    torch.testing.assert_close(lion.state[weight]["momentum"], momentum)


def test_lion_leaves_weights_without_gradient_alone_and_takes_a_closure() -> None:
    still, moved = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    lion = Lion([still, moved], lr=0.5)

    def closure() -> Any:
        lion.zero_grad()
        loss = moved.sum()
        loss.backward()
        return loss

    assert lion.step(closure).item() == 2.0
    assert still.tolist() == [1.0, 1.0]
    assert moved.tolist() == [0.5, 0.5]
