from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kit.errors import InputError
from kit.metrics import (
    MRRMSE,
    Cosine,
    MeanAbsoluteError,
    Metric,
    Pearson,
    RowMetric,
    Scorer,
    Scores,
    TargetPearson,
    bootstrap_interval,
    metric_name,
    table_metrics,
)
from kit.metrics.scores import N_RESAMPLES
from tests.real_data import real_data

FOLDS = {"one": (2.0, np.arange(0, 12)), "two": (3.0, np.arange(12, 30))}
GROUPS = np.array(["A", "B", "B"] * 10)
COMPOUNDS = np.array([f"c{place % 10}" for place in range(30)])


class Whole(Metric):
    """The mean absolute error, written as a metric of all rows that knows no single row."""

    def __call__(self, Y: np.ndarray, predictions: np.ndarray, sample_weight: np.ndarray | None = None) -> float:
        return float(np.average(np.abs(Y.astype(float) - predictions).mean(axis=1), weights=sample_weight))


class Shifted(RowMetric):
    def __init__(self, by: float, power: float = 1.0) -> None:
        self.by = by
        self.power = power

    def per_row(self, Y: np.ndarray, predictions: np.ndarray) -> np.ndarray:
        return np.abs(Y - predictions + self.by).mean(axis=1).astype(np.float64)


def matrices(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    Y = rng.normal(size=(30, 8)).astype(np.float32)
    return Y, (Y + rng.normal(size=Y.shape)).astype(np.float32), (Y + 2 * rng.normal(size=Y.shape)).astype(np.float32)


def score(metric: Metric, members: dict[str, np.ndarray], Y: np.ndarray, labels: np.ndarray = COMPOUNDS) -> Scores:
    scorer, parts = Scorer(metric, labels), []
    for fold, (weight, rows) in FOLDS.items():
        for member, predictions in members.items():
            known = {"fold": fold, "row": rows, "group": GROUPS[rows], "weight": weight / len(rows)}
            frame = pd.DataFrame({"member": member, "kind": "model"} | known)
            parts.append(scorer.score(frame, labels[rows], Y[rows], predictions[rows]))
    return Scores.join(parts)


def test_the_competitions_metric_stands_in_front_of_the_benchmarks() -> None:
    names = [metric_name(metric) for metric in table_metrics(Cosine())]
    assert names == ["cosine", "mrrmse", "mae", "pearson", "spearman"]
    assert len(table_metrics(TargetPearson())) == 6
    assert len(table_metrics(MRRMSE())) == 5


def test_a_metric_is_called_by_what_differs_from_its_defaults() -> None:
    assert metric_name(Shifted(0.5)) == "Shifted(by=0.5)"
    assert metric_name(Shifted(0.5, power=2.0)) == "Shifted(by=0.5, power=2.0)"
    assert metric_name(MRRMSE()) == "mrrmse"


def test_a_metric_with_the_name_of_a_column_is_refused() -> None:
    metric = MRRMSE()
    metric.kind = "weight"  # type: ignore[misc]
    with pytest.raises(InputError, match="'weight' has the name of a column"):
        table_metrics(metric)


def test_a_metric_of_all_rows_makes_the_tables_of_the_row_wise_one() -> None:
    # The mean absolute error, once row by row and once as a function of all rows.
    Y, good, bad = matrices()
    members = {"good": good, "bad": bad}
    of_rows, of_sets = score(MeanAbsoluteError(), members, Y), score(Whole(), members, Y)
    for by in (("member",), ("member", "fold"), ("member", "group"), ("kind", "member", "group")):
        expected, found = of_rows.means(*by), of_sets.means(*by)
        np.testing.assert_allclose(found["Whole"], expected["mae"], rtol=1e-6)
        assert found[list(by)].to_numpy().tolist() == expected[list(by)].to_numpy().tolist()


def test_means_are_weighted_by_fold_and_of_groups_inside_of_folds() -> None:
    Y, good, _ = matrices()
    scores = score(TargetPearson(), {"good": good}, Y)
    metric, folds = TargetPearson(), list(FOLDS.values())
    by_fold = [metric(Y[rows], good[rows]) for _, rows in folds]
    assert scores.means("fold")["target_pearson"].tolist() == pytest.approx(by_fold)
    assert scores.means("member")["target_pearson"].item() == pytest.approx(np.average(by_fold, weights=[2, 3]))
    of_group = [rows[GROUPS[rows] == "B"] for _, rows in folds]
    values = [metric(Y[rows], good[rows]) for rows in of_group]
    weights = [weight * len(own) / len(rows) for (weight, rows), own in zip(folds, of_group, strict=True)]
    found = scores.means("group").set_index("group").loc["B", "target_pearson"]
    assert found == pytest.approx(np.average(values, weights=weights))
    # The row-wise metrics stand beside it.
    assert scores.means("member")["pearson"].item() == pytest.approx(
        np.average([Pearson()(Y[rows], good[rows]) for _, rows in folds], weights=[2, 3])
    )


def test_the_interval_of_a_metric_of_all_rows_is_the_bootstrap_of_its_rows() -> None:
    Y, good, _ = matrices()
    for labels in (COMPOUNDS, np.arange(30)):
        of_rows = score(MeanAbsoluteError(), {"good": good}, Y).rows
        groups = labels[of_rows["row"]]
        expected = bootstrap_interval(of_rows["mae"], of_rows["weight"], n_resamples=N_RESAMPLES, groups=groups)
        found = score(Whole(), {"good": good}, Y, labels).interval()
        assert found.high - found.low == pytest.approx(expected.high - expected.low, rel=1e-5)
        # It lies around the score, where the mean of some hundred resamples is somewhere near it.
        assert found.low == pytest.approx(expected.low, abs=0.15 * (expected.high - expected.low))


def test_the_expected_score_is_covered() -> None:
    scores, intervals = [], []
    for trial in range(80):
        rng = np.random.default_rng(trial)
        Y = rng.normal(size=(30, 40)).astype(np.float32)
        P = (0.6 * Y + 0.8 * rng.normal(size=Y.shape)).astype(np.float32)
        one = score(TargetPearson(), {"good": P}, Y, np.arange(30))
        scores.append(one.means("member")["target_pearson"].item())
        intervals.append(one.interval())
    expected = np.mean(scores)
    assert expected == pytest.approx(0.6, abs=0.03)
    hits = sum(low <= expected <= high for low, high in intervals)
    assert 0.85 <= hits / 80 <= 1.0
    # Not because it is wide.
    assert np.mean([high - low for low, high in intervals]) < 6 * np.std(scores)


def test_differences_are_paired() -> None:
    Y, good, bad = matrices()
    for metric, sign in ((TargetPearson(), 1), (Whole(), -1), (MeanAbsoluteError(), -1)):
        scores = score(metric, {"good": good, "bad": bad}, Y)
        a, b = scores.where(member="good"), scores.where(member="bad")
        found, name = a.difference(b), metric_name(metric)
        means = scores.means("member").set_index("member")[name]
        assert found.mean == pytest.approx(means["good"] - means["bad"])
        assert sign * found.mean > 0
        assert min(sign * found.low, sign * found.high) > 0
        back = b.difference(a)
        assert tuple(back) == pytest.approx((-found.mean, -found.high, -found.low))
        # What is the same differs by nothing, although each alone is uncertain.
        assert tuple(a.difference(a)) == pytest.approx((0, 0, 0), abs=1e-12)
        assert a.interval().high - a.interval().low > 0.01


def test_seeds_widen_the_interval() -> None:
    Y, good, _ = matrices()
    clusters = COMPOUNDS[np.concatenate([rows for _, rows in FOLDS.values()])]
    for metric in (TargetPearson(), MeanAbsoluteError()):
        name, parts = metric_name(metric), []
        for seed, noise in enumerate((0.0, 0.6, 1.5)):
            rng = np.random.default_rng(seed)
            predictions = (good + noise * rng.normal(size=Y.shape)).astype(np.float32)
            parts.append(score(metric, {"good": predictions}, Y).of_seed(seed, clusters))
        together = Scores.join(parts)
        assert together.means("member", "seed")[name].nunique() == 3
        widths = [high - low for low, high in (part.interval() for part in [together, *parts])]
        assert widths[0] > max(widths[1:])


def test_a_single_cluster_has_no_interval() -> None:
    Y, good, _ = matrices()
    alone = score(TargetPearson(), {"good": good}, Y, np.full(30, "same"))
    assert np.isnan(alone.interval()).all()


def test_a_member_is_taken_out_and_called_otherwise() -> None:
    Y, good, bad = matrices()
    scores = score(TargetPearson(), {"good": good, "bad": bad}, Y).where(member=["good"]).called("best", "recipe")
    assert set(scores.rows["member"]) == {"best"}
    assert scores.sets is not None
    assert scores.sets[["member", "kind"]].drop_duplicates().to_numpy().tolist() == [["best", "recipe"]]


def test_the_rank_datas_published_floors() -> None:
    folder = real_data("open-problems-ranks")
    train, test = (pd.read_parquet(folder / f"{name}.parquet") for name in ("de_train", "public_leaderboard"))
    genes = list(train.columns[5:])
    Y = test[genes].to_numpy(np.float32)
    assert MRRMSE()(Y, np.zeros_like(Y)) == pytest.approx(0.6138, abs=5e-5)
    means = train.groupby("cell_type")[genes].mean().loc[test["cell_type"]].to_numpy(np.float32)
    known = {"fold": "truth", "row": np.arange(len(Y)), "group": test["cell_type"].to_numpy(), "weight": 1.0}
    frame = pd.DataFrame({"member": "per cell type", "kind": "floor"} | known)
    table = Scorer(MRRMSE(), np.arange(len(Y))).score(frame, np.arange(len(Y)), Y, means).means("member").iloc[0]
    assert table["mrrmse"] == pytest.approx(0.5979, abs=5e-5)
    assert table["pearson"] == pytest.approx(0.252, abs=5e-4)
