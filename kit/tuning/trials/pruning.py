"""Pruning: stopping a trial after some folds when blocks of their rows agree that it is worse than the best trial.

The signed-rank test of Wilcoxon on the means of 2 to 5 folds can never be significant (of four, the least p is 1/16),
and single rows are too noisy and too alike (rows of one compound) to be its witnesses. Each fold's rows are therefore
divided into a few fixed blocks, whose mean scores a trial reports as steps. Blocks of the same rows are compared
between trials, so hard and easy rows, and hard and easy folds, cancel.

The blocks of a fold are still predicted by the same fits: that they agree says that the fold is worse, not that the
others are. The test alone would let one fold of five decide. A trial must therefore also have lost so much on the folds
seen, by their weights, that its score over all folds is worse by a margin if the others are as good as the best one's.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from optuna import Study
from optuna.pruners import BasePruner
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState
from scipy.stats import wilcoxon

from kit.arrays import Ints

BLOCKS = 12
"""The most blocks of a fold: enough for a p of 2⁻¹² from one fold, few enough that a block of the usual 50 to 150 rows
is a mean over several rows."""

BLOCK_ROWS = 4
"""The least rows of a block, but for folds of fewer rows, which are one block."""

LEAST_BLOCKS = 8
"""Fewer compared blocks, over all folds seen, decide nothing: with 8 the least p is 2⁻⁸, and two blocks that disagree
still let it fall below `P_VALUE`; with fewer, one noisy block would decide."""

P_VALUE = 0.02
"""The level of each test. Blocks of one fold are no independent witnesses, so the level is no promise about how many
good trials are stopped; it is stricter than the usual 0.1 for that reason, and `MARGIN` stands beside it."""

MARGIN = 0.005
"""The share of the best trial's score by which a trial's score over all folds must be worse, the folds that it has not
come to counted as equal. The test knows no size: a penalty that is off by a hair is worse by a millionth in every
block. On the demo, ridge penalties of 250 and 300 differ by 0.3 % in one fold (12 of 12 blocks) and by 0.04 % in the
other (8 of 12)."""


LEAST_TRIALS = 10
"""Finished trials before which nothing is pruned: the first ones are what the sampler learns from, and the best of few
is no measure."""


def n_row_blocks(n_rows: int) -> int:
    """Return the number of blocks of a fold with so many rows: at least `BLOCK_ROWS` each, at most `BLOCKS`."""
    return min(max(n_rows // BLOCK_ROWS, 1), BLOCKS)


def row_blocks(positions: Ints, n_blocks: int | None = None) -> list[Ints]:
    """Divide rows into blocks of nearly equal size, by a hash of their positions in the training table.

    The same rows always give the same blocks; neighbours in the table, which often share a compound or a plate, come
    into different ones.

    Args:
        positions: (n_rows,) positions of a fold's validation rows.
        n_blocks: How many (default: `n_row_blocks`).

    Returns:
        Indices into ``positions``, block by block.
    """
    order = np.argsort(_mixed(np.asarray(positions)), kind="stable")
    return np.array_split(order, n_blocks or n_row_blocks(len(order)))


def step_of(fold: int, block: int) -> int:
    """Return the step under which a trial reports a block of the fold at a position."""
    return fold * BLOCKS + block


def _mixed(positions: Ints) -> np.ndarray:
    """Return the finaliser of the splitmix64 generator (Steele, Lea, Flood 2014) of each position."""
    z = (positions.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


class BlockPruner(BasePruner):
    """Prunes a trial whose blocks are worse than the same blocks of the best finished trial.

    It differs from Optuna's WilcoxonPruner in what stands against a wrong decision: that one compares the mean of the
    blocks seen with the best trial's mean of *all* blocks, so that with an easy fold first nothing would be pruned and
    with a hard fold first the guard would never hold. This one compares the blocks seen by both, and counts each fold
    by its weight.

    Args:
        weights: What each fold counts, by its position.
    """

    def __init__(self, weights: Mapping[int, float]) -> None:
        self._weights = dict(weights)

    def prune(self, study: Study, trial: FrozenTrial) -> bool:
        """Whether the trial is to stop."""
        if len(study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))) < LEAST_TRIALS:
            return False
        best = study.best_trial
        steps = sorted(trial.intermediate_values.keys() & best.intermediate_values.keys())
        mine = np.array([trial.intermediate_values[step] for step in steps])
        its = np.array([best.intermediate_values[step] for step in steps])
        worse = its - mine if study.direction == StudyDirection.MAXIMIZE else mine - its
        if len(steps) < LEAST_BLOCKS or not np.isfinite(worse).all():
            return False
        # The share of the weight seen, times the weighted mean difference on it.
        loss = self._over_folds(dict(zip(steps, worse.tolist(), strict=True)))
        if loss <= MARGIN * abs(self._over_folds(best.intermediate_values)):
            return False
        # zsplit counts a block without difference half on each side; a trial equal to the best gets p = 1/2.
        return bool(wilcoxon(worse, alternative="greater", zero_method="zsplit").pvalue < P_VALUE)

    def _over_folds(self, blocks: Mapping[int, float]) -> float:
        """Return the weighted mean over all folds of the means of their blocks; folds without blocks count as 0."""
        of_folds: dict[int, list[float]] = {}
        for step, value in blocks.items():
            of_folds.setdefault(step // BLOCKS, []).append(value)
        total = sum(weight * float(np.mean(of_folds.get(fold, [0.0]))) for fold, weight in self._weights.items())
        return total / sum(self._weights.values())
