"""Contributions of members to a blend: score alone, correlation with the others, loss when left out.

Folds are added one by one, so that one fold's predictions are in memory at a time, and count by their weights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from kit.arrays import Doubles, Floats, as_matrix
from kit.blends.base import Blend
from kit.blends.by_variance import combined
from kit.blends.checks import checked, row_blocks, weighted_sum
from kit.blends.row_gram import RowGram
from kit.errors import InputError
from kit.gaps import has_gaps
from kit.metrics.base import Metric, RowMetric
from kit.metrics.groupwise import score
from kit.postprocess.rows import Step, row_by_row
from kit.training.scoring.correlations import column_means, correlation_matrix, mean_with_others

Refit = Callable[[Sequence[str]], Blend]
"""Returns the blend fitted as before on the members of the given names."""

_Others = Callable[[Mapping[str, Floats], "np.ndarray | None", Mapping[str, Doubles]], Iterator[tuple[str, Floats]]]


class Contributions:
    """The contributions of a blend's members, over folds.

    Args:
        metric: The metric by which members and blends are scored.
    """

    def __init__(self, metric: Metric) -> None:
        self._metric = metric
        self._in_blocks = isinstance(metric, RowMetric) and metric.row_by_row
        self._names: tuple[str, ...] = ()
        self._folds: list[_Fold] = []

    def add(
        self,
        fold: str,
        weight: float | Doubles,
        predictions: Mapping[str, Floats],
        Y: Floats,
        blend: Blend,
        refit: Refit | None = None,
        steps: Sequence[Step] = (),
        groups: ArrayLike | None = None,
        variances: Mapping[str, Doubles] | None = None,
    ) -> None:
        """Add a fold.

        The blend without a member is what ``refit`` returns; without it, a weighted sum drops the member and stretches
        the other weights to the same sum, and any other blend combines the rest. Members, blend and blends without a
        member are scored after the post-processing steps, a block of rows at a time.

        Args:
            fold: The fold's name, for messages.
            weight: What the fold's rows together count, or (n_rows,) what each of them does.
            predictions: (n_rows, n_targets) by the members' names, before post-processing.
            Y: (n_rows, n_targets) the rows' targets.
            blend: The blend as it is used for this fold, fitted.
            refit: Fits the blend again on some of the members, from the same rows as ``blend``.
            steps: The fold's fitted post-processing steps, for these rows.
            groups: (n_rows,) the rows' group labels.
            variances: (n_rows,) expected squared errors of the members that forecast theirs.

        Raises:
            InputError: The shapes disagree, the members are not those of the other folds, or a blend that learns and
                is no weighted sum is given without ``refit``.
        """
        comparable = self._metric.compares_values
        matrices = checked(predictions) if comparable else {name: predictions[name] for name in sorted(predictions)}
        names = tuple(matrices)
        if self._names and names != self._names:
            raise InputError(f"fold {fold!r} has the members {list(names)}, those before had {list(self._names)}")
        n_rows, width = matrices[names[0]].shape
        truth = as_matrix(Y, "Y", n_rows, width if comparable else None, allow_nan=True)
        labels = None if groups is None else np.asarray(groups)
        weights = blend.weights_of(names)
        others = _leaving_out(blend, names, weights, refit)
        # With the mean 1, so that a sum over rows is divided by their number all the same.
        counts = None if isinstance(weight, (int, float)) else weight / weight.mean()
        whole, alone, without = 0.0, np.zeros(len(names)), np.full(len(names), np.nan)

        def total(values: Floats, rows: slice) -> float:
            for step in steps:
                values = step.transform(values)
            if self._in_blocks:
                found = self._metric.row_values(truth[rows], values)
                return float(found.sum() if counts is None else found @ counts[rows])
            return score(self._metric, truth, values, labels, counts) * len(values)

        # A metric that is no mean over rows needs all of them at once, and so do some steps.
        for rows in row_blocks(matrices) if self._in_blocks and row_by_row(steps) else [slice(0, len(truth))]:
            block = {name: matrix[rows] for name, matrix in matrices.items()}
            of_block = None if labels is None else labels[rows]
            alone += [total(matrix, rows) for matrix in block.values()]
            whole += total(combined(blend, block, of_block, variances, rows), rows)
            for left_out, rest in others(block, of_block, {n: v[rows] for n, v in (variances or {}).items()}):
                place = names.index(left_out)
                without[place] = np.nan_to_num(without[place]) + total(rest, rows)
        self._names = names
        self._folds.append(
            _Fold(
                weight=float(np.sum(weight)),
                blend=whole / n_rows,
                alone=alone / n_rows,
                without=without / n_rows,
                weights=None if weights is None else np.array([weights[name] for name in names]),
                moments=_Moments.of(matrices, truth) if comparable else None,
            )
        )

    @property
    def score(self) -> float:
        """The blend's score over all folds."""
        return float(self._mean([np.array(fold.blend) for fold in self._folds]))

    def table(self) -> pd.DataFrame:
        """Return one line a member, the one that is missed most first.

        Returns:
            The columns ``member``, ``score`` (of the member alone), ``weight`` and ``weight_sd`` (mean and standard
            deviation over folds; NaN where the blend is no weighted sum, or there is one fold), ``correlation`` and
            ``error_correlation`` (means with the other members), ``without`` (the blend's score without the member;
            NaN where it is the only one, or has all the weight in a fold) and ``loss`` (by how much that is worse;
            below 0 the blend is better without).
        """
        without = self._mean([fold.without for fold in self._folds])
        weights = [fold.weights for fold in self._folds if fold.weights is not None]
        nothing = np.full(len(self._names), np.nan)
        weighted = len(weights) == len(self._folds)
        frame = pd.DataFrame(
            {
                "member": self._names,
                "score": self._mean([fold.alone for fold in self._folds]),
                "weight": self._mean(weights) if weighted else nothing,
                "weight_sd": np.std(weights, axis=0, ddof=1) if weighted and len(weights) > 1 else nothing,
                "correlation": mean_with_others(self.correlations("predictions")),
                "error_correlation": mean_with_others(self.correlations("errors")),
                "without": without,
                "loss": self._metric.as_loss(1.0) * (without - self.score),
            }
        )
        return frame.sort_values("loss", ascending=False, kind="stable").reset_index(drop=True)

    def correlations(self, of: Literal["predictions", "errors"] = "errors") -> pd.DataFrame:
        """Return Pearson's correlation between members, over all values of all folds by their weights.

        Args:
            of: Their predictions, or their errors: what those of two members have in common stays in any blend.

        Returns:
            (n_members, n_members), index and columns named by the members; NaN for a constant member, and where the
            metric does not compare values, so that members may differ in width.
        """
        moments = [fold.moments for fold in self._folds if fold.moments is not None]
        if len(moments) < len(self._folds):
            nothing = np.full((len(self._names), len(self._names)), np.nan)
            return pd.DataFrame(nothing, index=list(self._names), columns=list(self._names))
        products = self._mean([of_fold.products for of_fold in moments])
        means = self._mean([of_fold.means for of_fold in moments])
        # The products are those of errors e = p − y and of y; p = e + y.
        change = np.eye(len(means))
        change[:, -1] = 1.0
        if of == "predictions":
            of_members, means_of_members = change @ products @ change.T, means
        else:
            of_members, means_of_members = products, means - means[-1]
        return correlation_matrix(self._names, means_of_members[:-1], of_members[:-1, :-1])

    def _mean(self, values: Sequence[Doubles]) -> Doubles:
        """Return the mean over folds by their weights.

        Raises:
            InputError: No fold was added.
        """
        if not self._folds:
            raise InputError("contributions: no fold was added; call add for every fold first")
        return np.average(np.stack(values), axis=0, weights=[fold.weight for fold in self._folds])


@dataclass(frozen=True)
class _Moments:
    """Means over all values of a fold, with the members sorted by name and the targets after them.

    Attributes:
        products: (n_members + 1, n_members + 1) of products of errors, and of targets.
        means: (n_members + 1,) of predictions, and of targets.
    """

    products: Doubles
    means: Doubles

    @classmethod
    def of(cls, matrices: Mapping[str, Floats], truth: Floats) -> Self:
        measured = ~np.isnan(truth) if has_gaps(truth) else None
        n_values = truth.size if measured is None else int(measured.sum())
        products = RowGram.of(matrices, truth).products.sum(axis=0) / n_values
        return cls(products, column_means([*matrices.values(), truth], measured))


@dataclass(frozen=True)
class _Fold:
    """What is kept of a fold: means over its rows, with the members sorted by name."""

    weight: float
    blend: float
    alone: Doubles
    without: Doubles
    weights: Doubles | None
    moments: _Moments | None


def _leaving_out(
    blend: Blend, names: Sequence[str], weights: Mapping[str, float] | None, refit: Refit | None
) -> _Others:
    """Return what yields every member's name and the blend of the others.

    Raises:
        InputError: The blend has to be fitted again, and there is no ``refit``.
    """
    if len(names) < 2:
        return lambda block, groups, variances: iter(())
    if refit is None and weights is not None:
        given = weights
        return lambda block, groups, variances: _stretched(block, given)
    if refit is None and blend.learns:
        raise InputError(f"a {blend.kind!r} blend without one of its members has to be fitted again; pass refit")
    rests = {name: [other for other in names if other != name] for name in names}
    blends = {name: blend.without(name) if refit is None else refit(rest) for name, rest in rests.items()}

    def refitted(
        block: Mapping[str, Floats], groups: np.ndarray | None, variances: Mapping[str, Doubles]
    ) -> Iterator[tuple[str, Floats]]:
        for name, rest in rests.items():
            if (of_rest := blends[name]) is not None:
                yield name, combined(of_rest, {other: block[other] for other in rest}, groups, variances)

    return refitted


def _stretched(block: Mapping[str, Floats], weights: Mapping[str, float]) -> Iterator[tuple[str, Floats]]:
    """Yield the weighted sums without each member, stretched to all the weight; none where it had all of it."""
    whole, total = weighted_sum(block, weights), sum(weights.values())
    for name, weight in weights.items():
        left = sum(other for key, other in weights.items() if key != name)
        if left > 0:
            yield name, ((whole - weight * block[name].astype(np.float64)) * (total / left)).astype(np.float32)
