"""``kit design``."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tests.cli.conftest import Finished, Kit, is_wrong_input
from tests.tiny import PROCESS

RECIPE = f"extends: competition.yaml\n{PROCESS}  ridge: {{kind: ridge, params: {{penalty: 10.0}}}}\n"


def run_of(kit: Kit, tiny: Path, out: Path, *options: str) -> Path:
    recipe = tiny / "process.yaml"
    recipe.write_text(RECIPE)
    result = kit("train", recipe, "--out", out, "--jobs", "1", *options)
    assert result.code == 0, result.err
    (run,) = (out / "tiny" / "runs").glob("process-*")
    return run


@pytest.fixture(scope="module")
def run(kit: Kit, tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run_of(kit, tiny, tmp_path_factory.mktemp("design"))


def test_it_lists_pairs_that_are_not_measured_and_says_what_they_gain(
    kit: Kit, run: Path, tiny: Path, tmp_path: Path
) -> None:
    result = kit("design", run, "--add", "5", "-o", tmp_path / "next.csv")
    assert result.code == 0, result.err
    table = pd.read_csv(tmp_path / "next.csv")
    assert table["order"].tolist() == [1, 2, 3, 4, 5]
    assert (table["gain"] > 0).all()
    assert table["total"].iloc[-1] == pytest.approx(table["gain"].sum())
    measured = pd.read_parquet(tiny / "data" / "de_train.parquet")[["cell_type", "sm_name"]]
    pairs = table[["cell_type", "sm_name"]]
    assert pairs.merge(measured).empty
    assert not pairs.duplicated().any()
    assert set(pairs["sm_name"]) <= set(measured["sm_name"])
    n_pairs = measured["cell_type"].nunique() * measured["sm_name"].nunique() - len(measured)
    assert f"5 of {n_pairs} pairs that are not measured, chosen by process" in result.out
    for name in table["sm_name"]:
        assert name in result.out
    random = float(result.out.split("drawn at random: ")[1].split(" %")[0])
    assert 0 < random < table["total"].iloc[-1]


def test_it_lists_pairs_of_the_contexts_that_are_named(kit: Kit, run: Path, tmp_path: Path) -> None:
    result = kit("design", run, "--add", "3", "--contexts", "B cells", "-o", tmp_path / "next.csv")
    assert result.code == 0, result.err
    assert set(pd.read_csv(tmp_path / "next.csv")["cell_type"]) == {"B cells"}


@pytest.mark.parametrize(
    ("options", "texts"),
    [
        (["--contexts", "B cell"], ["no pair to measure in cell_type 'B cell'", "did you mean 'B cells'"]),
        (["--add", "500"], ["500 pairs are asked for", "not measured yet", "smaller number"]),
        (["--add", "0"], ["--add", "equal to 1"]),
        (["-o", "nowhere/next.csv"], ["nowhere", "no folder"]),
    ],
)
def test_wrong_options(kit: Kit, run: Path, options: list[str], texts: list[str]) -> None:
    result = kit("design", run, *options)
    assert is_wrong_input(result)
    assert all(text in result.err for text in texts)


def test_a_run_without_a_process_is_told_which_recipe_has_one(kit: Kit, finished: Finished, run: Path) -> None:
    result = kit("design", finished.run)
    assert is_wrong_input(result)
    assert all(text in result.err for text in ("(ridge)", "coregionalized_gp", "process.yaml"))


def test_a_run_that_was_fitted_on_folds_alone(kit: Kit, tiny: Path, tmp_path: Path) -> None:
    run = run_of(kit, tiny, tmp_path, "--set", "final=folds", "--set", "models.process.repeats=1")
    result = kit("design", run)
    assert is_wrong_input(result)
    assert "final: refit" in result.err


def test_what_is_no_run(kit: Kit, tiny: Path) -> None:
    result = kit("design", tiny)
    assert is_wrong_input(result)
    assert "no finished run" in result.err
