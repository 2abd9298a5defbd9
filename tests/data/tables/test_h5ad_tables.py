"""AnnData files of every layout, with the targets' names where they are, and files whose parts disagree."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kit.config.schema import CompetitionConfig
from kit.data import open_predictions, open_table, read_competition, read_predictions
from kit.errors import DataError, SubmissionError
from kit.submission import check_submission
from tests.data.small import GENES, sample_table, small_config, train_table, write_tables

anndata = pytest.importorskip("anndata")
h5py = pytest.importorskip("h5py")

ENSEMBL = [f"ENSG{number}" for number in range(len(GENES))]
CELLS, VALUES = ["T", "B", "T"], np.arange(12, dtype=np.float32).reshape(3, 4)


def write(path: Path, var: pd.DataFrame | None = None, values: np.ndarray = VALUES, **layers: np.ndarray) -> Path:
    obs = pd.DataFrame({"cell": CELLS}, index=["7", "8", "9"])
    anndata.AnnData(values, obs=obs, var=pd.DataFrame(index=GENES) if var is None else var, layers=layers).write_h5ad(
        path
    )
    return path


def of_records(path: Path, text: str) -> Path:
    """Write what anndata before 0.7 wrote: arrays of records, and categories as numbers that `uns` explains."""
    of_text = h5py.string_dtype() if text == "str" else text
    obs = np.array([("7", 1, 0.5), ("8", 0, 1.0), ("9", 1, 2.0)], [("index", of_text), ("cell", "i1"), ("dose", "f8")])
    var = np.array([(name,) for name in GENES], [("index", of_text)])
    with h5py.File(path, "w") as file:
        file["X"], file["obs"], file["var"] = VALUES, obs, var
        file["uns/cell_categories"] = np.array(["B", "T"], dtype=of_text)
    return path


def of_references(path: Path) -> Path:
    """Write what anndata 0.7 wrote: groups of columns, and categories that a column refers to."""
    with h5py.File(path, "w") as file:
        file["X"] = VALUES
        for part, index, columns in (("obs", ["7", "8", "9"], ["cell", "dose"]), ("var", GENES, [])):
            group = file.create_group(part)
            group.attrs.update({"encoding-type": "dataframe", "encoding-version": "0.1.0", "_index": "_index"})
            group.attrs["column-order"] = np.array(columns, dtype=h5py.string_dtype())
            group["_index"] = np.array(index, dtype=h5py.string_dtype())
        file["obs/__categories/cell"] = np.array(["B", "T"], dtype=h5py.string_dtype())
        file["obs/cell"], file["obs/dose"] = np.array([1, 0, 1], "i1"), np.array([0.5, 1, 2])
        file["obs/cell"].attrs["categories"] = file["obs/__categories/cell"].ref
    return path


@pytest.mark.parametrize(
    "write_layout", [lambda path: of_records(path, "S8"), lambda path: of_records(path, "str"), of_references]
)
def test_older_layouts(tmp_path: Path, write_layout: Callable[[Path], Path]) -> None:
    table = open_table(write_layout(tmp_path / "t.h5ad"))
    assert table.candidates == GENES
    frame = table.frame(["obs_names", "cell", "dose"])
    assert frame.to_numpy().tolist() == [["7", "T", "0.5"], ["8", "B", "1"], ["9", "T", "2"]]
    matrix, _ = table.matrix(GENES[::-1])
    np.testing.assert_array_equal(matrix, VALUES[:, ::-1])


def test_ids_in_obs_names(tmp_path: Path) -> None:
    read = read_predictions(write(tmp_path / "t.h5ad"), GENES, id_column="obs_names")
    assert read.ids == ("7", "8", "9")


def with_part(part: str, content: Any) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        with h5py.File(path, "a") as file:
            del file[part]
            if content is not None:
                file[part] = content

    return change


DISAGREEING: dict[str, tuple[Callable[[Path], None], str]] = {
    "values of another number of rows": (with_part("X", VALUES[:2]), r"X has the shape \(2, 4\), but obs has 3 rows"),
    "values of another number of columns": (with_part("X", VALUES[:, :3]), "X has the shape .* and var has 4"),
    "no values": (with_part("X", None), "has no X"),
    "a column of obs that is too short": (with_part("obs/cell/codes", np.array([0, 1], "i1")), "damaged"),
    "no obs": (with_part("obs", None), "damaged or no AnnData file"),
    "obs is a number": (with_part("obs", 3), "damaged or no AnnData file"),
    "no names": (with_part("var/_index", None), "damaged or no AnnData file"),
}


@pytest.mark.parametrize("name", DISAGREEING)
def test_parts_that_disagree(tmp_path: Path, name: str) -> None:
    damage, told = DISAGREEING[name]
    path = write(tmp_path / "t.h5ad")
    damage(path)
    with pytest.raises(DataError, match=rf"t\.h5ad.*{told}"):
        read_predictions(path, GENES, id_column="obs_names")


def test_a_layer_of_another_shape(tmp_path: Path) -> None:
    path = write(tmp_path / "t.h5ad", logs=VALUES)
    with_part("layers/logs", VALUES[:, :2])(path)
    with pytest.raises(DataError, match=r"logs has the shape \(3, 2\), but obs has 3 rows and var has 4"):
        open_table(path, "logs").matrix(GENES)


def test_records_whose_columns_have_different_lengths(tmp_path: Path) -> None:
    path = of_references(tmp_path / "t.h5ad")
    with_part("obs/dose", np.array([0.5, 1]))(path)
    with pytest.raises(DataError, match="damaged or no AnnData file"):
        open_table(path)


# Targets named by a column of var.


def train_by_symbols(folder: Path, symbols: list[str], **data: Any) -> CompetitionConfig:
    write_tables(folder)
    table = train_table()
    obs = table.drop(columns=GENES).set_index(table.index.astype(str))
    var = pd.DataFrame({"symbol": symbols}, index=ENSEMBL)
    anndata.AnnData(table[GENES].to_numpy(np.float32), obs=obs, var=var).write_h5ad(folder / "train.h5ad")
    return small_config({"train": "train.h5ad", **data})


def test_targets_are_named_by_a_column_of_var(tmp_path: Path) -> None:
    config = train_by_symbols(tmp_path, GENES, target_names="symbol")
    competition = read_competition(config, tmp_path, tmp_path / "cache")
    assert competition.targets == tuple(GENES)
    np.testing.assert_array_equal(competition.Y, train_table()[GENES].to_numpy(np.float32))


def test_the_cache_knows_what_named_the_targets(tmp_path: Path) -> None:
    write_tables(tmp_path)
    table = train_table()
    obs = table.drop(columns=GENES).set_index(table.index.astype(str))
    var = pd.DataFrame({"turned": GENES[::-1]}, index=GENES)
    anndata.AnnData(table[GENES].to_numpy(np.float32), obs=obs, var=var).write_h5ad(tmp_path / "t.h5ad")
    read = {
        names: read_competition(
            small_config({"train": "t.h5ad", "target_names": names}, {"targets": GENES}), tmp_path, tmp_path / "cache"
        )
        for names in (None, "turned")
    }
    np.testing.assert_array_equal(read["turned"].Y, np.array(read[None].Y)[:, ::-1])


@pytest.mark.parametrize(
    ("symbols", "data", "told"),
    [
        (GENES, {}, r"column 'symbol' of var in train\.h5ad has them: set data\.target_names to it"),
        (GENES, {"target_names": "symbl"}, r"var has no column 'symbl' \(did you mean 'symbol'\?\).*data.target_names"),
        (["A1BG", "HLA", "HLA", "ZYX"], {"target_names": "symbol"}, "'HLA' stands twice, in columns 2 and 3"),
        (["A1BG", "HLA", "", "ZYX"], {"target_names": "symbol"}, "column 3 has no name"),
    ],
)
def test_names_that_cannot_be_used(tmp_path: Path, symbols: list[str], data: dict[str, str], told: str) -> None:
    config = train_by_symbols(tmp_path, symbols, **data)
    config = config.model_copy(update={"columns": config.columns.model_copy(update={"targets": GENES})})
    with pytest.raises(DataError, match=told):
        read_competition(config, tmp_path, tmp_path / "cache")


# Tables of predictions may be made like the training table, and need not.


@pytest.mark.parametrize("made", ["plain", "like the training table"])
def test_predictions_by_layer_and_symbol_or_plain(tmp_path: Path, made: str) -> None:
    data = small_config({"layer": "logs", "target_names": "symbol"}).data
    if made == "plain":
        path = write(tmp_path / "t.h5ad")
    else:
        var = pd.DataFrame({"symbol": GENES}, index=ENSEMBL)
        path = write(tmp_path / "t.h5ad", var, np.zeros_like(VALUES), logs=VALUES)
    read = read_predictions(path, GENES, id_column="obs_names", data=data)
    np.testing.assert_array_equal(read.values, VALUES)
    assert open_predictions(path, data).candidates == GENES


def test_a_submission_whose_names_are_in_a_column(tmp_path: Path) -> None:
    write_tables(tmp_path)
    rng = np.random.default_rng(0)
    var = pd.DataFrame({"symbol": GENES}, index=ENSEMBL)
    values = rng.normal(size=(3, 4)).astype(np.float32)
    ids = pd.DataFrame({"id": sample_table()["id"].to_numpy()}, index=["a", "b", "c"])
    anndata.AnnData(values, obs=ids, var=var).write_h5ad(tmp_path / "theirs.h5ad")
    plain = read_competition(small_config(), tmp_path, tmp_path / "cache")
    with pytest.raises(SubmissionError, match=r"(?s)4 columns of the sample missing.*set data\.target_names to it"):
        check_submission(tmp_path / "theirs.h5ad", plain)
    named = read_competition(small_config({"target_names": "symbol"}), tmp_path, tmp_path / "cache")
    assert [text for text in check_submission(tmp_path / "theirs.h5ad", named) if "column" in text] == []


@pytest.mark.parametrize("sparse", [False, True])
def test_where_a_label_is_learnt_the_matrix_has_columns_of_the_table(sparse: bool, tmp_path: Path) -> None:
    from scipy.sparse import csr_matrix

    path = write(tmp_path / "cells.h5ad", values=csr_matrix(VALUES) if sparse else VALUES)
    table = open_table(path, wide=True)
    assert table.columns == ["obs_names", "cell", *GENES]
    found = table.frame(["cell", *GENES[::-1]], GENES)
    assert found["cell"].tolist() == CELLS
    np.testing.assert_array_equal(found[GENES], VALUES)
    assert (found[GENES].dtypes == np.float32).all()
    parts = list(table.frames(["cell", GENES[2]], 2, GENES[2:3]))
    assert [part[GENES[2]].tolist() for part in parts] == [[2, 6], [10]]
    assert table.frame([GENES[1]])[GENES[1]].tolist() == ["1", "5", "9"]
    assert open_table(path).columns == ["obs_names", "cell"]
