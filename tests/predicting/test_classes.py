"""Finished runs that predict the classes of new rows."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.config import load_recipe
from kit.data import read_competition
from kit.errors import InputError, KitWarning
from kit.predicting import RunPredictor
from kit.predicting.predictor import PROBABILITY
from kit.predicting.streaming import predict_table
from kit.training.train import train
from tests.labelled import make_rows, write_labelled


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> RunPredictor:
    folder = tmp_path_factory.mktemp("labelled")
    loaded = load_recipe(write_labelled(folder))
    run = train(loaded, read_competition(loaded.config, loaded.root, folder / "cache"), folder / "out", jobs=1)
    return RunPredictor.load(run.path)


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".h5ad"])
def test_a_table_of_predictions_has_class_and_probability(predictor: RunPredictor, tmp_path: Path, suffix: str) -> None:
    rows = make_rows(40, seed=2)
    rows.drop(columns="kind").to_csv(tmp_path / "new.csv", index=False)
    with warnings.catch_warnings():
        # That no training row has these wells is no news: no value of that key recurs.
        warnings.simplefilter("error", KitWarning)
        predict_table(predictor, tmp_path / "new.csv", tmp_path / f"predicted{suffix}")
    if suffix == ".h5ad":
        anndata = pytest.importorskip("anndata")
        table = anndata.read_h5ad(tmp_path / "predicted.h5ad")
        frame, values = table.obs, np.asarray(table.X)
        assert list(table.var_names) == list(predictor.targets)
    else:
        read = pd.read_csv if suffix == ".csv" else pd.read_parquet
        frame = read(tmp_path / f"predicted{suffix}")
        values = frame[list(predictor.targets)].to_numpy()
    assert (frame["kind"].to_numpy() == rows["kind"].to_numpy()).mean() > 0.9
    assert list(frame["kind"]) == [predictor.targets[place] for place in values.argmax(axis=1)]
    np.testing.assert_allclose(frame[PROBABILITY].astype(float), values.max(axis=1), rtol=1e-6)


def test_an_interval_of_a_class_is_refused(predictor: RunPredictor) -> None:
    with pytest.raises(InputError, match=r"learns a label \('kind'"):
        predictor.predict(make_rows(4), warn=False, interval=0.9)
