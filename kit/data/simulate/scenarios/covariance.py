"""Bags whose points differ in no mean: the toys with which set embeddings were first tried."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pandas as pd

from kit.arrays import Doubles
from kit.data.simulate.scenarios.base import Scenario

_CLASSES, _REPLICATES, _DRAWS = 10, 4, 10


@dataclass(frozen=True)
class ToyOfBags(Scenario):
    """Ten classes of four bags of points in two dimensions, drawn ten times; every draw is a fold of its own.

    Args:
        n_points: The points of a bag.
    """

    files: ClassVar[tuple[str, ...]] = ("bags.csv", "points.parquet")
    validated: ClassVar[frozenset[int]]
    """The classes that are searched; the others are trained on."""

    n_points: int = 800

    def tables(self, seed: int) -> Mapping[str, pd.DataFrame]:
        """Return the bags (draw, bag, class, side) and their points (draw, bag, x0, x1)."""
        bags, points = [], []
        for draw in range(_DRAWS):
            rng = np.random.RandomState(42 + seed * _DRAWS + draw)
            for label in range(_CLASSES):
                values = self._points_of(label, rng).reshape(_REPLICATES, self.n_points, 2)
                side = "validation" if label in self.validated else "train"
                for replicate in range(_REPLICATES):
                    bag = f"{label}-{replicate}"
                    bags.append({"draw": draw, "bag": bag, "class": label, "side": side})
                    part = pd.DataFrame(values[replicate], columns=["x0", "x1"], dtype=np.float32)
                    points.append(part.assign(draw=draw, bag=bag))
        return {"bags.csv": pd.DataFrame(bags), "points.parquet": pd.concat(points, ignore_index=True)}

    def describe(self, tables: Mapping[str, pd.DataFrame]) -> str:
        """Return the numbers of bags and points."""
        bags = tables["bags.csv"]
        return f"{len(bags)} bags of {self.n_points} points, {bags['class'].nunique()} classes in {_DRAWS} draws"

    @abstractmethod
    def _points_of(self, label: int, rng: np.random.RandomState) -> Doubles:
        """Return (4 × n_points, 2) points of a class."""

    def _drawn(self, rng: np.random.RandomState) -> Doubles:
        return np.asarray(rng.randn(_REPLICATES * self.n_points, 2))


@dataclass(frozen=True)
class CovarianceToy(ToyOfBags):
    """Classes that differ in the covariance of their points alone.

    A class is normal with a covariance of the same shape (eigenvalues 2.25 and 0.25), turned by another angle.

    Args:
        form: Points as they are drawn; each class standardised, which leaves its correlation; or sphered, class by
            class, which leaves what the regularization kept.
        regularization: Added to the eigenvalues of a class's covariance before it is sphered.

    Source: LearnCovarianceExperiment of the CytoSummaryNet authors (van Dijk et al. 2024).
    """

    validated: ClassVar[frozenset[int]] = frozenset({0, 4, 5, 7})

    form: Literal["plain", "standardised", "sphered"] = "plain"
    regularization: float = 0.0

    def _points_of(self, label: int, rng: np.random.RandomState) -> Doubles:
        angle = np.pi * label / _CLASSES
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        # Points are multiplied by this matrix, so that its square is their covariance.
        points: Doubles = self._drawn(rng) @ turn @ np.array([[1, 0.5], [0.5, 1]]) @ turn.T
        if self.form == "standardised":
            return _standardised(points)
        if self.form == "sphered":
            directions, sizes, _ = np.linalg.svd(np.cov(points.T))
            return np.asarray(points @ (directions / np.sqrt(sizes + self.regularization)) @ directions.T)
        return points


@dataclass(frozen=True)
class ThirdOrderToy(ToyOfBags):
    """Classes that differ in the shape of the distribution alone: x + s·x³ of normal x, standardised class by class.

    The strength s goes from −1 to 1 over the classes.

    Source: the supplement of CytoSummaryNet (van Dijk et al. 2024).
    """

    validated: ClassVar[frozenset[int]] = frozenset({6, 7, 8, 9})

    def _points_of(self, label: int, rng: np.random.RandomState) -> Doubles:
        points, strength = self._drawn(rng), np.linspace(-1, 1, _CLASSES)[label]
        return _standardised(points + strength * points**3)


def _standardised(points: Doubles) -> Doubles:
    return np.asarray((points - points.mean(axis=0)) / points.std(axis=0))
