from __future__ import annotations

from math import comb

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from kit.errors import InputError
from kit.metrics import MeanAveragePrecision, PrecisionAtR, RetrievalMetric

RNG = np.random.default_rng(0)
CODES = np.repeat(np.arange(8), 5)
Y = np.eye(8, dtype=np.float32)[CODES]
VECTORS = (RNG.standard_normal((40, 6)) + 1.5 * RNG.standard_normal((8, 6))[CODES]).astype(np.float32)
VECTORS[3] = VECTORS[7] = VECTORS[9]  # equally similar to everything

METRICS = [MeanAveragePrecision(), MeanAveragePrecision("pearson"), PrecisionAtR(), PrecisionAtR("pearson")]


def others(row: int, similarity: str) -> tuple[np.ndarray, np.ndarray]:
    """Return whether each other row is of the same label, and its similarity, by another route."""
    rest = np.arange(40) != row
    values = VECTORS.astype(np.float64)
    if similarity == "euclidean":
        return CODES[rest] == CODES[row], -np.linalg.norm(values - values[row], axis=1)[rest]
    if similarity == "pearson":
        return CODES[rest] == CODES[row], np.corrcoef(values)[row][rest]
    values /= np.linalg.norm(values, axis=1, keepdims=True)
    return CODES[rest] == CODES[row], (values @ values.T)[row][rest]


@pytest.mark.parametrize("similarity", ["cosine", "pearson", "euclidean"])
def test_average_precision_is_scikit_learns_ties_included(similarity: str) -> None:
    expected = [average_precision_score(*others(row, similarity)) for row in range(40)]
    metric = MeanAveragePrecision(similarity)  # type: ignore[arg-type]
    found = metric.per_row(Y, VECTORS)
    distinct = ~np.isin(np.arange(40), [3, 7, 9])  # of equal rows, rounding decides which is nearer
    np.testing.assert_allclose(found[distinct], np.array(expected)[distinct], atol=1e-12)
    assert metric(Y, VECTORS) == pytest.approx(found.mean())


def test_precision_at_r_counts_the_nearest() -> None:
    found = PrecisionAtR().per_row(Y, VECTORS)
    for row in (0, 12, 39):
        same, similar = others(row, "cosine")
        assert found[row] == pytest.approx(same[np.argsort(-similar)[:4]].mean())


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: f"{metric.kind} {metric.similarity}")
def test_rows_that_are_alike_only_within_labels_are_found_perfectly(metric: RetrievalMetric) -> None:
    assert metric(Y, np.eye(8, 10, dtype=np.float32)[CODES]) == metric.best


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: f"{metric.kind} {metric.similarity}")
def test_order_and_length_of_rows_change_nothing(metric: RetrievalMetric) -> None:
    order = np.random.default_rng(1).permutation(40)
    order = order[~np.isin(order, [3, 7])]
    stretched = VECTORS * np.random.default_rng(2).uniform(0.5, 2, (40, 1)).astype(np.float32)
    kept = np.sort(order)
    expected = metric.per_row(Y[kept], VECTORS[kept])
    np.testing.assert_allclose(metric.per_row(Y[order], stretched[order]), expected[np.searchsorted(kept, order)])


def test_a_random_order_gets_the_number_of_chance() -> None:
    """4 positives of 39: the expected average precision of a random order, in closed form."""
    positives, n = 4, 39
    expected = sum(
        k / place * comb(place - 1, k - 1) * comb(n - place, positives - k) / comb(n, positives) / positives
        for place in range(1, n + 1)
        for k in range(1, positives + 1)
    )
    rng = np.random.default_rng(0)
    draws = [rng.standard_normal((40, 64)).astype(np.float32) for _ in range(60)]
    assert np.mean([MeanAveragePrecision()(Y, vectors) for vectors in draws]) == pytest.approx(expected, abs=0.01)
    assert np.mean([PrecisionAtR()(Y, vectors) for vectors in draws]) == pytest.approx(4 / 39, abs=0.01)


def test_a_row_alone_in_its_label_is_no_question_but_an_answer() -> None:
    truth = np.vstack([np.hstack([Y[:10], np.zeros((10, 1))]), np.eye(9)[[8]]]).astype(np.float32)
    vectors = np.vstack([VECTORS[:10], VECTORS[:1]])
    found = MeanAveragePrecision().per_row(truth, vectors)
    assert np.isnan(found[-1])
    assert found[0] < MeanAveragePrecision().per_row(Y[:10], VECTORS[:10])[0]  # it stands in the way
    assert MeanAveragePrecision()(truth, vectors) == pytest.approx(found[:-1].mean())


def test_labels_without_a_pair_are_refused() -> None:
    with pytest.raises(InputError, match="none of the 3 rows shares its label"):
        MeanAveragePrecision()(np.eye(3, dtype=np.float32), VECTORS[:3])
    with pytest.raises(InputError, match="expected 40 rows"):
        MeanAveragePrecision()(Y, VECTORS[:3])


APART = CODES * 3 + np.tile([0, 0, 1, 1, 2], 8)
"""Compounds of two, two and one rows in every label."""


@pytest.mark.parametrize("metric", [MeanAveragePrecision(), PrecisionAtR()], ids=lambda metric: str(metric.kind))
def test_rows_of_one_compound_are_no_answers_to_each_other(metric: RetrievalMetric) -> None:
    """As if the others of a row's compound were not there."""
    found = metric.per_row(Y, VECTORS, apart=APART)
    for row in (0, 11, 14, 38):
        kept = np.flatnonzero((APART[row] != APART) | (np.arange(40) == row))
        alone = metric.per_row(Y[kept], VECTORS[kept])
        assert found[row] == pytest.approx(alone[np.flatnonzero(kept == row)[0]])


def test_a_label_of_one_compound_cannot_be_found() -> None:
    found = MeanAveragePrecision().per_row(Y, VECTORS, apart=np.where(CODES == 0, 0, APART + 1))
    np.testing.assert_array_equal(np.isnan(found), CODES == 0)
    with pytest.raises(InputError, match="none of the 40 rows"):
        MeanAveragePrecision().per_row(Y, VECTORS, apart=CODES)
    with pytest.raises(InputError, match="rows of '0' have several labels"):
        MeanAveragePrecision().per_row(Y, VECTORS, apart=np.arange(40) % 5)
    with pytest.raises(InputError, match="one value for each of 40 rows"):
        MeanAveragePrecision().per_row(Y, VECTORS, apart=[1, 2])


def test_equal_copairs() -> None:
    copairs = pytest.importorskip("copairs.map", reason="copairs is not installed")
    import pandas as pd

    rows = np.flatnonzero(~np.isin(np.arange(40), [3, 7]))
    meta = pd.DataFrame({"label": CODES[rows].astype(str)})
    found = copairs.average_precision(meta, VECTORS[rows], ["label"], [], [], ["label"])
    expected = found["average_precision"].to_numpy()
    np.testing.assert_allclose(MeanAveragePrecision().per_row(Y[rows], VECTORS[rows]), expected, atol=1e-6)
    meta["compound"] = APART[rows].astype(str)
    found = copairs.average_precision(meta, VECTORS[rows], ["label"], ["compound"], [], ["label"])
    expected = found["average_precision"].to_numpy()
    np.testing.assert_allclose(MeanAveragePrecision().per_row(Y[rows], VECTORS[rows], APART[rows]), expected, atol=1e-6)
