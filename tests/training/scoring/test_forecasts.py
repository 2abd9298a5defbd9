from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.training.joining.saved_run import SavedRun
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


@pytest.mark.parametrize("final", ["refit", "folds"])
def test_a_blend_by_variance_weighs_rows_by_what_the_process_expects(tiny: Tiny, tmp_path: Path, final: str) -> None:
    blend = "blend={kind: by_variance, params: {power: 6.0}}"
    inside = "folds.inner={kind: kfold, params: {n_splits: 2}}"
    text = PROCESS + "  ridge: {kind: ridge, features: [codes]}\n"
    text = text.replace("models:\n  process:", "models:\n  process:\n    features: [cell_type, sm_name]", 1)
    text = text.replace(
        "features:\n", "features:\n  codes: {kind: one_hot, params: {columns: [cell_type, sm_name]}}\n", 1
    )
    run = tiny.train(tmp_path, tiny.recipe(text, "by_variance", blend, inside, f"final={final}", "postprocess=[]"))
    tasks = run.path / "tasks" / "fit"
    last = sorted(path.name for path in (tasks / "ridge" / "seed=0").glob("fold=?"))[-1]

    def joined(file: str) -> dict[str, np.ndarray]:
        return {
            name: np.mean([np.load(path) for path in sorted((tasks / name).glob(f"seed=*/{last}/{file}"))], axis=0)
            for name in ("process", "ridge")
        }

    # The blend of the last fold, learnt on its inner folds: the shares of rows follow the process's forecast.
    predictions = joined("validation.npy")
    variance = np.mean(
        [np.load(path) for path in sorted(tasks.glob(f"process/seed=*/{last}/variance-validation.npy"))], axis=0
    )
    oof_rows = pd.read_parquet(run.path / "oof_rows.parquet")
    blended = np.load(run.path / "oof.npy")[oof_rows["fold"] == oof_rows["fold"].iloc[-1]]
    away = predictions["process"] - predictions["ridge"]
    share = ((blended - predictions["ridge"]) * away).sum(axis=1) / np.square(away).sum(axis=1)
    np.testing.assert_allclose(blended, predictions["ridge"] + share[:, None] * away, atol=1e-4)
    odds = np.log(share / (1 - share)) + 6 * np.log(variance)
    np.testing.assert_allclose(odds, odds[0], atol=1e-2)
    assert np.ptp(share) > 1e-3
    found = SavedRun(run.path).predict(tiny.competition.test)
    np.testing.assert_allclose(found, np.load(run.path / "test.npy"), rtol=1e-4, atol=1e-5)


def test_there_is_no_table_where_no_model_knows(finished: RunResult) -> None:
    assert not (finished.path / EXPECTED).exists()


def test_a_model_of_coordinates_does_not_say_what_its_targets_lose(tiny: Tiny, tmp_path: Path) -> None:
    text = "target: {kind: svd, params: {n_components: 3}}\nmodels: {gp: {kind: gaussian_process, features: [cell]}}\n"
    text += "features: {cell: {kind: one_hot, params: {columns: [cell_type, sm_name]}}}\n"
    assert not (tiny.train(tmp_path, tiny.recipe(text, "coordinates")).path / EXPECTED).exists()
