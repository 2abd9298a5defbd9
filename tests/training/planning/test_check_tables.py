"""What tables and recipe say of each other is known before the first fit, at the block's place in the recipe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kit.errors import InputError
from kit.training.planning.plan import make_plan
from tests.tiny import Tiny

CELL = "features:\n  cell: {kind: one_hot, params: {columns: [cell_type]}}\n  block: "


@pytest.fixture
def tables(tiny: Tiny, tmp_path: Path) -> dict[str, pd.DataFrame]:
    """The tiny competition's train and test tables, with a dose that both have."""
    train = pd.read_parquet(tiny.data / "de_train.parquet")
    test = pd.read_csv(tiny.data / "id_map.csv")
    train.insert(0, "dose", np.arange(len(train)) / 4)
    return {"train": train, "test": test.assign(dose=np.arange(len(test)) / 4)}


def planned(tiny: Tiny, folder: Path, tables: dict[str, pd.DataFrame], block: str, more: str = "") -> Any:
    data = folder / "data"
    data.mkdir()
    for path in tiny.data.iterdir():
        (data / path.name).write_bytes(path.read_bytes())
    tables["train"].to_parquet(data / "de_train.parquet")
    tables["test"].to_csv(data / "id_map.csv", index=False)
    text = f"{CELL}{block}\nmodels: {{m: ridge}}\n{more}"
    loaded = tiny.recipe(text, "checked", "columns.metadata=[sm_lincs_id, SMILES, control, dose]")
    with loaded.placing():
        return make_plan(loaded.config, tiny.read(loaded, data))


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ("{kind: one_hot, params: {columns: [cel_type]}}", "no column 'cel_type' .did you mean 'cell_type'"),
        ("{kind: target_profile, params: {by: sm_nam}}", "no column 'sm_nam' .did you mean 'sm_name'"),
        ("{kind: target_encoding, params: {by: [[cell_type, sm_nam]]}}", "no column 'sm_nam'"),
        ("{kind: gene_profile, params: {genes: 2, weights: cells}}", "no column 'cells'"),
        ("{kind: fingerprint, params: {column: smiles}}", "no column 'smiles' .did you mean 'SMILES'"),
        ("{kind: scaled, params: {of: {kind: numeric, params: {columns: [doses]}}}}", "no column 'doses'"),
        ("{kind: numeric, params: {columns: [sm_name]}}", "column 'sm_name' holds .* expected numbers"),
    ],
)
def test_columns_of_blocks(tiny: Tiny, tmp_path: Path, tables: dict, block: str, message: str) -> None:
    with pytest.raises(InputError, match=rf"checked.yaml:4: features.block: de_train.parquet: .*{message}"):
        planned(tiny, tmp_path, tables, block)


@pytest.mark.parametrize(("table", "file"), [("train", "de_train.parquet"), ("test", "id_map.csv")])
@pytest.mark.parametrize("kind", ["numeric", "one_hot", "category_codes"])
def test_gaps_are_named_by_the_tables_own_row(
    tiny: Tiny, tmp_path: Path, tables: dict, kind: str, table: str, file: str
) -> None:
    tables[table].loc[[3, 5], "dose"] = np.nan
    with pytest.raises(InputError, match=rf"{file}: {kind}: column 'dose' is missing.* at row 3 \(2 rows in all\)"):
        planned(tiny, tmp_path, tables, f"{{kind: {kind}, params: {{columns: [dose]}}}}")


def test_a_column_that_the_rows_to_predict_lack(tiny: Tiny, tmp_path: Path, tables: dict) -> None:
    del tables["test"]["dose"]
    with pytest.raises(InputError, match=r"features.block: id_map.csv: numeric: the rows have no column 'dose'"):
        planned(tiny, tmp_path, tables, "{kind: numeric, params: {columns: [dose]}}")


def test_weights_are_read_in_the_training_rows_alone(tiny: Tiny, tmp_path: Path, tables: dict) -> None:
    del tables["test"]["dose"]
    assert planned(tiny, tmp_path, tables, "{kind: target_profile, params: {weights: dose}}").tasks


def test_lookups_are_read_before_the_first_fit(tiny: Tiny, tmp_path: Path, tables: dict) -> None:
    vectors = pd.DataFrame({"sm_name": tables["train"]["sm_name"].unique(), "a": 1.0})
    block = f"{{kind: embedding_table, params: {{path: {tmp_path / 'e.csv'}, column: sm_name"
    for frame, more, message in (
        (vectors.assign(sm_name="x" + vectors["sm_name"]), "", "has a vector for none of the"),
        (vectors.head(3), ", missing: error", "has no vector for"),
        (vectors.assign(a=[np.inf, *[0.0] * (len(vectors) - 1)]), "", "holds NaN or infinity"),
    ):
        frame.to_csv(tmp_path / "e.csv", index=False)
        folder = tmp_path / message[:14].replace(" ", "")
        folder.mkdir()
        with pytest.raises(InputError, match=rf"checked.yaml:4: features.block: .*{message}"):
            planned(tiny, folder, tables, block + more + "}}")


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "no such file"), ("cell_type\nT cells\n", "no column 'sm_name'"), ("cell_type,sm_name\n", "no rows")],
)
def test_tables_of_more_rows(tiny: Tiny, tmp_path: Path, tables: dict, content: str | None, message: str) -> None:
    if content is not None:
        (tmp_path / "more.csv").write_text(content)
    stages = f"stages: {{t: {{models: {{m: ridge}}}}}}\npseudo_labels:\n  stage: t\n  rows: {tmp_path / 'more.csv'}\n"
    with pytest.raises(InputError, match=rf"checked.yaml:9: pseudo_labels.rows: .*{message}"):
        planned(tiny, tmp_path, tables, "{kind: one_hot, params: {columns: [sm_name]}}", stages)


def test_more_rows_must_have_the_columns_too(tiny: Tiny, tmp_path: Path, tables: dict) -> None:
    (tmp_path / "more.csv").write_text("cell_type,sm_name\nT cells,new\n")
    stages = f"stages: {{t: {{models: {{m: ridge}}}}}}\npseudo_labels: {{stage: t, rows: {tmp_path / 'more.csv'}}}\n"
    with pytest.raises(InputError, match=r"features.block: more.csv: numeric: .*'dose'"):
        planned(tiny, tmp_path, tables, "{kind: numeric, params: {columns: [dose]}}", stages)


def test_gaps_of_features_are_for_models_that_take_them(tiny: Tiny, tmp_path: Path, tables: dict) -> None:
    tables["train"].loc[[3, 5], "dose"] = np.nan
    passed = "{kind: numeric, params: {columns: [dose], missing: pass}}"
    message = (
        r"checked.yaml:5: models.m: the model 'ridge' cannot be given features with gaps, and the block 'block' passes "
        r"them on \(missing: pass\): column 'dose' is empty in de_train.parquet, row 3 \(2 rows in all\); give it the "
        r"columns by a block of kind `impute`. Models that can: .*lightgbm"
    )
    with pytest.raises(InputError, match=message):
        planned(tiny, tmp_path, tables, passed)
    for folder in ("scaled", "imputed"):
        (tmp_path / folder).mkdir()
    with pytest.raises(InputError, match="scaled cannot be made of features with gaps, which numeric passes on"):
        planned(tiny, tmp_path / "scaled", tables, f"{{kind: scaled, params: {{of: {passed}}}}}")
    assert planned(tiny, tmp_path / "imputed", tables, "{kind: impute, params: {columns: [dose]}}").tasks


def test_boosting_takes_gaps_of_features(tiny: Tiny, tmp_path: Path, tables: dict) -> None:
    tables["train"].loc[[3, 5], "dose"] = np.nan
    tables["test"].loc[[0], "dose"] = np.nan
    text = (
        "target: {kind: svd, params: {n_components: 2}}\n"
        "features: {block: {kind: numeric, params: {columns: [dose], missing: pass}}}\n"
        "models: {m: {kind: lightgbm, params: {n_estimators: 3, min_data_in_leaf: 3}}}\n"
    )
    data = tmp_path / "data"
    data.mkdir()
    for path in tiny.data.iterdir():
        (data / path.name).write_bytes(path.read_bytes())
    tables["train"].to_parquet(data / "de_train.parquet")
    tables["test"].to_csv(data / "id_map.csv", index=False)
    loaded = tiny.recipe(text, "trees", "columns.metadata=[sm_lincs_id, SMILES, control, dose]")
    run = tiny.train(tmp_path / "out", loaded, data)
    assert np.isfinite(np.load(run.path / "test.npy")).all()
