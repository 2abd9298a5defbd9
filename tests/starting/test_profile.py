from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.starting.tables import profile


@pytest.mark.parametrize("name", ["t.parquet", "t.csv"])
def test_what_columns_hold_is_the_same_in_every_format(name: str, tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "drug": ["a", "b", None, "a"],
            "dose": [1.0, 2.0, 2.0, np.nan],
            "y": [0.5, -1.0, 2.0, 3.0],
            "control": [True, False, True, False],
            "empty": [np.nan] * 4,
        }
    )
    columns = profile(tmp_path, frame, name).columns
    assert list(columns) == list(frame)
    assert {one.name: one.holds for one in columns.values()} == {
        "drug": "text",
        "dose": "number",
        "y": "number",
        "control": "flag",
        "empty": "number",
    }
    assert [columns[name].gaps for name in frame] == [1, 1, 0, 0, 4]
    assert [columns[name].different for name in frame] == [2, 2, 4, 2, 0]
    assert (columns["dose"].whole, columns["dose"].positive) == (True, True)
    assert (columns["y"].whole, columns["y"].positive) == (False, False)


def test_observations_and_matrix_of_an_h5ad_file(tmp_path: Path) -> None:
    anndata = pytest.importorskip("anndata")
    obs = pd.DataFrame({"drug": ["a", "b"], "dose": [1.0, 2.0]}, index=["0", "1"])
    data = anndata.AnnData(np.float32([[0.5, 1], [2, 3]]), obs=obs, var=pd.DataFrame(index=["g1", "g2"]))
    data.write_h5ad(tmp_path / "t.h5ad")
    from kit.data import open_table
    from kit.starting.profile import Profile

    columns = Profile(open_table(tmp_path / "t.h5ad")).columns
    holds = {name: column.holds for name, column in columns.items()}
    assert holds | {"drug": "text", "dose": "number", "g1": "number", "g2": "number"} == holds
