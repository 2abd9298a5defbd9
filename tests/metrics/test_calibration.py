from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kit.metrics import MRRMSE, Cosine, DeltaPearson, Metric, Scorer, Scores, TargetPearson
from kit.metrics.calibration import Calibrated, best_member, calibrate, calibrated_table, field_metrics, shown


def scores(metric: Metric, Y: np.ndarray, members: dict[str, np.ndarray], compounds: np.ndarray) -> Scores:
    scorer, parts = Scorer(metric, compounds, alone=True), []
    for name, values in members.items():
        known = {"fold": "one", "row": np.arange(len(Y)), "group": "context", "weight": 1.0}
        frame = pd.DataFrame({"member": name, "kind": "model"} | known)
        parts.append(scorer.score(frame, compounds, Y, values.astype(np.float32)).of_seed(0, compounds))
    return Scores.join(parts)


def planted(metric: Metric, n_rows: int = 40, seed: int = 0) -> Scores:
    rng = np.random.default_rng(seed)
    Y = (rng.normal(size=(n_rows, 30)) * rng.uniform(0.5, 2, (n_rows, 1))).astype(np.float32)
    members = {
        "zeros": np.zeros_like(Y),
        "worse": -Y,
        "half": 0.5 * Y,
        "noisy": Y + rng.normal(size=Y.shape),
        "perfect": Y,
    }
    return scores(metric, Y, members, np.array([f"c{row % (n_rows // 2)}" for row in range(n_rows)]))


def of(found: Scores, member: str, floors: list[str], ceilings: list[str]) -> Calibrated:
    return calibrate(found.where(member=member), found.where(member=floors), found.where(member=ceilings))


def test_half_way_is_a_half() -> None:
    found = planted(MRRMSE())
    line = of(found, "half", ["worse", "zeros"], ["perfect", "noisy"])
    # Half of the targets has half of the error of zeros, in every row: no interval is left.
    assert (line.floor, line.ceiling) == ("zeros", "perfect")
    assert line.calibrated == pytest.approx(0.5)
    assert line.value == pytest.approx(line.floor_value / 2)
    assert line.ceiling_value == 0.0
    # The scale stays as it was found, so an interval is that of the distance to the floor.
    assert 0.3 < line.low < 0.5 < line.high < 0.7


@pytest.mark.parametrize("metric", [MRRMSE(), Cosine(), DeltaPearson(), TargetPearson()], ids=lambda one: one.kind)
def test_floor_and_ceiling_are_0_and_1_whichever_way_is_up(metric: Metric) -> None:
    found = planted(metric)
    at = {member: of(found, member, ["zeros", "worse"], ["perfect"]).calibrated for member in ("zeros", "perfect")}
    assert at["perfect"] == pytest.approx(1.0)
    assert at["zeros"] == pytest.approx(0.0, abs=1e-6)
    assert 0 < of(found, "noisy", ["worse"], ["perfect"]).calibrated < 1
    assert of(found, "worse", ["zeros"], ["perfect"]).calibrated < -0.5
    assert of(found, "worse", ["zeros"], ["perfect"]).high < 0


def test_a_ceiling_below_the_floor_calibrates_nothing() -> None:
    line = of(planted(MRRMSE()), "half", ["perfect"], ["zeros"])
    assert np.isnan([line.calibrated, line.low, line.high]).all()
    assert line.dynamic_range < 0


def test_the_dynamic_range_is_the_distance_in_standard_errors() -> None:
    found = planted(MRRMSE(), n_rows=60)
    line = of(found, "half", ["zeros"], ["noisy"])
    rows = found.rows.pivot(index="row", columns="member", values="mrrmse")
    by_compound = (rows["zeros"] - rows["noisy"]).groupby(rows.index % 30).mean()
    rng = np.random.default_rng(0)
    drawn = [by_compound.to_numpy()[rng.integers(30, size=30)].mean() for _ in range(4000)]
    assert line.dynamic_range == pytest.approx(by_compound.mean() / np.std(drawn), rel=0.1)
    # Four times the rows, half the standard error.
    ranges = [
        np.mean([of(planted(MRRMSE(), n, seed), "half", ["zeros"], ["noisy"]).dynamic_range for seed in range(8)])
        for n in (30, 120)
    ]
    assert ranges[1] / ranges[0] == pytest.approx(2, rel=0.3)


def test_the_best_floor_is_the_best_by_that_metric() -> None:
    assert best_member(planted(MRRMSE()).where(member=["zeros", "worse"])) == "zeros"
    assert best_member(planted(Cosine()).where(member=["worse", "half"])) == "half"


def test_the_fields_metrics_can_be_computed_of_any_number_of_targets() -> None:
    for n_targets in (1, 7, 300, 18_211):
        for metric in field_metrics(n_targets):
            metric.check_targets(n_targets)
    assert {getattr(metric, "k", 50) for metric in field_metrics(600)} == {50}
    table = calibrated_table([of(planted(MRRMSE()), "half", ["zeros"], ["perfect"])])
    assert list(table.columns) == list(Calibrated._fields)
    assert set(shown(table).columns) >= {"metric", "value", "calibrated", "b", "r", "range"}
