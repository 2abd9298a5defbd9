from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from kit.blends import Blend, ByScore, LearntBlend, Mean, Median, NonNegative, PerGroupBlend, Weighted
from kit.errors import InputError
from kit.metrics import MRRMSE, Pearson, TargetPearson
from kit.postprocess import Clip
from kit.training.scoring.contributions import Contributions
from tests.blends.planted import mixed, mrrmse, planted, with_noise


@pytest.fixture(autouse=True)
def _several_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kit.arrays.BLOCK_ELEMENTS", 1000)


def by_member(contributions: Contributions) -> pd.DataFrame:
    return contributions.table().set_index("member")


def test_one_fold_by_hand() -> None:
    members, Y = with_noise()
    weights = {"good": 0.5, "fair": 0.3, "noise": 0.2}
    contributions = Contributions(MRRMSE())
    contributions.add("only", 1.0, members, Y, Weighted(weights))
    table = by_member(contributions)
    whole = mrrmse(Y, mixed(members, weights))
    assert contributions.score == pytest.approx(whole, rel=1e-6)
    for name, values in members.items():
        rest = {other: weight / (1 - weights[name]) for other, weight in weights.items() if other != name}
        without = mrrmse(Y, mixed({other: members[other] for other in rest}, rest))
        assert table.loc[name, "score"] == pytest.approx(mrrmse(Y, values), rel=1e-6)
        assert table.loc[name, "without"] == pytest.approx(without, rel=1e-6)
        assert table.loc[name, "loss"] == pytest.approx(without - whole, abs=1e-6)
        assert table.loc[name, "weight"] == weights[name]
    assert list(table.index) == ["good", "fair", "noise"]
    assert table.loc["noise", "loss"] < 0 < table.loc["good", "loss"]
    assert table["weight_sd"].isna().all()


def test_folds_count_by_their_weights() -> None:
    parts = [planted({"a": 0.3, "b": 1.0}, n_rows=9, seed=1), planted({"a": 2.0, "b": 1.0}, n_rows=20, seed=2)]
    contributions = Contributions(MRRMSE())
    for number, (members, Y) in enumerate(parts):
        contributions.add(f"fold {number}", 3.0 if number else 1.0, members, Y, Mean())
    alone = [mrrmse(Y, members["a"]) for members, Y in parts]
    whole = [mrrmse(Y, (members["a"] + members["b"]) / 2) for members, Y in parts]
    table = by_member(contributions)
    assert table.loc["a", "score"] == pytest.approx(alone[0] / 4 + 3 * alone[1] / 4, rel=1e-6)
    assert contributions.score == pytest.approx(whole[0] / 4 + 3 * whole[1] / 4, rel=1e-6)
    # Of two members the blend without one is the other.
    assert table.loc["a", "without"] == pytest.approx(table.loc["b", "score"])
    # Each fold's values count by its weight, whatever its rows.
    row_weights = np.concatenate([np.full(9, 1 / 9), np.full(20, 3 / 20)]).repeat(50)
    values = [np.concatenate([members[name] for members, _ in parts]).ravel() for name in "ab"]
    errors = [value - np.concatenate([Y for _, Y in parts]).ravel() for value in values]
    for of, pair in (("predictions", values), ("errors", errors)):
        covariance = np.cov(pair, aweights=row_weights)
        expected = covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])
        found = contributions.correlations(of)  # type: ignore[arg-type]
        assert found.loc["a", "b"] == pytest.approx(expected, rel=1e-5)
        assert found.loc["a", "a"] == pytest.approx(1)
    assert table.loc["b", "error_correlation"] == pytest.approx(contributions.correlations().loc["a", "b"])


def test_errors_in_common_are_seen() -> None:
    members, Y = planted({"a": 1.0, "alone": 1.0})
    members["like a"] = (members["a"] + 0.1 * members["alone"]).astype(np.float32)
    contributions = Contributions(MRRMSE())
    contributions.add("only", 1.0, members, Y, Mean())
    errors = contributions.correlations("errors")
    assert errors.loc["a", "like a"] > 0.9
    assert abs(errors.loc["a", "alone"]) < 0.1
    assert contributions.correlations("predictions").loc["a", "alone"] > 0.4
    assert by_member(contributions)["error_correlation"].idxmin() == "alone"


def test_a_median_combines_the_rest_again() -> None:
    members, Y = planted({"a": 0.3, "b": 0.4, "c": 0.5, "d": 3.0})
    contributions = Contributions(MRRMSE())
    contributions.add("only", 1.0, members, Y, Median())
    table = by_member(contributions)
    for name in members:
        rest = np.median([members[other].astype(float) for other in members if other != name], axis=0)
        assert table.loc[name, "without"] == pytest.approx(mrrmse(Y, rest), rel=1e-5)
    assert table["weight"].isna().all()


def test_a_learnt_blend_is_fitted_again() -> None:
    (members, Y), (new, Y_new) = with_noise(0), with_noise(1)
    asked = []

    def refit(names: Sequence[str]) -> Blend:
        asked.append(tuple(names))
        return NonNegative().fit({name: members[name] for name in names}, Y)

    contributions = Contributions(MRRMSE())
    contributions.add("only", 1.0, new, Y_new, NonNegative().fit(members, Y), refit)
    table = by_member(contributions)
    assert sorted(asked) == [("fair", "good"), ("fair", "noise"), ("good", "noise")]
    expected = refit(["fair", "noise"]).combine({name: new[name] for name in ("fair", "noise")})
    assert table.loc["good", "without"] == pytest.approx(mrrmse(Y_new, expected), rel=1e-6)


def test_everything_is_scored_after_post_processing() -> None:
    members, Y = planted({"a": 0.3, "b": 0.4})
    wild = members | {"b": members["b"] * 50}
    steps = [Clip().fit(Y)]
    clipped = {name: steps[0].transform(values) for name, values in wild.items()}
    contributions = Contributions(MRRMSE())
    contributions.add("only", 1.0, wild, Y, Mean(), steps=steps)
    assert by_member(contributions).loc["b", "score"] == pytest.approx(mrrmse(Y, clipped["b"]), rel=1e-6)
    blend = steps[0].transform(Mean().combine(wild))
    assert contributions.score == pytest.approx(mrrmse(Y, blend), rel=1e-6)


def test_groups_reach_the_blend() -> None:
    members, Y = with_noise()
    labels = np.where(np.arange(len(Y)) % 2, "x", "y")
    blend = PerGroupBlend(ByScore(), min_rows=1).fit(members, Y, groups=labels)

    def refit(names: Sequence[str]) -> Blend:
        return PerGroupBlend(ByScore(), min_rows=1).fit({name: members[name] for name in names}, Y, groups=labels)

    contributions = Contributions(MRRMSE())
    contributions.add("only", 1.0, members, Y, blend, refit, groups=labels)
    assert contributions.score == pytest.approx(mrrmse(Y, blend.combine(members, labels)), rel=1e-6)
    with pytest.raises(InputError, match="pass refit"):
        Contributions(MRRMSE()).add("only", 1.0, members, Y, blend, groups=labels)


def test_nothing_goes_without_the_only_one() -> None:
    members, Y = planted({"a": 0.3, "b": 0.4})
    contributions = Contributions(MRRMSE())
    contributions.add("only", 1.0, {"a": members["a"]}, Y, Mean())
    assert np.isnan(by_member(contributions).loc["a", "loss"])
    contributions = Contributions(MRRMSE())
    contributions.add("only", 1.0, members, Y, Weighted({"a": 1.0, "b": 0.0}))
    table = by_member(contributions)
    assert np.isnan(table.loc["a", "without"])
    assert table.loc["b", "loss"] == pytest.approx(0)


def test_a_metric_whose_greater_values_are_better() -> None:
    members, Y = with_noise()
    contributions = Contributions(Pearson())
    contributions.add("only", 1.0, members, Y, Mean())
    table = by_member(contributions)
    assert table.loc["noise", "loss"] < 0 < table.loc["good", "loss"]


def test_a_metric_that_is_no_mean_over_rows() -> None:
    members, Y = with_noise()
    contributions, metric = Contributions(TargetPearson()), TargetPearson()
    contributions.add("only", 1.0, members, Y, Mean())
    assert contributions.score == pytest.approx(metric(Y, Mean().combine(members)))
    table = by_member(contributions)
    for name, values in members.items():
        rest = Mean().combine({other: members[other] for other in members if other != name})
        assert table.loc[name, "score"] == pytest.approx(metric(Y, values))
        assert table.loc[name, "without"] == pytest.approx(metric(Y, rest), abs=1e-6)
    assert table.loc["noise", "loss"] < 0 < table.loc["good", "loss"]


def test_weights_that_differ_between_folds() -> None:
    members, Y = planted({"a": 0.3, "b": 0.4})
    contributions = Contributions(MRRMSE())
    for fold, weight in (("one", 0.2), ("two", 0.6)):
        blend: LearntBlend = NonNegative().fit(members, Y)
        blend.weights_ = np.array([weight, 1 - weight])
        contributions.add(fold, 1.0, members, Y, blend)
    table = by_member(contributions)
    assert table.loc["a", "weight"] == pytest.approx(0.4)
    assert table.loc["a", "weight_sd"] == pytest.approx(np.std([0.2, 0.6], ddof=1))


def test_folds_must_have_the_same_members() -> None:
    members, Y = planted({"a": 0.3, "b": 0.4})
    contributions = Contributions(MRRMSE())
    with pytest.raises(InputError, match="no fold"):
        contributions.table()
    contributions.add("one", 1.0, members, Y, Mean())
    with pytest.raises(InputError, match="fold 'two' has the members"):
        contributions.add("two", 1.0, {"a": members["a"]}, Y, Mean())
    with pytest.raises(InputError, match="expected 40 rows"):
        contributions.add("two", 1.0, members, Y[1:], Mean())
