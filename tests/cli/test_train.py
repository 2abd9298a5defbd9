"""``kit train``."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from kit.models.base import MODELS
from kit.targets.base import TARGETS
from kit.training.fitting.fit_task import run_job
from tests.cli.conftest import Finished, Kit, is_wrong_input

FLOORS = ("zeros", "mean", "per cell_type", "per sm_name", "additive")


def test_a_recipe_ends_in_a_checked_submission(finished: Finished, kit: Kit, tiny: Path) -> None:
    lines = finished.result.out.splitlines()
    assert lines[0] == "tiny: linear"
    assert len(lines) <= 15
    assert lines[-2:] == [f"run: {finished.run}", f"submission: {finished.submission} (checked)"]
    assert kit("check", finished.submission, tiny / "competition.yaml").code == 0


def test_the_tables_are_those_of_the_run(finished: Finished, kit: Kit, tiny: Path) -> None:
    board = pd.read_csv(finished.run / "leaderboard.csv").set_index("member")
    verbose = kit("train", tiny / "linear.yaml", "--out", finished.run.parents[2], "--verbose").out
    lines = verbose.splitlines()
    start = lines.index("Cross-validation")
    assert lines[start + 1].split()[:5] == ["member", "kind", "mrrmse", "low", "high"]
    shown = {}
    for line in lines[start + 2 : lines.index("", start)]:
        member, kind, rest = re.split(r" {2,}", line.strip(), maxsplit=2)
        shown[member] = (kind, [float(value) for value in rest.split()[:3]])
    assert set(FLOORS) < set(shown)
    assert list(shown) == list(board.index)
    for member, (kind, values) in shown.items():
        assert kind == board.loc[member, "kind"]
        assert values == pytest.approx(board.loc[member, ["mrrmse", "low", "high"]].astype(float).tolist(), abs=5.1e-5)


def test_the_ending_has_room_for_any_verdict(
    finished: Finished, kit: Kit, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However much there is to say: fifteen lines, of which the first sentence and the advice are never left out."""
    said = ["Best of all.", *(f"Sentence {number} of many words. " * 6 for number in range(9)), "Next: another."]
    monkeypatch.setattr("kit.reporting.outline.run_verdict", lambda *tables: said)
    result = kit("train", tiny / "linear.yaml", "--out", finished.run.parents[2])
    lines = result.out.splitlines()
    assert 12 <= len(lines) <= 15
    assert {said[0], said[-1]} < set(lines)
    assert max(len(line) for line in lines if "Sentence" in line) <= 110


def test_gain_and_floors_are_those_of_the_board(finished: Finished) -> None:
    board = pd.read_csv(finished.run / "leaderboard.csv").set_index("member")
    lines = dict(line.split(": ", 1) for line in finished.result.out.splitlines() if ": " in line)
    floors = board[board["kind"] == "floor"]["mrrmse"].sort_values()
    assert [part.rpartition(" ")[0] for part in lines["floors"].split(", ")] == list(floors.index)[:5]
    gain = floors.iloc[0] - json.loads((finished.run / "metrics.json").read_text())["score"]
    number, word = lines["gain"].split()[:2]
    assert float(number) == pytest.approx(abs(gain), abs=5e-5)
    assert word == ("better" if gain > 0 else "worse")


def test_the_page_is_written_at_the_end(kit: Kit, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ("train", tiny / "linear.yaml", "--out", tmp_path, "--jobs", "1")
    without = kit(*arguments)
    assert "report:" not in without.out  # KIT_REPORT=0, as in all tests
    result = kit(*arguments, "--report")
    (page,) = tmp_path.glob("tiny/runs/*/report.html")
    assert f"report: {page}" in result.out.splitlines()
    assert "Cross-validation" not in result.out
    before = page.stat().st_mtime_ns
    assert f"report: {page}" in kit(*arguments, "--report").out.splitlines()
    assert page.stat().st_mtime_ns == before
    page.unlink()

    def fail(*arguments: Any) -> Path:
        raise ZeroDivisionError("a figure\nof nothing")

    monkeypatch.setattr("kit.reporting.run_page.write_run_page", fail)
    failed = kit(*arguments, "--report")
    assert failed.code == 0
    assert failed.err.splitlines()[-1] == (
        f"warning: the report was not written (a figure of nothing); `kit report {page.parent}` tries again"
    )
    assert "submission: " in failed.out


def test_notes_are_not_among_the_results(finished: Finished) -> None:
    assert " fits; " in finished.result.err
    assert " fits; " not in finished.result.out


def test_a_competition_file_leads_to_the_same_run(finished: Finished, kit: Kit, tiny: Path) -> None:
    result = kit("train", tiny / "competition.yaml", "--out", finished.run.parents[2])
    assert result.code == 0
    assert result.out == finished.result.out
    assert "finished already" in result.err


def test_a_competition_file_trains_its_default_recipe(kit: Kit, tiny: Path, tmp_path: Path) -> None:
    result = kit("train", tiny / "competition.yaml", "--out", tmp_path, "--jobs", "1", "--set", "seed=5")
    assert result.code == 0, result.err
    assert len(list(tmp_path.glob("tiny/tiny-linear-*.csv"))) == 1


def test_fresh_sets_the_run_aside(kit: Kit, tiny: Path, tmp_path: Path) -> None:
    arguments = ("train", tiny / "linear.yaml", "--out", tmp_path, "--jobs", "1")
    first = kit(*arguments)
    again = kit(*arguments, "--fresh")
    assert (first.code, again.code) == (0, 0)
    assert "set the earlier run aside" in again.err
    assert again.out == first.out


def test_a_dry_run_fits_and_writes_nothing(
    kit: Kit, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fit(self: Any, *arguments: Any, **options: Any) -> None:
        raise AssertionError(f"{type(self).__name__} is fitted")

    for registry in (MODELS, TARGETS):
        for cls in registry:
            monkeypatch.setattr(cls, "fit", fit)
    before = {path: path.stat().st_mtime_ns for path in tiny.rglob("*")}
    out = tmp_path / "out"
    for recipe in ("standard.yaml", "linear.yaml", "competition.yaml"):
        result = kit("train", tiny / recipe, "--dry-run", "--out", out)
        assert result.code == 0, result.err
        assert "ridge" in result.out
    assert not out.exists()
    assert {path: path.stat().st_mtime_ns for path in tiny.rglob("*")} == before


def test_a_dry_run_says_where_everything_goes_and_what_is_done(finished: Finished, kit: Kit, tiny: Path) -> None:
    out = kit("train", tiny / "linear.yaml", "--dry-run", "--out", finished.run.parents[2]).out
    assert f"run: {finished.run}\n" in out
    assert f"submission: {finished.submission}\n" in out
    assert "fits: 3 (3 done)" in out
    elsewhere = kit("train", tiny / "linear.yaml", "--dry-run", "--out", tiny / "absent").out
    assert "fits: 3 (0 done)" in elsewhere


@pytest.mark.parametrize("width", [80, 60])
def test_tables_fit_into_a_terminal(finished: Finished, kit: Kit, terminal: Any, width: int) -> None:
    terminal(width)
    result = kit("show", finished.run)
    first, last = result.out.index("Cross-validation"), result.out.index("\nFits\n")
    table = result.out[first:last]
    assert max(map(len, table.splitlines())) <= width
    assert "…" not in table
    # At 80 columns the table of scores is in one piece.
    assert ("cosine" in table.splitlines()[1]) == (width == 80)
    assert table.count("cosine") == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["linaer.yaml"], "'linear.yaml'"),
        (["data/de_train.parquet"], "not UTF-8"),
        (["linear.yaml", "--jobs", "0"], "--jobs"),
        (["linear.yaml", "--jobs", "many"], "--jobs"),
        (["linear.yaml", "--set", "models.ridge.params.penalti=1"], "'penalty'"),
        (["linear.yaml", "--set", "models.ridge.params.penalty=-1"], "above 0"),
        (["linear.yaml", "--set", "blend"], "there is no '='"),
        (["linear.yaml", "--set", "blend=meen"], "'mean'"),
        (["linear.yaml", "--data", "absent"], "absent"),
        (["linear.yaml", "--fersh"], "--fresh"),
    ],
)
def test_wrong_input(
    kit: Kit, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = kit("train", f"{tiny}/{arguments[0]}", *arguments[1:])
    assert is_wrong_input(result)
    assert told in result.err
    assert result.out == ""
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_a_failed_run(kit: Kit, tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = kit("train", tiny / "linear.yaml", "--out", tmp_path / "file", "--jobs", "1")
    assert result.code == 1
    assert result.err.startswith("error: cannot write")
    assert "--out" in result.err


def test_a_failed_fit_is_a_failed_run(kit: Kit, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Any, *arguments: Any, **options: Any) -> None:
        raise FloatingPointError("overflow")

    monkeypatch.setattr(MODELS.get("ridge"), "fit", fail)
    result = kit("train", tiny / "linear.yaml", "--out", tmp_path, "--jobs", "1")
    assert result.code == 1
    last = result.err.splitlines()[-1]
    assert last.startswith("error: task ridge")
    assert "overflow" in last
    assert "Traceback" not in result.err


def test_an_interrupted_run_continues(kit: Kit, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(job: Any) -> Any:
        if job.task.split.is_final:
            raise KeyboardInterrupt
        return run_job(job)

    arguments = ("train", tiny / "linear.yaml", "--out", tmp_path, "--jobs", "1")
    with monkeypatch.context() as patch:
        patch.setattr("kit.training.engines.local.run_job", interrupt)
        stopped = kit(*arguments)
    assert stopped.code == 1
    assert stopped.err.splitlines()[-1] == (
        "stopped; what is fitted is kept, and this goes on: kit " + shlex.join(map(str, arguments))
    )
    assert list(tmp_path.glob("tiny/*.csv")) == []
    continued = kit(*arguments)
    assert continued.code == 0
    assert "2 of 3 tasks done, continuing" in continued.err


def test_a_small_preset_is_not_for_handing_in(kit: Kit, tiny: Path, tmp_path: Path) -> None:
    text = (tiny / "linear.yaml").read_text().replace("extends: competition.yaml", f"extends: {tiny}/competition.yaml")
    recipe = tmp_path / "with_presets.yaml"
    recipe.write_text(text + "presets: {small: {seed: 1}, large: {seed: 2}}\n")
    for preset, said in (("small", True), ("large", False)):
        result = kit("train", recipe, "--out", tmp_path / "out", "--jobs", "1", "--set", f"preset={preset}")
        assert result.code == 0, result.err
        assert ("not for handing in" in result.out) == said


# ------------------------------------------------------------------------------------------ several processes, machines


def test_a_shard_says_what_it_did_and_what_joins(kit: Kit, tiny: Path, tmp_path: Path) -> None:
    given = ("train", tiny / "linear.yaml", "--out", tmp_path)
    result = kit(*given, "--shard", "1/2", "--jobs", "1")
    assert result.code == 0, result.err
    said = result.out.splitlines()
    run = next(tmp_path.glob("tiny/runs/*"))
    assert re.fullmatch(r"shard 1/2: (\d+) fits here; \1 of \1 of the run are done", said[-3])
    assert said[-2] == f"run: {run}"
    join = said[-1].partition(": ")[2]
    assert shlex.split(join) == ["kit", *map(str, given)]
    assert not (run / "DONE").exists()
    assert kit(*given).code == 0
    assert (run / "DONE").exists()
    document = json.loads(kit(*given, "--shard=2/2", "--json").out)
    assert (document["shard"], document["fitted"], document["done"]) == ("2/2", 0, document["fits"])


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--shard", "3/2"], "shard '3/2': expected i/n with 1 <= i <= n"),
        (["--shard", "1/2", "--fresh"], "--shard and --fresh: each shard would set aside what the others do"),
        (["--scheduler", "tcp://127.0.0.1:1"], "only --engine dask has one"),
        (["--shard", "1/2", "--track", "mlflow"], "--shard and --track: only the command that joins has a result"),
        (["--shard", "1/2", "--verbose"], "--shard and --verbose: only the command that joins has a result"),
        (
            ["--engine", "dask", "--scheduler", "tcp://127.0.0.1:1", "--jobs", "2"],
            "--scheduler tcp://127.0.0.1:1 and --jobs 2: that cluster has its own workers; remove --jobs",
        ),
        (["--engine", "dsk"], "error: invalid value for '--engine': 'dsk' is not one of 'local', 'dask' (did you"),
        (["--engine", "zzz"], "'zzz' is not one of 'local', 'dask'. See kit train --help"),
    ],
)
def test_wrong_shards_and_engines_are_refused(
    kit: Kit, tiny: Path, tmp_path: Path, options: list[str], told: str
) -> None:
    result = kit("train", tiny / "linear.yaml", "--out", tmp_path, *options)
    assert result.code == 2
    assert told in result.err
    assert not list(tmp_path.iterdir())


def test_a_dry_run_says_which_options_do_nothing_in_it(finished: Finished, kit: Kit, tiny: Path) -> None:
    given = ("train", tiny / "linear.yaml", "--dry-run", "--out", finished.run.parents[2])
    plain = kit(*given)
    assert "without effect" not in plain.err
    options = ("--engine", "dask", "--scheduler", "tcp://127.0.0.1:1", "--shard", "1/2")
    result = kit(*given, *options)
    assert (result.code, result.out) == (0, plain.out)
    assert "without effect: --shard, --engine, --scheduler\n" in result.err
