"""Stopping a trial after some folds, when blocks of their rows agree that it is worse than the best one.

The signed-rank test of Wilcoxon on the means of 2 to 5 folds can never be significant (of four, the least p is 1/16),
and on single rows it would be too easily: rows of one compound are no independent witnesses. Each fold's rows are
therefore divided into a few fixed blocks, whose mean scores a trial reports as steps. Blocks of the same rows are
compared between trials, so hard and easy rows, and hard and easy folds, cancel.
"""

from __future__ import annotations

import numpy as np
from optuna import Study
from optuna.pruners import BasePruner
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial
from scipy.stats import wilcoxon

from kit.arrays import Ints

BLOCKS = 12
"""Blocks a fold: enough for a p of 2⁻¹² from one fold, few enough that a block of the usual 50 to 150 rows is a mean
over several rows of different compounds."""

LEAST_BLOCKS = 8
"""Fewer compared blocks decide nothing: with 8 the least p is 2⁻⁸, and two blocks that disagree still let it fall
below `P_VALUE`; with fewer, one noisy block would decide."""

P_VALUE = 0.02
"""The level of each test. A trial is looked at after every fold but the last, four times with five folds, which
together err in at most 8 % of the trials that are as good as the best one (Bonferroni). It is stricter than the usual
0.1 because the blocks of one fold know nothing of the other folds."""

MARGIN = 0.005
"""The share of the best trial's score by which a trial must be worse. The test knows no size: a penalty that is off by
a hair is worse by a millionth in every block of a fold, which the next fold may well give back. On the demo, ridge
penalties of 250 and 300 differ by 0.3 % in one fold (12 of 12 blocks) and by 0.04 % in the other (8 of 12)."""


def row_blocks(positions: Ints, n_blocks: int = BLOCKS) -> list[Ints]:
    """Divide rows into blocks of nearly equal size, by a hash of their positions in the training table.

    The same rows always give the same blocks; neighbours in the table, which often share a compound or a plate, come
    into different ones.

    Args:
        positions: (n_rows,) positions of a fold's validation rows.
        n_blocks: The number of blocks; of fewer rows, each is a block.

    Returns:
        Indices into ``positions``, block by block.
    """
    order = np.argsort(_mixed(np.asarray(positions)), kind="stable")
    return [part for part in np.array_split(order, n_blocks) if len(part)]


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
    with a hard fold first the guard would never hold. This one takes both means over the blocks seen.

    Args:
        p_value: The level of the one-sided test.
        least_blocks: Fewer blocks decide nothing.
        margin: The share of the best trial's mean by which a trial's must be worse.
    """

    def __init__(self, p_value: float = P_VALUE, least_blocks: int = LEAST_BLOCKS, margin: float = MARGIN) -> None:
        self._p_value = p_value
        self._least_blocks = least_blocks
        self._margin = margin

    def prune(self, study: Study, trial: FrozenTrial) -> bool:
        """Whether the trial is to stop."""
        try:
            best = study.best_trial
        except ValueError:
            return False  # no trial has finished
        steps = sorted(trial.intermediate_values.keys() & best.intermediate_values.keys())
        mine = np.array([trial.intermediate_values[step] for step in steps])
        its = np.array([best.intermediate_values[step] for step in steps])
        worse = its - mine if study.direction == StudyDirection.MAXIMIZE else mine - its
        if len(steps) < self._least_blocks or not np.isfinite(worse).all():
            return False
        if worse.mean() <= self._margin * abs(its.mean()):
            return False
        # zsplit counts a block without difference half on each side; a trial equal to the best gets p = 1/2.
        return bool(wilcoxon(worse, alternative="greater", zero_method="zsplit").pvalue < self._p_value)
