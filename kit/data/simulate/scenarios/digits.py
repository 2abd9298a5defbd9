"""Images of which few have labels: the handwritten digits that scikit-learn ships."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pandas as pd

from kit.data.simulate.scenarios.base import Scenario
from kit.data.simulate.streams import stream
from kit.errors import InputError


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
        sizes = (self.n_train, self.n_validation, self.n_draws)
        in_classes = images[images["digit"].isin(self.classes)]
        labelled = draw_labelled(in_classes, "digit", *sizes, seed, self.per_class)
        with_labels = labelled[labelled["side"] != "rest"]
        draws = with_labels.groupby("draw")["image"]
        others = [images[~images["image"].isin(own)].assign(draw=draw) for draw, own in draws]
        unlabelled = pd.concat(others, ignore_index=True) if self.unlabelled == "others" else images
        return {
            "train.parquet": labelled,
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


def draw_labelled(
    images: pd.DataFrame,
    label: str,
    n_train: int,
    n_validation: int,
    n_draws: int,
    seed: int,
    per_class: bool = False,
) -> pd.DataFrame:
    """Return images once for every draw, with the columns ``draw`` and ``side``: train, validation or rest.

    Args:
        images: (n_images, …) images that have a label.
        label: Its column.
        n_train: The images of a draw that are trained on.
        n_validation: Those that are validated; the others are the rest.
        n_draws: How often they are drawn.
        seed: Of the draws.
        per_class: Whether as many images of every class are trained on.

    Raises:
        InputError: There are fewer images.
    """
    if n_train + n_validation > len(images):
        raise InputError(
            f"{n_train} images to train on and {n_validation} to validate are more than the {len(images)} with a label"
        )
    side = np.repeat(["train", "validation", "rest"], [n_train, n_validation, len(images) - n_train - n_validation])
    drawn = []
    for draw in range(n_draws):
        own = images.iloc[stream(seed, f"draw {draw}").permutation(len(images))]
        if per_class:
            # The first of every class, the second of every class, and so on.
            own = own.iloc[np.argsort(own.groupby(label).cumcount().to_numpy(), kind="stable")]
        drawn.append(own.assign(draw=draw, side=side))
    found = pd.concat(drawn, ignore_index=True)
    return found[["draw", *images.columns, "side"]]
