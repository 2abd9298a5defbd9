from __future__ import annotations

from pathlib import Path

import pytest

from kit.config import shipped
from kit.config.shipped import COMPETITION, shipped_folder


def test_a_clone_has_them_among_its_competitions() -> None:
    folder = shipped_folder()
    assert folder.parts[-2:] == ("competitions", "open_problems")
    assert (folder / COMPETITION).is_file()


def test_an_installed_package_has_them_inside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shipped, "__file__", str(tmp_path / "site-packages" / "kit" / "config" / "shipped.py"))
    inside = tmp_path / "site-packages" / "kit" / "recipes"
    inside.mkdir(parents=True)
    assert shipped_folder() == inside
