"""Commands that read predictions take .h5ad files: as other tables, and made like the training table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.cli.conftest import Finished, Kit, is_wrong_input
from tests.cli.test_blend import submission_of

anndata = pytest.importorskip("anndata")


def write(path: Path, table: pd.DataFrame, column: str | None = None) -> Path:
    """Write a table with the ids in obs_names, and the targets' names in var_names or in a column of var."""
    by_id = table.set_index("id")
    by_id.index = by_id.index.astype(str)
    names = list(by_id.columns)
    var = pd.DataFrame(index=names) if column is None else pd.DataFrame({column: names}, index=[f"E{n}" for n in names])
    obs = pd.DataFrame(index=by_id.index.rename("id"))
    anndata.AnnData(by_id.to_numpy(np.float32), obs=obs, var=var).write_h5ad(path)
    return path


@pytest.fixture(scope="module")
def by_symbol(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The competition file, saying that a column of var names the targets; its own tables have none."""
    text = (tiny / "competition.yaml").read_text()
    assert "\ndata:\n" in text
    path = tmp_path_factory.mktemp("named") / "competition.yaml"
    path.write_text(text.replace("\ndata:\n", "\ndata:\n  target_names: symbol\n"))
    return path


@pytest.mark.parametrize("column", [None, "symbol"])
def test_check(finished: Finished, kit: Kit, tiny: Path, by_symbol: Path, tmp_path: Path, column: str | None) -> None:
    path = write(tmp_path / "theirs.h5ad", pd.read_csv(finished.submission), column)
    result = kit("check", path, by_symbol, "--data", tiny / "data")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith(f"{path}: valid for tiny (")


def test_check_says_where_the_names_are(finished: Finished, kit: Kit, tiny: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "theirs.h5ad", pd.read_csv(finished.submission), "symbol")
    result = kit("check", path, tiny / "competition.yaml")
    assert is_wrong_input(result)
    assert "column 'symbol' of var in theirs.h5ad has them: set data.target_names to it" in result.err


@pytest.mark.parametrize("column", [None, "symbol"])
def test_score(finished: Finished, kit: Kit, tiny: Path, by_symbol: Path, tmp_path: Path, column: str | None) -> None:
    true = tiny / "data" / "truth.parquet"
    expected = kit("score", finished.submission, true, "--competition", tiny / "competition.yaml")
    table = pd.read_parquet(true)
    targets = [name for name in pd.read_csv(finished.submission, nrows=0).columns if name != "id"]
    given = write(tmp_path / "theirs.h5ad", pd.read_csv(finished.submission), column)
    truth = write(tmp_path / "truth.h5ad", table[["id", *targets]], column)
    result = kit("score", given, truth, "--competition", by_symbol, "--data", tiny / "data")
    assert (result.code, result.err) == (0, "")
    assert result.out == expected.out


def test_score_says_where_the_names_are(finished: Finished, kit: Kit, tiny: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "theirs.h5ad", pd.read_csv(finished.submission), "symbol")
    result = kit("score", path, tiny / "data" / "truth.parquet", "--competition", tiny / "competition.yaml")
    assert is_wrong_input(result)
    assert "no target column in common (column 'symbol' of var in theirs.h5ad has them" in result.err


def test_score_of_a_damaged_file(finished: Finished, kit: Kit, tiny: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "theirs.h5ad", pd.read_csv(finished.submission))
    path.write_bytes(path.read_bytes()[:-500])
    result = kit("score", path, tiny / "data" / "truth.parquet")
    assert is_wrong_input(result)
    assert "theirs.h5ad is damaged or no AnnData file" in result.err


@pytest.mark.parametrize("column", [None, "symbol"])
def test_blend(finished: Finished, kit: Kit, tiny: Path, by_symbol: Path, tmp_path: Path, column: str | None) -> None:
    frame = pd.read_csv(finished.submission)
    frame[[name for name in frame if name != "id"]] += 0.5
    theirs = write(tmp_path / "theirs.h5ad", frame, column)
    where = ("--competition", by_symbol, "--data", tiny / "data", "--out", tmp_path / "out")
    result = kit("blend", finished.submission, theirs, *where)
    assert result.code == 0, result.err
    blended = pd.read_csv(submission_of(result.out))
    targets = [name for name in frame if name != "id"]
    expected = pd.read_csv(finished.submission)[targets] + 0.25
    np.testing.assert_allclose(blended[targets], expected, rtol=1e-5, atol=1e-5)
