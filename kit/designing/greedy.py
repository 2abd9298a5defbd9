"""Choosing rows to measure, one after another, by what they tell of the rows that are wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from kit.arrays import Doubles, Ints
from kit.models.base import JointForecast


@dataclass
class Outlook:
    """What is expected of the wanted rows while rows are measured.

    Given the covariance, what a measurement does to the expected errors does not depend on what is measured: errors of
    the others fall by cov(j, i)² / (var(i) + noise(i)). (The A-optimal design of a Gaussian process; Krause, Singh &
    Guestrin, JMLR 9, 2008, discuss its greedy choice.)

    Attributes:
        signal: (n_rows, n_rows) covariance of the errors in the rows' signal, given what was measured so far.
        noise: (n_rows,) variance of the noise of a measurement.
        wanted: (n_rows,) which rows are still to be predicted.
    """

    signal: Doubles
    noise: Doubles
    wanted: np.ndarray

    @classmethod
    def of(cls, forecast: JointForecast, wanted: np.ndarray) -> Self:
        """Return the outlook before anything is measured."""
        return cls(forecast.signal.copy(), forecast.noise, wanted.copy())

    def gains(self) -> Doubles:
        """Return, for each row, by how much measuring it lowers the summed squared errors of the other wanted rows."""
        variances = np.maximum(np.diagonal(self.signal), 0)
        squares = np.square(self.signal)
        told = squares[:, self.wanted].sum(axis=1) - np.where(self.wanted, np.diagonal(squares), 0)
        gains: Doubles = told / (variances + self.noise)
        return gains

    def measure(self, row: int) -> None:
        """Take a row as measured: it is wanted no longer, and the covariance is what remains given it."""
        told = self.signal[row].copy()
        self.signal -= np.outer(told, told) / (max(told[row], 0) + self.noise[row])
        self.wanted[row] = False

    def errors(self, rows: np.ndarray) -> Doubles:
        """Return the expected root mean squared errors of predictions of some rows, noise included."""
        errors: Doubles = np.sqrt(np.maximum(np.diagonal(self.signal), 0) + self.noise)[rows]
        return errors


@dataclass(frozen=True)
class Choice:
    """Rows to measure.

    Attributes:
        rows: (n_chosen,) their positions, in the order in which they are chosen.
        gains: (n_chosen,) by how much each, after those before it, lowers the summed expected squared error of the
            wanted rows that are not measured themselves.
        before: The mean expected root mean squared error of the wanted rows that remain, before any is measured.
        after: The same after all are measured.
    """

    rows: Ints
    gains: Doubles
    before: float
    after: float


def choose(forecasts: Sequence[JointForecast], wanted: np.ndarray, candidates: np.ndarray, n: int) -> Choice:
    """Choose rows greedily: each is the one that gains most after those before it, on average over forecasts.

    Args:
        forecasts: Joint forecasts of the same rows by one or several models.
        wanted: (n_rows,) which rows are to be predicted.
        candidates: (n_rows,) which rows may be measured; at least ``n``.
        n: The number of rows to choose.
    """
    outlooks = [Outlook.of(forecast, wanted) for forecast in forecasts]
    open_rows, chosen, gains = candidates.copy(), [], []
    for _ in range(n):
        gained = np.mean([outlook.gains() for outlook in outlooks], axis=0)
        best = int(np.argmax(np.where(open_rows, gained, -np.inf)))
        chosen.append(best)
        gains.append(gained[best])
        open_rows[best] = False
        for outlook in outlooks:
            outlook.measure(best)
    return _choice(forecasts, outlooks, chosen, gains)


def measure(forecasts: Sequence[JointForecast], wanted: np.ndarray, rows: Sequence[int]) -> Choice:
    """Return what measuring given rows, in their order, gains; see `choose`."""
    outlooks, gains = [Outlook.of(forecast, wanted) for forecast in forecasts], []
    for row in rows:
        gains.append(np.mean([outlook.gains()[row] for outlook in outlooks]))
        for outlook in outlooks:
            outlook.measure(row)
    return _choice(forecasts, outlooks, rows, gains)


def _choice(
    forecasts: Sequence[JointForecast], outlooks: Sequence[Outlook], rows: Sequence[int], gains: Sequence[float]
) -> Choice:
    remain = outlooks[0].wanted
    if not remain.any():
        return Choice(np.array(rows), np.array(gains), 0.0, 0.0)
    before = np.mean([Outlook.of(forecast, remain).errors(remain) for forecast in forecasts])
    after = np.mean([outlook.errors(remain) for outlook in outlooks])
    return Choice(np.array(rows), np.array(gains), float(before), float(after))
