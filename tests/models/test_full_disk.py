"""On a full disk no library leaves a part of a model as if it were whole."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kit.models import MODELS

resource = pytest.importorskip("resource", reason="limits on files are POSIX's")

SMALL: dict[str, dict[str, Any]] = {
    "lightgbm": {"n_estimators": 3, "min_data_in_leaf": 2},
    "xgboost": {"n_estimators": 3},
    "xgboost_vector_leaf": {"n_estimators": 3},
    "catboost": {"iterations": 3},
    "mlp": {"n_epochs": 1, "hidden": (4,)},
}


@contextmanager
def files_no_larger_than(most: int) -> Iterator[None]:
    """Let no file of this process grow further: what a full disk is to a library that writes by itself."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("kind", SMALL)
def test_a_model_that_the_disk_cannot_hold_is_an_error(tmp_path: Path, kind: str) -> None:
    if kind == "mlp" and importlib.util.find_spec("torch") is None:
        pytest.skip("torch is not installed")
    rng = np.random.default_rng(0)
    X, Y = (rng.standard_normal((30, n)).astype(np.float32) for n in (4, 3))
    model = MODELS.get(kind)(**SMALL[kind]).fit(X, Y)
    model.save(tmp_path / "whole")
    largest = max(path.stat().st_size for path in (tmp_path / "whole" / "native").iterdir())
    with files_no_larger_than(largest - 1), pytest.raises(OSError, match=r"File too large|No space left"):
        model.save(tmp_path / "part")
