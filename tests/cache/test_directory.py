"""The directory of costly results."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit.cache import cache_directory


def test_the_directory_is_given_or_from_the_environment_or_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "from environment"))
    assert cache_directory(tmp_path) == cache_directory(str(tmp_path)) == tmp_path
    assert cache_directory() == tmp_path / "from environment"
    monkeypatch.delenv("KIT_CACHE")
    assert cache_directory().name == "kit"
