"""Images of which few have labels: the handwritten digits that scikit-learn ships."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pandas as pd

from kit.data.simulate.scenarios.base import Scenario
from kit.data.simulate.streams import stream


@dataclass(frozen=True)
class Digits(Scenario):
    """Some images of some classes have labels, drawn several times; all others teach without labels.

    Args:
        classes: The digits whose images are labelled.
        n_train: The labelled images of a draw that are trained on.
        n_validation: Those that are validated. The other images of these classes are on the side ``rest``.
        n_draws: How often they are drawn.
        per_class: Whether as many images of every class are trained on (``n_train`` is a multiple of their number).
        unlabelled: Which images teach without labels: in each draw the "others" of all ten digits, which have no
            label in it; or "all" images, once for all draws.

    Source: the digits of UCI (Alpaydin & Kaynak 1998), 1,797 images of 8 × 8 pixels with values from 0 to 16.
    """

    files: ClassVar[tuple[str, ...]] = ("train.parquet", "unlabelled.parquet")

    classes: tuple[int, ...] = (3, 5, 8)
    n_train: int = 45
    n_validation: int = 15
    n_draws: int = 10
    per_class: bool = False
    unlabelled: Literal["others", "all"] = "others"

    def tables(self, seed: int) -> Mapping[str, pd.DataFrame]:
        """Return the labelled images (draw, image, digit, side, p00 to p63), and the unlabelled ones, without digit."""
        from sklearn.datasets import load_digits

        found = load_digits()
        pixels = pd.DataFrame(found.data.astype(np.uint8), columns=[f"p{place:02d}" for place in range(64)])
        names = [f"image {number:04d}" for number in range(len(pixels))]
        images = pd.concat([pd.DataFrame({"image": names, "digit": found.target}), pixels], axis=1)
        labelled, others = [], []
        in_classes = np.flatnonzero(np.isin(found.target, self.classes))
        for draw in range(self.n_draws):
            order = stream(seed, f"draw {draw}").permutation(in_classes)
            if self.per_class:
                # The first of every class, the second of every class, and so on.
                turn = pd.Series(found.target[order]).groupby(found.target[order]).cumcount().to_numpy()
                order = order[np.argsort(turn, kind="stable")]
            side = np.repeat("rest", len(order)).astype(object)
            side[: self.n_train] = "train"
            side[self.n_train : self.n_train + self.n_validation] = "validation"
            drawn = images.iloc[order].assign(side=side)
            drawn.insert(0, "draw", draw)
            labelled.append(drawn)
            without = np.setdiff1d(np.arange(len(images)), order[: self.n_train + self.n_validation])
            others.append(images.iloc[without].assign(draw=draw))
        unlabelled = pd.concat(others, ignore_index=True) if self.unlabelled == "others" else images
        return {
            "train.parquet": pd.concat(labelled, ignore_index=True),
            "unlabelled.parquet": unlabelled.drop(columns="digit").reset_index(drop=True),
        }

    def describe(self, tables: Mapping[str, pd.DataFrame]) -> str:
        """Return the numbers of images."""
        sides = tables["train.parquet"]["side"].value_counts() // self.n_draws
        n_unlabelled = len(tables["unlabelled.parquet"]) // (self.n_draws if self.unlabelled == "others" else 1)
        return (
            f"{self.n_draws} draws of {sides['train']} labelled images of {len(self.classes)} digits, "
            f"{sides.get('validation', 0)} validated, {sides['rest']} more of these digits, {n_unlabelled} unlabelled"
        )
