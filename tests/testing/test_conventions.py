from __future__ import annotations

from typing import Annotated, Any, ClassVar, Self

import numpy as np
import pytest
from annotated_types import Ge

from kit.arrays import Floats, as_matrix
from kit.models import Ridge
from kit.plugins import Plugin, Supplied
from kit.postprocess import Clip
from kit.testing import check_conventions
from kit.testing.conventions import check_fit_checks_parameters, check_fits_alike, prepared
from kit.testing.joins import check_postprocessor
from tests.testing.registered import registered


class NoHelp(Clip): ...


class LongHelp(Clip):
    __doc__ = "x" * 121


class Untyped(Clip):
    """Has a parameter of no known type."""

    def __init__(self, margin=0.0) -> None:  # type: ignore[no-untyped-def]
        self.margin = margin


class WrongDefault(Clip):
    """Has a default out of its own range."""

    def __init__(self, margin: Annotated[float, Ge(1)] = 0.0) -> None:
        self.margin = margin


class Anything(Clip):
    """Takes any parameter."""

    def __init__(self, **margins: float) -> None:
        self.margin = 0.0


class Seeded(Clip):
    """Lets a recipe set the seed."""

    def __init__(self, margin: Annotated[float, Ge(0)] = 0.0, random_state: int | None = None) -> None:
        self.margin = margin
        self.random_state = random_state


class Converting(Clip):
    """Converts its parameter when it is constructed."""

    def __init__(self, margin: Annotated[float, Ge(0)] = 0.0) -> None:
        self.margin = float(margin)


class Forgetting(Clip):
    """Stores its parameter under another name."""

    def __init__(self, margin: Annotated[float, Ge(0)] = 0.0) -> None:
        self.reach = margin


class Preparing(Clip):
    """Prepares something when it is constructed."""

    def __init__(self, margin: Annotated[float, Ge(0)] = 0.0) -> None:
        self.margin = margin
        self.limits: list[float] = []


class Lenient(Clip):
    """Accepts every parameter."""

    def check_parameters(self) -> None: ...


CONVENTIONS = {
    NoHelp: "its class has no docstring",
    LongHelp: "longer than 120 characters",
    Untyped: "the parameter 'margin' has no type",
    WrongDefault: "the default margin=0.0 breaks its own type",
    Anything: "its constructor cannot be read",
    Seeded: "a recipe could set random_state",
    Converting: "its constructor looks at its parameters",
    Forgetting: "its constructor does not store 'margin'",
    Preparing: "its constructor sets limits",
    Lenient: "check_parameters with margin=object\\(\\) passes without an error",
}


@pytest.mark.parametrize("cls", CONVENTIONS, ids=lambda cls: cls.__name__)
def test_a_broken_convention_is_found(cls: type[Clip]) -> None:
    with registered("postprocessor", cls), pytest.raises(AssertionError, match=CONVENTIONS[cls]):
        check_conventions(cls())


def test_an_unregistered_class_is_found() -> None:
    class Nameless(Clip):
        """Inherits the name of another."""

    class Homeless(Plugin):
        """Belongs to no family."""

    with pytest.raises(AssertionError, match=r"its name stands for Clip.*@REGISTRY\.register"):
        check_conventions(Nameless())
    with pytest.raises(AssertionError, match="it has no kind or no family"):
        check_conventions(Homeless())


def test_a_parameter_that_its_plugin_refuses_is_found() -> None:
    with pytest.raises(AssertionError, match=r"a recipe could not write its parameters \(margin: .*greater than"):
        check_conventions(Clip(margin=-1.0))


class Drawing(Clip):
    """Draws from no seed."""

    def fit(self, Y: Floats) -> Self:
        super().fit(Y)
        self.upper_ = self.upper_ + np.random.default_rng().random(1, dtype=np.float32)
        return self


class Remembering(Clip):
    """Keeps something from fit to fit in the class."""

    greatest: ClassVar[list[float]] = []

    def fit(self, Y: Floats) -> Self:
        super().fit(Y)
        self.greatest.append(float(self.upper_.max()))
        self.upper_ = np.full_like(self.upper_, max(self.greatest))
        return self


class Widening(Clip):
    """Goes on from its own last fit."""

    def fit(self, Y: Floats) -> Self:
        before = getattr(self, "upper_", None)
        super().fit(Y)
        self.upper_ = self.upper_ if before is None else np.maximum(before, self.upper_)
        return self


class Silent(Clip):
    """Returns nothing from fit."""

    def fit(self, Y: Floats) -> Any:
        super().fit(Y)


class Hiding(Clip):
    """Keeps what it learnt where save does not look."""

    def fit(self, Y: Floats) -> Self:
        self._spread = as_matrix(Y, "Y").std()
        return super().fit(Y)


class Pickling(Clip):
    """Keeps what cannot be saved."""

    def fit(self, Y: Floats) -> Self:
        self.function_ = np.sin
        return super().fit(Y)


class Unchecked(Clip):
    """Does not look at its parameters."""

    def fit(self, Y: Floats) -> Self:
        Y = as_matrix(Y, "Y")
        self.lower_, self.upper_ = Y.min(axis=0), Y.max(axis=0)
        return self


class Writing(Clip):
    """Writes into what it is given."""

    def transform(self, predictions: Floats) -> Floats:
        predictions = as_matrix(predictions, "predictions", n_columns=len(self.__dict__["lower_"]))
        return np.clip(predictions, self.lower_, self.upper_, out=predictions)


class Adjusting(Clip):
    """Changes its own parameter in fit."""

    def fit(self, Y: Floats) -> Self:
        super().fit(Y)
        self.margin = 1.0
        return self


FITS = {
    Drawing: "two fits on the same data differ .*arrays.npz",
    Remembering: "fit after a fit on other data differs",
    Widening: "fit after a fit on other data differs|two fits on the same data differ",
    Silent: "fit returns NoneType, not itself",
    Hiding: "fit sets _spread, which save does not write",
    Pickling: "cannot be saved .*function_",
    Unchecked: "begin fit with self.check_parameters",
    Adjusting: "two fits|changes the parameter 'margin'|differs",
}


@pytest.mark.parametrize("cls", FITS, ids=lambda cls: cls.__name__)
def test_a_broken_fit_is_found(cls: type[Clip]) -> None:
    with registered("postprocessor", cls), pytest.raises(AssertionError, match=FITS[cls]):
        check_postprocessor(cls(), fresh_process=False)


def test_a_clone_gets_a_seed_only_where_it_has_none() -> None:
    class Noise(Plugin):
        def __init__(self, random_state: Annotated[int | None, Supplied("the recipe's seed")] = None) -> None:
            self.random_state = random_state

    given = Noise()
    assert prepared(given, seed=3).random_state == 3
    assert given.random_state is None
    assert prepared(Noise(7), seed=3).random_state == 7


def test_honest_plugins_pass() -> None:
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(2, 20, 4)).astype(np.float32)
    check_conventions(Ridge([1.0, 2.0]))
    check_fit_checks_parameters(Ridge(), lambda one: one.fit(X, Y))
    fitted = check_fits_alike(Ridge(), lambda one: one.fit(X, Y), lambda one: one.fit(X, -Y))
    np.testing.assert_array_equal(fitted.predict(X), Ridge().fit(X, Y).predict(X))
