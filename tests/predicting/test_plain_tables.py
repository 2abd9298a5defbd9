"""Tables whose rows have no keys: numbers alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.config import load_recipe
from kit.data import read_competition
from kit.errors import InputError
from kit.predicting import RunPredictor
from kit.predicting.streaming import predict_table
from kit.training.train import train

RECIPE = """\
competition: plain
data: {root: data, train: train.csv}
columns: {metadata: {pattern: 'x.*'}, targets: {pattern: 'y.*'}}
folds: {kind: kfold, params: {n_splits: 4}}
target: {kind: identity}
features: {numbers: {kind: numeric, params: {columns: {pattern: 'x.*'}}}}
models: {ridge: {kind: ridge, params: {penalty: 0.1}}}
"""


def drawn(n_rows: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, 3))
    Y = X @ np.array([[1.0, -1.0], [0.5, 2.0], [0.0, 1.0]]) + rng.normal(size=(n_rows, 2)) * [0.1, 1.0]
    return pd.DataFrame(np.hstack([X, Y]), columns=["x1", "x2", "x3", "y1", "y2"])


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> RunPredictor:
    folder = tmp_path_factory.mktemp("plain")
    (folder / "data").mkdir()
    drawn(60, 0).to_csv(folder / "data" / "train.csv", index=False)
    (folder / "recipe.yaml").write_text(RECIPE)
    recipe = load_recipe(folder / "recipe.yaml")
    competition = read_competition(recipe.config, folder / "data", folder / "cache")
    return RunPredictor.load(train(recipe, competition, folder / "out", jobs=1).path)


def test_rows_are_new_ones_and_have_intervals(predictor: RunPredictor, tmp_path: Path) -> None:
    new = drawn(500, 1)
    new.drop(columns=["y1", "y2"]).to_csv(tmp_path / "new.csv", index=False)
    written = predict_table(predictor, tmp_path / "new.csv", tmp_path / "out.csv", interval=0.9)
    assert written.n_rows == 500
    assert written.rests_on == {"new row": 500}
    found = pd.read_csv(written.path)
    for target, size in (("y1", 0.1), ("y2", 1.0)):
        inside = new[target].between(found[f"{target}.low"], found[f"{target}.high"])
        assert 0.83 < inside.mean() < 0.96
        assert np.corrcoef(found[target], new[target])[0, 1] > 0.8
        # The noise of each target has its own size; 1.645 of them on both sides cover 90 per cent.
        assert (found[f"{target}.high"] - found[f"{target}.low"]).mean() == pytest.approx(3.29 * size, rel=0.35)


def test_none_of_the_columns_that_are_read(predictor: RunPredictor, tmp_path: Path) -> None:
    pd.DataFrame({"z": [1.0]}).to_csv(tmp_path / "new.csv", index=False)
    with pytest.raises(InputError, match="none of the columns that the run reads is there, such as 'x1'"):
        predict_table(predictor, tmp_path / "new.csv", tmp_path / "out.csv")
    with pytest.raises(InputError, match="no column 'x2'"):
        predictor.predict(pd.DataFrame({"x1": [1.0], "x3": [1.0]}))
    with pytest.raises(InputError, match="'x1' is 'much'; in the training rows it is a number"):
        predictor.predict(pd.DataFrame({"x1": ["much"], "x2": [1.0], "x3": [1.0]}))
