from __future__ import annotations

import json
from pathlib import Path

from kit.training.run_table import COLUMNS, run_table


def test_what_set_changed_is_read_from_the_command(tmp_path: Path) -> None:
    for number, argv in enumerate((["kit", "train", "r.yaml"], ["kit", "train", "--set", "a=1", "--set=b=2"])):
        run = tmp_path / "demo" / "runs" / f"r-{number}"
        run.mkdir(parents=True)
        (run / "manifest.json").write_text(json.dumps({"argv": argv, "started": f"2026-01-0{number + 1}T10:00:00"}))
    table = run_table(tmp_path)
    assert list(table["run"]) == ["r-1", "r-0"]
    assert list(table["set"]) == ["a=1 b=2", ""]
    assert list(table["started"]) == ["2026-01-02 10:00", "2026-01-01 10:00"]


def test_a_folder_without_runs_gives_an_empty_table(tmp_path: Path) -> None:
    assert list(run_table(tmp_path).columns) == list(COLUMNS)
    assert run_table(tmp_path / "nowhere").empty
