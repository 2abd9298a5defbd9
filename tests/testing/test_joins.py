from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Self

import numpy as np
import pytest
from numpy.typing import ArrayLike

from kit.arrays import Doubles, Floats, as_matrix
from kit.blends import Blend, ByScore, LearntBlend, Mean, PerGroupBlend, RowGram, Weighted
from kit.metrics import MRRMSE, Metric, Pearson, TargetPearson
from kit.postprocess import Clip, Postprocessor
from kit.testing import check_blend, check_metric, check_postprocessor, make_predictions, make_rows
from tests.testing.registered import registered


class Passing(Mean):
    """Returns the first prediction itself."""

    def combine(self, predictions: Mapping[str, Floats], groups: ArrayLike | None = None) -> Floats:
        super().combine(predictions)
        return next(iter(predictions.values()))


class Ordered(Mean):
    """Weighs by the order of the models."""

    def combine(self, predictions: Mapping[str, Floats], groups: ArrayLike | None = None) -> Floats:
        first = super().combine({"first": next(iter(predictions.values()))})
        return (super().combine(predictions) + first) / 2


class Ranking(Mean):
    """Centres the rows that are blended together."""

    def combine(self, predictions: Mapping[str, Floats], groups: ArrayLike | None = None) -> Floats:
        values = super().combine(predictions)
        return values - values.mean(axis=0)


class Loose(Blend):
    """Looks at nothing."""

    def combine(self, predictions: Mapping[str, Floats], groups: ArrayLike | None = None) -> Floats:
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


class Halved(MRRMSE):
    """Takes the errors of half the targets: no function of the squared distance any more."""

    def per_row(self, Y: ArrayLike, predictions: ArrayLike) -> Doubles:
        return super().per_row(np.asarray(Y)[:, ::2], np.asarray(predictions)[:, ::2])


class Unweighted(TargetPearson):
    """Does not look at the weights."""

    def __call__(self, Y: ArrayLike, predictions: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        return super().__call__(Y, predictions)


class OneResample(TargetPearson):
    """Scores the same rows for every resample."""

    def resampled(self, Y: ArrayLike, predictions: ArrayLike, counts: Doubles) -> Doubles:
        return super().resampled(Y, predictions, np.ones_like(counts))


class NoNumber(TargetPearson):
    """Returns one number a target."""

    def __call__(self, Y: ArrayLike, predictions: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        return Pearson().per_row(np.asarray(Y).T, np.asarray(predictions).T)  # type: ignore[return-value]


METRICS: dict[type[Metric], str] = {
    Halved: "no function of a row's squared distance",
    Unweighted: "sample_weight does not count as repeated rows",
    OneResample: "resampled differs from a call|sample_weight does not count",
    NoNumber: "a call returns array",
    Backwards: "greater_is_better is False",
    Offset: "a perfect prediction scores 0.0",
    Undefined: "constant predictions have no finite score",
    Pooled: "per_row of a row alone differs",
    Forgiving: "NaN passes without an error",
}


@pytest.mark.parametrize("cls", METRICS, ids=lambda cls: cls.__name__)
def test_a_broken_metric_is_found(cls: type[Metric]) -> None:
    with registered("metric", cls), pytest.raises(AssertionError, match=METRICS[cls]):
        check_metric(cls(), fresh_process=False)


def test_predictions_have_ever_more_noise() -> None:
    _, Y = make_rows()
    scores = [MRRMSE()(Y, values) for values in make_predictions(Y, ["a", "b", "c"]).values()]
    assert scores == sorted(scores)
    assert scores[0] > 0


class Learning(LearntBlend):
    """Weighs a member by its inverse error, and keeps every promise."""

    def _learn(self, gram: RowGram, row_weights: Doubles) -> Doubles:
        inverse = 1 / (row_weights @ gram.member_errors())
        return inverse / inverse.sum()


class FirstFitted(Learning):
    """Looks at the first rows only."""

    def _learn(self, gram: RowGram, row_weights: Doubles) -> Doubles:
        return super()._learn(gram.select_rows(np.arange(3)), np.ones(3) / 3)


class Unweighted(Learning):
    """Leaves out the weights of rows."""

    def _learn(self, gram: RowGram, row_weights: Doubles) -> Doubles:
        return super()._learn(gram, np.full(len(gram), 1 / len(gram)))


class Summing(Learning):
    """Uses weights as they are given."""

    def fit_gram(self, gram: RowGram, sample_weight: ArrayLike | None = None, groups: ArrayLike | None = None) -> Self:
        super().fit_gram(gram, sample_weight, groups)
        self.weights_ = self.weights_ * (1.0 if sample_weight is None else float(np.mean(np.asarray(sample_weight))))
        return self


class ByGivenOrder(Learning):
    """Weighs the model that is named first."""

    def fit(
        self,
        predictions: Mapping[str, Floats],
        Y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        groups: ArrayLike | None = None,
    ) -> Self:
        super().fit(predictions, Y, sample_weight, groups)
        self.weights_ = (self.names_ == next(iter(predictions))).astype(np.float64)
        return self


class Untold(Learning):
    """Says that it uses other weights than it does."""

    def weights_of(self, names: Iterable[str]) -> dict[str, float]:
        return dict.fromkeys(sorted(names), 1.0)

    def combine(self, predictions: Mapping[str, Floats], groups: ArrayLike | None = None) -> Floats:
        super().combine(predictions)
        return Weighted(super().weights_of(predictions)).combine(predictions)


LEARNING: dict[type[LearntBlend], str] = {
    FirstFitted: "fit depends on the order of the rows",
    Unweighted: "a row of weight 0 counts in fit",
    Summing: "fit depends on the sum of sample_weight",
    ByGivenOrder: "fit depends on the order of the models",
    Untold: "combine is no sum by weights_of",
}


@pytest.mark.parametrize("cls", LEARNING, ids=lambda cls: cls.__name__)
def test_a_broken_blend_that_learns_is_found(cls: type[LearntBlend]) -> None:
    with registered("blend", cls), pytest.raises(AssertionError, match=LEARNING[cls]):
        check_blend(cls(), fresh_process=False)


def test_a_blend_that_learns_passes() -> None:
    with registered("blend", Learning):
        reload = check_blend(Learning(), fresh_process=False)
    assert reload.plugin.weights_.sum() == pytest.approx(1)  # type: ignore[attr-defined]


def test_a_blend_is_given_the_groups_of_the_rows() -> None:
    _, Y = make_rows()
    reload = check_blend(PerGroupBlend(ByScore(), 1), Y, groups=["a"] * 3 + ["b"] * (len(Y) - 3), fresh_process=False)
    assert reload.plugin.groups_.tolist() == ["a", "b"]  # type: ignore[attr-defined]
