from __future__ import annotations

import pandas as pd
import pytest

from kit.errors import InputError
from kit.splits import GivenSplit

ROWS = pd.DataFrame(
    {
        "side": ["train", "validation", "train", "neither", "validation", "train"],
        "draw": [1, 1, 2, 2, 2, 1],
    }
)


def test_folds_are_what_the_columns_say() -> None:
    [fold] = GivenSplit("side").folds(ROWS)
    assert (list(fold.train), list(fold.validation)) == ([0, 2, 5], [1, 4])
    first, second = GivenSplit("side", fold="draw").folds(ROWS)
    assert (first.name, list(first.train), list(first.validation)) == ("1", [0, 5], [1])
    assert (second.name, list(second.train), list(second.validation)) == ("2", [2], [4])
    assert first.weight == second.weight


def test_refuses_columns_that_mark_no_such_rows() -> None:
    with pytest.raises(InputError, match="no row of 'side' is 'test'; it has 'neither', 'train', 'validation'"):
        GivenSplit("side", validation="test").folds(ROWS)
    with pytest.raises(InputError, match="no row of 'side' is 'validation' in draw '1'"):
        GivenSplit("side", fold="draw").folds(ROWS.drop(index=1).reset_index(drop=True))
    with pytest.raises(InputError, match="no column 'half'"):
        GivenSplit("half").folds(ROWS)
