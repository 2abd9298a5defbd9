from __future__ import annotations

import sys
from contextlib import suppress

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from kit.threads import one_thread, one_torch_thread
from tests.extras import needs_torch


def numbers() -> set[int]:
    return {pool["num_threads"] for pool in threadpool_info()}


def test_pools_are_limited_and_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "torch", raising=False)  # it is not imported for this
    np.ones((2, 2)) @ np.ones((2, 2))
    with threadpool_limits(2):
        before = numbers()
        with one_thread():
            assert numbers() == {1}
            assert "torch" not in sys.modules
        assert numbers() == before


@needs_torch
@pytest.mark.parametrize("limit", [one_thread, one_torch_thread])
def test_torch_is_limited_and_let_go_also_by_an_error(limit: type) -> None:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        with suppress(ZeroDivisionError), limit():
            assert torch.get_num_threads() == 1
            raise ZeroDivisionError
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)
