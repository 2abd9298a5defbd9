"""The first recipe of a table: what it holds by the columns, and that it is right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML

from kit.config import load_competition, load_recipe
from kit.data import Competition, read_competition
from kit.errors import InputError
from kit.starting import start_recipe
from kit.starting.columns import StartColumns
from kit.training.train import train
from tests.tiny import Tiny


def made(folder: Path, known: pd.DataFrame, Y: np.ndarray, columns: str, n_test: int = 8) -> Competition:
    """A competition of the given tables, whose last rows are those to predict."""
    targets = pd.DataFrame(Y, columns=[f"y{number}" for number in range(Y.shape[1])])
    pd.concat([known, targets], axis=1)[:-n_test].to_parquet(folder / "train.parquet", index=False)
    test = known[-n_test:].reset_index(drop=True).rename_axis("id").reset_index()
    test.to_csv(folder / "test.csv", index=False)
    sample = pd.DataFrame(0.0, index=test["id"], columns=targets.columns)
    sample.to_csv(folder / "sample.csv")
    (folder / "competition.yaml").write_text(
        "competition: own\n"
        "data: {root: ., train: train.parquet, test: test.csv, sample_submission: sample.csv}\n"
        f"columns: {{{columns}}}\n"
        "folds: {kind: kfold, params: {n_splits: 2}}\n"
    )
    loaded = load_competition(folder / "competition.yaml")
    return read_competition(loaded.config, loaded.root)


def described(folder: Path) -> Competition:
    """Rows of numbers and categories, on which targets depend, and of columns that are of no use."""
    rng = np.random.default_rng(0)
    n = 60
    known = pd.DataFrame(
        {
            "row": [f"r{number}" for number in range(n)],
            "plate": rng.choice(["a", "b", "c"], n),
            "dose": rng.normal(50, 10, n),
            "time": rng.normal(0, 0.01, n),
            "same": "x",
        }
    )
    known["plate_number"] = known["plate"].map({"a": 1, "b": 2, "c": 3})
    X = np.column_stack([(known["dose"] - 50) / 10, known["time"] * 100, known["plate_number"]])
    Y = X @ rng.normal(size=(3, 6)) + rng.normal(0, 0.3, (n, 6))
    columns = "keys: [row, plate], group: plate, metadata: [dose, time, same, plate_number]"
    return made(folder, known, Y, columns)


def test_columns_play_their_parts(tmp_path: Path) -> None:
    columns = StartColumns.of(described(tmp_path))
    assert not columns.pairs
    assert (columns.categories, columns.numbers, columns.smiles) == (("plate",), ("dose", "time", "plate_number"), None)
    assert columns.left_out == {"too many different texts": ["row"], "the same in every row": ["same"]}


def test_columns_with_gaps_are_read_and_weights_are_not(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    known = pd.DataFrame({"plate": rng.choice(["a", "b", "c"], 60), "dose": rng.normal(size=60), "w": 1.0})
    Y = np.column_stack([known["dose"], -known["dose"]]) + 0.1 * rng.normal(size=(60, 2))
    known.loc[::7, "dose"] = np.nan
    known.loc[::9, "plate"] = None
    competition = made(tmp_path, known, Y, "metadata: [plate, dose], weight: w")
    columns = StartColumns.of(competition)
    assert (columns.categories, columns.numbers, columns.gapped) == (("plate",), ("dose",), ("plate", "dose"))
    text = start_recipe(competition)
    assert "as_measured: {kind: impute, params: {columns: [dose]}}" in text
    assert "categories: {kind: one_hot, params: {columns: [plate], missing: category}}" in text
    recipe = tmp_path / "start.yaml"
    recipe.write_text(text)
    board = train(load_recipe(recipe), competition, tmp_path / "out", jobs=1).leaderboard.set_index("member")["mrrmse"]
    assert board["blend"] < 0.7 * board["mean"].min()


def test_rows_that_columns_describe_are_learnt(tmp_path: Path) -> None:
    competition = described(tmp_path)
    recipe = tmp_path / "start.yaml"
    recipe.write_text(start_recipe(competition))
    result = train(load_recipe(recipe), competition, tmp_path / "out", jobs=1)
    board = result.leaderboard.set_index(["kind", "member"])["mrrmse"]
    assert board["model"].index.tolist() == ["mean", "ridge", "process"]
    # The noise has the size 0.3.
    assert result.summary["score"] < 0.4 < 0.8 < board["floor"].min()
    assert result.warnings == () or all("no training row has" in text for text in result.warnings)


def test_pairs_get_the_models_of_pairs(tiny: Tiny, tmp_path: Path) -> None:
    competition = tiny.competition
    columns = StartColumns.of(competition)
    assert (columns.context, columns.item, columns.smiles) == ("cell_type", "sm_name", "SMILES")
    # What every compound has one of tells no more than its name.
    assert columns.left_out.get("follows from sm_name") == ["sm_lincs_id", "control"]
    recipe = tmp_path / "start.yaml"
    recipe.write_text(start_recipe(competition, str(tiny.folder / "competition.yaml")))
    assert list(load_recipe(recipe).config.models) == ["additive", "ridge", "process"]
    loaded = load_recipe(recipe, ["models.process.params.n_steps=5"])
    board = train(loaded, competition, tmp_path / "out", jobs=1).leaderboard
    best = board.groupby("kind")["mrrmse"].min()
    assert best["blend"] < best["floor"]


def test_a_table_that_says_nothing_of_its_rows_gets_the_mean(tmp_path: Path) -> None:
    known = pd.DataFrame({"row": [f"r{number}" for number in range(30)], "all": "all"})
    competition = made(tmp_path, known, np.random.default_rng(0).normal(size=(30, 4)), "keys: [row, all], group: all")
    text = start_recipe(competition)
    (tmp_path / "start.yaml").write_text(text)
    assert list(load_recipe(tmp_path / "start.yaml").config.models) == ["mean"]
    assert "No column says anything" in text


def test_a_table_of_targets_alone_is_wrong_input(tmp_path: Path) -> None:
    Y = np.random.default_rng(0).normal(size=(30, 4))
    pd.DataFrame(Y, columns=list("abcd")).to_parquet(tmp_path / "train.parquet", index=False)
    (tmp_path / "competition.yaml").write_text(
        "competition: own\ndata: {root: ., train: train.parquet}\ncolumns: {}\nfolds: {kind: kfold}\n"
    )
    loaded = load_competition(tmp_path / "competition.yaml")
    with pytest.raises(InputError, match="no columns but targets"):
        start_recipe(read_competition(loaded.config, loaded.root))


def test_rows_need_neither_keys_nor_groups_nor_a_test_table(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(40, 4)), columns=["x1", "x2", "y1", "y2"])
    table.to_csv(tmp_path / "train.csv", index=False)
    (tmp_path / "competition.yaml").write_text(
        "competition: own\ndata: {root: ., train: train.csv}\ncolumns: {metadata: {pattern: 'x.'}}\n"
        "folds: {kind: kfold}\n"
    )
    loaded = load_competition(tmp_path / "competition.yaml")
    competition = read_competition(loaded.config, loaded.root)
    assert StartColumns.of(competition).numbers == ("x1", "x2")
    (tmp_path / "start.yaml").write_text(start_recipe(competition))
    assert list(load_recipe(tmp_path / "start.yaml").config.models) == ["mean", "ridge", "process"]


def test_structures_are_read_where_rows_have_them(tmp_path: Path) -> None:
    pytest.importorskip("rdkit")
    smiles = ["C" * length + end for length in range(1, 16) for end in ("O", "N")]
    known = pd.DataFrame({"drug": [f"d{number}" for number in range(30)], "structure": smiles, "all": "all"})
    ends = np.array([text[-1] == "O" for text in smiles])
    Y = ends[:, None] * np.ones(5) + np.random.default_rng(0).normal(0, 0.1, (30, 5))
    competition = made(tmp_path, known, Y, "keys: [drug, all], group: all, smiles: structure", n_test=4)
    (tmp_path / "start.yaml").write_text(start_recipe(competition))
    result = train(load_recipe(tmp_path / "start.yaml"), competition, tmp_path / "out", jobs=1)
    assert result.summary["score"] < 0.3


def test_columns_of_one_kind_keep_their_spreads_and_others_do_not(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for names, blocks in (([f"x{n}" for n in range(9)], ["numbers"]), (list("abcdefghi"), ["as_measured", "numbers"])):
        known = pd.DataFrame(rng.normal(size=(30, 9)), columns=names).assign(all="all")
        known["row"] = [f"r{number}" for number in range(30)]
        columns = f"keys: [row, all], group: all, metadata: [{', '.join(names)}]"
        text = start_recipe(made(tmp_path, known, rng.normal(size=(30, 2)), columns))
        assert list(YAML(typ="safe").load(text)["features"]) == blocks


@pytest.mark.parametrize("name", ["a: b", "[x]", "yes", "it's", "#1", "n"])
def test_names_that_yaml_would_read_otherwise_are_quoted(name: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    known = pd.DataFrame({name: rng.normal(size=30), "row": [f"r{number}" for number in range(30)], "all": "all"})
    quoted = "'" + name.replace("'", "''") + "'"
    competition = made(tmp_path, known, rng.normal(size=(30, 2)), f"keys: [row, all], group: all, metadata: [{quoted}]")
    (tmp_path / "start.yaml").write_text(start_recipe(competition))
    assert load_recipe(tmp_path / "start.yaml").config.features["as_measured"].params == {"columns": [name]}
