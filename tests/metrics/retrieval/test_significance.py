from __future__ import annotations

from typing import Literal

import numpy as np
import pytest

from kit.metrics import MeanAveragePrecision, label_significance

CODES = np.repeat(np.arange(20), 4)
Y = np.eye(20, dtype=np.float32)[CODES]


def planted(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (rng.standard_normal((80, 20)) + 3 * rng.standard_normal((20, 20))[CODES] * (CODES < 6)[:, None]).astype(
        np.float32
    )


def test_planted_labels_are_significant_and_the_others_by_chance_alone() -> None:
    vectors = planted(0)
    table = label_significance(Y, vectors, null_size=2000)
    assert list(table["label"]) == list(range(20))
    assert (table["q_value"][:6] < 0.05).all()
    assert (table["q_value"][6:] < 0.05).sum() <= 1
    values = MeanAveragePrecision().per_row(Y, vectors)
    assert table["map"][2] == pytest.approx(values[CODES == 2].mean())
    assert (table["q_value"] >= table["p_value"]).all()
    assert table["p_value"].min() == pytest.approx(1 / 2001)


def test_p_values_of_noise_are_even_by_drawn_rows_and_too_small_by_random_orders() -> None:
    noise = [np.random.default_rng(seed).standard_normal((80, 20)).astype(np.float32) for seed in range(40)]

    def p_values(null: Literal["labels", "ranks"]) -> np.ndarray:
        return np.concatenate([label_significance(Y, one, null=null, null_size=500)["p_value"] for one in noise])

    exact = p_values("labels")
    assert np.mean(exact < 0.05) == pytest.approx(0.05, abs=0.02)
    assert np.mean(exact < 0.5) == pytest.approx(0.5, abs=0.04)
    assert 0.08 < np.mean(p_values("ranks") < 0.05) < 0.15


def test_a_label_of_one_row_has_no_line() -> None:
    table = label_significance(Y[:13], planted(1)[:13], null_size=200)
    assert list(table["label"]) == [0, 1, 2]
