from __future__ import annotations

import re
from typing import Any, Self

import pytest

from kit.metrics import MRRMSE
from kit.models import MeanOutcome, Model, Ridge, check_fit_arrays
from kit.plugins import Plugin
from kit.postprocess import Clip
from kit.reports.plugins import FAMILIES
from kit.testing import SUITES, check_plugin
from tests.testing.registered import registered


def test_there_is_a_suite_for_every_family() -> None:
    for registry in FAMILIES.values():
        for cls in registry:
            if cls.__module__.startswith("kit."):
                assert sum(issubclass(cls, base) for base in SUITES) == 1, cls


def test_the_family_decides() -> None:
    assert check_plugin(Ridge(), fresh_process=False).method == "predict"
    assert check_plugin(MRRMSE(), fresh_process=False).method == "__call__"


def test_one_call_checks_everything() -> None:
    assert check_plugin(Clip()).method == "transform"


def test_no_family() -> None:
    class Orphan(Plugin): ...

    with pytest.raises(AssertionError, match="it belongs to no family; derive its class from one of Splitter, Feature"):
        check_plugin(Orphan())


class Careless(Model):
    """Predicts the mean, and looks at nothing that it is given."""

    def __init__(self, strength: float = 1.0) -> None:
        self.strength = max(strength, 0.0)

    def fit(self, X: Any, Y: Any, sample_weight: Any = None) -> Self:
        X, Y, _ = check_fit_arrays(X, Y, sample_weight)
        self._rows = len(Y)
        self.mean_ = Y.sum(axis=0) / (len(Y) + self.strength)
        return self

    def predict(self, X: Any) -> Any:
        return self.mean_[None].repeat(len(X), axis=0)


def test_all_broken_promises_are_reported_at_once_with_how_to_mend_them() -> None:
    with registered("model", Careless), pytest.raises(AssertionError) as caught:
        check_plugin(Careless(), fresh_process=False)
    text = str(caught.value)
    first, *lines = text.splitlines()
    assert re.fullmatch(r"Careless \(model 'careless'\) breaks \d+ promises:", first)
    expected = {
        "its constructor looks at its parameters": "the constructor stores its parameters as they are",
        "fit with strength=object()": "begin fit with self.check_parameters()",
        "predict before fit": "begin it with sklearn.utils.validation.check_is_fitted(self)",
        "fit sets _rows": "let the names of fitted attributes end in an underscore",
        "predict with a feature too few": 'begin predict with as_matrix(X, "X", n_columns=self.n_features_in_)',
        "predict with NaN": 'begin predict with as_matrix(X, "X", n_columns=self.n_features_in_)',
    }
    for broken, remedy in expected.items():
        [place] = [index for index, line in enumerate(lines) if line.startswith(f"  - {broken}")]
        mended = next(line for line in lines[place:] if line.startswith("    to mend: "))
        assert mended.startswith(f"    to mend: {remedy}"), broken
    assert text.count("as_matrix(X") == 1  # what is mended in one way stands together


def test_an_error_of_the_plugins_own_is_a_broken_promise_with_its_place() -> None:
    class Failing(MeanOutcome):
        """Cannot be fitted."""

        def fit(self, X: Any, Y: Any, sample_weight: Any = None) -> Self:
            self.check_parameters()
            raise ZeroDivisionError("nothing to divide by")

    with registered("model", Failing), pytest.raises(AssertionError) as caught:
        check_plugin(Failing(), fresh_process=False)
    assert "ends with ZeroDivisionError (nothing to divide by) at test_dispatch.py:" in str(caught.value)
