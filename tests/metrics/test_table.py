from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kit.errors import InputError
from kit.metrics import METRICS, row_table, score_table, summarise
from tests.real_data import real_data

KINDS = ["mrrmse", "mae", "pearson", "spearman", "cosine"]


@pytest.fixture
def scored() -> tuple[np.ndarray, np.ndarray, pd.DataFrame]:
    rng = np.random.default_rng(0)
    Y = rng.normal(size=(6, 25)).astype(np.float32)
    rows = pd.DataFrame(
        {"cell_type": ["T", "NK", "T", "B", "NK", "T"], "sm_name": list("uvwxyz")}, index=[9, 8, 7, 5, 4, 1]
    )
    return Y, (Y + rng.normal(size=Y.shape)).astype(np.float32), rows


def test_one_line_over_all_rows(scored: tuple) -> None:
    Y, P, _ = scored
    table = score_table(Y, P)
    assert list(table.columns) == ["group", "n_rows", *KINDS]
    assert table[["group", "n_rows"]].to_numpy().tolist() == [["all", 6]]
    for kind in KINDS:
        assert table[kind].item() == pytest.approx(METRICS.get(kind)()(Y, P))


def test_a_line_for_every_group_with_its_count(scored: tuple) -> None:
    Y, P, rows = scored
    table = score_table(Y, P, rows, by="cell_type", metrics=["mae", "pearson"])
    assert table["group"].tolist() == ["all", "B", "NK", "T"]
    assert table["n_rows"].tolist() == [6, 1, 2, 3]
    for group, value in zip(table["group"][1:], table["pearson"][1:], strict=True):
        members = (rows["cell_type"] == group).to_numpy()
        assert value == pytest.approx(METRICS.get("pearson")()(Y[members], P[members]))
    assert np.average(table["mae"][1:], weights=table["n_rows"][1:]) == pytest.approx(table["mae"][0])


def test_a_line_for_every_row_beside_its_keys(scored: tuple) -> None:
    Y, P, rows = scored
    table = row_table(Y, P, rows)
    pd.testing.assert_frame_equal(table[rows.columns], rows)
    np.testing.assert_array_equal(table["mrrmse"], METRICS.get("mrrmse")().per_row(Y, P))
    assert list(row_table(Y, P, metrics=["mae"]).columns) == ["mae"]


def test_rows_without_a_group_are_counted_and_not_dropped(scored: tuple) -> None:
    Y, P, rows = scored
    rows.loc[8, "cell_type"] = None
    table = score_table(Y, P, rows, by="cell_type")
    assert table["n_rows"][1:].sum() == 6


def test_a_row_table_is_summarised_without_scoring_again(scored: tuple) -> None:
    Y, P, rows = scored
    rows["dose"] = 1.0
    table = summarise(row_table(Y, P, rows), by="cell_type")
    pd.testing.assert_frame_equal(table, score_table(Y, P, rows, by="cell_type"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"by": "cell_type"}, "pass rows"),
        ({"by": "celltype", "rows": pd.DataFrame({"cell_type": list("aaaaaa")})}, "did you mean 'cell_type'"),
        ({"by": "c", "rows": pd.DataFrame({"c": list("aaa")})}, "expected 6 rows of keys"),
        ({"by": "mae", "rows": pd.DataFrame({"mae": list("aaaaaa")})}, "a column 'mae' already"),
    ],
)
def test_wrong_rows_are_explained(scored: tuple, arguments: dict, message: str) -> None:
    Y, P, _ = scored
    with pytest.raises(InputError, match=message):
        score_table(Y, P, **arguments)


def test_the_rank_datas_published_floors() -> None:
    folder = real_data("open-problems-ranks")
    train, test = (pd.read_parquet(folder / f"{name}.parquet") for name in ("de_train", "public_leaderboard"))
    genes = list(train.columns[5:])
    assert score_table(test[genes], np.zeros((len(test), len(genes))))["mrrmse"].item() == pytest.approx(
        0.6138, abs=5e-5
    )
    means = train.groupby("cell_type")[genes].mean().loc[test["cell_type"]]
    table = score_table(test[genes], means, test, by="cell_type", metrics=["mrrmse", "pearson"])
    assert table["n_rows"].tolist() == [94, 47, 47]
    assert table["mrrmse"][0] == pytest.approx(0.5979, abs=5e-5)
    assert table["pearson"][0] == pytest.approx(0.252, abs=5e-4)


def test_an_empty_table_is_explained() -> None:
    with pytest.raises(InputError, match="no rows"):
        summarise(pd.DataFrame({"mae": []}))
