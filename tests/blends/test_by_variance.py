"""Members count where they expect to be right."""

from __future__ import annotations

import numpy as np
import pytest

from kit.arrays import Doubles, Floats
from kit.blends import ByVariance, Mean, NonNegative, PerGroupBlend, combined, fit_on_folds
from kit.blends.by_variance import POWERS
from kit.errors import InputError, ParameterError
from tests.blends.planted import mrrmse, planted


def two_who_know(n_rows: int = 60, seed: int = 0) -> tuple[dict[str, Floats], Floats, dict[str, Doubles]]:
    """Two members, each good on the rows where the other is bad, who say so, up to a factor of their own."""
    rng = np.random.default_rng(seed)
    Y = rng.normal(size=(n_rows, 40))
    members, variances = {}, {}
    for place, (name, factor) in enumerate({"first": 10.0, "second": 0.1}.items()):
        size = np.where(np.arange(n_rows) % 2 == place, 0.2, 1.0)
        members[name] = (Y + size[:, None] * rng.normal(size=Y.shape)).astype(np.float32)
        variances[name] = factor * size**2
    return members, Y.astype(np.float32), variances


def test_inverse_variances_are_the_weights_whatever_the_forecasts_scale() -> None:
    members, Y, variances = two_who_know()
    blend = ByVariance(power=1.0).fit(members, Y, variances=variances)
    true = {name: values / factor for (name, values), factor in zip(variances.items(), (10.0, 0.1), strict=True)}
    shares = {name: (1 / values) / sum(1 / v for v in true.values()) for name, values in true.items()}
    best = sum(shares[name][:, None] * members[name] for name in members)
    found = blend.combine(members, variances=variances)
    np.testing.assert_allclose(found, best, atol=0.05)
    assert mrrmse(Y, found) < 0.3 < 0.5 < mrrmse(Y, Mean().combine(members))


def test_the_power_is_the_one_with_the_least_error_on_the_rows_of_the_fit() -> None:
    members, Y, variances = two_who_know()
    chosen = ByVariance().fit(members, Y, variances=variances)
    scores = {power: ByVariance(power).fit(members, Y, variances=variances) for power in POWERS}
    for power, blend in scores.items():
        assert blend.score_ == pytest.approx(mrrmse(Y, blend.combine(members, variances=variances)), rel=1e-5)
        assert chosen.score_ <= blend.score_, power
    assert chosen.power_ >= 1
    np.testing.assert_allclose(scores[0.0].combine(members, variances=variances), Mean().combine(members), atol=1e-6)
    # Who knows nothing of rows is told apart by rows no more.
    shuffled = {name: np.random.default_rng(1).permutation(values) for name, values in variances.items()}
    assert ByVariance().fit(members, Y, variances=shuffled).power_ < 1


def test_a_member_without_forecasts_has_its_error_out_of_fold() -> None:
    members, Y = planted({"good": 0.5, "bad": 1.0})
    blend = ByVariance(power=1.0).fit(members, Y)
    np.testing.assert_allclose(blend.errors_, [1.0, 0.25], rtol=0.1)
    shares = 1 / blend.errors_ / (1 / blend.errors_).sum()
    expected = shares[0] * members["bad"] + shares[1] * members["good"]
    np.testing.assert_allclose(blend.combine(members), expected, rtol=1e-4, atol=1e-5)
    # One of the two forecasts: on average, its forecast is its error.
    variances = {"good": np.linspace(1, 3, len(Y))}
    stated = ByVariance(power=1.0).fit(members, Y, variances=variances)
    assert stated.scales_[1] * variances["good"].mean() == pytest.approx(stated.errors_[1])
    assert stated.report()["forecast_times"] == {"good": stated.scales_[1]}


def test_weights_of_rows_count_as_repeats() -> None:
    members, Y, variances = two_who_know()
    repeats = np.random.default_rng(0).integers(0, 3, len(Y))
    weighted = ByVariance().fit(members, Y, repeats, variances=variances)
    often = np.repeat(np.arange(len(Y)), repeats)
    repeated = ByVariance().fit(
        {name: values[often] for name, values in members.items()},
        Y[often],
        variances={name: values[often] for name, values in variances.items()},
    )
    assert weighted.power_ == repeated.power_
    np.testing.assert_allclose(weighted.errors_, repeated.errors_)
    np.testing.assert_allclose(weighted.scales_, repeated.scales_)


def test_a_member_that_expects_no_error_takes_the_row() -> None:
    members, Y, variances = two_who_know()
    blend = ByVariance(power=1.0).fit(members, Y, variances=variances)
    sure = {name: values.copy() for name, values in variances.items()}
    sure["first"][3] = 0
    np.testing.assert_allclose(blend.combine(members, variances=sure)[3], members["first"][3], rtol=1e-5)


def test_only_blends_that_read_variances_are_told_them() -> None:
    members, Y, variances = two_who_know()
    told = fit_on_folds(ByVariance(1.0), members, Y, None, None, None, variances)
    assert isinstance(told, ByVariance)
    assert told.stated_ == ["first", "second"]
    fit_on_folds(NonNegative(), members, Y, None, None, None, variances)
    rows = slice(5, 9)
    block = {name: values[rows] for name, values in members.items()}
    found = combined(told, block, None, variances, rows)
    np.testing.assert_array_equal(found, told.combine(members, variances=variances)[rows])
    np.testing.assert_array_equal(combined(Mean(), block, None, variances, rows), Mean().combine(block))


def test_what_is_refused() -> None:
    members, Y, variances = two_who_know()
    blend = ByVariance().fit(members, Y, variances=variances)
    with pytest.raises(InputError, match="the blend was fitted on those of 'second'"):
        blend.combine(members, variances={"first": variances["first"]})
    with pytest.raises(InputError, match=r"variances\['first'\]: expected a finite number of at least 0 for each of"):
        blend.combine(members, variances=variances | {"first": -variances["first"]})
    with pytest.raises(InputError, match="not fitted on 'third'"):
        blend.combine(members | {"third": Y}, variances=variances)
    with pytest.raises(ParameterError, match="power"):
        ByVariance(power=-1.0).fit(members, Y)
    with pytest.raises(ParameterError, match="by_variance weighs every row on its own already"):
        PerGroupBlend(ByVariance()).fit(members, Y, groups=np.zeros(len(Y)))
