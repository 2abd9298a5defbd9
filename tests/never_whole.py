"""A matrix that may be read in blocks of rows alone, as one has to be that is larger than memory."""

from __future__ import annotations

from typing import Any

import numpy as np


class NeverWhole:
    """Stands for a matrix; reading more than some rows at a time fails the test.

    Args:
        values: The matrix.
        most: How many rows may be read at a time.
    """

    def __init__(self, values: np.ndarray, most: int) -> None:
        self._values, self._most = values, most
        self.shape, self.dtype, self.ndim, self.size = values.shape, values.dtype, values.ndim, values.size

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, key: Any) -> Any:
        found = self._values[key]
        assert np.ndim(found) < 2 or len(found) <= self._most, f"{len(found)} rows are read at a time"
        return found

    def __array__(self, *args: Any, **kwargs: Any) -> np.ndarray:
        raise AssertionError("the matrix is read whole")
