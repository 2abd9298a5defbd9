from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kit.metrics.bootstrap import bootstrap_interval
from kit.metrics.rowwise import Cosine, MeanAbsoluteError
from kit.metrics.scores import Scores
from kit.reports.leaderboard import broken_down, few_groups, leaderboard, paired

MEMBERS = [("ridge", "model"), ("trees", "model"), ("blend", "blend"), ("zeros", "floor"), ("svd alone", "ceiling")]


@pytest.fixture
def rows() -> pd.DataFrame:
    """Five members on seven rows in two folds; a row of the second fold weighs more than one of the first."""
    rng = np.random.default_rng(0)
    parts = []
    for member, kind in MEMBERS:
        folds, groups = ["one"] * 4 + ["two"] * 3, list("AABBAAB")
        frame = pd.DataFrame({"member": member, "kind": kind, "fold": folds, "group": groups})
        frame["weight"] = [1.0] * 4 + [2.5] * 3
        frame["mae"], frame["cosine"] = rng.random(7), rng.random(7)
        parts.append(frame)
    return pd.concat(parts, ignore_index=True)


def of(rows: pd.DataFrame) -> Scores:
    return Scores((MeanAbsoluteError(), Cosine()), rows)


def test_one_line_a_member_floors_first_and_then_as_they_came(rows: pd.DataFrame) -> None:
    board = leaderboard(of(rows))
    assert list(board["member"]) == ["zeros", "ridge", "trees", "blend", "svd alone"]
    assert list(board.columns) == ["member", "kind", "mae", "low", "high", "cosine", "folds_sd"]


def test_scores_are_weighted_means_with_intervals_and_the_folds_spread(rows: pd.DataFrame) -> None:
    board = leaderboard(of(rows)).set_index("member")
    for member, _ in MEMBERS:
        mine = rows[rows["member"] == member]
        mae, weight = mine["mae"].to_numpy(), mine["weight"].to_numpy()
        assert board.loc[member, "mae"] == pytest.approx((mae * weight).sum() / weight.sum())
        assert board.loc[member, "cosine"] == pytest.approx((mine["cosine"] * weight).sum() / weight.sum())
        of_folds = [mae[:4].mean(), mae[4:].mean()]
        assert board.loc[member, "folds_sd"] == pytest.approx(np.std(of_folds, ddof=1))
        assert tuple(board.loc[member, ["low", "high"]]) == pytest.approx(tuple(bootstrap_interval(mae, weight)))
        assert board.loc[member, "low"] < board.loc[member, "mae"] < board.loc[member, "high"]


def test_the_interval_is_that_of_the_first_metric(rows: pd.DataFrame) -> None:
    board = leaderboard(Scores((Cosine(), MeanAbsoluteError()), rows)).set_index("member")
    mine = rows[rows["member"] == "ridge"]
    assert board.loc["ridge", "low"] == pytest.approx(bootstrap_interval(mine["cosine"], mine["weight"]).low)


def test_one_fold_has_no_spread(rows: pd.DataFrame) -> None:
    assert leaderboard(of(rows[rows["fold"] == "one"]))["folds_sd"].isna().all()


def test_members_of_one_name_and_two_kinds_stay_apart(rows: pd.DataFrame) -> None:
    rows.loc[rows["member"] == "ridge", "member"] = "zeros"
    board = leaderboard(of(rows))
    assert list(zip(board["member"], board["kind"], strict=True))[:2] == [("zeros", "floor"), ("zeros", "model")]
    table = broken_down(of(rows), "fold")
    assert list(table["member"]) == ["zeros", "zeros", "trees", "blend", "svd alone"]
    assert list(table.columns) == ["kind", "member", "one (4)", "two (3)"]


@pytest.mark.parametrize(("by", "names"), [("fold", ["one (4)", "two (3)"]), ("group", ["A (4)", "B (3)"])])
def test_broken_down_has_weighted_means_and_numbers_of_rows(rows: pd.DataFrame, by: str, names: list[str]) -> None:
    table = broken_down(of(rows), by)
    assert list(table.columns) == ["kind", "member", *names]
    assert list(table["member"]) == ["zeros", "ridge", "trees", "blend", "svd alone"]
    for _, line in table.iterrows():
        for name in names:
            mine = rows[(rows["member"] == line["member"]) & (rows[by] == name.split(" ")[0])]
            assert line[name] == pytest.approx(np.average(mine["mae"], weights=mine["weight"]))


def test_a_group_without_rows_of_some_member_is_a_gap(rows: pd.DataFrame) -> None:
    gone = (rows["member"] == "svd alone") & (rows["fold"] == "two")
    table = broken_down(of(rows[~gone]), "fold").set_index("member")
    assert np.isnan(table.loc["svd alone", "two (3)"])


@pytest.mark.parametrize("greater_is_better", [False, True])
def test_of_many_groups_the_worst_the_best_and_quantiles_are_shown(greater_is_better: bool) -> None:
    names = [f"g{number} (3)" for number in range(31)]
    losses = np.arange(31.0)
    values = -losses if greater_is_better else losses
    table = pd.DataFrame([values + 100, values, np.zeros(31)], columns=names)
    table.insert(0, "member", ["zeros", "ridge", "svd alone"])
    table.insert(0, "kind", ["floor", "model", "ceiling"])
    shown, title = few_groups(table, "mae by line", greater_is_better)
    assert title == "mae by line: the 5 worst and best of 31 for ridge; quantiles of all"
    worst, best = (
        [f"g{number} (3)" for number in (30, 29, 28, 27, 26)],
        [f"g{number} (3)" for number in (4, 3, 2, 1, 0)],
    )
    assert list(shown.columns) == ["kind", "member", *worst, *best, "10 %", "median", "90 %"]
    of_ridge = shown.set_index("member").loc["ridge"]
    assert list(of_ridge[["10 %", "median", "90 %"]]) == list(np.quantile(values, [0.1, 0.5, 0.9]))
    few, same = few_groups(table[["kind", "member", *names[:12]]], "mae by line")
    assert list(few.columns) == ["kind", "member", *names[:12]]
    assert same == "mae by line"


def test_models_are_paired_with_the_first_one_fold_by_fold(rows: pd.DataFrame) -> None:
    found = paired(of(rows))
    assert found is not None
    table, first = found
    assert first == "ridge"
    (line,) = table.to_dict("records")
    board = leaderboard(of(rows)).set_index("member")["mae"]
    assert line["member"] == "trees"
    assert line["difference"] == pytest.approx(board["trees"] - board["ridge"])
    by = rows.groupby(["member", "fold"])["mae"].mean()
    differences = by["trees"] - by["ridge"]
    assert line["sd"] == pytest.approx(np.std(differences, ddof=1))
    assert line["better"] == f"{(differences < 0).sum()} of 2"  # a smaller error is the better one


def test_one_fold_or_one_model_has_no_pairs(rows: pd.DataFrame) -> None:
    assert paired(of(rows[rows["fold"] == "one"])) is None
    assert paired(of(rows[rows["member"] != "trees"])) is None
