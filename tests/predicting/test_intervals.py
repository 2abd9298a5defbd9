"""The intervals of a run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.errors import InputError, StateError
from kit.predicting import RunPredictor
from kit.predicting.streaming import predict_table
from kit.training.scoring.summarize import EXPECTED, RESIDUALS
from tests.extras import needs_anndata
from tests.tiny import PROCESS, SINGLE, Tiny

FOLDS = """\
folds:
  kind: mix
  params:
    schemes: [{kind: kfold, params: {n_splits: 4}}, {kind: group_kfold, params: {column: sm_name, n_splits: 4}}]
"""
ROWS = pd.DataFrame(
    {
        "cell_type": ["B cells", "NK cells", "Astrocytes", "NK cells"],
        "sm_name": ["Belinostat", "Unobtainium", "Belinostat", "Kryptonite"],
    }
)


@pytest.fixture(scope="module")
def predictor(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> RunPredictor:
    return RunPredictor.load(tiny.train(tmp_path_factory.mktemp("mixed"), tiny.recipe(SINGLE + FOLDS, "mixed")).path)


def rows_of(tiny: Tiny) -> pd.DataFrame:
    pair = tiny.competition.test.iloc[[0]][["cell_type", "sm_name"]]
    return pd.concat([pair, ROWS[1:]], ignore_index=True)


def test_what_folds_hide_is_calibrated_and_nothing_else(tiny: Tiny, predictor: RunPredictor) -> None:
    rows = rows_of(tiny)
    found = predictor.predict(rows, warn=False, interval=0.8)
    assert found.rows["rests_on"].tolist() == ["seen parts", "new compound", "new group", "new compound"]
    expected = ["calibrated", "calibrated", "not calibrated", "calibrated"]
    assert found.rows["interval"].tolist() == expected
    assert np.isnan(found.low[2]).all()
    assert np.isfinite(np.delete(found.half_widths, 2, axis=0)).all()
    assert (found.half_widths[:2] > 0).all()
    np.testing.assert_array_equal(found.values, predictor.predict(rows, warn=False).values)
    wider = predictor.predict(rows, warn=False, interval=0.9)
    assert (wider.half_widths[:2] > found.half_widths[:2]).all()
    counts = {kind: one.n_rows for kind, one in predictor.intervals.calibrations.items()}
    assert counts["new compound"] == tiny.competition.n_rows
    assert counts["seen parts"] <= tiny.competition.n_rows


def test_residuals_are_covered(tiny: Tiny, predictor: RunPredictor) -> None:
    """The hidden rows of the simulation, measured."""
    truth = pd.read_parquet(tiny.data / "truth.parquet")[list(predictor.targets)].to_numpy()
    found = predictor.predict(tiny.competition.test, warn=False, interval=0.9)
    assert 0.8 < ((truth >= found.low) & (truth <= found.high)).mean() < 0.99


def test_a_table_has_two_more_columns_a_target(predictor: RunPredictor, tiny: Tiny) -> None:
    frame = predictor.predict(rows_of(tiny), warn=False, interval=0.8).frame()
    first = predictor.targets[0]
    assert frame.columns[2:7].tolist() == ["rests_on", "interval", first, f"{first}.low", f"{first}.high"]
    assert (frame[f"{first}.low"][:2] < frame[first][:2]).all()


@pytest.mark.parametrize("name", ["out.csv", "out.parquet", pytest.param("out.h5ad", marks=needs_anndata)])
def test_tables_on_disk_have_them(predictor: RunPredictor, tiny: Tiny, tmp_path: Path, name: str) -> None:
    rows = rows_of(tiny)
    rows.to_csv(tmp_path / "in.csv", index=False)
    with pytest.warns(UserWarning, match="are in no training row"):
        written = predict_table(predictor, tmp_path / "in.csv", tmp_path / name, interval=0.8)
    expected = predictor.predict(rows, warn=False, interval=0.8)
    if name == "out.h5ad":
        import anndata

        found = anndata.read_h5ad(written.path)
        low, high, said = found.layers["low"], found.layers["high"], found.obs["interval"]
    else:
        frame = pd.read_csv(written.path) if name == "out.csv" else pd.read_parquet(written.path)
        low, high = (frame[[f"{target}.{end}" for target in predictor.targets]].to_numpy() for end in ("low", "high"))
        said = frame["interval"]
    np.testing.assert_allclose(low, expected.low, rtol=1e-5)
    np.testing.assert_allclose(high, expected.high, rtol=1e-5)
    assert said.tolist() == expected.rows["interval"].tolist()
    assert set(written.widths) == {"seen parts", "new compound"}
    mean = 2 * expected.half_widths[0].mean()
    assert written.widths["seen parts"] == pytest.approx(mean, rel=1e-5)


@pytest.mark.parametrize("level", [0.0, 1.0, 90.0, -0.5])
def test_a_share_is_between_0_and_1(predictor: RunPredictor, level: float) -> None:
    with pytest.raises(InputError, match="expected a share between 0 and 1, such as"):
        predictor.predict(ROWS, warn=False, interval=level)


def test_gaps_in_the_targets_are_passed_over(tiny: Tiny, tmp_path: Path) -> None:
    Y = np.array(tiny.competition.Y)
    Y[np.random.default_rng(0).random(Y.shape) < 0.2] = np.nan
    recipe = tiny.recipe(SINGLE + FOLDS, "gaps", "columns.missing_targets=allow")
    run = tiny.train(tmp_path / "out", recipe, tiny.with_targets(tmp_path / "data", Y)).path
    assert 0.1 < np.isnan(np.load(run / RESIDUALS)).mean() < 0.3
    predictor = RunPredictor.load(run)
    found = predictor.predict(tiny.competition.test, interval=0.9)
    truth = pd.read_parquet(tiny.data / "truth.parquet")[list(predictor.targets)].to_numpy()
    assert 0.8 < ((truth >= found.low) & (truth <= found.high)).mean() < 0.99


def test_an_older_run_keeps_no_residuals(tiny: Tiny, tmp_path: Path) -> None:
    predictor = RunPredictor.load(tiny.train(tmp_path, tiny.recipe(SINGLE, "older")).path)
    (predictor.saved.path / RESIDUALS).unlink()
    with pytest.raises(StateError, match="did not keep residuals; train it again"):
        predictor.predict(ROWS, warn=False, interval=0.9)


def test_a_process_says_how_hard_rows_are(tiny: Tiny, tmp_path: Path) -> None:
    predictor = RunPredictor.load(tiny.train(tmp_path, tiny.recipe(PROCESS + FOLDS, "process")).path)
    expected = pd.read_parquet(predictor.saved.path / EXPECTED)
    of_test = expected[expected["part"] == "test"]["expected"]
    found = predictor.saved.expected_errors("process", tiny.competition.test)
    np.testing.assert_allclose(found, of_test, rtol=1e-5)
    assert predictor.intervals.forecasting == ("process",)
    assert set(predictor.predict(tiny.competition.test, interval=0.8).rows["interval"]) == {"calibrated"}
