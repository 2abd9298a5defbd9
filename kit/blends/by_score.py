"""Blend weights derived from each member's own score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from annotated_types import Gt

from kit.arrays import Doubles
from kit.blends.base import BLENDS
from kit.blends.by_metric import Candidates, MetricBlend
from kit.metrics.base import Metric
from kit.plugins import Supplied


@BLENDS.register("by_score")
@dataclass(eq=False, repr=False)
class ByScore(MetricBlend):
    """Weighs each member by its own out-of-fold score: few rows are enough, what members have in common is not seen.

    With s the members' losses by the recipe's metric (how far each is from a perfect score: for mrrmse the score
    itself, for pearson 1 less the score) and b the least of them, a member's weight goes with exp(−(s/b − 1)/T)
    ("softmax", as Akaike weights do: Burnham and Anderson, Model Selection and Multimodel Inference (2002), section
    2.9) or with (b/s)^(1/T) ("inverse_power", which at T = 1/2 is the inverse squared error of Bates and Granger, The
    Combination of Forecasts, Operational Research Quarterly 20 (1969)). The two hardly differ between members of
    similar scores.

    Args:
        temperature: T, relative to the least loss: with "softmax", a member that is worse by this share of the least
            loss has 1/e = 0.37 of the best one's weight. Towards 0 the best member alone is left, above 1 all count
            the same.
        method: How weights go with losses.
        metric: The metric; None is mrrmse.
    """

    temperature: Annotated[float, Gt(0)] = 0.05
    method: Literal["softmax", "inverse_power"] = "softmax"
    metric: Annotated[Metric | None, Supplied("the recipe's metric")] = None

    def _choose(self, candidates: Candidates) -> Doubles:
        losses = candidates.member_losses()
        least = losses.min()
        if least == 0:
            exponents = np.where(losses == 0, 0.0, -np.inf)
        elif self.method == "softmax":
            exponents = (1 - losses / least) / self.temperature
        else:
            exponents = np.log(least / losses) / self.temperature
        weights = np.exp(exponents)
        shares: Doubles = weights / weights.sum()
        return shares
