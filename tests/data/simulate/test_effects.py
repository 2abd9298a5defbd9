"""The planted truth has the properties it promises."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from kit.data.simulate import COMPOUNDS, DESIGNS
from kit.data.simulate.effects import draw_cell_type_responses, draw_compound_effects, signed_log_p

DESIGN = replace(DESIGNS["open-problems"], n_genes=2000)
CELL_TYPES = DESIGN.cell_types


def _effects(inequality: float, seed: int = 0) -> np.ndarray:
    return draw_compound_effects(COMPOUNDS, replace(DESIGN, inequality=inequality), np.random.default_rng(seed))


def test_signed_log_p_is_that_of_a_two_sided_test() -> None:
    z = np.linspace(-8, 8, 33)
    expected = np.sign(z) * -np.log10(2 * stats.norm.sf(np.abs(z)))
    np.testing.assert_allclose(signed_log_p(z), expected, rtol=1e-10, atol=1e-12)


def test_signed_log_p_goes_on_where_the_p_value_underflows() -> None:
    far = signed_log_p(np.array([-100.0, 50.0, 100.0]))
    assert np.isfinite(far).all()
    assert far[0] == pytest.approx(-far[2])
    assert far[2] == pytest.approx(100**2 / 2 / np.log(10), rel=0.01)


@pytest.fixture(scope="module")
def effects() -> np.ndarray:
    """Many draws of the compounds' effects, stacked."""
    return np.stack([_effects(1.0, seed) for seed in range(20)])


def _mean_cosines(effects: np.ndarray) -> np.ndarray:
    directions = effects / np.linalg.norm(effects, axis=2, keepdims=True)
    return np.mean(directions @ directions.transpose(0, 2, 1), axis=0)


def test_compounds_of_one_mechanism_act_alike(effects: np.ndarray) -> None:
    cosines = _mean_cosines(effects)
    mechanism = np.array([compound.mechanism for compound in COMPOUNDS])
    same = (mechanism[:, None] == mechanism) & ~np.eye(len(COMPOUNDS), dtype=bool)
    assert cosines[same].mean() > 0.4
    assert abs(cosines[mechanism[:, None] != mechanism].mean()) < 0.05


def test_similar_structures_act_alike_across_mechanisms(effects: np.ndarray) -> None:
    cosines = _mean_cosines(effects)
    names = [compound.name for compound in COMPOUNDS]
    # Phenothiazines: an antipsychotic and an antihistamine.
    related = cosines[names.index("Chlorpromazine"), names.index("Promethazine")]
    assert related > 0.05
    assert related > np.quantile(cosines[names.index("Chlorpromazine")], 0.9)


def test_potent_mechanisms_are_stronger_and_inequality_spreads_them(effects: np.ndarray) -> None:
    strengths = np.linalg.norm(effects, axis=2)
    potency = np.array([compound.potency for compound in COMPOUNDS])
    assert stats.spearmanr(potency, np.median(strengths, axis=0)).statistic > 0.7
    equal = np.linalg.norm(_effects(0.0), axis=1)
    np.testing.assert_allclose(equal, equal[0])
    unequal = np.linalg.norm(_effects(2.0), axis=1)
    assert np.log(unequal).std() == pytest.approx(2 * np.log(strengths[0]).std(), rel=1e-6)


def test_cell_types_of_a_lineage_respond_more_alike() -> None:
    _, loadings = draw_cell_type_responses(DESIGN, np.random.default_rng(0))
    correlation = np.corrcoef(loadings.reshape(len(CELL_TYPES), -1))
    lineage = np.array([cell_type.lineage for cell_type in CELL_TYPES])
    same = (lineage[:, None] == lineage) & ~np.eye(len(lineage), dtype=bool)
    between = lineage[:, None] != lineage
    assert correlation[between].min() > 0.4
    assert correlation[between].max() < correlation[same].min() < 0.98


def test_cell_types_have_means_of_their_own() -> None:
    means, _ = draw_cell_type_responses(DESIGN, np.random.default_rng(0))
    correlation = np.corrcoef(means)
    off_diagonal = correlation[~np.eye(len(CELL_TYPES), dtype=bool)]
    assert off_diagonal.min() > 0.1
    assert off_diagonal.max() < 0.5


def test_sizes_of_a_design_are_those_of_the_responses() -> None:
    plain = replace(DESIGN, loading_difference=0.0, mean_size=0.0, strength=0.1)
    means, loadings = draw_cell_type_responses(plain, np.random.default_rng(0))
    assert not means.any()
    correlation = np.corrcoef(loadings.reshape(len(CELL_TYPES), -1))
    assert correlation.min() > 0.9  # they differ in their gains alone
    stronger = draw_compound_effects(COMPOUNDS, replace(plain, strength=0.3), np.random.default_rng(0))
    np.testing.assert_allclose(stronger, 3 * draw_compound_effects(COMPOUNDS, plain, np.random.default_rng(0)))
    far, near = (
        np.corrcoef(
            draw_cell_type_responses(replace(DESIGN, loading_difference=x), np.random.default_rng(0))[1].reshape(6, -1)
        )[0, 4]
        for x in (1.5, 0.5)
    )
    assert far < near - 0.2
