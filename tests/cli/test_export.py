"""``kit export``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Finished, Kit


@pytest.mark.parametrize("form", ["bundle", "long"])
def test_a_run_in_another_form(finished: Finished, kit: Kit, tmp_path: Path, form: str) -> None:
    result = kit("export", finished.run, tmp_path / "made", "--as", form)
    assert result.code == 0, result.err
    assert f"of {finished.run.name}" in result.out
    assert list((tmp_path / "made").iterdir())
    again = kit("export", finished.run, tmp_path / "made", "--as", form)
    assert again.code == 2
    assert "is there already" in again.err


def test_a_block_is_named(finished: Finished, kit: Kit, tmp_path: Path) -> None:
    block = next(finished.run.glob("tasks/*/*/*/final/model/features/*")).name
    result = kit("export", finished.run, tmp_path / "made", "--as", "block", "--block", block)
    assert result.code == 0, result.err
    for options in (["block"], ["bundle", "--block", block], ["block", "--block", "none"]):
        wrong = kit("export", finished.run, tmp_path / "wrong", "--as", *options)
        assert wrong.code == 2
        assert "block" in wrong.err
        assert not (tmp_path / "wrong").exists()


def test_a_form_that_is_none(finished: Finished, kit: Kit, tmp_path: Path) -> None:
    assert kit("export", finished.run, tmp_path / "made", "--as", "zip").code == 2
