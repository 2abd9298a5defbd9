"""Bags that differ in the covariance of their points alone: the toy with which set embeddings were first tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pandas as pd

from kit.arrays import Doubles
from kit.data.simulate.scenarios.base import Scenario

_CLASSES, _REPLICATES, _DRAWS = 10, 4, 10
_VALIDATION = frozenset({0, 4, 5, 7})


@dataclass(frozen=True)
class CovarianceToy(Scenario):
    """Ten classes of four bags of points in two dimensions, drawn ten times.

    A class is normal with a covariance of the same shape (eigenvalues 2.25 and 0.25), turned by another angle. Classes
    0, 4, 5 and 7 are validated, the others are trained on; every draw is a fold of its own.

    Args:
        n_points: The points of a bag.
        form: Points as they are drawn; each class standardised, which leaves its correlation; or sphered, class by
            class, which leaves what the regularization kept.
        regularization: Added to the eigenvalues of a class's covariance before it is sphered.

    Source: LearnCovarianceExperiment of the CytoSummaryNet authors (van Dijk et al. 2024).
    """

    files: ClassVar[tuple[str, ...]] = ("bags.csv", "points.parquet")

    n_points: int = 800
    form: Literal["plain", "standardised", "sphered"] = "plain"
    regularization: float = 0.0

    def tables(self, seed: int) -> Mapping[str, pd.DataFrame]:
        """Return the bags (draw, bag, class, side) and their points (draw, bag, x0, x1)."""
        bags, points = [], []
        for draw in range(_DRAWS):
            rng = np.random.RandomState(42 + seed * _DRAWS + draw)
            for label in range(_CLASSES):
                values = self._points_of(np.pi * label / _CLASSES, rng).reshape(_REPLICATES, self.n_points, 2)
                side = "validation" if label in _VALIDATION else "train"
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

    def _points_of(self, angle: float, rng: np.random.RandomState) -> Doubles:
        """Return (4 × n_points, 2) points of a class."""
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        # Points are multiplied by this matrix, so that its square is their covariance.
        points: Doubles = rng.randn(_REPLICATES * self.n_points, 2) @ turn @ np.array([[1, 0.5], [0.5, 1]]) @ turn.T
        if self.form == "standardised":
            return np.asarray((points - points.mean(axis=0)) / points.std(axis=0))
        if self.form == "sphered":
            directions, sizes, _ = np.linalg.svd(np.cov(points.T))
            return np.asarray(points @ (directions / np.sqrt(sizes + self.regularization)) @ directions.T)
        return points
