from __future__ import annotations

import numpy as np

from kit.models.processes.row_keys import RowKeys
from kit.models.processes.row_scale import fit_effects, predict_scales, root_mean_squares

CONTEXT, ITEM = np.divmod(np.arange(120), 30)
RNG = np.random.default_rng(0)
OF_CONTEXT, OF_ITEM = RNG.normal(size=5) / 2, RNG.normal(size=31) / 2
LEVELS = {"context": 4, "item": 30}


def keys(context: np.ndarray, item: np.ndarray) -> RowKeys:
    return RowKeys({"context": context, "item": item}, np.zeros((len(context), 1), np.float32))


def test_log_additive_scales_are_found_for_pairs_that_were_not_measured() -> None:
    scales = np.exp(1 + OF_CONTEXT[CONTEXT] + OF_ITEM[ITEM])
    known = ~((CONTEXT == 3) & (ITEM > 5))
    effects = fit_effects(scales[known], keys(CONTEXT[known], ITEM[known]), LEVELS, np.ones(known.sum()))
    predicted = predict_scales(effects, keys(CONTEXT[~known], ITEM[~known]))
    assert np.abs(np.log(predicted / scales[~known])).max() < 0.15
    assert np.corrcoef(np.log(predicted), np.log(scales[~known]))[0, 1] > 0.99


def test_an_unseen_level_counts_nothing() -> None:
    effects = fit_effects(np.exp(OF_ITEM[ITEM]), keys(CONTEXT, ITEM), LEVELS, np.ones(120))
    unseen = predict_scales(effects, keys(np.array([4]), np.array([30])))
    np.testing.assert_allclose(unseen, np.exp(effects[""]))


def test_equal_scales_stay_equal() -> None:
    effects = fit_effects(np.full(120, 2.5), keys(CONTEXT, ITEM), LEVELS, np.ones(120))
    np.testing.assert_allclose(predict_scales(effects, keys(CONTEXT, ITEM)), 2.5, rtol=1e-12)


def test_rows_of_zeros_have_a_small_scale_and_a_table_of_them_none() -> None:
    np.testing.assert_allclose(root_mean_squares(np.array([4.0, 0.0])), [2, 1e-3])
    np.testing.assert_array_equal(root_mean_squares(np.zeros(3)), 1)
