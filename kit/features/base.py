"""Base class of feature builders."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self

import numpy as np
import pandas as pd

from kit.arrays import Floats
from kit.features.columns import check_columns
from kit.plugins import Plugin, Registry

FEATURES: Registry[FeatureBuilder] = Registry("feature", "kit.features")


class Projector(Protocol):
    """A fitted linear map from targets to a few coordinates: the part of a target transform that builders use."""

    def project(self, Y: Floats) -> Floats:
        """Map (n, n_targets) to (n, n_components), without any centring."""
        ...


class FeatureBuilder(Plugin):
    """Turns rows (keys and metadata) into numbers.

    ``fit`` sees the training rows and their targets; ``transform`` treats every row as a new one. Where the training
    rows' own targets must not leak into their features, ``fit_transform`` differs from ``fit(...).transform(...)``:
    it is what training uses.

    Attributes:
        uses_targets: Whether ``fit`` reads Y.
        passes_gaps: Whether its features may be NaN, where a value is missing; for models that take such.
        inner_reads_rows: Whether builders inside it are given the rows; else they are given a table of its own.
    """

    uses_targets: ClassVar[bool] = False
    passes_gaps: ClassVar[bool] = False
    inner_reads_rows: ClassVar[bool] = True

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's description: a transformer of data frames, which names columns and no positions."""
        from sklearn.utils import TransformerTags

        tags = super().__sklearn_tags__()
        tags.transformer_tags = TransformerTags(preserves_dtype=[])
        tags.input_tags.two_d_array, tags.input_tags.string = False, True
        return tags

    @abstractmethod
    def fit(self, rows: pd.DataFrame, Y: Floats | None = None) -> Self:
        """Learn from the training rows.

        Args:
            rows: (n_rows, …) keys and metadata.
            Y: (n_rows, n_targets) float32 targets; builders that do not use targets accept None.
        """

    @abstractmethod
    def transform(self, rows: pd.DataFrame) -> Floats:
        """Return the (n_rows, n_features) float32 features of rows, each treated as new."""

    def fit_transform(self, rows: pd.DataFrame, Y: Floats | None = None) -> Floats:
        """Fit and return the training rows' features, free of their own targets."""
        return self.fit(rows, Y).transform(rows)

    def check_rows(self, rows: pd.DataFrame, fitting: bool = True) -> None:
        """Check what can be known of rows without fitting; done with whole tables before the first fit.

        Args:
            rows: (n_rows, …) keys and metadata.
            fitting: Whether the builder will be fitted on them, or only transform them.

        Raises:
            InputError: `fit` or `transform` would refuse them.
        """
        check_columns(self, rows, fitting)

    def content_files(self) -> list[Path]:
        """Return the files whose bytes decide what the builder computes, besides its parameters and the rows.

        Raises:
            InputError: A file that is needed is not there.
        """
        return []

    def expected_features(self, rows: pd.DataFrame) -> int | None:
        """Return the number of features without fitting, where that is known; for `kit train --dry-run`.

        Builders whose `fit` is slow should know it; the others are fitted on a few targets to find out.
        """
        return None

    def estimate_memory(self, rows: pd.DataFrame) -> float:
        """Return roughly the bytes of matrices of pairs of rows, or of compounds, that `fit` or `transform` holds.

        Before a run starts, a block for which the machine is too small is refused. 0 where there are none.
        """
        return 0.0

    def estimate_seconds(self, rows: pd.DataFrame) -> float:
        """Return roughly the CPU seconds in which `fit` compares pairs of compounds, or of rows; 0 where it does not.

        They grow with the square of the compounds. Before a run starts, a user is warned of a block that takes long.
        """
        return 0.0

    @property
    def for_many_rows(self) -> str:
        """What a recipe should have instead of a block that needs too much memory or time."""
        return f"leave out the block, or give {self.kind} fewer rows"

    def start_layers(self) -> list[tuple[Floats, Floats]]:
        """Return the fitted layers from which a network on these features may start; none by default.

        Returns:
            (n_inputs, n_outputs) weights and (n_outputs,) biases of rectified layers, the first one on the features.
        """
        return []

    @abstractmethod
    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return the (n_features,) names of the columns."""


def reading_rows(builder: FeatureBuilder) -> Iterator[FeatureBuilder]:
    """Yield a builder, and those inside it that are given the same rows, at any depth."""
    yield builder
    if builder.inner_reads_rows:
        for value in vars(builder).values():
            for item in value if isinstance(value, (list, tuple)) else [value]:
                if isinstance(item, FeatureBuilder):
                    yield from reading_rows(item)
