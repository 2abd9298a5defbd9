"""Regression: every row has a number for each of many targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import pandas as pd

from kit.arrays import Floats
from kit.metrics.rescale import best_scale
from kit.plugins import REGRESSION
from kit.problem_types.base import ProblemType, Roles
from kit.problem_types.mean_floors import mean_floors


class Regression(ProblemType):
    """A matrix of values a row, scored row by row by how far predictions are from them."""

    name = REGRESSION
    defaults: ClassVar[Mapping[str, Any]] = {
        "metric": "mrrmse",
        "target": "identity",
        "blend": "mean",
        "postprocess": ["clip"],
    }
    reads_labels = False
    measures = True

    def floors(
        self, columns: Roles, rows: pd.DataFrame, Y: Floats, new_rows: pd.DataFrame
    ) -> Iterator[tuple[str, Floats]]:
        """Yield the openproblems benchmark's control methods: zeros, and means over all rows, groups and compounds."""
        return mean_floors(columns, rows, Y, new_rows)

    def beside_score(self, Y: Floats, oof: Floats) -> dict[str, Any]:
        """Return the score after the single best rescale of all predictions."""
        scale = best_scale(Y, oof)
        return {"best_scale": {"scale": scale.scale, "mrrmse": scale.score}}
