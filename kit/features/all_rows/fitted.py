"""Any block, fitted on all rows there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Floats
from kit.features.all_rows.base import OfAllRows
from kit.features.base import FEATURES


@FEATURES.register("fitted_on_all_rows")
@dataclass(eq=False, repr=False)
class FittedOnAllRows(OfAllRows):
    """Another block, fitted on training, test and unlabelled rows: a scale, principal components, ranks.

    What it learns of features then rests on all rows there are, not on the few with labels. Labels are never read. It
    is fitted on the test rows too, so that other test rows make other features.

    Args:
        of: The block; it must not read targets.
        use_train: Whether it is fitted on the training rows.
        use_test: Whether it is fitted on the test rows.
        unlabelled: A .csv, .csv.gz or .parquet file of more rows, with the columns that ``of`` reads, besides the
            competition's own (``data.unlabelled``).
        within: Columns in which a test row or an unlabelled one must agree with a training row to be used.
        test_rows: The test table; only `fit` reads it.
        unlabelled_rows: The competition's table of rows without labels; only `fit` reads it.

    Attributes:
        block_: The fitted block.
        n_rows_: The number of rows it was fitted on.
    """

    def fit(self, rows: pd.DataFrame, Y: Floats | None = None) -> Self:
        """Fit the block on all rows; Y is not read.

        Raises:
            InputError: A table lacks a column.
            ParameterError: A parameter is wrong, or the block reads targets.
        """
        self.check_parameters()
        self.block_, union = self._fitted(self.of, rows)
        self.n_rows_ = len(union)
        return self

    def transform(self, rows: pd.DataFrame) -> Floats:
        """Return the block's (n_rows, n_features) float32 features."""
        check_is_fitted(self, "block_")
        return self.block_.transform(rows)

    def expected_features(self, rows: pd.DataFrame) -> int | None:
        """Return the block's number of features, where that does not go by the number of training rows."""
        width = self.of.expected_features(rows)
        return None if width == len(rows) else width

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return the block's names."""
        check_is_fitted(self, "block_")
        return self.block_.get_feature_names_out()
