"""Augmentation: changed copies of training rows, made after the features and before the model."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Ge, Gt, Le

from kit.arrays import Floats, Ints, as_matrix
from kit.plugins import Plugin, Registry, Supplied

AUGMENTERS: Registry[Augmenter] = Registry("augmenter", "kit.augmenters")


class Augmenter(Plugin):
    """Makes changed copies of training rows; validation and test rows are never touched."""

    @abstractmethod
    def augment(self, X: Floats) -> tuple[Floats, Ints]:
        """Return (n_copies, n_features) new rows, and the position of the training row that each was made of.

        A copy has the targets of the row it was made of.

        Args:
            X: (n_rows, n_features) float32 features of the training rows.
        """


@AUGMENTERS.register("mask")
@dataclass(eq=False, repr=False)
class Mask(Augmenter):
    """Copies of every training row in which a share of the features is set to zero (the first place's 30 %).

    The first place of the 2023 competition added one such copy of each row, masked once before training, not anew in
    every epoch. One-hot columns and target encodings are masked alike.

    Args:
        share: The probability of each value to be masked, in (0, 1].
        copies: Copies of each row.
        random_state: Seed of the masks.
    """

    share: Annotated[float, Gt(0), Le(1)] = 0.3
    copies: Annotated[int, Ge(1)] = 1
    random_state: Annotated[int | None, Supplied("the recipe's seed")] = None

    def augment(self, X: Floats) -> tuple[Floats, Ints]:
        """Return masked copies, all rows once, then all again."""
        self.check_parameters()
        X = as_matrix(X, "X")
        index = np.tile(np.arange(len(X)), self.copies)
        rng = np.random.default_rng(self.random_state)
        return np.where(rng.random((len(index), X.shape[1])) < self.share, np.float32(0), X[index]), index


@AUGMENTERS.register("noise")
@dataclass(eq=False, repr=False)
class Noise(Augmenter):
    """Copies of every training row with Gaussian noise on the features, in units of each feature's spread.

    Args:
        scale: The noise's standard deviation, as a multiple of the feature's over the training rows, above 0.
        copies: Copies of each row.
        random_state: Seed of the noise.
    """

    scale: Annotated[float, Gt(0)] = 0.1
    copies: Annotated[int, Ge(1)] = 1
    random_state: Annotated[int | None, Supplied("the recipe's seed")] = None

    def augment(self, X: Floats) -> tuple[Floats, Ints]:
        """Return noisy copies, all rows once, then all again; constant features stay as they are."""
        self.check_parameters()
        X = as_matrix(X, "X")
        index = np.tile(np.arange(len(X)), self.copies)
        noise = np.random.default_rng(self.random_state).standard_normal((len(index), X.shape[1]), dtype=np.float32)
        return X[index] + noise * (np.float32(self.scale) * X.std(axis=0)), index
