"""A run of the tiny competition, made in Python."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import kit
from tests.tiny import Tiny


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KIT_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.delenv("KIT_DATA", raising=False)
        yield


@pytest.fixture(scope="session")
def run(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> kit.Run:
    return kit.train(tiny.folder / "standard.yaml", out=tmp_path_factory.mktemp("runs"), progress=False)
