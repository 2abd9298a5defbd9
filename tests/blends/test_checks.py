from __future__ import annotations

import numpy as np
import pytest

from kit.blends.checks import checked, row_blocks
from kit.errors import InputError


def test_sorts_by_name() -> None:
    A = np.zeros((2, 3), dtype=np.float32)
    assert list(checked({"b": A, "a": A})) == ["a", "b"]


def test_refuses_nothing_and_shapes_that_disagree() -> None:
    A = np.zeros((2, 3), dtype=np.float32)
    with pytest.raises(InputError, match="nothing to blend"):
        checked({})
    with pytest.raises(InputError, match=r"'a' has shape \(2, 3\), 'b' has \(1, 3\)"):
        checked({"a": A, "b": A[:1]})
    with pytest.raises(InputError, match=r"predictions\['a'\].*finite"):
        checked({"a": A + np.nan})


def test_row_blocks_cover_every_row_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kit.arrays.BLOCK_ELEMENTS", 14)
    A = np.zeros((5, 3), dtype=np.float32)
    blocks = list(row_blocks({"a": A, "b": A}))
    assert [(block.start, block.stop) for block in blocks] == [(0, 2), (2, 4), (4, 5)]
