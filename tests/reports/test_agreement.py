"""Agreement of cross-validated scores with a truth, where it is known by construction."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from kit.metrics.base import Metric
from kit.metrics.rowwise import MRRMSE, Cosine
from kit.metrics.scores import Scores
from kit.reports.agreement import agreement
from kit.reports.comparison import RECIPE

N_ROWS, N_RECIPES = 200, 8


def scores_of(values: np.ndarray, metric: Metric, seeds: int = 1) -> Scores:
    """Scores of (n_recipes, n_rows)."""
    name = "mrrmse" if isinstance(metric, MRRMSE) else "cosine"
    frames = [
        pd.DataFrame(
            {
                "member": f"recipe {index}",
                "kind": RECIPE,
                "seed": seed,
                "fold": "one",
                "row": np.arange(len(of_member)),
                "group": "A",
                "cluster": np.arange(len(of_member)) // 2,
                "weight": 1.0,
                name: of_member,
            }
        )
        for index, of_member in enumerate(values)
        for seed in range(seeds)
    ]
    return Scores((metric,), pd.concat(frames, ignore_index=True))


def planted(quality: np.ndarray, spread: float, seed: int, shift: float = 0.0) -> np.ndarray:
    """Every recipe's quality, what is hard about a row for all, and noise of its own."""
    rng = np.random.default_rng(seed)
    hard = 0.1 * rng.standard_normal(N_ROWS)
    return quality[:, None] + hard + shift + spread * rng.standard_normal((len(quality), N_ROWS))


QUALITY = np.linspace(0.5, 0.6, N_RECIPES)


def test_scores_that_order_as_the_truth_does() -> None:
    found = agreement(
        scores_of(planted(QUALITY, 0.01, 0), MRRMSE()), scores_of(planted(QUALITY, 0.01, 1), MRRMSE()), {}
    )
    (line,) = found.to_dict("records")
    assert line["spearman"] == 1
    assert line["recipes"] == N_RECIPES
    assert abs(line["overshoot"]) < 0.03
    turned = agreement(
        scores_of(planted(QUALITY, 0.01, 0), MRRMSE()), scores_of(planted(QUALITY[::-1], 0.01, 1), MRRMSE()), {}
    )
    assert turned["spearman"][0] == -1


def test_the_rank_correlation_is_scipys() -> None:
    cv, true = planted(QUALITY, 0.5, 2), planted(QUALITY, 0.5, 3)
    found = agreement(scores_of(cv, MRRMSE(), seeds=2), scores_of(true, MRRMSE(), seeds=2), {})
    assert found["spearman"][0] == pytest.approx(spearmanr(cv.mean(axis=1), true.mean(axis=1)).statistic)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    held, pairs = 0, 0
    for seed in range(12):
        cv, true = planted(QUALITY, 0.2, seed), np.tile(QUALITY[:, None], (1, 4))
        # Rows of one cluster are alike, which the bootstrap has to know.
        cv[:, 1::2] = cv[:, ::2]
        (line,) = agreement(scores_of(cv, MRRMSE()), scores_of(true, MRRMSE()), {}).to_dict("records")
        held += int(line["intervals"].split(" of ")[0])
        pairs += int(line["differences"].split(" of ")[0])
    assert 0.85 < held / (12 * N_RECIPES) <= 1
    assert 0.85 < pairs / (12 * N_RECIPES * (N_RECIPES - 1) / 2) <= 1


def test_a_shift_is_the_overshoot_and_leaves_differences_right() -> None:
    cv, true = planted(QUALITY, 0.01, 0, shift=0.2), planted(QUALITY, 0.01, 0)
    (line,) = agreement(scores_of(cv, MRRMSE()), scores_of(true, MRRMSE()), {}).to_dict("records")
    assert line["overshoot"] == pytest.approx(0.2)
    assert line["intervals"] == f"0 of {N_RECIPES}"
    assert line["differences"] == "28 of 28"


def test_where_more_is_better_the_overshoot_is_what_is_missing() -> None:
    cv, true = planted(QUALITY, 0.01, 0, shift=-0.2), planted(QUALITY, 0.01, 0)
    (line,) = agreement(scores_of(cv, Cosine()), scores_of(true, Cosine()), {}).to_dict("records")
    assert line["overshoot"] == pytest.approx(0.2)
    assert line["spearman"] == 1


def test_what_is_expected_at_all_rows_is_a_line_of_its_own() -> None:
    cv, true = planted(QUALITY, 0.01, 0, shift=0.2), planted(QUALITY, 0.01, 0)
    expected = {f"recipe {index}": value + 0.05 for index, value in enumerate(true.mean(axis=1))}
    found = agreement(scores_of(cv, MRRMSE()), scores_of(true, MRRMSE()), expected)
    assert list(found["scores"]) == ["cross-validated", "all rows"]
    assert found["overshoot"][1] == pytest.approx(0.05)
    assert found["spearman"][1] == pytest.approx(1)
    assert list(found["intervals"]) == [f"0 of {N_RECIPES}", ""]


def test_of_two_recipes_nothing_is_said() -> None:
    values = planted(QUALITY[:2], 0.01, 0)
    assert agreement(scores_of(values, MRRMSE()), scores_of(values, MRRMSE()), {}).empty


def test_recipes_that_all_score_the_same_have_no_order() -> None:
    same = np.full((3, 10), 0.5)
    found = agreement(scores_of(same, MRRMSE()), scores_of(same, MRRMSE()), {})
    assert found["spearman"][0] == ""
    assert found["intervals"][0] == "3 of 3"
