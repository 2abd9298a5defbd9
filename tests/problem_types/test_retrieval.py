"""A recipe of a retrieval goes down the same road as any other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.cli.run_tables import show_tables
from kit.config import load_recipe
from kit.config.schema import ColumnsConfig
from kit.data import read_competition
from kit.errors import ConfigError, InputError
from kit.metrics import MeanAveragePrecision
from kit.predicting import RunPredictor
from kit.problem_types import Retrieval
from kit.reporting.facts import RunFacts
from kit.reporting.run_page import write_run_page
from kit.splits import Fold
from kit.training.train import RunResult, train

COMPETITION = """\
competition: wells
problem_type: retrieval
data: {root: ., train: train.csv}
columns:
  keys: [well]
  label: compound
  group: plate
  metadata: {pattern: "x\\\\d+"}
folds: {kind: labels_out, params: {n_splits: 3}}
"""
RECIPE = """\
extends: competition.yaml
features:
  x: {kind: numeric, params: {columns: {pattern: "x\\\\d+"}}}
  half: {kind: numeric, params: {columns: {pattern: "x[0-3]"}}}
models:
  raw: {kind: as_is, features: [x]}
  half: {kind: as_is, features: [half]}
  ridge: {kind: ridge, features: [x], repeats: 2, params: {penalty: 1.0}}
"""
KIND = Retrieval()


def make_wells(seed: int = 0) -> pd.DataFrame:
    """Return 60 wells of 15 compounds on 4 plates: 8 features, of which the first 6 tell compounds apart."""
    rng = np.random.default_rng(seed)
    codes = np.tile(np.arange(15), 4)
    X = rng.standard_normal((60, 8))
    X[:, :6] += 2 * np.random.default_rng(9).standard_normal((15, 6))[codes]
    frame = pd.DataFrame(X, columns=[f"x{place}" for place in range(8)])
    frame.insert(0, "compound", [f"c{code}" for code in codes])
    frame.insert(0, "plate", [f"p{row // 15}" for row in range(60)])
    frame.insert(0, "well", [f"w{row}" for row in range(60)])
    return frame


def trained(folder: Path, wells: pd.DataFrame, recipe: str = RECIPE, competition: str = COMPETITION) -> RunResult:
    folder.mkdir(parents=True)
    wells.to_csv(folder / "train.csv", index=False)
    (folder / "competition.yaml").write_text(competition, encoding="utf-8")
    (folder / "recipe.yaml").write_text(recipe, encoding="utf-8")
    loaded = load_recipe(folder / "recipe.yaml")
    return train(loaded, read_competition(loaded.config, loaded.root, folder / "cache"), folder / "out", jobs=1)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    return trained(tmp_path_factory.mktemp("wells") / "first", make_wells())


def test_vectors_are_scored_by_how_rows_of_a_label_find_each_other(run: RunResult) -> None:
    board = run.leaderboard.set_index("member")
    assert run.summary["metric"] == "map"
    assert board.loc["raw", "map"] > board.loc["chance", "map"] + 0.2
    assert board.loc["raw", "map"] > board.loc["half", "map"]
    assert run.submission is None
    wells, folds = make_wells(), pd.read_parquet(run.path / "oof_rows.parquet")
    values = []
    for _, of_fold in folds.groupby("fold"):
        part = wells.iloc[of_fold["row"]]
        Y = pd.get_dummies(part["compound"]).to_numpy(dtype=np.float32)
        values.append(MeanAveragePrecision()(Y, part.filter(regex=r"x\d").to_numpy(dtype=np.float32)))
    assert board.loc["raw", "map"] == pytest.approx(np.mean(values), abs=1e-6)


def test_every_label_has_a_p_value_within_its_fold(run: RunResult, capsys: pytest.CaptureFixture[str]) -> None:
    labels, board = pd.read_csv(run.path / "labels.csv"), run.leaderboard.set_index("member")
    assert sorted(labels["label"]) == sorted(f"c{code}" for code in range(15))
    assert labels["map"].mean() == pytest.approx(board.loc["blend", "map"], abs=1e-4)
    assert (labels["q_value"] >= labels["p_value"]).all()
    show_tables(RunFacts(run.path, None))
    found = (labels["q_value"] < 0.05).sum()
    assert found > 7
    assert f"labels found better than by chance: {found} of 15" in capsys.readouterr().out


def test_no_label_is_on_both_sides_of_a_fold(run: RunResult) -> None:
    folds = pd.read_parquet(run.path / "folds.parquet")
    wells = make_wells()["compound"]
    for _, of_fold in folds.groupby("fold"):
        held = set(wells.iloc[of_fold.loc[of_fold["part"] == "validation", "row"]])
        assert not held & set(wells.iloc[of_fold.loc[of_fold["part"] == "train", "row"]])


def test_the_blend_is_vectors_side_by_side(run: RunResult) -> None:
    oof = np.load(run.path / "oof.npy")
    assert oof.shape == (60, 8 + 4 + 2 * 15)
    np.testing.assert_allclose(np.linalg.norm(oof[:, :4], axis=1), 1, rtol=1e-5)
    assert not (run.path / "residuals.npy").exists()


def test_new_rows_get_vectors_and_no_interval(run: RunResult) -> None:
    predictor, new = RunPredictor.load(run.path), make_wells(seed=5)
    found = predictor.predict(new, warn=False)
    assert found.values.shape == (60, 42)
    assert found.targets == tuple(f"v{place}" for place in range(42))
    assert list(found.frame().columns) == ["well", "rests_on", *found.targets]
    alone = predictor.predict(new.iloc[[7]], warn=False)
    np.testing.assert_allclose(alone.values[0], found.values[7], rtol=1e-5)
    with pytest.raises(InputError, match="interval"):
        predictor.predict(new, warn=False, interval=0.9)


def test_other_labels_of_validated_rows_change_no_vector_of_them(tmp_path: Path) -> None:
    """On folds by a column, since those by label follow the labels."""
    by_column = COMPETITION.replace("labels_out, params: {n_splits: 3}", "leave_one_group_out, params: {column: half}")
    by_column = by_column.replace('"x', '"half|x')
    wells = make_wells().assign(half=[f"h{row // 30}" for row in range(60)])
    first = trained(tmp_path / "first", wells, competition=by_column)
    hidden = wells["half"] == "h1"
    wells.loc[hidden, "compound"] = np.roll(wells.loc[hidden, "compound"].to_numpy(), 1)
    second = trained(tmp_path / "second", wells, competition=by_column)
    of_fold = (pd.read_parquet(first.path / "oof_rows.parquet")["fold"] == "h1").to_numpy()
    before, after = (np.load(of.path / "oof.npy") for of in (first, second))
    np.testing.assert_array_equal(before[of_fold], after[of_fold])
    assert not np.array_equal(before[~of_fold], after[~of_fold])  # there the rows are training rows


def test_chance_is_the_only_floor() -> None:
    [(name, vectors)] = KIND.floors(ColumnsConfig(), pd.DataFrame(), np.zeros((0, 2)), pd.DataFrame(index=range(5)))
    assert name == "chance"
    assert len(np.unique(vectors)) == vectors.size


def test_labels_that_no_other_row_can_find_are_counted() -> None:
    Y = np.eye(4, dtype=np.float32)[[0, 0, 1, 2, 3]]
    [warning] = KIND.fold_warnings([Fold("a", np.array([4]), np.arange(4), 1.0)], Y, tuple("wxyz"))
    assert "2 labels with one row each" in warning
    assert "(1 labels are)" in warning


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        (RECIPE + "target: {kind: svd}\n", "target"),
        (RECIPE + "blend: concatenate\nmetric: pearson\n", "metric.kind: the metric 'pearson' is for regression"),
        (RECIPE + "blend: mean\n", "blend.kind: the blend 'mean' is for"),
        (RECIPE + "postprocess: [clip]\n", "postprocess.0.kind: the postprocessor 'clip' is for"),
    ],
)
def test_what_is_for_other_problems_is_refused(tmp_path: Path, recipe: str, message: str) -> None:
    (tmp_path / "competition.yaml").write_text(COMPETITION, encoding="utf-8")
    (tmp_path / "recipe.yaml").write_text(recipe, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_recipe(tmp_path / "recipe.yaml")
    assert message in str(caught.value)


def test_the_page_of_a_run_leaves_out_what_only_measured_values_have(run: RunResult, tmp_path: Path) -> None:
    page = write_run_page(run.path, file=tmp_path / "report.html").read_text(encoding="utf-8")
    assert run.summary["metric"] in page
    assert "chance" in page
    assert "as far as measurements" not in page
