"""Blend weights derived from each member's own score."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from annotated_types import Gt

from kit.arrays import Doubles
from kit.blends.base import BLENDS
from kit.blends.learnt import LearntBlend
from kit.blends.row_gram import RowGram


@BLENDS.register("by_score")
class ByScore(LearntBlend):
    """Weighs each member by its own out-of-fold MRRMSE: few rows are enough, what members have in common is not seen.

    With s the members' scores and b the best of them, a member's weight goes with exp(−(s/b − 1)/T) ("softmax", as
    Akaike weights do: Burnham and Anderson, Model Selection and Multimodel Inference (2002), section 2.9) or with
    (b/s)^(1/T) ("inverse_power", which at T = 1/2 is the inverse squared error of Bates and Granger, The Combination of
    Forecasts, Operational Research Quarterly 20 (1969)). The two hardly differ between members of similar scores.

    Args:
        temperature: T, relative to the best score: with "softmax", a member that is worse by this share of the best
            score has 1/e = 0.37 of the best one's weight. Towards 0 the best member alone is left, above 1 all count
            the same.
        method: How weights go with scores.
    """

    def __init__(
        self,
        temperature: Annotated[float, Gt(0)] = 0.05,
        method: Literal["softmax", "inverse_power"] = "softmax",
    ) -> None:
        self.temperature = temperature
        self.method = method

    def _learn(self, gram: RowGram, row_weights: Doubles) -> Doubles:
        scores = row_weights @ gram.member_errors()
        best = scores.min()
        if best == 0:
            exponents = np.where(scores == 0, 0.0, -np.inf)
        elif self.method == "softmax":
            exponents = (1 - scores / best) / self.temperature
        else:
            exponents = np.log(best / scores) / self.temperature
        weights = np.exp(exponents)
        return weights / weights.sum()
