"""Rows in rank form, their expectation, and the design that has the counts and correlations of the real table."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from scipy.stats import pearsonr, spearmanr

from kit.data.simulate import DESIGNS, SimulatedCompetition, simulate
from kit.data.simulate.layout import draw_layout
from kit.data.simulate.ranks import expected_rank_form, rank_form
from tests.data.simulate.reference import LADDER, per_cell_type, ridge, row_rmse, zeros

N_GENES = 1500


@pytest.fixture(scope="module")
def world() -> SimulatedCompetition:
    return simulate("open-problems-ranks", seed=0, n_genes=N_GENES)


def test_a_value_is_the_signed_log_p_of_the_rank() -> None:
    values = rank_form(np.array([[0.1, 7.0, -3.0, 2.0]], dtype=np.float32))
    u = np.array([2.5, 0.5, 3.5, 1.5]) / 4
    expected = np.where(u < 0.5, -1, 1) * np.log10(2 * np.minimum(u, 1 - u))
    np.testing.assert_allclose(values[0], expected, rtol=1e-6)
    assert values.dtype == np.float32


def test_the_form_depends_on_the_order_alone() -> None:
    rows = np.random.default_rng(0).normal(size=(5, 40)).astype(np.float32)
    np.testing.assert_array_equal(rank_form(rows), rank_form(np.exp(rows) * 3 - 1))
    np.testing.assert_allclose(rank_form(rows), -rank_form(-rows), atol=1e-6)


def test_the_expectation_is_the_mean_over_draws_of_the_noise() -> None:
    rng = np.random.default_rng(1)
    noise_free = (rng.laplace(size=(3, 800)) * np.array([[0.2], [1.0], [3.0]])).astype(np.float32)
    sd = np.array([0.5, 1.0, 0.2])

    def noise_sd(values: np.ndarray, row: int) -> np.ndarray:
        return sd[row] * np.sqrt(1 + np.abs(values))

    def measure() -> np.ndarray:
        deviations = np.stack([noise_sd(noise_free[row], row) for row in range(3)])
        return (noise_free + deviations * rng.laplace(scale=np.sqrt(0.5), size=noise_free.shape)).astype(np.float32)

    found = expected_rank_form(noise_free, measure(), noise_sd)
    draws = np.stack([rank_form(measure()) for _ in range(400)])
    error = found - draws.mean(axis=0)
    # The mean of 400 draws is itself off by a twentieth of a draw's deviation; the rest is 800 genes' distribution.
    assert np.sqrt(np.mean(error**2)) < 0.1 * draws.std(axis=0).mean()
    assert abs(error.mean()) < 0.01


@pytest.mark.parametrize("seed", [0, 1, 7])
def test_the_counts_are_those_of_the_real_table(seed: int) -> None:
    design = DESIGNS["open-problems-ranks"]
    layout = draw_layout(design, seed)
    names = [cell_type.name for cell_type in design.cell_types]
    assert design.n_genes == 6349
    assert Counter(names[c] for c, _ in layout.train) == {
        "NK cells": 135,
        "T cells": 135,
        "B cells": 13,
        "Myeloid cells": 13,
    }
    assert Counter(names[c] for c, _ in layout.test) == {"B cells": 122, "Myeloid cells": 122}
    # Both rare cell types miss the same compounds, each of which has two profiles elsewhere.
    assert set(Counter(d for _, d in layout.test).values()) == {2}
    assert len(layout.train) == 296


def test_every_row_holds_the_same_values(world: SimulatedCompetition) -> None:
    rows = np.concatenate([world.train_targets, world.test_targets])
    np.testing.assert_array_equal(np.sort(rows, axis=1), np.tile(np.sort(rows[0]), (len(rows), 1)))
    # As in the real table, whose zeros score .614 with 6,349 genes.
    assert row_rmse(world.test_targets, zeros(world)).mean() == pytest.approx(0.614, abs=0.002)
    assert world.train["control"].sum() == 8


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_simple_predictors_score_as_on_the_real_table(seed: int) -> None:
    world = simulate("open-problems-ranks", seed, N_GENES)
    errors = {predict.__name__: row_rmse(world.test_targets, predict(world)) for predict in LADDER}
    # Real: per cell type .600, additive .580, ridge .55 to .57, and correlations of about .4.
    assert 0.585 < errors["per_cell_type"].mean() < 0.61
    assert 0.575 < errors["additive"].mean() < 0.595
    assert 0.54 < errors["ridge"].mean() < 0.58
    assert 0.35 < np.mean([pearsonr(*pair)[0] for pair in zip(world.test_targets, ridge(world), strict=True)]) < 0.45
    for worse, better in zip(list(errors)[:-1], list(errors)[1:], strict=True):
        assert errors[better].mean() < errors[worse].mean(), (better, worse)


def test_correlations_between_rows_are_near_those_of_the_real_table(world: SimulatedCompetition) -> None:
    correlation = np.corrcoef(world.train_targets)
    cell_type, compound = (world.train[name].to_numpy() for name in ("cell_type", "sm_name"))
    in_t, in_nk = cell_type == "T cells", cell_type == "NK cells"
    same_compound = correlation[np.ix_(in_nk, in_t)][compound[in_nk][:, None] == compound[in_t]]
    # Real: .215 and .163 between the two cell types' rows of a compound, .073 and .119 within a cell type.
    assert 0.12 < same_compound.mean() < 0.28
    assert 0.1 < same_compound.std() < 0.22
    for inside, expected in ((in_nk, 0.073), (in_t, 0.119)):
        block = correlation[np.ix_(inside, inside)]
        assert abs(block[~np.eye(len(block), dtype=bool)].mean() - expected) < 0.06


def test_the_noise_free_rows_are_shrunk_towards_zero_and_keep_the_order(world: SimulatedCompetition) -> None:
    assert world.test_noise_free.std() < 0.7 * world.test_targets.std()
    assert (
        row_rmse(world.test_targets, world.test_noise_free).mean()
        < row_rmse(world.test_targets, per_cell_type(world)).mean()
    )
    assert np.mean([spearmanr(a, b)[0] for a, b in zip(world.test_targets, world.test_noise_free, strict=True)]) > 0.3
