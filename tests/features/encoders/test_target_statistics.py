from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kit.errors import ParameterError
from kit.features import TargetStatistics
from kit.features.encoders import target_statistics
from tests.features.support import BY, N_TARGETS, Basis, experiment, new_rows

STATISTICS = ["mean", "std", "median", "min", "max", "first", "count"]
QUANTILES = [0.1, 0.25, 0.8]


def pandas_statistics(rows: pd.DataFrame, Y: np.ndarray, asked: pd.DataFrame) -> np.ndarray:
    """The same table from one pandas groupby a statistic, then looked up row by row."""
    targets = pd.DataFrame(Y.astype(np.float64))
    blocks = []
    for by in BY:
        columns = [by] if isinstance(by, str) else by
        grouped = targets.groupby([rows[column].to_numpy() for column in columns])
        keys = pd.MultiIndex.from_frame(asked[columns]) if len(columns) > 1 else pd.Index(asked[columns[0]])
        for name in STATISTICS:
            if name == "count":
                blocks.append(grouped.size().reindex(keys).fillna(0).to_numpy()[:, None])
                continue
            table = getattr(grouped, name)()
            table = table.fillna(0) if name == "std" else table
            overall = targets.iloc[0] if name == "first" else getattr(targets, name)()
            blocks.append(table.reindex(keys).fillna(overall).to_numpy())
        for q in QUANTILES:
            blocks.append(grouped.quantile(q).reindex(keys).fillna(targets.quantile(q)).to_numpy())
    return np.concatenate(blocks, axis=1)


def test_pandas_says_the_same() -> None:
    rows, Y = experiment()
    builder = TargetStatistics(BY, STATISTICS, QUANTILES)
    trained = builder.fit_transform(rows, Y)
    np.testing.assert_allclose(trained, pandas_statistics(rows, Y, rows), rtol=1e-5, atol=1e-5)
    unseen = builder.transform(new_rows())
    np.testing.assert_allclose(unseen, pandas_statistics(rows, Y, new_rows()), rtol=1e-5, atol=1e-5)


def test_names_follow_the_columns() -> None:
    rows, Y = experiment()
    builder = TargetStatistics(["cell_type", ["cell_type", "sm_name"]], ["count", "max"], [0.025])
    features = builder.fit_transform(rows, Y)
    names = builder.get_feature_names_out().tolist()
    width = 2 * N_TARGETS + 1
    assert names[:2] == ["cell_type__count", "cell_type__max__0"]
    assert names[width - 1] == f"cell_type__q2.5__{N_TARGETS - 1}"
    assert names[width] == "cell_type+sm_name__count"
    assert features.shape[1] == len(names) == 2 * width


def test_a_category_of_one_row() -> None:
    rows, Y = experiment()
    features = TargetStatistics(["sm_name"], ["std", "median"]).fit_transform(rows, Y)
    row = rows.index[rows["sm_name"] == "alone"][0]
    np.testing.assert_array_equal(features[row], np.concatenate([np.zeros(N_TARGETS), Y[row]]))


@pytest.mark.parametrize("tables_at_once", [1024, 1])
def test_a_projector_projects_every_statistic(tables_at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(target_statistics, "_TABLES_AT_ONCE", tables_at_once)
    rows, Y = experiment()
    projector = Basis().fit(Y)
    plain = TargetStatistics(BY, ["mean", "count", "std"], [0.25]).fit(rows, Y)
    narrow = TargetStatistics(BY, ["mean", "count", "std"], [0.25], projector=projector).fit(rows, Y)
    wide, found = plain.transform(new_rows()), narrow.transform(new_rows())
    assert found.shape[1] == len(narrow.get_feature_names_out()) == 3 * (3 * 4 + 1)
    g, at, offset = N_TARGETS, 0, 0
    for _ in BY:
        for width in (g, 1, g, g):
            block = wide[:, offset : offset + width]
            expected = block if width == 1 else projector.project(block)
            np.testing.assert_allclose(found[:, at : at + expected.shape[1]], expected, rtol=1e-4, atol=1e-5)
            at, offset = at + expected.shape[1], offset + width
    # The mean commutes with the projection.
    of_coordinates = TargetStatistics(BY, ["mean"]).fit(rows, projector.project(Y)).transform(new_rows())
    np.testing.assert_allclose(found[:, :4], of_coordinates[:, :4], rtol=1e-4, atol=1e-5)


def test_only_a_count() -> None:
    rows, Y = experiment()
    for projector in (None, Basis().fit(Y)):
        features = TargetStatistics(["cell_type"], ["count"], projector=projector).fit_transform(rows, Y)
        expected = rows.groupby("cell_type")["dose"].transform("size")
        np.testing.assert_array_equal(features[:, 0], expected)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [({"quantiles": [1.5]}, "quantiles"), ({"statistics": ["mode"]}, "statistics"), ({"by": []}, "by")],
)
def test_parameters_are_checked(parameters: dict, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        TargetStatistics(**{"by": ["cell_type"], **parameters}).fit(*experiment())
