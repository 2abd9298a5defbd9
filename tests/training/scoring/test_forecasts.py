from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.training.scoring.summarize import EXPECTED
from kit.training.train import RunResult
from tests.tiny import PROCESS, Tiny

RECIPE = PROCESS + "  ridge: {kind: ridge}\n"


@pytest.mark.parametrize("final", ["refit", "folds"])
def test_expected_errors_are_of_the_rows_that_are_predicted(tiny: Tiny, tmp_path: Path, final: str) -> None:
    result = tiny.train(tmp_path, tiny.recipe(RECIPE, "process", f"final={final}"))
    table, oof_rows = pd.read_parquet(result.path / EXPECTED), pd.read_parquet(result.path / "oof_rows.parquet")
    assert set(table["model"]) == {"process"}
    validation, test = (table[table["part"] == part].reset_index(drop=True) for part in ("validation", "test"))
    pd.testing.assert_frame_equal(validation[["fold", "row"]], oof_rows[["fold", "row"]])
    assert test["row"].tolist() == list(range(len(tiny.competition.test)))
    assert (table["expected"] > 0).all()
    folder = result.path / "tasks" / "fit" / "process"
    fits = [np.load(path) for path in sorted(folder.glob("seed=*/fold=0/variance-validation.npy"))]
    assert len(fits) == 2
    expected = validation["expected"][oof_rows["fold"] == oof_rows["fold"][0]]
    np.testing.assert_allclose(expected, np.sqrt(np.mean(fits, axis=0)))


def test_there_is_no_table_where_no_model_knows(finished: RunResult) -> None:
    assert not (finished.path / EXPECTED).exists()


def test_a_model_of_coordinates_does_not_say_what_its_targets_lose(tiny: Tiny, tmp_path: Path) -> None:
    text = "target: {kind: svd, params: {n_components: 3}}\nmodels: {gp: {kind: gaussian_process, features: [cell]}}\n"
    text += "features: {cell: {kind: one_hot, params: {columns: [cell_type, sm_name]}}}\n"
    assert not (tiny.train(tmp_path, tiny.recipe(text, "coordinates")).path / EXPECTED).exists()
