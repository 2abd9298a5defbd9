"""scikit-learn takes a plug-in for an estimator of its own: the same parameters, clones, tags and complaints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.base import clone as clone_of_sklearn
from sklearn.exceptions import NotFittedError
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted as check_of_sklearn

from kit.plugins import Plugin, check_is_fitted, clone


class OfSklearn(BaseEstimator):
    def __init__(self, size: Any = 1, inner: Any = None, several: Any = ()) -> None:
        self.size, self.inner, self.several = size, inner, several


@dataclass(eq=False, repr=False)
class Ours(Plugin):
    size: Any = 1
    inner: Any = None
    several: Any = ()


def pair(size: Any = 2, **given: Any) -> tuple[Any, Any]:
    return OfSklearn(size, **given), Ours(size, **given)


def test_parameters_are_read_and_set_as_scikit_learn_does() -> None:
    theirs, ours = OfSklearn(inner=OfSklearn(3)), Ours(inner=Ours(3))
    assert ours.get_params().keys() == theirs.get_params().keys()
    assert ours.get_params()["inner__size"] == 3
    assert ours.get_params(deep=False).keys() == theirs.get_params(deep=False).keys()
    for one in (theirs, ours):
        assert one.set_params(inner__size=5, size=7) is one
        assert (one.size, one.inner.size) == (7, 5)
        with pytest.raises(ValueError, match="Invalid parameter 'sise' for estimator"):
            one.set_params(sise=1)


def test_a_parameter_and_what_is_inside_of_it_are_set_together() -> None:
    ours = Ours().set_params(inner=Ours(), inner__size=4)
    assert ours.inner.size == 4


@pytest.mark.parametrize("copied", [clone, clone_of_sklearn])
def test_clones_share_nothing(copied: Any) -> None:
    inner, array = Ours(3), np.ones(2)
    ours = Ours(inner=inner, several=[inner, array])
    ours.fitted_ = 1
    other = copied(ours)
    assert type(other) is Ours
    assert not hasattr(other, "fitted_")
    assert other.inner is not inner
    assert other.several[0] is not inner
    assert (other.inner.size, other.several[0].size) == (3, 3)
    assert other.several[1] is not array
    np.testing.assert_array_equal(other.several[1], array)


def test_an_estimator_of_scikit_learn_inside_is_cloned() -> None:
    theirs = OfSklearn(4)
    theirs.fitted_ = 1
    other = clone(Ours(inner=theirs))
    assert other.inner is not theirs
    assert (other.inner.size, hasattr(other.inner, "fitted_")) == (4, False)


def test_it_is_shown_by_what_differs_from_the_defaults() -> None:
    for theirs, ours in [pair(), pair(1), pair(1, several=[1])]:
        assert repr(ours) == repr(theirs).replace("OfSklearn", "Ours")


def test_what_is_not_fitted_is_said() -> None:
    ours: Any = Ours()
    for check in (check_is_fitted, check_of_sklearn):
        with pytest.raises(NotFittedError, match="This Ours"):
            check(_fit_able(ours))
    ours.mean_ = 3.0
    check_is_fitted(ours)
    check_is_fitted(ours, "mean_")
    with pytest.raises(NotFittedError):
        check_is_fitted(ours, "other_")


def _fit_able(plugin: Any) -> Any:
    type(plugin).fit = lambda self: self
    return plugin


def test_it_has_tags() -> None:
    assert get_tags(Ours()).estimator_type is None
