"""What every blend with learnt weights does; the conformance suite has the rest."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from kit.blends import (
    BLENDS,
    Blend,
    ByScore,
    Greedy,
    LearntBlend,
    LeastMRRMSE,
    NonNegative,
    PerGroupBlend,
    RowGram,
    fits_on_gram,
)
from kit.errors import InputError
from tests.blends.planted import mixed, mrrmse, planted, with_noise

LEARNT: list[LearntBlend] = [
    ByScore(0.2),
    ByScore(0.1, "inverse_power"),
    NonNegative(),
    NonNegative(sum_to_one=False),
    LeastMRRMSE(),
    Greedy(40),
    Greedy(20, n_bags=6, bag_share=0.7, random_state=0),
]


@pytest.mark.parametrize("blend", LEARNT, ids=repr)
def test_noise_gets_next_to_no_weight(blend: LearntBlend) -> None:
    members, Y = with_noise()
    weights = blend.fit(members, Y).weights_of(members)
    assert weights["noise"] < 0.1
    assert weights["good"] > weights["fair"] > 0.02


@pytest.mark.parametrize("blend", LEARNT, ids=repr)
def test_the_score_and_the_blend_are_those_of_the_weights(blend: LearntBlend) -> None:
    members, Y = with_noise(1)
    row_weights = np.linspace(0, 3, len(Y))
    blend.fit(members, Y, row_weights)
    weights = blend.report()["weights"]
    np.testing.assert_allclose(blend.combine(members), mixed(members, weights), rtol=1e-5, atol=1e-5)
    assert blend.score_ == pytest.approx(mrrmse(Y, blend.combine(members), row_weights), rel=1e-5)
    assert blend.report()["fitted_score"] == blend.score_


@pytest.mark.parametrize("blend", LEARNT, ids=repr)
def test_one_member_and_the_same_member_twice(blend: LearntBlend) -> None:
    members, Y = planted({"only": 0.3})
    alone = blend.fit(members, Y).combine(members)
    if blend.get_params().get("sum_to_one", True):
        np.testing.assert_allclose(alone, members["only"], rtol=1e-6)
    twice = {"only": members["only"], "again": members["only"]}
    np.testing.assert_allclose(blend.fit(twice, Y).combine(twice), alone, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("blend", [NonNegative(), LeastMRRMSE(), Greedy(60)], ids=repr)
def test_is_no_worse_than_the_best_member_where_it_was_fitted(blend: LearntBlend) -> None:
    for seed in range(5):
        members, Y = planted({"a": 0.5, "b": 0.6, "c": 0.7}, seed=seed)
        assert blend.fit(members, Y).score_ <= min(mrrmse(Y, values) for values in members.values())


@pytest.mark.parametrize("blend", LEARNT, ids=repr)
def test_a_fit_on_inner_products_is_the_fit(blend: LearntBlend) -> None:
    members, Y = with_noise(2)
    wide = blend.fit(members, Y).weights_.copy()
    np.testing.assert_array_equal(blend.fit_gram(RowGram.of(members, Y)).weights_, wide)
    assert fits_on_gram(blend)


@pytest.mark.parametrize("blend", LEARNT, ids=repr)
def test_saved_and_found_by_name(blend: LearntBlend, tmp_path: Path) -> None:
    members, Y = with_noise(3)
    blend.fit(members, Y).save(tmp_path / "blend")
    loaded = Blend.load(tmp_path / "blend")
    assert type(loaded) is BLENDS.get(blend.kind)
    assert loaded.combine(members).tobytes() == blend.combine(members).tobytes()
    assert loaded.weights_of(members) == blend.weights_of(members)


def test_needs_the_members_of_the_fit() -> None:
    members, Y = planted({"alpha": 0.3, "beta": 0.4})
    with pytest.raises(NotFittedError):
        NonNegative().combine(members)
    blend = NonNegative().fit(members, Y)
    with pytest.raises(InputError, match=r"not fitted on 'alpa' \(did you mean 'alpha'"):
        blend.combine({"alpa": members["alpha"], "beta": members["beta"]})
    with pytest.raises(InputError, match="was fitted on 'beta'"):
        blend.combine({"alpha": members["alpha"]})


@pytest.mark.parametrize(
    ("weights", "told"),
    [
        ([1.0], r"each of 40 rows, got shape \(1,\)"),
        ([0.0] * 40, "above 0"),
        ([-1.0] * 40, ">= 0"),
        (["x"] * 40, "number"),
    ],
)
def test_refuses_wrong_weights_of_rows(weights: list, told: str) -> None:
    members, Y = planted({"a": 0.3})
    for blend in (NonNegative(), PerGroupBlend(NonNegative())):
        with pytest.raises(InputError, match=told):
            blend.fit(members, Y, weights, np.full(40, "x"))


def test_knows_of_itself_that_it_learns() -> None:
    learns = {cls.kind: cls.learns for cls in BLENDS if cls.__module__.startswith("kit.")}
    assert {kind for kind, does in learns.items() if not does} == {"concatenate", "mean", "median", "weighted"}
