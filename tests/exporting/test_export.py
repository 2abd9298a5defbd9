"""What is exported is what the run has: predictions equal, tables complete, nothing half written."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.errors import InputError
from kit.exporting import FORMS, export
from kit.exporting.bundle import write_bundle
from kit.exporting.tables import CONTROL, write_cell_eval
from kit.features import FeatureBuilder
from kit.files import read_json
from kit.predicting import RunPredictor
from kit.predicting.streaming import predict_table
from kit.training.train import RunResult
from tests.tiny import Tiny


def size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def test_a_bundle_predicts_as_the_run_does_and_is_smaller(tiny: Tiny, finished: RunResult, tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    export(finished.path, folder, "bundle")
    rows = tiny.competition.test
    expected = RunPredictor.load(finished.path).predict(rows)
    found = RunPredictor.load(folder).predict(rows)
    np.testing.assert_array_equal(found.values, expected.values)
    pd.testing.assert_frame_equal(found.rows, expected.rows)
    file = tmp_path / "rows.csv"
    rows.drop(columns="id").to_csv(file, index=False)
    written = [tmp_path / f"{name}.csv" for name in ("run", "bundle")]
    for path, output in zip((finished.path, folder), written, strict=True):
        predict_table(RunPredictor.load(path), file, output, interval=0.9)
    assert written[0].read_bytes() == written[1].read_bytes()
    assert size(folder) < size(finished.path) / 2
    assert not list(folder.rglob("*fold=*"))
    with pytest.raises(InputError, match="is there already"):
        export(finished.path, folder, "bundle")


def test_a_bundle_of_fold_models_is_refused(tiny: Tiny, tmp_path: Path) -> None:
    run = tiny.train(tmp_path, tiny.standard("final=folds")).path
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="final: refit"):
        write_bundle(run, tmp_path / "empty")


def test_a_long_table_has_a_line_for_every_row_and_target(tiny: Tiny, finished: RunResult, tmp_path: Path) -> None:
    [file] = export(finished.path, tmp_path / "long", "long", tiny.competition)
    table = pd.read_parquet(tmp_path / "long" / file)
    test, targets = tiny.competition.test, list(tiny.competition.targets)
    assert len(table) == len(test) * len(targets)
    wide = table.pivot(index="id", columns="target", values="value").loc[test["id"].astype(str), targets]
    np.testing.assert_array_equal(wide, np.load(finished.path / "test.npy"))
    assert set(table["sm_name"]) == set(test["sm_name"])


def test_anndata_has_rows_targets_and_a_layer(tiny: Tiny, finished: RunResult, tmp_path: Path) -> None:
    anndata = pytest.importorskip("anndata")
    [file] = export(finished.path, tmp_path / "h5ad", "h5ad", tiny.competition)
    read = anndata.read_h5ad(tmp_path / "h5ad" / file)
    np.testing.assert_array_equal(read.layers["predictions"], np.load(finished.path / "test.npy"))
    assert list(read.var_names) == list(tiny.competition.targets)
    assert list(read.obs["sm_name"]) == list(tiny.competition.test["sm_name"])


def test_cell_eval_gets_differences_beside_a_control_row_of_zeros(
    tiny: Tiny, finished: RunResult, tmp_path: Path
) -> None:
    anndata = pytest.importorskip("anndata")
    export(finished.path, tmp_path / "eval", "cell-eval", tiny.competition)
    predicted, real = (anndata.read_h5ad(tmp_path / "eval" / f"{name}.h5ad") for name in ("predicted", "real"))
    pd.testing.assert_frame_equal(predicted.obs, real.obs)
    control = (real.obs["target_gene"] == CONTROL).to_numpy()
    rows = pd.read_parquet(finished.path / "oof_rows.parquet")
    contexts = tiny.competition.rows["cell_type"].iloc[rows["row"]]
    assert list(real.obs["context"][control]) == sorted(set(contexts))
    scale = read_json(tmp_path / "eval" / "scale.json")
    truth = tiny.competition.Y[rows["row"]]
    for table, values in ((predicted, np.load(finished.path / "oof.npy")), (real, truth)):
        np.testing.assert_array_equal(table.layers["difference"][~control], values)
        assert not table.layers["difference"][control].any()
        # It takes what logarithms of expression could be, and no other values.
        assert table.X.min() >= 0
        assert table.X.max() < 15
        assert (table.X % 1 > 1e-3).any()
        np.testing.assert_allclose(table.X, scale["shift"] + scale["scale"] * table.layers["difference"], atol=1e-5)


def test_differences_of_a_wide_range_are_scaled_and_of_a_narrow_one_only_shifted(
    tiny: Tiny, finished: RunResult, tmp_path: Path
) -> None:
    pytest.importorskip("anndata")
    positions = pd.read_parquet(finished.path / "oof_rows.parquet")["row"].to_numpy()
    real = tiny.competition.Y[positions]
    for name, factor in (("narrow", 0.01), ("wide", 30.0)):
        (tmp_path / name).mkdir()
        tables = replace(tiny.competition, Y=tiny.competition.Y * np.float32(factor))
        write_cell_eval(tables, positions, real * np.float32(factor), "sm_name", tmp_path / name)
    assert read_json(tmp_path / "narrow" / "scale.json")["scale"] == 1
    span = (real.max() - real.min()) * 30
    assert read_json(tmp_path / "wide" / "scale.json")["scale"] == pytest.approx(14.9 / span)


@pytest.mark.slow
def test_a_winning_solution_goes_by_its_own_entry_points(tiny: Tiny, finished: RunResult, tmp_path: Path) -> None:
    folder = tmp_path / "solution"
    files = export(finished.path, folder, "kaggle")
    names = {str(file) for file in files}
    assert {"README.md", "SETTINGS.json", "entry_points.md", "requirements.txt", "directory_structure.txt"} <= names
    settings = json.loads((folder / "SETTINGS.json").read_text())
    settings["RAW_DATA_DIR"] = str(tiny.data)
    (folder / "SETTINGS.json").write_text(json.dumps(settings))
    for entry in ("predict.py", "train.py"):
        done = subprocess.run(
            [sys.executable, entry], cwd=folder, capture_output=True, text=True, timeout=180, check=False
        )
        assert done.returncode == 0, done.stderr
    table = pd.read_csv(folder / "submissions" / "predicted.csv")
    np.testing.assert_allclose(
        table[list(tiny.competition.targets)], np.load(finished.path / "test.npy"), rtol=1e-5, atol=1e-6
    )
    [trained] = (folder / "submissions" / "tiny").glob("*.csv")
    assert trained.read_bytes() == (finished.path / "submission.csv").read_bytes()
    # What the recipe leans on, and nothing that happens to be installed.
    required = {line.partition("==")[0] for line in (folder / "requirements.txt").read_text().splitlines()}
    assert required == {"perturbation-kit", "lightgbm", "numpy", "pandas", "scikit-learn", "scipy"}


def test_wrong_forms(tiny: Tiny, finished: RunResult, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"choose one of {', '.join(FORMS)}"):
        export(finished.path, tmp_path / "x", "zip")
    with pytest.raises(InputError, match="needs the competition's tables"):
        export(finished.path, tmp_path / "x", "long")
    assert not list(tmp_path.iterdir())


def test_a_block_is_what_the_fit_on_all_rows_has(tiny: Tiny, finished: RunResult, tmp_path: Path) -> None:
    [path] = sorted(finished.path.glob("tasks/*/*/seed=0/final/model/features/*"))[:1]
    export(finished.path, tmp_path / "block", "block", block=path.name)
    rows = tiny.competition.test
    copy, original = (FeatureBuilder.load(folder).transform(rows) for folder in (tmp_path / "block", path))
    np.testing.assert_array_equal(copy, original)
    with pytest.raises(InputError, match=f"no block 'nothing'.*{path.name}"):
        export(finished.path, tmp_path / "x", "block", block="nothing")


def test_a_run_of_fold_models_has_no_block_of_all_rows(tiny: Tiny, tmp_path: Path) -> None:
    run = tiny.train(tmp_path, tiny.standard("final=folds")).path
    with pytest.raises(InputError, match="final: refit"):
        export(run, tmp_path / "x", "block", block="cell")
