from __future__ import annotations

from collections.abc import Mapping
from typing import Self

import numpy as np
import pytest
from numpy.typing import ArrayLike

from kit.arrays import Doubles, Floats, as_matrix
from kit.blends import Blend, Mean
from kit.errors import InputError
from kit.metrics import MRRMSE, Pearson, RowMetric
from kit.postprocess import Clip, Postprocessor
from kit.testing import check_blend, check_metric, check_postprocessor, make_predictions, make_rows
from tests.testing.registered import registered


class Passing(Mean):
    """Returns the first prediction itself."""

    def combine(self, predictions: Mapping[str, Floats]) -> Floats:
        super().combine(predictions)
        return next(iter(predictions.values()))


class Ordered(Mean):
    """Weighs by the order of the models."""

    def combine(self, predictions: Mapping[str, Floats]) -> Floats:
        first = super().combine({"first": next(iter(predictions.values()))})
        return (super().combine(predictions) + first) / 2


class Ranking(Mean):
    """Centres the rows that are blended together."""

    def combine(self, predictions: Mapping[str, Floats]) -> Floats:
        values = super().combine(predictions)
        return values - values.mean(axis=0)


class Loose(Blend):
    """Looks at nothing."""

    def combine(self, predictions: Mapping[str, Floats]) -> Floats:
        total = sum(predictions[name] for name in sorted(predictions))
        return np.asarray(total, dtype=np.float32) / np.float32(max(1, len(predictions)))


BLENDS: dict[type[Blend], str] = {
    Passing: "combine returns one of its arguments",
    Ordered: "combine depends on the order of the models",
    Ranking: "combine of a row alone differs",
    Loose: "combine of nothing passes without an error",
}


@pytest.mark.parametrize("cls", BLENDS, ids=lambda cls: cls.__name__)
def test_a_broken_blend_is_found(cls: type[Blend]) -> None:
    with registered("blend", cls), pytest.raises(AssertionError, match=BLENDS[cls]):
        check_blend(cls(), fresh_process=False)


class Overwriting(Clip):
    """Clips in place."""

    def transform(self, predictions: Floats) -> Floats:
        super().transform(predictions)
        return np.clip(predictions, self.lower_, self.upper_, out=predictions)


class Assigning(Clip):
    """Centres all rows together."""

    def transform(self, predictions: Floats) -> Floats:
        return super().transform(predictions) - as_matrix(predictions, "predictions").mean(axis=0)


class Careless(Clip):
    """Lets NaN through."""

    def transform(self, predictions: Floats) -> Floats:
        super().transform(np.nan_to_num(predictions))
        return np.clip(predictions, self.lower_, self.upper_)


STEPS: dict[type[Postprocessor], str] = {
    Overwriting: "transform changes its argument predictions",
    Assigning: "transform of a row alone differs",
    Careless: "transform with NaN passes without an error",
}


@pytest.mark.parametrize("cls", STEPS, ids=lambda cls: cls.__name__)
def test_a_broken_postprocessor_is_found(cls: type[Postprocessor]) -> None:
    with registered("postprocessor", cls), pytest.raises(AssertionError, match=STEPS[cls]):
        check_postprocessor(cls(), fresh_process=False)


def test_a_step_that_reads_all_rows_passes_where_it_says_so() -> None:
    with registered("postprocessor", Assigning):
        check_postprocessor(Assigning(), row_by_row=False, fresh_process=False)


class Backwards(Pearson):
    """Says that less is better."""

    greater_is_better = False


class Offset(MRRMSE):
    """Says that a perfect prediction has the score 1."""

    best = 1.0


class Undefined(Pearson):
    """Has no value for constant predictions."""

    def per_row(self, Y: ArrayLike, predictions: ArrayLike) -> Doubles:
        values = super().per_row(Y, predictions)
        constant = np.ptp(np.asarray(predictions), axis=1) == 0
        return np.where(constant, np.nan, values)


class Pooled(MRRMSE):
    """Divides by the spread of all rows."""

    def per_row(self, Y: ArrayLike, predictions: ArrayLike) -> Doubles:
        return super().per_row(Y, predictions) / np.std(np.asarray(Y))


class Forgiving(MRRMSE):
    """Counts NaN as nothing."""

    def per_row(self, Y: ArrayLike, predictions: ArrayLike) -> Doubles:
        return super().per_row(Y, np.nan_to_num(predictions))


METRICS: dict[type[RowMetric], str] = {
    Backwards: "greater_is_better is False",
    Offset: "a perfect prediction scores 0.0",
    Undefined: "constant predictions have no finite score",
    Pooled: "per_row of a row alone differs",
    Forgiving: "per_row with NaN passes without an error",
}


@pytest.mark.parametrize("cls", METRICS, ids=lambda cls: cls.__name__)
def test_a_broken_metric_is_found(cls: type[RowMetric]) -> None:
    with registered("metric", cls), pytest.raises(AssertionError, match=METRICS[cls]):
        check_metric(cls(), fresh_process=False)


def test_predictions_have_ever_more_noise() -> None:
    _, Y = make_rows()
    scores = [MRRMSE()(Y, values) for values in make_predictions(Y, ["a", "b", "c"]).values()]
    assert scores == sorted(scores)
    assert scores[0] > 0


class Learning(Mean):
    """Fits, and checks nothing of what it is given."""

    def fit(self, predictions: Mapping[str, Floats], Y: Floats | None = None) -> Self:
        if Y is None:
            raise InputError("Y: a learnt blend needs the targets")
        self.scale_ = float(np.std(Y))
        return self


def test_a_blend_that_learns_passes() -> None:
    with registered("blend", Learning):
        reload = check_blend(Learning(), fresh_process=False)
    assert reload.plugin.scale_ > 0  # type: ignore[attr-defined]
