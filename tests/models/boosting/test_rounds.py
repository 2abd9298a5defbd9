from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import RunError
from kit.models.boosting.rounds import best_round


class Path:
    """Predictions (1, 1) that hold the loss of each round, and a count of the rounds trained."""

    def __init__(self, losses: list[float]) -> None:
        self.losses = losses
        self.trained = 0

    def advance(self, n_rounds: int) -> np.ndarray:
        values = self.losses[self.trained : self.trained + n_rounds]
        self.trained += n_rounds
        return np.array(values, dtype=np.float32)[:, None, None]


def loss(prediction: np.ndarray) -> float:
    return float(prediction[0, 0])


losses = st.lists(st.integers(0, 50).map(float), min_size=1, max_size=40)


@given(losses, st.integers(1, 12))
def test_without_patience_it_is_the_first_minimum_of_the_whole_path(values: list[float], block: int) -> None:
    path = Path(values)
    assert best_round(path.advance, len(values), None, loss, block) == int(np.argmin(values)) + 1
    assert path.trained == len(values)


@given(losses, st.integers(1, 6), st.integers(1, 12))
def test_patience_stops_and_blocks_do_not_change_the_choice(values: list[float], patience: int, block: int) -> None:
    path, one_by_one = Path(values), Path(values)
    chosen = best_round(path.advance, len(values), patience, loss, block)
    assert chosen == best_round(one_by_one.advance, len(values), patience, loss)
    # Nothing better within the patience, and nothing trained beyond it.
    assert all(values[chosen - 1] <= value for value in values[: chosen + patience])
    assert one_by_one.trained == min(chosen + patience, len(values))
    assert path.trained <= one_by_one.trained + block - 1


def test_a_loss_that_is_no_number_is_no_improvement() -> None:
    values = [float("nan"), 3.0, float("nan"), 2.0, float("inf")]
    assert best_round(Path(values).advance, 5, None, loss) == 4


@pytest.mark.parametrize("patience", [None, 2])
def test_no_finite_loss_is_an_error(patience: int | None) -> None:
    with pytest.raises(RunError, match="not finite in any of the first"):
        best_round(Path([float("nan")] * 5).advance, 5, patience, loss)
