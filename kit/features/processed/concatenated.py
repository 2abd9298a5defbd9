"""Several feature blocks joined into one."""

from __future__ import annotations

from typing import Annotated, Self

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Floats
from kit.errors import ParameterError
from kit.features.base import FEATURES, FeatureBuilder
from kit.features.processed.base import fresh_builder
from kit.plugins import PluginOf


@FEATURES.register("concatenated")
class Concatenated(FeatureBuilder):
    """The features of several blocks side by side, as one block: to scale, reduce or compare them together.

    Args:
        of: The blocks, one at least; they are cloned.

    Attributes:
        of_: The fitted clones.
    """

    def __init__(self, of: Annotated[list[FeatureBuilder], PluginOf("feature")]) -> None:
        self.of = of

    @property
    def uses_targets(self) -> bool:  # type: ignore[override]
        """Whether one of the blocks reads Y."""
        return any(builder.uses_targets for builder in self.of)

    @property
    def allow_nan_targets(self) -> bool:  # type: ignore[override]
        """Whether every block that reads targets takes them with gaps."""
        return all(builder.allow_nan_targets or not builder.uses_targets for builder in self.of)

    @property
    def passes_gaps(self) -> bool:  # type: ignore[override]
        """Whether one of the blocks passes gaps on."""
        return any(builder.passes_gaps for builder in self.of)

    def check_parameters(self) -> None:
        """Check that there is a block.

        Raises:
            ParameterError: ``of`` is no list or an empty one.
        """
        super().check_parameters()
        if not isinstance(self.of, (list, tuple)) or not self.of:
            raise ParameterError(f"concatenated: of must be a list of feature builders, one at least, got {self.of!r}")

    def expected_features(self, rows: pd.DataFrame) -> int | None:
        """Return the sum of the blocks' numbers of features, where they all know theirs."""
        widths = [builder.expected_features(rows) for builder in self.of]
        known = [width for width in widths if width is not None]
        return sum(known) if len(known) == len(widths) else None

    def fit(self, rows: pd.DataFrame, Y: Floats | None = None) -> Self:
        """Fit a clone of each block."""
        for builder in self._clone_blocks():
            builder.fit(rows, Y)
        return self

    def fit_transform(self, rows: pd.DataFrame, Y: Floats | None = None) -> Floats:
        """Fit a clone of each block and return the training rows' features of all, free of their own targets."""
        return np.hstack([builder.fit_transform(rows, Y) for builder in self._clone_blocks()])

    def transform(self, rows: pd.DataFrame) -> Floats:
        """Return the (n_rows, n_features) float32 features of all blocks, in their order."""
        check_is_fitted(self)
        return np.hstack([builder.transform(rows) for builder in self.of_])

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return the blocks' names; where two are the same, all get their block's place in front (``2/dose``)."""
        check_is_fitted(self)
        names = [builder.get_feature_names_out() for builder in self.of_]
        together = np.concatenate(names)
        if len(set(together)) == len(together):
            return together
        return np.asarray([f"{place}/{name}" for place, of in enumerate(names, 1) for name in of], dtype=str)

    def _clone_blocks(self) -> list[FeatureBuilder]:
        self.check_parameters()
        self.of_ = [fresh_builder(self, f"of[{place}]", builder) for place, builder in enumerate(self.of)]
        return self.of_
