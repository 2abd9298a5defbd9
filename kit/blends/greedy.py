"""Greedy forward selection of blend members, with repetition."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from annotated_types import Ge, Gt, Le

from kit.arrays import Doubles, Ints
from kit.blends.base import BLENDS
from kit.blends.by_metric import Candidates, GramCandidates, MetricBlend
from kit.metrics.base import Metric
from kit.plugins import Supplied


@BLENDS.register("greedy")
@dataclass(eq=False, repr=False)
class Greedy(MetricBlend):
    """Adds, again and again, the member that improves the blend's out-of-fold score most; members may come many times.

    Source: Caruana, Niculescu-Mizil, Crew and Ksikes, Ensemble Selection from Libraries of Models, ICML 2004: selection
    with replacement (section 2.1), the best of the path, and bags of members against overfitting (section 2.3). A
    member's weight is the number of times that it was taken, divided by all.

    The recipe's metric decides, and is followed exactly. For a metric of squared distances (mrrmse) a round costs a few
    numbers a row; for any other, each round scores one blend for every member at full width.

    Args:
        n_rounds: How many members are taken; the blend is the best of the path, after this many rounds or fewer.
            Weights are multiples of 1/n_rounds or coarser.
        n_bags: How many times members are selected, each time from another random part of them; the weights are the
            mean. 1 selects once, from all.
        bag_share: The share of the members that each of several bags draws, at least one member.
        random_state: Seed of the bags.
        metric: The metric; None is mrrmse.

    Attributes:
        n_taken_: (n_bags,) the number of rounds after which each bag's blend was best.
    """

    n_rounds: Annotated[int, Ge(1)] = 50
    n_bags: Annotated[int, Ge(1)] = 1
    bag_share: Annotated[float, Gt(0), Le(1)] = 0.5
    random_state: Annotated[int | None, Supplied("the recipe's seed")] = None
    metric: Annotated[Metric | None, Supplied("the recipe's metric")] = None

    def report(self) -> dict[str, Any]:
        """Return the learnt weights, their score on what they were learnt from, and the rounds of each bag."""
        return super().report() | {"rounds": self.n_taken_.tolist()}

    def _choose(self, candidates: Candidates) -> Doubles:
        n_members = len(candidates.names)
        bags: list[Ints] = [np.arange(n_members)]
        if self.n_bags > 1:
            draws = np.random.default_rng(self.random_state)
            size = max(1, round(self.bag_share * n_members))
            bags = [np.sort(draws.choice(n_members, size, replace=False)) for _ in range(self.n_bags)]
        weights, taken = np.zeros(n_members), []
        for bag in bags:
            drawn = candidates.select(bag.tolist())
            counts = _select(_Gram(drawn) if isinstance(drawn, GramCandidates) else _Wide(drawn), self.n_rounds)
            weights[bag] += counts / counts.sum() / len(bags)
            taken.append(int(counts.sum()))
        self.n_taken_: Ints = np.asarray(taken, dtype=np.intp)
        return weights


class _Path(ABC):
    """A blend to which one member after another is added.

    Attributes:
        counts: (n_members,) how often each is in it.
    """

    counts: Doubles

    @abstractmethod
    def losses(self) -> Doubles:
        """Return (n_members,) how far the blend is from a perfect score after one more of each member."""

    def take(self, member: int) -> None:
        """Add a member."""
        self.counts[member] += 1


class _Gram(_Path):
    """The path of a metric of squared distances.

    With c the counts so far and E a row's inner products of errors, a row's squared error after one more of member j
    is (c'Ec + 2·(Ec)ⱼ + Eⱼⱼ) / (n + 1)², so that a round costs n_rows × n_members operations.
    """

    def __init__(self, candidates: GramCandidates) -> None:
        self.counts = np.zeros(len(candidates.names))
        self._candidates, self._errors = candidates, candidates.gram.errors
        n_rows, n_members, _ = self._errors.shape
        self._own = np.diagonal(self._errors, axis1=1, axis2=2)
        self._square, self._cross = np.zeros((n_rows, 1)), np.zeros((n_rows, n_members))

    def losses(self) -> Doubles:
        squares = np.maximum(self._squares(), 0) / (self.counts.sum() + 1) ** 2
        return np.abs(self._candidates.of_squares(squares) - self._candidates.metric.best)

    def take(self, member: int) -> None:
        self._square, self._cross = self._squares()[:, [member]], self._cross + self._errors[:, :, member]
        super().take(member)

    def _squares(self) -> Doubles:
        return self._square + 2 * self._cross + self._own


class _Wide(_Path):
    """The path of any metric."""

    def __init__(self, candidates: Candidates) -> None:
        self.counts = np.zeros(len(candidates.names))
        self._candidates = candidates

    def losses(self) -> Doubles:
        more = self.counts + np.eye(len(self.counts))
        return np.array([self._candidates.loss(counts / counts.sum()) for counts in more])


def _select(path: _Path, n_rounds: int) -> Doubles:
    """Return how often each member is in the best blend of a path of so many rounds."""
    best, least = np.zeros(len(path.counts)), np.inf
    for _ in range(n_rounds):
        losses = path.losses()
        chosen = int(np.argmin(losses))
        path.take(chosen)
        # A longer path must be better by more than rounding.
        if losses[chosen] < least * (1 - 1e-12):
            least, best = float(losses[chosen]), path.counts.copy()
    return best if best.any() else path.counts
