"""A competition of two measured and two rare cell types, small enough to be trained in half a second."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from threadpoolctl import threadpool_limits

from kit.training.train import RunResult
from tests.tiny import Tiny, make_tiny

# A page takes a second: commands write it where a test asks for it (--report).
os.environ["KIT_REPORT"] = "0"
# Tests count and time fits: none is taken from another test's run (tests/training/fitting/test_kept_fits.py).
os.environ["KIT_CACHE_FITS"] = "0"


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave the modules beside the tests to the tests that import them: one of them makes the kit leak on import."""
    return True if collection_path.suffix == ".py" and not collection_path.name.startswith(("test_", "_")) else None


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    """The competition's folder; tests write their recipes and runs elsewhere."""
    return make_tiny(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def finished(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    """A finished run of the standard recipe, for tests that only look at it."""
    return tiny.train(tmp_path_factory.mktemp("finished"))


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Keep the tests' own products of matrices to one thread, as a task's are."""
    with threadpool_limits(1):
        yield
