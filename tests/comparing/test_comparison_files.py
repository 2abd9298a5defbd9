from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from kit.comparing.candidates import Candidate
from kit.comparing.comparison import Comparison, compare
from kit.comparing.comparison_files import command_line, comparison_directory, save_comparison
from kit.errors import InputError
from kit.reports.comparison import make_tables
from tests.tiny import Tiny


def test_a_comparison_lies_beside_the_runs(tmp_path: Path) -> None:
    assert comparison_directory(tmp_path, "tiny", "a-vs-b") == tmp_path / "tiny" / "comparisons" / "a-vs-b"


@pytest.mark.parametrize("name", ["", "..", "a/b", ".hidden", "two words"])
def test_a_name_is_one_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="--name"):
        comparison_directory(tmp_path, "tiny", name)


def test_the_files_hold_the_tables_and_how_they_were_made(tiny: Tiny, tmp_path: Path) -> None:
    standard = tiny.standard("models.trees=null", "blend=mean")
    softer = tiny.standard("models.trees=null", "blend=mean", "models.ridge.params.penalty=1.0")
    candidates = [Candidate(name, (one,), tiny.read(one)) for name, one in (("ridge", standard), ("softer", softer))]
    found: Comparison = compare(candidates, tmp_path, 1)
    tables = make_tables(found.scores, found.runs, found.failures)
    directory = tmp_path / "tables"
    for _ in range(2):  # again over the first
        save_comparison(found, tables, directory, "kit compare a b")
    assert {path.name for path in directory.iterdir()} == {
        "comparison.md",
        "comparison.csv",
        "by_group.csv",
        "differences.csv",
        "comparison.json",
        "config.resolved.yaml",
        "scores_by_row.parquet",
    }
    saved = pd.read_csv(directory / "comparison.csv")
    pd.testing.assert_frame_equal(saved.drop(columns="runs"), tables.overall, check_dtype=False)
    runs = saved.set_index("member")["runs"]
    assert (tmp_path / "tiny" / "runs" / runs["ridge"]).is_dir()
    pd.testing.assert_frame_equal(pd.read_csv(directory / "differences.csv"), tables.differences)
    pd.testing.assert_frame_equal(pd.read_csv(directory / "by_group.csv"), tables.by_group)
    text = (directory / "comparison.md").read_text()
    for part in ("`kit compare a b`", "* machine: ", "* date: ", "numpy", "| softer | ridge |", "NK cells ("):
        assert part in text


def test_the_command_is_as_it_was_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["/some/where/kit", "compare", "a.yaml", "--set", "x={y: 1}"])
    assert command_line() == "kit compare a.yaml --set 'x={y: 1}'"
    monkeypatch.setattr("sys.argv", ["/some/where/kit/cli/main.py", "compare"])
    assert command_line() == "kit compare"
