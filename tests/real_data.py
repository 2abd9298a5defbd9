"""Where the tests find real measurements, which the repository does not carry."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(os.environ.get("KIT_REAL_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))


def real_data(name: str) -> Path:
    """Return the folder of a real data set, or skip the test with the reason when it is not on this machine."""
    folder = ROOT / name
    if not folder.is_dir():
        pytest.skip(f"real data {name!r} is absent: {folder} does not exist (set KIT_REAL_DATA to where it lies)")
    return folder
