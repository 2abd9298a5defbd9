from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kit.metrics.bootstrap import bootstrap_interval
from kit.metrics.rowwise import Cosine, MeanAbsoluteError
from kit.metrics.scores import Difference, Scores
from kit.reports.comparison import (
    BETTER,
    OPEN,
    RECIPE,
    WORSE,
    Tables,
    document,
    group_columns,
    make_tables,
    shown,
    titles,
    verdict,
)

N, SEEDS = 40, 3
METRICS = (MeanAbsoluteError(), Cosine())
COMPOUNDS = np.array([f"c{place % 20:02d}" for place in range(N)])
GROUPS = np.where(np.arange(N) < 16, "A", "B")
WEIGHTS = np.where(np.arange(N) < 16, 1.0, 2.0)


def of(rows: pd.DataFrame) -> Scores:
    return Scores(METRICS, rows)


def rows_of(member: str, kind: str, values: np.ndarray) -> pd.DataFrame:
    """Scores of (n_seeds, N) rows."""
    frames = [
        pd.DataFrame(
            {
                "member": member,
                "kind": kind,
                "seed": seed,
                "fold": np.where(np.arange(N) < 20, "one", "two"),
                "row": np.arange(N) + 100,
                "group": GROUPS,
                "cluster": COMPOUNDS,
                "weight": WEIGHTS,
                "mae": of_seed,
                "cosine": 1 - of_seed,
            }
        )
        for seed, of_seed in enumerate(values)
    ]
    return pd.concat(frames, ignore_index=True)


@pytest.fixture(scope="module")
def values() -> dict[str, np.ndarray]:
    """Hard and easy compounds for all; ``good`` is better than ``first`` by 0.05, ``same`` differs by noise alone."""
    rng = np.random.default_rng(0)
    hard = rng.random(20)[np.arange(N) % 20]

    def noisy(shift: float) -> np.ndarray:
        return hard + shift + 0.02 * rng.standard_normal((SEEDS, N))

    return {"zeros": np.tile(hard + 0.5, (SEEDS, 1)), "first": noisy(0), "good": noisy(-0.05), "same": noisy(0)}


@pytest.fixture(scope="module")
def rows(values: dict[str, np.ndarray]) -> pd.DataFrame:
    kinds = {"zeros": "floor"}
    return pd.concat([rows_of(name, kinds.get(name, RECIPE), of) for name, of in values.items()], ignore_index=True)


@pytest.fixture(scope="module")
def runs() -> pd.DataFrame:
    lines = [
        {"member": name, "seed": seed, "run": f"{name}-{seed}", "fits": 6, "cpu_s": 1.0 + seed, "wall_s": 4.0}
        | {"peak_bytes": np.nan if name == "same" else (seed + 1) * 2.0**30}
        for name in ("first", "good", "same")
        for seed in range(SEEDS)
    ]
    return pd.DataFrame(lines)


@pytest.fixture(scope="module")
def tables(rows: pd.DataFrame, runs: pd.DataFrame) -> Tables:
    return make_tables(of(rows), runs, {})


def test_scores_are_means_over_seeds_with_their_spread(tables: Tables, values: dict[str, np.ndarray]) -> None:
    overall = tables.overall.set_index("member")
    assert list(overall.index) == ["zeros", "first", "good", "same"]
    for name, of_member in values.items():
        of_seeds = np.average(of_member, axis=1, weights=WEIGHTS)
        assert overall.loc[name, "mae"] == pytest.approx(of_seeds.mean())
        assert overall.loc[name, "cosine"] == pytest.approx(1 - of_seeds.mean())
        assert overall.loc[name, "seeds_sd"] == pytest.approx(of_seeds.std(ddof=1), abs=1e-12)
        interval = bootstrap_interval(of_member, WEIGHTS, groups=COMPOUNDS)
        assert tuple(overall.loc[name, ["low", "high"]]) == pytest.approx(tuple(interval), abs=1e-9)


def test_costs_are_those_of_one_run(tables: Tables) -> None:
    overall = tables.overall.set_index("member")
    assert tuple(overall.loc["first", ["fits", "cpu_s", "wall_s"]]) == (6, 2.0, 4.0)
    assert overall.loc["first", "peak_bytes"] == 3 * 2**30
    assert overall.loc["zeros", ["fits", "cpu_s", "wall_s", "peak_bytes"]].isna().all()
    seen = shown(tables.overall).set_index("member")
    assert list(seen.loc["first", ["fits", "CPU s", "wall s", "peak MiB"]]) == ["6", "2.0", "4.0", "3072"]
    assert seen.loc["same", "peak MiB"] == "–"
    assert seen.loc["zeros", "CPU s"] == ""


def test_one_seed_has_no_spread_and_the_bootstrap_over_compounds(
    rows: pd.DataFrame, runs: pd.DataFrame, values: dict[str, np.ndarray]
) -> None:
    found = make_tables(of(rows[rows["seed"] == 0]), runs[runs["seed"] == 0], {})
    assert "seeds_sd" not in found.overall
    good = found.differences.set_index("member").loc["good"]
    difference = values["good"][0] - values["first"][0]
    expected = (np.average(difference, weights=WEIGHTS), *bootstrap_interval(difference, WEIGHTS, groups=COMPOUNDS))
    assert (good["difference"], good["low"], good["high"]) == pytest.approx(expected)


def test_differences_say_what_is_decided(tables: Tables, values: dict[str, np.ndarray]) -> None:
    found = tables.differences.set_index("member")
    assert list(found.index) == ["good", "same"]
    assert set(found["against"]) == {"first"}
    assert list(found["verdict"]) == [BETTER, OPEN]
    difference = values["good"] - values["first"]
    mean = np.average(difference, axis=1, weights=WEIGHTS).mean()
    expected = (mean, *bootstrap_interval(difference, WEIGHTS, groups=COMPOUNDS))
    assert tuple(found.loc["good", ["difference", "low", "high"]]) == pytest.approx(expected)


def test_differences_from_the_best(rows: pd.DataFrame, runs: pd.DataFrame) -> None:
    found = make_tables(of(rows), runs, {}, against="best").differences
    assert list(found["member"]) == ["first", "same"]
    assert list(found["verdict"]) == [WORSE, WORSE]
    # By the other metric more is better.
    found = make_tables(Scores((Cosine(), MeanAbsoluteError()), rows), runs, {}, against="best").differences
    assert set(found["against"]) == {"good"}
    assert (found["difference"] < 0).all()
    assert list(found["verdict"]) == [WORSE, WORSE]


def test_a_difference_does_not_hang_on_the_order_of_rows(rows: pd.DataFrame) -> None:
    first, good = (rows[rows["member"] == name] for name in ("first", "good"))
    shuffled = of(good.sample(frac=1, random_state=0)).difference(of(first))
    assert tuple(shuffled) == pytest.approx(tuple(of(good).difference(of(first))))


def test_seeds_that_validate_other_rows_are_paired_row_by_row(rows: pd.DataFrame) -> None:
    # As folds drawn by the seed do: each seed has validated its own half.
    keep = (rows["row"] % 3) != rows["seed"]
    first, good = (rows[keep & (rows["member"] == name)] for name in ("first", "good"))
    found = of(good).difference(of(first))
    both = good.merge(first, on=["seed", "row"])
    of_seeds = [np.average(mine["mae_x"] - mine["mae_y"], weights=mine["weight_x"]) for _, mine in both.groupby("seed")]
    assert found.mean == pytest.approx(np.mean(of_seeds))
    assert found.low < found.mean < found.high < 0


def test_by_group_every_metric_and_the_rows_behind_it(tables: Tables, values: dict[str, np.ndarray]) -> None:
    found = tables.by_group.set_index(["member", "group"])
    assert found.loc[("good", "A"), "mae"] == pytest.approx(values["good"][:, :16].mean())
    assert found.loc[("good", "B"), "cosine"] == pytest.approx(1 - values["good"][:, 16:].mean())
    assert set(found["rows"]) == {16, 24}
    wide = group_columns(tables.by_group, "mae")
    assert list(wide.columns) == ["member", "kind", "A (16)", "B (24)"]
    assert list(wide["member"]) == ["zeros", "first", "good", "same"]


def test_a_failed_recipe_is_a_line_with_the_reason(rows: pd.DataFrame, runs: pd.DataFrame) -> None:
    found = make_tables(of(rows), runs, {"broken": "no such\nthing"})
    line = found.overall.set_index("member").loc["broken"]
    assert line["failed"] == "no such\nthing"
    assert np.isnan(line["mae"])
    assert "broken" not in set(found.differences["member"])
    text = document(found, "mae", titles("mae", SEEDS, "sm_name"), {"command": "`kit compare`"})
    assert "no such thing |" in text


def test_nothing_but_failures_still_makes_tables() -> None:
    found = make_tables(None, pd.DataFrame(), {"a": "x", "b": "y"})
    assert list(found.overall["failed"]) == ["x", "y"]
    assert found.by_group.empty
    assert found.differences.empty
    assert "| a |" in document(found, "mae", titles("mae", 1, "row"), {})


def test_the_truth_adds_columns_and_changes_no_other(rows: pd.DataFrame, runs: pd.DataFrame, tables: Tables) -> None:
    # By the truth the order is the other way round; nothing follows it.
    test = rows.assign(mae=-rows["mae"])
    found = make_tables(of(rows), runs, {}, of(test), against="best")
    plain = make_tables(of(rows), runs, {}, against="best")
    pd.testing.assert_frame_equal(found.differences, plain.differences)
    added = ["test_mae", "test_cosine"]
    pd.testing.assert_frame_equal(found.overall.drop(columns=added), plain.overall)
    np.testing.assert_allclose(found.overall["test_mae"], -plain.overall["mae"])
    heads = titles("mae", SEEDS, "sm_name", "truth.csv (9 of 10 test rows)")
    text = document(found, "mae", heads, {})
    assert "truth.csv (9 of 10 test rows); for information only" in text
    assert "for information only" not in document(tables, "mae", titles("mae", SEEDS, "sm_name"), {})


@pytest.mark.parametrize(
    ("low", "high", "said"), [(-2, -1, BETTER), (1, 2, WORSE), (-1, 1, OPEN), (np.nan, np.nan, OPEN)]
)
def test_a_verdict_needs_the_whole_interval(low: float, high: float, said: str) -> None:
    assert verdict(Difference(0.0, low, high)) == said
    turned = {BETTER: WORSE, WORSE: BETTER, OPEN: OPEN}
    assert verdict(Difference(0.0, low, high), greater_is_better=True) == turned[said]
