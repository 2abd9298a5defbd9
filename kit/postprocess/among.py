"""Predictions of some classes alone, where a model has learnt others beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Self

import numpy as np
import pandas as pd
from annotated_types import MinLen
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Floats, as_matrix
from kit.classes import shares_of
from kit.errors import InputError
from kit.plugins import CLASSIFICATION, ColumnOf
from kit.postprocess.base import POSTPROCESSORS
from kit.postprocess.rows import RowsPostprocessor
from kit.values import canonical_texts


@POSTPROCESSORS.register("among")
@dataclass(eq=False, repr=False)
class Among(RowsPostprocessor):
    """Leaves the classes that training rows of a kind have; others get 0, a row is divided by its sum.

    For classes that are learnt beside those to predict, such as controls that no row to predict is.

    Args:
        column: The column of the training rows that says of what kind a row is.
        values: Its values for rows whose classes stay.

    Attributes:
        among_: (n_classes,) whether a class stays.
    """

    problems: ClassVar[frozenset[str]] = frozenset({CLASSIFICATION})

    column: Annotated[str, ColumnOf("label", fitting=True)]
    values: Annotated[list[str], MinLen(1)]

    @property
    def batch_of(self) -> list[str]:
        """No columns: every row is by itself."""
        return []

    def fit(self, Y: Floats, rows: pd.DataFrame | None = None) -> Self:
        """Find the classes of the rows of that kind.

        Args:
            Y: (n_rows, n_classes) with one 1 a row and zeros.
            rows: (n_rows, …) the training rows.

        Raises:
            InputError: There are no rows, or none of that kind.
        """
        self.check_parameters()
        Y = as_matrix(Y, "Y")
        kinds = canonical_texts(self.check_rows(rows, len(Y))[self.column])
        of_kind = np.array([kind in self.values for kind in kinds])
        if not of_kind.any():
            found = ", ".join(sorted({repr(kind) for kind in kinds})[:5])
            raise InputError(f"{self.kind}: no row has {self.column!r} among {self.values}; the rows have {found}")
        self.among_: np.ndarray = Y[of_kind].any(axis=0)
        return self

    def transform(self, predictions: Floats, rows: pd.DataFrame | None = None) -> Floats:
        """Return the (n, n_classes) probabilities of the classes that stay; the rows are not read.

        Raises:
            InputError: The predictions are not finite or have another number of classes.
        """
        check_is_fitted(self, "among_")
        scores = as_matrix(predictions, "predictions", n_columns=len(self.among_)).astype(np.float64)
        shares = np.zeros(scores.shape, dtype=np.float32)
        shares[:, self.among_] = shares_of(scores[:, self.among_])
        return shares
