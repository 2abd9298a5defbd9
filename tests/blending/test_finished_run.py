from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kit.blending.finished_run import FinishedRun
from kit.errors import InputError, StateError
from kit.files import DONE, finished_key
from tests.blending.conftest import Runs
from tests.tiny import SINGLE


@pytest.fixture
def copy(runs: Runs, tmp_path: Path) -> Path:
    """A run as version 0.1.0 left it: nothing but its own checks can tell that a file was changed."""
    path = Path(shutil.copytree(runs.ridge, tmp_path / runs.ridge.name))
    key = finished_key(path)
    (path / DONE).unlink()
    (path / DONE).write_text(f"{key}\n")
    return path


def change(path: Path, how: Callable[[Any], None]) -> None:
    content = json.loads(path.read_text())
    how(content)
    path.unlink()  # the copy may be a link
    path.write_text(json.dumps(content))


def test_reads_what_the_run_wrote(runs: Runs) -> None:
    run = FinishedRun.read(runs.ridge)
    np.testing.assert_array_equal(run.oof, np.load(runs.ridge / "oof.npy"))
    assert isinstance(run.oof, np.memmap)
    rows = pd.read_parquet(runs.ridge / "oof_rows.parquet")
    assert run.validated()["row"].tolist() == rows["row"].tolist()
    assert run.validated()["name"].tolist() == rows["fold"].tolist()
    run.check_made_of(runs.competition)
    run.check_same_folds(FinishedRun.read(runs.trees))


def test_another_competition(copy: Path, runs: Runs) -> None:
    change(copy / "manifest.json", lambda manifest: manifest.update(competition="other"))
    with pytest.raises(InputError, match="competition 'other', the blend is of 'tiny'"):
        FinishedRun.read(copy).check_made_of(runs.competition)


def test_other_tables(copy: Path, runs: Runs) -> None:
    change(copy / "manifest.json", lambda manifest: manifest["data"]["sha256"].update({"de_train.parquet": "0"}))
    with pytest.raises(InputError, match=r"computed from other tables .* train differ"):
        FinishedRun.read(copy).check_made_of(runs.competition)


def test_tables_that_are_read_otherwise(copy: Path, runs: Runs) -> None:
    path = copy / "config.resolved.yaml"
    text = path.read_text()
    path.unlink()
    path.write_text(text.replace("  smiles: SMILES\n", ""))
    with pytest.raises(InputError, match="columns otherwise"):
        FinishedRun.read(copy).check_made_of(runs.competition)


def test_other_folds(runs: Runs, tmp_path: Path) -> None:
    folds = "folds={kind: kfold, params: {n_splits: 3}}"
    other = FinishedRun.read(runs.tiny.train(tmp_path, runs.tiny.recipe(SINGLE, "thirds", folds)).path)
    with pytest.raises(InputError, match=r"different folds \(.*NK cells.*same `folds`"):
        FinishedRun.read(runs.ridge).check_same_folds(other)


def test_the_same_rows_validated_by_models_of_other_rows(copy: Path, runs: Runs) -> None:
    folds = pd.read_parquet(copy / "folds.parquet")
    first = folds.index[folds["part"] == "train"][0]
    (copy / "folds.parquet").unlink()
    folds.drop(index=first).to_parquet(copy / "folds.parquet")
    with pytest.raises(InputError, match="different folds"):
        FinishedRun.read(runs.ridge).check_same_folds(FinishedRun.read(copy))


def test_a_run_that_lost_something(copy: Path) -> None:
    (copy / "oof.npy").unlink()
    with pytest.raises(StateError, match=r"oof\.npy.*--fresh"):
        FinishedRun.read(copy)


def test_out_of_fold_rows_that_are_not_those_of_the_folds(copy: Path) -> None:
    rows = pd.read_parquet(copy / "oof_rows.parquet")
    (copy / "oof_rows.parquet").unlink()
    rows.iloc[::-1].to_parquet(copy / "oof_rows.parquet")
    with pytest.raises(StateError, match="not those of its folds"):
        FinishedRun.read(copy)


def test_a_blend_is_no_run(runs: Runs, tmp_path: Path) -> None:
    with pytest.raises(StateError, match="is a blend; blend its members"):
        FinishedRun.read(runs.blend(tmp_path).path)
