from __future__ import annotations

import numpy as np
import pytest

from kit.blends import Greedy
from kit.errors import ParameterError
from tests.blends.planted import mrrmse, planted, with_noise


def by_hand(members: dict[str, np.ndarray], Y: np.ndarray, n_rounds: int, row_weights: np.ndarray) -> np.ndarray:
    """Select with replacement, scoring every wide blend anew."""
    names, taken, best = sorted(members), [], (np.inf, [])
    for _ in range(n_rounds):
        scores = [
            mrrmse(Y, np.mean([members[n].astype(np.float64) for n in [*taken, name]], axis=0), row_weights)  # type: ignore[arg-type]
            for name in names
        ]
        taken.append(names[int(np.argmin(scores))])
        if min(scores) < best[0] * (1 - 1e-12):
            best = (min(scores), list(taken))
    return np.array([best[1].count(name) for name in names]) / len(best[1])


@pytest.mark.parametrize("seed", range(4))
def test_is_the_selection_that_scores_every_blend_anew(seed: int) -> None:
    members, Y = planted({"a": 0.5, "b": 0.6, "c": 0.8, "d": 2.0}, n_rows=15, seed=seed)
    row_weights = np.random.default_rng(seed).uniform(size=len(Y))
    found = Greedy(13).fit(members, Y, row_weights)
    np.testing.assert_allclose(found.weights_, by_hand(members, Y, 13, row_weights))
    assert 1 <= found.report()["rounds"][0] <= 13


def test_one_round_takes_the_best_member() -> None:
    members, Y = with_noise()
    assert Greedy(1).fit(members, Y).weights_of(members) == {"fair": 0.0, "good": 1.0, "noise": 0.0}


def test_the_best_of_the_path_is_never_worse_with_more_rounds() -> None:
    members, Y = planted({"a": 0.5, "b": 0.6, "c": 0.8})
    scores = [Greedy(n).fit(members, Y).score_ for n in (1, 2, 5, 20, 80)]
    assert scores == sorted(scores, reverse=True)
    assert scores[-1] < 0.9 * scores[0]


def test_bags_give_every_good_member_a_part() -> None:
    members, Y = planted(dict.fromkeys("abcdef", 0.5))
    members["best"] = (Y + 0.05 * (members["a"] - Y)).astype(np.float32)
    alone = Greedy(20).fit(members, Y).weights_of(members)
    bagged = Greedy(20, n_bags=12, random_state=0).fit(members, Y)
    weights = bagged.weights_of(members)
    assert alone["best"] > 0.9
    assert sum(weight > 0 for weight in weights.values()) > sum(weight > 0 for weight in alone.values())
    assert sum(weights.values()) == pytest.approx(1)
    assert len(bagged.report()["rounds"]) == 12
    other = Greedy(20, n_bags=12, random_state=1).fit(members, Y).weights_
    assert not np.array_equal(other, bagged.weights_)


def test_a_bag_holds_at_least_one_member() -> None:
    members, Y = planted({"a": 0.5, "b": 0.6})
    weights = Greedy(3, n_bags=2, bag_share=0.01, random_state=0).fit(members, Y).weights_
    assert set(weights.tolist()) <= {0.0, 0.5, 1.0}


@pytest.mark.parametrize("wrong", [{"n_rounds": 0}, {"n_bags": 0}, {"bag_share": 0.0}, {"bag_share": 1.5}])
def test_parameters(wrong: dict) -> None:
    members, Y = planted({"a": 0.5})
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        Greedy(**wrong).fit(members, Y)
