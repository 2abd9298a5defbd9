"""Data frames read as tables are."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kit.config.schema import SetConfig
from kit.data.tables.frame_table import FrameTable
from kit.data.tables.set_table import with_sets

FRAME = pd.DataFrame({"a": [1.0, 2.5, None], "b": ["x", None, "y"], "dose": [10, 20, 30]}, index=[7, 8, 9])


def test_values_are_read_as_from_a_file() -> None:
    table = FrameTable(FRAME, "rows")
    expected = pd.DataFrame({"dose": ["10", "20", "30"], "a": ["1", "2.5", None], "b": ["x", None, "y"]}, dtype=object)
    pd.testing.assert_frame_equal(table.frame(["dose", "a", "b"]), expected)
    pd.testing.assert_frame_equal(pd.concat(table.frames(["dose", "a", "b"], 2)), expected)
    values, texts = table.matrix(["dose", "a"])
    np.testing.assert_array_equal(values, np.array([[10, 1], [20, 2.5], [30, np.nan]], np.float32))
    assert not texts
    _, [text] = table.matrix(["b"])
    assert (text.row, text.column, text.value) == (0, "b", "x")


def test_sets_are_made_in_blocks_too() -> None:
    frame = pd.DataFrame({"one": list("baca"), "other": ["a", "c", None, "b"], "cell": list("wxyz")})
    table = with_sets(FrameTable(frame, "rows"), {"pair": SetConfig(columns=["one", "other"])})
    assert table.frame(["pair"])["pair"].tolist() == ["a + b", "a + c", "c", "a + b"]
    pd.testing.assert_frame_equal(pd.concat(table.frames(["cell", "pair"], 3)), table.frame(["cell", "pair"]))
