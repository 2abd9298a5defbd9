"""Choosing the number of boosting rounds on held-out rows, by one loss over all outputs."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kit.arrays import Floats
from kit.errors import RunError
from kit.models.base import Loss


class RoundScores:
    """The losses of a path, round by round.

    Args:
        loss: Scores a prediction; smaller is better. A loss that is not a number counts as no improvement.
        patience: Stop after so many rounds without a smaller loss; None for never.
    """

    def __init__(self, loss: Loss, patience: int | None) -> None:
        self._loss = loss
        self._patience = patience
        self._best, self._least, self._done = 0, float("inf"), 0

    def add(self, prediction: Floats) -> bool:
        """Score the (n_val, n_outputs) prediction after one more round; return whether to go on."""
        self._done += 1
        value = float(self._loss(prediction))
        if value < self._least:
            self._best, self._least = self._done, value
        return self._patience is None or self._done - self._best < self._patience

    def best(self) -> int:
        """Return the number of rounds with the least loss; of equals, the fewest.

        Raises:
            RunError: No round had a finite loss.
        """
        if self._best == 0:
            raise RunError(
                f"the validation loss was not finite in any of the first {self._done} boosting rounds; "
                "check the metric and the validation targets for missing or constant rows"
            )
        return self._best


def best_round(
    advance: Callable[[int], Iterable[Floats]], n_rounds: int, patience: int | None, loss: Loss, block: int = 1
) -> int:
    """Return the number of rounds after which the loss was least.

    The libraries stop each booster on its own loss, so 64 boosters would stop at 64 different rounds and none of them
    would have been chosen for the competition's metric. Here all outputs advance together and are scored together.

    Args:
        advance: Trains every output for so many more rounds and returns the (n_val, n_outputs) prediction after each.
        n_rounds: The most rounds to train, at least 1.
        patience: Stop after so many rounds without a smaller loss; None trains all rounds.
        loss: Scores a prediction; smaller is better. A loss that is not a number counts as no improvement.
        block: How many rounds are trained at a time (the last one may be shorter).

    Raises:
        RunError: No round had a finite loss.
    """
    scores, done = RoundScores(loss, patience), 0
    while done < n_rounds:
        for prediction in advance(min(block, n_rounds - done)):
            done += 1
            if not scores.add(prediction):
                return scores.best()
    return scores.best()
