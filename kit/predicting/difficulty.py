"""How large the errors of a row are expected to be, from what is known of it before it is measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from kit.arrays import Doubles, Floats, Ints
from kit.config.schema import ColumnsConfig
from kit.predicting.support import parts_of_keys
from kit.sets import members_of

_PENALTIES = (*np.logspace(-2, 2, 9), np.inf)
"""Relative to the number of rows; without end, all rows are taken to be equally hard."""


@dataclass(frozen=True)
class Difficulty:
    """The logarithm of the size of a row's errors, as a ridge regression on a few numbers.

    Attributes:
        center: (n_inputs,) means of the inputs.
        scale: (n_inputs,) their standard deviations; 1 where an input does not vary.
        low: (n_inputs,) the least standardised value that was seen; new rows are drawn to it from below.
        high: (n_inputs,) the greatest.
        coefficients: (n_inputs + 1,) the intercept first.
    """

    center: Doubles
    scale: Doubles
    low: Doubles
    high: Doubles
    coefficients: Doubles

    @classmethod
    def fit(cls, X: Doubles, sizes: Doubles, units: Ints) -> tuple[Self, Doubles]:
        """Fit, with the penalty under which rows are best predicted by the other units'.

        Args:
            X: (n_rows, n_inputs) what is known of rows.
            sizes: (n_rows,) logarithms of the sizes of their errors.
            units: (n_rows,) what is left out together, numbered from 0.

        Returns:
            The regression on all rows, and (n_rows,) predictions of rows by the regression on all other units.
        """
        center, scale = X.mean(axis=0), X.std(axis=0)
        scale = np.where(scale > 1e-9, scale, 1.0)
        Z = (X - center) / scale
        design = np.column_stack([np.ones(len(Z)), Z])
        tried = [_left_out(design, sizes, units, penalty) for penalty in _PENALTIES]
        best = int(np.argmin([np.mean((left_out - sizes) ** 2) for left_out, _ in tried]))
        left_out, coefficients = tried[best]
        return cls(center, scale, Z.min(axis=0), Z.max(axis=0), coefficients), left_out

    def predict(self, X: Doubles) -> Doubles:
        """Return the (n_rows,) logarithms of the sizes that are expected of errors."""
        Z = np.clip((X - self.center) / self.scale, self.low, self.high)
        expected: Doubles = self.coefficients[0] + Z @ self.coefficients[1:]
        return expected


def _left_out(design: Doubles, sizes: Doubles, units: Ints, penalty: float) -> tuple[Doubles, Doubles]:
    """Return (n_rows,) predictions by ridge regressions on the other units, and the coefficients of that on all."""
    n_units, width = int(units.max()) + 1, design.shape[1]
    if np.isinf(penalty):
        totals, counts = np.bincount(units, sizes), np.bincount(units)
        means = (sizes.sum() - totals) / (len(sizes) - counts)
        return means[units], np.array([sizes.mean(), *np.zeros(width - 1)])
    products, sums = np.zeros((n_units, width, width)), np.zeros((n_units, width))
    np.add.at(products, units, design[:, :, None] * design[:, None, :])
    np.add.at(sums, units, design * sizes[:, None])
    ridge = np.diag([1e-9, *np.full(width - 1, penalty * len(sizes))])
    every = products.sum(axis=0) + ridge
    coefficients = np.linalg.solve(every - products, (sums.sum(axis=0) - sums)[:, :, None])[:, :, 0]
    return np.einsum("ij,ij->i", design, coefficients[units]), np.linalg.solve(every, sums.sum(axis=0))


def known_of(
    rows: pd.DataFrame, train: pd.DataFrame, columns: ColumnsConfig, predictions: Floats, expected: list[Doubles]
) -> Doubles:
    """Return what the difficulty of rows is told by.

    Args:
        rows: (n_rows, …) rows with the key columns and the group.
        train: (n_train, …) the training rows of the fit that predicts them.
        columns: What the columns mean.
        predictions: (n_rows, n_targets) predictions of the rows.
        expected: For each model that forecasts its own errors, (n_rows,) what it expects of the rows.

    Returns:
        (n_rows, n_inputs) logarithms: the size of the prediction (strong effects are hard to predict), the number of
        training rows that share each part of the key, and what models expect.
    """
    inputs = [np.log(np.sqrt(np.mean(np.square(predictions, dtype=np.float64), axis=1)) + 1e-9)]
    for name in parts_of_keys(columns):
        inputs.append(np.log1p(_sharing(rows[name].astype(str), train[name].astype(str), name in columns.sets)))
    inputs += [np.log(np.maximum(errors, 1e-9)) for errors in expected]
    return np.column_stack(inputs)


def _sharing(values: pd.Series, train: pd.Series, is_set: bool) -> Doubles:
    """Return for each row how many training rows share its value; of a set, the mean over its members."""
    split = members_of if is_set else lambda text: (text,)
    counts: dict[str, int] = {}
    for text, number in train.value_counts().items():
        for part in split(str(text)):
            counts[part] = counts.get(part, 0) + int(number)
    codes, different = pd.factorize(values)
    numbers = [float(np.mean([counts.get(part, 0) for part in split(text)] or [0])) for text in different]
    return np.asarray(numbers, dtype=np.float64)[codes]
