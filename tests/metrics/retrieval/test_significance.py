from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
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


def test_p_values_of_noise_are_even_by_drawn_rows_and_too_great_by_random_orders() -> None:
    noise = [np.random.default_rng(seed).standard_normal((80, 20)).astype(np.float32) for seed in range(40)]

    def p_values(null: Literal["labels", "ranks"]) -> np.ndarray:
        return np.concatenate([label_significance(Y, one, null=null, null_size=500)["p_value"] for one in noise])

    exact = p_values("labels")
    assert np.mean(exact < 0.05) == pytest.approx(0.05, abs=0.02)
    assert np.mean(exact < 0.5) == pytest.approx(0.5, abs=0.04)
    assert np.mean(p_values("ranks") < 0.05) < 0.03


def test_a_label_of_one_row_has_no_line() -> None:
    table = label_significance(Y[:13], planted(1)[:13], null_size=200)
    assert list(table["label"]) == [0, 1, 2]


def test_mechanisms_are_drawn_as_whole_compounds() -> None:
    """Rows of a compound are alike, mechanisms are names alone: p-values are even, where single rows would be wrong."""
    compounds = np.repeat(np.arange(40), 3)
    mechanisms = np.eye(20, dtype=np.float32)[compounds // 2]
    p_values = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        vectors = rng.standard_normal((120, 20)) + 2 * rng.standard_normal((40, 20))[compounds]
        table = label_significance(mechanisms, vectors.astype(np.float32), null_size=500, apart=compounds)
        p_values.append(table["p_value"])
    assert np.mean(np.concatenate(p_values) < 0.05) == pytest.approx(0.05, abs=0.025)
    assert np.mean(np.concatenate(p_values) < 0.5) == pytest.approx(0.5, abs=0.06)


def test_compounds_of_different_numbers_of_rows_are_drawn_whole() -> None:
    """The null of two blocks among three, against all three pairs by hand."""
    apart = np.array([0, 0, 0, 1, 2, 2])
    Y = np.eye(2, dtype=np.float32)[[0, 0, 0, 0, 1, 1]]
    vectors = np.random.default_rng(1).standard_normal((6, 4)).astype(np.float32)
    by_hand = []
    for other in (2, 1, 0):
        pair = np.eye(2, dtype=np.float32)[(apart == other).astype(int)]
        of_pair = MeanAveragePrecision().per_row(pair, vectors, apart)[apart != other]
        by_hand.append(of_pair.mean())
    table = label_significance(Y, vectors, null_size=4000, apart=apart)
    assert list(table["label"]) == [0]
    assert table["map"][0] == pytest.approx(by_hand[0])
    assert table["p_value"][0] == pytest.approx(np.mean(np.array(by_hand) >= by_hand[0] - 1e-9), abs=0.03)


@pytest.mark.parametrize("apart", [None, np.arange(80) // 2])
def test_random_orders_are_those_of_copairs(apart: np.ndarray | None) -> None:
    copairs = pytest.importorskip("copairs.map", reason="copairs is not installed")
    vectors = planted(2)
    meta = pd.DataFrame({"label": CODES.astype(str), "compound": (np.arange(80) // 2).astype(str)})
    precision = copairs.average_precision(
        meta, vectors, ["label"], [] if apart is None else ["compound"], [], ["label"]
    )
    theirs = copairs.mean_average_precision(precision, ["label"], null_size=20_000, threshold=0.05, seed=0)
    theirs = theirs.assign(label=theirs["label"].astype(int)).sort_values("label")
    ours = label_significance(Y, vectors, null="ranks", null_size=20_000, apart=apart)
    np.testing.assert_allclose(ours["map"], theirs["mean_average_precision"], atol=1e-6)
    np.testing.assert_allclose(ours["p_value"], theirs["p_value"], atol=0.015)
