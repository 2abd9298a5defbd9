"""The verdict says what the tables say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kit.metrics.rowwise import MRRMSE, Pearson
from kit.metrics.scores import Scores
from kit.reports.leaderboard import leaderboard
from kit.reports.verdict import run_verdict

N_ROWS = 40


def verdict(members: dict[str, tuple[str, float]], loss: dict[str, float] | None = None, metric: str = "mrrmse") -> str:
    """The verdict on members of the given kinds and scores, whose rows differ by little but noise they share."""
    rng = np.random.default_rng(0)
    shared = rng.normal(0, 0.05, N_ROWS)
    parts = []
    for name, (kind, value) in members.items():
        own = rng.normal(0, 0.02, N_ROWS)
        rows = pd.DataFrame({"member": name, "kind": kind, "fold": "1", "row": np.arange(N_ROWS), "group": "a"})
        parts.append(rows.assign(weight=1 / N_ROWS, **{metric: value + shared + own - own.mean() - shared.mean()}))
    scores = Scores((MRRMSE() if metric == "mrrmse" else Pearson(),), pd.concat(parts, ignore_index=True))
    table = None if loss is None else pd.DataFrame({"member": list(loss), "loss": list(loss.values()), "weight": 0.5})
    return "\n".join(run_verdict(scores, leaderboard(scores), table))


def test_a_model_that_beats_the_best_floor_beyond_chance() -> None:
    said = verdict({"zeros": ("floor", 1.0), "additive": ("floor", 0.8), "ridge": ("model", 0.7)})
    assert said.startswith("Best: ridge (0.7000); the best floor is additive (0.8000). It is better by 0.1000 (95 %")
    assert "more than chance" in said
    assert "zeros" not in said


def test_a_difference_that_may_be_chance_is_called_so() -> None:
    said = verdict({"additive": ("floor", 0.8), "ridge": ("model", 0.799)})
    assert "which may be chance" in said
    assert "start.yaml" in said


@pytest.mark.parametrize(("value", "more"), [(0.9, True), (0.801, False)])
def test_floors_that_no_model_beats(value: float, more: bool) -> None:
    said = verdict({"additive": ("floor", 0.8), "ridge": ("model", value), "trees": ("model", 1.0)})
    assert said.startswith(f"No model beats the floors. Best: ridge ({value:.4f}); the best floor is additive (0.8000)")
    assert ("more than chance" in said) == more
    assert "start.yaml" in said.splitlines()[-1]


def test_a_transform_that_loses_more_than_a_floor_or_than_a_member() -> None:
    table = {"additive": ("floor", 0.8), "ridge": ("model", 0.85), "svd alone": ("ceiling", 0.82)}
    said = verdict(table)
    assert "svd alone (0.8200) loses more by itself than the best floor, additive (0.8000)" in said
    assert "n_components: auto" in said
    said = verdict(table | {"process": ("model", 0.6), "svd alone": ("ceiling", 0.7)})
    assert "svd alone (0.7000) loses more by itself than the best member, process (0.6000)" in said
    assert "alone" not in verdict(table | {"svd alone": ("ceiling", 0.5), "no noise": ("ceiling", 0.9)})


def test_a_blend_that_is_worse_than_a_member() -> None:
    table = {"zeros": ("floor", 1.0), "ridge": ("model", 0.5), "trees": ("model", 0.8), "blend": ("blend", 0.6)}
    said = verdict(table, {"ridge": 0.2, "trees": -0.1})
    assert said.startswith("Best: ridge (0.5000)")
    assert "The blend (0.6000) is worse than its best member, ridge (0.5000), by 0.1000" in said
    assert "the blend without trees" in said.splitlines()[-1]
    better = verdict(table | {"blend": ("blend", 0.4)}, {"ridge": 0.2, "trees": 0.1})
    assert better.startswith("Best: blend (0.4000)")
    assert "worse" not in better


def test_a_metric_whose_greatest_value_is_best() -> None:
    said = verdict({"mean": ("floor", 0.2), "ridge": ("model", 0.5), "trees": ("model", 0.4)}, metric="pearson")
    assert said.startswith("Best: ridge (0.5000); the best floor is mean (0.2000). It is better by 0.3000")
    assert verdict({"mean": ("floor", 0.4), "ridge": ("model", 0.1)}, metric="pearson").startswith("No model beats")


def test_a_single_row_has_no_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.reports.test_verdict.N_ROWS", 1)
    said = verdict({"zeros": ("floor", 1.0), "ridge": ("model", 0.5)})
    assert "interval" not in said
    assert "which may be chance" in said
