"""One tiny checkpoint for all tests, and a cache of its own for each."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.features.language_model.tiny import tiny_checkpoint


@pytest.fixture(scope="session", autouse=True)
def extra() -> None:
    """Skip all where the extra is not installed."""
    for package in ("torch", "transformers"):
        pytest.importorskip(package, reason="language models need the extra `lm`")


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache of a test lies in its own folder, and no test may go to the network."""
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    return tmp_path / "cache"


@pytest.fixture(scope="session")
def tiny(extra: None) -> Path:
    """The shared checkpoint: not to be changed."""
    return Path(tiny_checkpoint())


@pytest.fixture
def copy(tiny: Path, tmp_path: Path) -> Path:
    """A copy of it, to be changed."""
    return Path(shutil.copytree(tiny, tmp_path / "model"))
