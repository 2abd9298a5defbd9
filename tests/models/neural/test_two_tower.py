from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kit.arrays import Floats
from kit.errors import InputError, ParameterError
from kit.models.neural import MLP, Blocks, TwoTower
from tests.models.neural.planted import (
    check_rows_are_alone,
    check_seeds_and_files,
    found,
    found_by_a_line,
    n_weights,
    noise,
)

torch = pytest.importorskip("torch")

BLOCKS: Blocks = {"cell": (0, 6), "compound": (6, 16)}
TRAINING: dict[str, Any] = {"n_epochs": 40, "learning_rate": 1e-2, "loss": "mse", "random_state": 0}


def small(**parameters: Any) -> TwoTower:
    given: dict[str, Any] = {"hidden": [8], "head_hidden": [], "dropout": 0.0, "blocks": BLOCKS} | TRAINING
    return TwoTower(["cell"], ["compound"], **given | parameters)


def cell_times_compound(n_rows: int) -> tuple[Floats, Floats]:
    """Two blocks and three targets that are bilinear in them, of rank 2, with noise of a tenth of the variance."""
    rng = np.random.default_rng(0)
    cell, compound = rng.normal(size=(n_rows, 6)), rng.normal(size=(n_rows, 10))
    factors = (cell @ rng.normal(size=(6, 2))) * (compound @ rng.normal(size=(10, 2)))
    Y = factors @ rng.normal(size=(2, 3))
    Y += np.sqrt(0.1) * Y.std(axis=0) * rng.normal(size=Y.shape)
    return np.hstack([cell, compound]).astype(np.float32), Y.astype(np.float32)


@pytest.mark.parametrize("rank", [None, 2])
def test_it_finds_what_is_bilinear_in_cell_and_compound(rank: int | None) -> None:
    X, Y = cell_times_compound(400)
    assert found_by_a_line(X, Y) < 0.05
    assert found(small(rank=rank), X, Y) > 0.85, "the noise leaves 0.91"


def test_a_network_without_products_needs_more_rows_for_it() -> None:
    X, Y = cell_times_compound(400)
    plain = MLP(hidden=(64, 32), norm="none", dropout=0.0, **TRAINING)
    assert found(plain, X, Y) < found(small(), X, Y) - 0.1


def test_it_finds_nothing_in_noise() -> None:
    X, Y = cell_times_compound(400)
    assert found(small(n_epochs=8), X, noise(*Y.shape)) < 0.05


def test_it_has_the_products_that_it_says() -> None:
    """By hand, from its weights."""
    X = torch.randn(5, 16, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        for rank in (None, 3):
            network = small(rank=rank)._module(16, 3, BLOCKS).eval()
            a, b = network.left(X[:, :6]), network.right(X[:, 6:])
            factors = (a @ network.left_factor.weight.T, b @ network.right_factor.weight.T) if rank else (a, b)
            head = network.head[0]
            expected = torch.cat([a, b, factors[0] * factors[1]], dim=1) @ head.weight.T + head.bias
            torch.testing.assert_close(network(X), expected)
            assert (a < 0).any(), "factors of either sign"


def test_rank_is_the_number_of_products() -> None:
    towers = (6 * 8 + 8) + (10 * 8 + 8)
    assert n_weights(small(), 16, 3, BLOCKS) == towers + 3 * (3 * 8) + 3
    assert n_weights(small(rank=5), 16, 3, BLOCKS) == towers + 2 * 5 * 8 + 3 * (2 * 8 + 5) + 3


def test_towers_read_their_own_blocks_alone() -> None:
    blocks: Blocks = {"cell": (0, 3), "dose": (3, 6), "compound": (6, 16)}
    network = TwoTower(["cell"], ["compound", "dose"], hidden=[4])._module(16, 2, blocks)
    assert network.left[0].in_features == 3
    assert network.right[0].in_features == 13
    shared = TwoTower(["cell", "dose"], ["compound", "dose"], hidden=[4], n_epochs=1, blocks=blocks)
    X, Y = cell_times_compound(20)
    assert shared.fit(X, Y).module_.left[0].in_features == 6, "a block may be in both"


def test_rows_seeds_and_files(tmp_path: Path) -> None:
    X, Y = cell_times_compound(60)
    model = small(hidden=[8, 4], rank=3, head_hidden=[8], dropout=0.1, n_epochs=4)
    check_rows_are_alone(check_seeds_and_files(model, X, Y, tmp_path / "model"), X[:9])


@pytest.mark.parametrize(
    ("left", "right", "message"),
    [
        (["cel"], ["compound"], r"left names the block 'cel' \(did you mean 'cell'\?\)"),
        (["cell"], ["zebra"], r"right names the block 'zebra' \(known: cell, compound\)"),
        (["cell"], ["cell"], "no tower reads 'compound'"),
        (["cell", "cell"], ["compound"], "left names a block twice"),
    ],
)
def test_blocks_that_are_not_there_or_not_read_are_errors(left: list[str], right: list[str], message: str) -> None:
    X, Y = cell_times_compound(10)
    with pytest.raises(InputError, match=message):
        TwoTower(left, right, blocks=BLOCKS).fit(X, Y)


def test_a_tower_without_columns_is_an_error() -> None:
    X, Y = cell_times_compound(10)
    with pytest.raises(InputError, match=r"the blocks of left \(none\) have no columns"):
        TwoTower(["none"], ["all"], blocks={"none": (0, 0), "all": (0, 16)}).fit(X, Y)


def test_without_blocks_the_message_says_what_there_is() -> None:
    X, Y = cell_times_compound(10)
    with pytest.raises(InputError, match="known: features"):
        TwoTower(["cell"], ["compound"]).fit(X, Y)


def test_lists_of_towers_must_name_something() -> None:
    with pytest.raises(ParameterError, match="left"):
        TwoTower([], ["compound"]).check_parameters()
    with pytest.raises(ParameterError, match="hidden"):
        TwoTower(["cell"], ["compound"], hidden=[]).check_parameters()


def test_the_estimate_grows_with_what_there_is_to_do() -> None:
    seconds = small().estimate_seconds(500, 400, 64)
    assert 0 < seconds < small().estimate_seconds(1000, 400, 64) < small().estimate_seconds(1000, 400, 18_211)
