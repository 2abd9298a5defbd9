"""A run in a few lines, and all of it for programs."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit.digits import format_number
from kit.reporting.facts import RunFacts
from kit.reporting.outline import command_of, run_document, score_lines
from kit.training.train import RunResult
from tests.tiny import SINGLE, Tiny


def test_the_gain_is_the_paired_difference_to_the_best_floor(finished: RunResult) -> None:
    facts = RunFacts(finished.path, None)
    floor = facts.best("floor")
    assert floor is not None
    lines = score_lines(facts)
    gain = floor["mrrmse"] - facts.summary["score"]
    mine = finished.rows[finished.rows["member"] == facts.summary["member"]]["mrrmse"].to_numpy()
    theirs = finished.rows[finished.rows["member"] == floor["member"]]["mrrmse"].to_numpy()
    assert gain == pytest.approx((theirs - mine).mean())
    word = "better" if gain > 0 else "worse"
    assert lines[2].startswith(f"gain: {format_number(abs(gain))} {word} than the best floor (95 % interval ")
    low, high = (float(lines[2].split()[place].strip("(),")) for place in (10, 12))
    assert low < gain < high


def test_a_metric_of_which_more_is_better_gains_upwards(tiny: Tiny, tmp_path: Path) -> None:
    recipe = tiny.recipe(f"metric: pearson\n{SINGLE}", "by_pearson")
    facts = RunFacts(tiny.train(tmp_path, recipe).path, None)
    floors = facts.board[facts.board["kind"] == "floor"]["pearson"]
    lines = score_lines(facts)
    assert lines[1].startswith(f"floors: {facts.best('floor')['member']} {format_number(floors.max())}")  # type: ignore[index]
    better = facts.summary["score"] > floors.max()
    assert ("better than" in lines[2]) == better


def test_a_document_names_files_that_are_there(finished: RunResult) -> None:
    document = run_document(RunFacts(finished.path, None))
    for name in ("config", "log", "submission"):
        assert document[name].is_file(), name
    assert len(document["tasks"]) == 9
    assert document["report"] is None


@pytest.mark.parametrize(
    ("argv", "command"),
    [
        (["/x/bin/kit", "train", "a b.yaml"], "kit train 'a b.yaml'"),
        (["/x/kit/cli/main.py", "train"], "kit train"),
        (["study.py", "4"], "python study.py 4"),
        ([], ""),
    ],
)
def test_the_command_of_a_run(argv: list[str], command: str) -> None:
    assert command_of({"argv": argv}) == command
