from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from kit.arrays import Floats
from kit.errors import ParameterError
from kit.models.neural import Recurrent
from tests.models.neural.planted import (
    check_rows_are_alone,
    check_seeds_and_files,
    found,
    found_by_a_line,
    n_weights,
    noise,
)

torch = pytest.importorskip("torch")

CELLS = pytest.mark.parametrize("cell", ["gru", "lstm"])
Cell = Literal["gru", "lstm"]


def small(cell: Cell) -> Recurrent:
    return Recurrent(
        cell,
        width=2,
        hidden_size=16,
        n_layers=1,
        hidden=[16],
        dropout=0.0,
        n_epochs=40,
        learning_rate=1e-2,
        loss="mse",
        random_state=0,
    )


def what_follows_the_mark(n_rows: int, n_steps: int = 6) -> tuple[Floats, Floats]:
    """Sequences of (mark, value) in which one step has the mark; the target is the value of the next step."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(n_rows, n_steps))
    at = rng.integers(0, n_steps - 1, size=n_rows)
    X = np.stack([np.eye(n_steps)[at], values], axis=2).reshape(n_rows, -1)
    return X.astype(np.float32), values[np.arange(n_rows), at + 1][:, None].astype(np.float32)


@CELLS
def test_it_finds_what_depends_on_the_order(cell: Cell) -> None:
    X, Y = what_follows_the_mark(800)
    assert found_by_a_line(X, Y) < 0.35, "each step is the next one in a fifth of the rows"
    assert found(small(cell), X, Y) > 0.9


def test_it_finds_nothing_in_noise() -> None:
    X, Y = what_follows_the_mark(800)
    assert found(small("gru").set_params(n_epochs=10), X, noise(*Y.shape)) < 0.05


@CELLS
@pytest.mark.parametrize(
    ("steps", "width", "gru", "lstm"), [(229, 324, 40.4, 40.5), (187, 202, 34.9, 34.9), (779, 142, 112.4, 112.5)]
)
def test_it_has_as_many_weights_as_the_original(cell: Cell, steps: int, width: int, gru: float, lstm: float) -> None:
    gates = 3 if cell == "gru" else 4
    # By hand: each gate has weights of input and state, and a bias of each.
    layers = gates * 128 * (width + 128 + 2) + gates * 128 * (128 + 128 + 2)
    flat = steps * 128 + 2 * 128
    expected = layers + 1024 * flat + 1024 + 512 * 1024 + 512 + 18_211 * 512 + 18_211
    assert n_weights(Recurrent(cell, width=width), steps * width, 18_211) == expected
    assert round(expected / 1e6, 1) == {"gru": gru, "lstm": lstm}[cell]


@CELLS
def test_a_row_keeps_its_own_final_states(cell: Cell) -> None:
    """The original's states of one row stood beside another row's outputs."""
    module = Recurrent(cell, width=3, hidden_size=4, n_layers=2, hidden=[])._module(12, 5, {}).eval()
    X = torch.randn(6, 12, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        outputs, state = module.recurrent(X.view(6, 4, 3))
        states = state[0] if cell == "lstm" else state
        by_hand = torch.stack([torch.cat([outputs[i].flatten(), states[0, i], states[1, i]]) for i in range(6)])
        mixed = torch.cat([outputs.flatten(1), states.reshape(6, -1)], dim=1)
        torch.testing.assert_close(module(X), module.head(by_hand))
        assert (module(X) - module.head(mixed)).abs().max() > 1e-3, "the mistake would not show"


@CELLS
def test_rows_seeds_and_files(cell: Cell, tmp_path: Path) -> None:
    X, Y = what_follows_the_mark(60)
    # A width that does not divide the features: zeros fill the last step.
    model = Recurrent(cell, width=5, hidden_size=6, hidden=[8], n_epochs=3)
    check_rows_are_alone(check_seeds_and_files(model, X, Y, tmp_path / "model"), X[:9])


@pytest.mark.parametrize(("width", "steps"), [(None, 3), (1, 8), (3, 3), (8, 1), (50, 1)])
def test_any_width_reads_any_number_of_features(width: int | None, steps: int) -> None:
    X = np.random.default_rng(0).normal(size=(12, 8)).astype(np.float32)
    model = Recurrent(width=width, hidden_size=4, hidden=[], n_epochs=2, random_state=0).fit(X, X[:, :2])
    assert model.module_.length == steps
    changed = X.copy()
    changed[:, -1] += 1.0
    assert (model.predict(changed) != model.predict(X)).all(), "the last feature is read too"


def test_wrong_parameters_are_named() -> None:
    with pytest.raises(ParameterError, match="width"):
        Recurrent(width=0).check_parameters()
    with pytest.raises(ParameterError, match="cell"):
        Recurrent("rnn").check_parameters()  # type: ignore[arg-type]


def test_the_estimate_grows_with_what_there_is_to_do() -> None:
    seconds = Recurrent().estimate_seconds(500, 2000, 64)
    assert 0 < seconds < Recurrent().estimate_seconds(1000, 2000, 64) < Recurrent().estimate_seconds(1000, 4000, 64)
    assert seconds < Recurrent("lstm").estimate_seconds(500, 2000, 64)
