"""Greedy forward selection of blend members, with repetition."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from annotated_types import Ge, Gt, Le

from kit.arrays import Doubles, Ints
from kit.blends.base import BLENDS
from kit.blends.learnt import LearntBlend
from kit.blends.row_gram import RowGram
from kit.plugins import Supplied


@BLENDS.register("greedy")
class Greedy(LearntBlend):
    """Adds, again and again, the member that lowers the blend's out-of-fold MRRMSE most; members may come many times.

    Source: Caruana, Niculescu-Mizil, Crew and Ksikes, Ensemble Selection from Libraries of Models, ICML 2004: selection
    with replacement (section 2.1), the best of the path, and bags of members against overfitting (section 2.3). A
    member's weight is the number of times that it was taken, divided by all. MRRMSE is followed exactly.

    Args:
        n_rounds: How many members are taken; the blend is the best of the path, after this many rounds or fewer.
            Weights are multiples of 1/n_rounds or coarser.
        n_bags: How many times members are selected, each time from another random part of them; the weights are the
            mean. 1 selects once, from all.
        bag_share: The share of the members that each of several bags draws, at least one member.
        random_state: Seed of the bags.

    Attributes:
        n_taken_: (n_bags,) the number of rounds after which each bag's blend was best.
    """

    def __init__(
        self,
        n_rounds: Annotated[int, Ge(1)] = 50,
        n_bags: Annotated[int, Ge(1)] = 1,
        bag_share: Annotated[float, Gt(0), Le(1)] = 0.5,
        random_state: Annotated[int | None, Supplied("the recipe's seed")] = None,
    ) -> None:
        self.n_rounds = n_rounds
        self.n_bags = n_bags
        self.bag_share = bag_share
        self.random_state = random_state

    def report(self) -> dict[str, Any]:
        """Return the learnt weights, their score on what they were learnt from, and the rounds of each bag."""
        return super().report() | {"rounds": self.n_taken_.tolist()}

    def _learn(self, gram: RowGram, row_weights: Doubles) -> Doubles:
        n_members = len(gram.names)
        bags: list[Ints] = [np.arange(n_members)]
        if self.n_bags > 1:
            draws = np.random.default_rng(self.random_state)
            size = max(1, round(self.bag_share * n_members))
            bags = [np.sort(draws.choice(n_members, size, replace=False)) for _ in range(self.n_bags)]
        weights, taken = np.zeros(n_members), []
        for bag in bags:
            counts = _select(gram.errors[:, bag][:, :, bag], row_weights, self.n_rounds)
            weights[bag] += counts / counts.sum() / len(bags)
            taken.append(int(counts.sum()))
        self.n_taken_: Ints = np.asarray(taken, dtype=np.intp)
        return weights


def _select(errors: Doubles, row_weights: Doubles, n_rounds: int) -> Doubles:
    """Return how often each member is in the best blend of the path.

    With c the counts so far and E a row's inner products of errors, a row's squared error after one more of member j
    is (c'Ec + 2·(Ec)ⱼ + Eⱼⱼ) / (n + 1)², so that a round costs n_rows × n_members operations.

    Args:
        errors: (n_rows, n_members, n_members) inner products of the members' errors.
        row_weights: (n_rows,) with the sum 1.
        n_rounds: The length of the path.
    """
    n_rows, n_members, _ = errors.shape
    own = np.diagonal(errors, axis1=1, axis2=2)
    square, cross = np.zeros((n_rows, 1)), np.zeros((n_rows, n_members))
    counts, best, least = np.zeros(n_members), np.zeros(n_members), np.inf
    for taken in range(1, n_rounds + 1):
        squares = square + 2 * cross + own
        scores = row_weights @ np.sqrt(np.maximum(squares, 0)) / taken
        chosen = int(np.argmin(scores))
        counts[chosen] += 1
        square, cross = squares[:, [chosen]], cross + errors[:, :, chosen]
        # A longer path must be better by more than rounding.
        if scores[chosen] < least * (1 - 1e-12):
            least, best = float(scores[chosen]), counts.copy()
    return best if best.any() else counts
