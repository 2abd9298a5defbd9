"""Rows whose truth is known, and what several members predict of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kit.arrays import Floats
from kit.metrics.scores import Scorer, Scores


@dataclass(frozen=True, eq=False)
class KnownRows:
    """Rows that are scored together: those that a fold validates, or test rows with a truth.

    Attributes:
        fold: The name of the fold.
        rows: (n_rows,) what the rows are called: positions in the training table, or ids.
        groups: (n_rows,) their group labels.
        clusters: (n_rows,) what a bootstrap draws together.
        weight: What each of them counts.
        Y: (n_rows, n_targets) their targets.
        members: Name, kind and (n_rows, n_targets) predictions of every member.
    """

    fold: str
    rows: Sequence[str] | np.ndarray
    groups: np.ndarray
    clusters: np.ndarray
    weight: float
    Y: Floats
    members: Sequence[tuple[str, str, Floats]]

    def scores(self, scorer: Scorer) -> Scores:
        """Return the scores of all members."""
        known = {"fold": self.fold, "row": self.rows, "group": self.groups, "weight": self.weight}
        return Scores.join(
            [
                scorer.score(pd.DataFrame({"member": name, "kind": kind} | known), self.clusters, self.Y, predictions)
                for name, kind, predictions in self.members
            ]
        )
