"""The directory of costly results, and the digest of a file."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from kit.cache import cache_directory, file_sha256


def test_the_directory_is_given_or_from_the_environment_or_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "from environment"))
    assert cache_directory(tmp_path) == cache_directory(str(tmp_path)) == tmp_path
    assert cache_directory() == tmp_path / "from environment"
    monkeypatch.delenv("KIT_CACHE")
    assert cache_directory().name == "kit"


def test_the_digest_is_of_the_content(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"content")
    assert file_sha256(tmp_path / "a") == hashlib.sha256(b"content").hexdigest()
