from __future__ import annotations

import sys
from pathlib import Path

import pytest

from kit.data import Competition
from kit.tuning import TuneOptions, tune
from tests.tuning.conftest import MakeSearch
from tests.tuning.observing import Notes


def test_without_matplotlib_there_is_a_note_and_no_error(
    make_search: MakeSearch, competition: Competition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    observer = Notes()
    result = tune(make_search(), competition, tmp_path / "out", TuneOptions(2), observer)
    assert any("no pictures without matplotlib" in text and "pip install matplotlib" in text for text in observer.notes)
    assert not list(result.directory.glob("*.png"))
    assert result.output.is_file()
