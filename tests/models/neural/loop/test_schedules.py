from __future__ import annotations

from math import cos, pi

import numpy as np
import pytest

from kit.models.neural.loop.schedules import Plateau, learning_rate_factor


def factors(schedule: str, n_steps: int, warmup: float) -> list[float]:
    return [learning_rate_factor(schedule, step, n_steps, warmup) for step in range(n_steps)]  # type: ignore[arg-type]


def test_constant_warms_up_and_stays() -> None:
    assert factors("constant", 8, 0.5) == [0.25, 0.5, 0.75, 1, 1, 1, 1, 1]
    assert factors("constant", 3, 0.0) == [1, 1, 1]


def test_cosine_is_half_a_wave_after_the_warm_up() -> None:
    found = factors("cosine", 10, 0.2)
    assert found == pytest.approx([0.5, 1.0] + [0.5 * (1 + cos(pi * k / 8)) for k in range(8)])
    assert found[6] == pytest.approx(0.5)  # half-way between the top and the end
    assert min(found) > 0


@pytest.mark.parametrize("warmup", [0.05, 0.2, 0.5])
@pytest.mark.parametrize("schedule", ["cosine", "one_cycle"])
def test_the_rate_rises_from_nearly_nothing_and_falls_to_nearly_nothing(schedule: str, warmup: float) -> None:
    found = np.array(factors(schedule, 200, warmup))
    top = int(found.argmax())
    assert found[0] <= 0.1
    assert found[top] == 1.0
    assert top == 200 * warmup - 1
    assert found[-1] < 1e-3
    assert (np.diff(found[: top + 1]) > 0).all()
    assert (np.diff(found[top + 1 :]) < 0).all()


@pytest.mark.parametrize(("schedule", "n_epochs"), [("cosine", 5), ("one_cycle", 3)])
def test_the_optimizer_of_a_network_takes_these_rates(schedule: str, n_epochs: int) -> None:
    torch = pytest.importorskip("torch")
    from kit.models.neural.mlp import MLP

    rates: list[float] = []

    class Seen(torch.optim.SGD):  # type: ignore[name-defined,misc]
        def step(self, closure: object = None) -> None:
            rates.append(self.param_groups[0]["lr"])
            super().step()

    rng = np.random.default_rng(0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.optim, "SGD", Seen)
        network = MLP(
            hidden=(4,),
            optimizer="sgd",
            schedule=schedule,
            warmup=0.4,
            batch_size=8,
            n_epochs=n_epochs,
            learning_rate=0.1 * 8 / 256,
        )
        network.fit(rng.normal(size=(32, 3)), rng.normal(size=(32, 2)))
    assert rates == pytest.approx([0.1 * 8 / 256 * factor for factor in factors(schedule, 4 * n_epochs, 0.4)])


@pytest.mark.parametrize(("n_steps", "warmup"), [(50, 0.3), (7, 0.5), (2, 0.3), (100, 0.0)])
def test_one_cycle_is_that_of_torch(n_steps: int, warmup: float) -> None:
    torch = pytest.importorskip("torch")
    if warmup == 0.0:  # torch starts it at the top one step early and divides by that step
        expected = [learning_rate_factor("one_cycle", step, n_steps, warmup) for step in range(n_steps)]
        assert expected[0] == 1.0
        assert np.all(np.diff(expected) < 0)
        return
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weight], lr=1.0)
    oracle = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, 1.0, total_steps=n_steps, pct_start=warmup, cycle_momentum=False
    )
    expected = []
    for _ in range(n_steps):
        expected.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if len(expected) < n_steps:
            oracle.step()
    if warmup * n_steps > 1:  # below one step of rising, torch divides by a number below 0
        assert factors("one_cycle", n_steps, warmup) == pytest.approx(expected, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("schedule", ["constant", "cosine", "one_cycle", "plateau"])
@pytest.mark.parametrize("n_steps", [1, 2, 3, 40])
def test_factors_stay_in_range_and_after_the_end_stay_the_last(schedule: str, n_steps: int) -> None:
    found = factors(schedule, n_steps, 0.3)
    assert all(0 < value <= 1 for value in found)
    late = learning_rate_factor(schedule, n_steps + 5, n_steps, 0.3)  # type: ignore[arg-type]
    assert late == found[-1]


def test_plateau_is_that_of_torch() -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    losses = np.concatenate([np.linspace(3, 1, 8), 1 + 0.2 * rng.random(20), [0.5, 0.6, 0.6, 0.6, 0.6, 0.49999]])
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    oracle = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.7, patience=3, eps=0)
    ours = Plateau(0.7, 3)
    for at, loss in enumerate(losses):
        oracle.step(loss)
        ours.see(float(loss))
        if at == 15:  # goes on from a state
            state, ours = ours.state(), Plateau(0.7, 3)
            ours.restore(state)
        assert ours.factor == pytest.approx(optimizer.param_groups[0]["lr"])
    assert ours.factor < 0.5
