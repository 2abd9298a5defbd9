"""Tables of new rows to tables of predictions, some rows at a time."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.data.tables.table import Table, open_table
from kit.errors import InputError
from kit.predicting import RunPredictor, streaming
from kit.predicting.streaming import block_rows, predict_table
from kit.training.train import RunResult
from tests.extras import needs_anndata
from tests.tiny import Tiny

SIZE = 5


@pytest.fixture(scope="module")
def predictor(finished: RunResult) -> RunPredictor:
    return RunPredictor.load(finished.path)


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Predict five rows at a time; the lengths of the blocks."""
    lengths: list[int] = []
    predict_texts = RunPredictor.predict_texts

    def counted(self: RunPredictor, rows: pd.DataFrame, source: str, **more: bool) -> object:
        lengths.append(len(rows))
        return predict_texts(self, rows, source, **more)

    monkeypatch.setattr(streaming, "block_rows", lambda n_targets: SIZE)
    monkeypatch.setattr(RunPredictor, "predict_texts", counted)
    return lengths


def write_rows(rows: pd.DataFrame, path: Path) -> Path:
    if path.suffix == ".csv":
        rows.to_csv(path, index=False)
    elif path.suffix == ".feather":
        rows.to_feather(path, chunksize=3)
    elif path.suffix == ".h5ad":
        from anndata import AnnData

        AnnData(obs=rows.astype(str).set_index("id")).write_h5ad(path)
    else:
        rows.to_parquet(path, row_group_size=4)
    return path


@pytest.mark.parametrize("output", ["out.csv", "out.parquet", pytest.param("out.h5ad", marks=needs_anndata)])
@pytest.mark.parametrize("rows", ["in.csv", "in.parquet", "in.feather", pytest.param("in.h5ad", marks=needs_anndata)])
def test_blocks_of_rows_are_what_the_run_predicted(
    tiny: Tiny, predictor: RunPredictor, small_blocks: list[int], tmp_path: Path, rows: str, output: str
) -> None:
    test = pd.read_csv(tiny.data / "id_map.csv")
    written = predict_table(predictor, write_rows(test, tmp_path / rows), tmp_path / output)
    assert sum(small_blocks) == written.n_rows == len(test)
    assert len(small_blocks) >= len(test) / SIZE
    assert max(small_blocks) <= SIZE
    assert written.rests_on == {"seen parts": len(test)}
    table = open_table(written.path)
    values, text = table.matrix(predictor.targets)
    assert not text
    np.testing.assert_allclose(values, np.load(predictor.saved.path / "test.npy"), rtol=1e-5, atol=1e-6)
    keys = table.frame(["id", "cell_type", "sm_name"])
    pd.testing.assert_frame_equal(keys, test.astype(str).astype(object))
    assert set(table.frame(["rests_on"])["rests_on"]) == {"seen parts"}


@needs_anndata
def test_anndata_reads_what_is_written(tiny: Tiny, predictor: RunPredictor, tmp_path: Path) -> None:
    import anndata

    predict_table(predictor, tiny.data / "id_map.csv", tmp_path / "out.h5ad")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = anndata.read_h5ad(tmp_path / "out.h5ad")
    assert found.var_names.tolist() == list(predictor.targets)
    assert found.obs.columns.tolist() == ["id", "cell_type", "sm_name", "rests_on"]
    np.testing.assert_allclose(found.X, np.load(predictor.saved.path / "test.npy"), rtol=1e-5, atol=1e-6)


def test_no_column_of_a_table_is_read_whole(
    tiny: Tiny, predictor: RunPredictor, small_blocks: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Table, names: Sequence[str]) -> object:
        raise AssertionError("a whole column was read")

    monkeypatch.setattr(Table, "frame", refuse)
    monkeypatch.setattr(streaming, "_READ_ROWS", SIZE)
    test = pd.read_csv(tiny.data / "id_map.csv")
    rows = pd.concat([test] * 20, ignore_index=True).assign(id=range(20 * len(test)))
    written = predict_table(predictor, write_rows(rows, tmp_path / "many.csv"), tmp_path / "out.csv")
    assert written.n_rows == len(rows) == sum(small_blocks)
    found = pd.read_csv(written.path)[list(predictor.targets)].to_numpy()
    np.testing.assert_allclose(found[-len(test) :], np.load(predictor.saved.path / "test.npy"), rtol=1e-5, atol=1e-6)


def test_blocks_are_smaller_where_targets_are_many() -> None:
    assert block_rows(18_211) < block_rows(5_000) < block_rows(1)
    assert block_rows(18_211) * 18_211 < 2**22


def test_what_is_unseen_is_named_once(predictor: RunPredictor, small_blocks: list[int], tmp_path: Path) -> None:
    rows = pd.DataFrame({"cell_type": "NK cells", "sm_name": [f"new {index % 7}" for index in range(50)]})
    with pytest.warns(UserWarning, match="7 values of 'sm_name'") as caught:
        written = predict_table(predictor, write_rows(rows, tmp_path / "in.csv"), tmp_path / "out.csv")
    assert len(caught) == 1
    assert written.rests_on == {"new compound": 50}


def double_id(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(id=["7" if index in (4, 9) else f"r{index}" for index in range(len(rows))])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: rows.drop(columns="sm_name"), "no column 'sm_name'"),
        (double_id, r"row 4 \(line 6\) and row 9 \(line 11\) have the same 'id'"),
        (lambda rows: rows.assign(sm_name=[None, *rows["sm_name"][1:]]), r"'sm_name' is empty in row 0"),
        (lambda rows: rows.iloc[:0], "a header and no rows"),
        (lambda rows: rows.set_axis(["id", "cell_type", "sm_name"], axis=1).assign(control="x"), "'control' is 'x'"),
    ],
)
def test_odd_tables_leave_nothing_behind(
    tiny: Tiny,
    predictor: RunPredictor,
    tmp_path: Path,
    change: Callable[[pd.DataFrame], pd.DataFrame],
    message: str,
) -> None:
    rows = write_rows(change(pd.read_csv(tiny.data / "id_map.csv")), tmp_path / "in.csv")
    with pytest.raises(InputError, match=message):
        predict_table(predictor, rows, tmp_path / "out.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


@needs_anndata
def test_an_h5ad_file_without_the_keys(predictor: RunPredictor, tmp_path: Path) -> None:
    rows = pd.DataFrame({"id": ["a"], "celltype": ["NK cells"], "sm_name": ["x"]})
    with pytest.raises(InputError, match=re.escape("no column 'cell_type' (did you mean 'celltype'?)")):
        predict_table(predictor, write_rows(rows, tmp_path / "in.h5ad"), tmp_path / "out.csv")


def test_an_output_that_is_there_or_is_no_table(tiny: Tiny, predictor: RunPredictor, tmp_path: Path) -> None:
    rows = tiny.data / "id_map.csv"
    (tmp_path / "out.csv").write_text("mine")
    with pytest.raises(InputError, match="is there already; give another name with -o, or --overwrite"):
        predict_table(predictor, rows, tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text() == "mine"
    predict_table(predictor, rows, tmp_path / "out.csv", overwrite=True)
    assert len(pd.read_csv(tmp_path / "out.csv")) == len(pd.read_csv(rows))
    with pytest.raises(InputError, match=r"must end in one of \.csv, \.parquet, \.h5ad"):
        predict_table(predictor, rows, tmp_path / "out.xlsx")
    with pytest.raises(InputError, match=r"id_mapp\.csv: no such file \(did you mean 'id_map\.csv'\?\)"):
        predict_table(predictor, tiny.data / "id_mapp.csv", tmp_path / "other.csv")
