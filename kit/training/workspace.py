"""Where a plan is carried out: the recipe, the tables, the tasks and the folder of their results."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from kit.arrays import Doubles, Floats, Ints
from kit.config.schema import RecipeConfig
from kit.data import Competition
from kit.data.columns import group_labels
from kit.errors import InputError
from kit.large import take_rows
from kit.training.planning.plan import Plan
from kit.training.planning.row_splits import RowSplit


@dataclass(frozen=True)
class Workspace:
    """The context of a run that fitting, joining and scoring share.

    Attributes:
        recipe: The recipe.
        competition: The tables.
        plan: The plan of the recipe on these tables, or a part of one (`kit.training.planning.plan.Plan.inside`).
        path: The folder that holds what tasks and stages wrote: a run's directory, or a trial's scratch directory.
    """

    recipe: RecipeConfig
    competition: Competition
    plan: Plan
    path: Path

    def inside(self, *splits: RowSplit) -> Workspace:
        """Return the workspace with the plan of some row splits alone."""
        return replace(self, plan=self.plan.inside(*splits))

    def group_labels(self, rows: pd.DataFrame) -> np.ndarray:
        """Return the (n_rows,) group labels of rows as strings, by the recipe's group column."""
        return group_labels(rows, self.recipe.columns.group)

    def select_rows(self, positions: Ints) -> tuple[pd.DataFrame, Floats]:
        """Return training rows, renumbered from 0, and their (n_rows, n_targets) float32 targets, copied.

        Args:
            positions: (n_rows,) positions in the training table.
        """
        competition = self.competition
        return competition.rows.iloc[positions].reset_index(drop=True), take_rows(competition.Y, positions)

    def scoring_weights(self, split: RowSplit) -> Doubles:
        """Return (n_rows,) what each row that a split validates counts in the metric; their sum is the split's weight.

        Raises:
            InputError: Rows count by their weights, and all of them have the weight 0.
        """
        weights = self.competition.weights if self.recipe.weighted else None
        if weights is None:
            return np.full(len(split.validation), split.weight / len(split.validation))
        own = weights[split.validation]
        if not own.any():
            raise InputError(
                f"fold {split.name!r}: every validated row has the weight 0 (columns.weight), and with weighted: true "
                "there is nothing to score; leave weighted out, or choose other folds"
            )
        return np.asarray(split.weight * own / own.sum())
