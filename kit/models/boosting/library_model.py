"""Base class of boosting models: parameters checked by the library, rounds chosen on held-out rows."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, ClassVar

from numpy.typing import ArrayLike

from kit.arrays import Doubles, Floats, as_matrix
from kit.errors import InputError, ParameterError
from kit.models.base import Model, check_fit_arrays
from kit.models.boosting.names.library_names import LibraryNames, refusal
from kit.plugins import OfLibrary, parameters

LibraryParams = Annotated[dict[str, Any] | None, OfLibrary()]

_PLACE = re.compile(r"^(\[[\d:]+\] )?\S+\.(cpp|cc|h):\d+: ")


class LibraryBoosting(Model):
    """Base of the models that hand typed parameters and ``library_params`` to a library of gradient boosting."""

    allow_nan_features: ClassVar[bool] = True
    path_parameter: ClassVar[str | None] = "n_estimators"
    restraints: ClassVar[tuple[str, ...]] = (
        "min_data_in_leaf",
        "min_child_weight",
        "min_gain_to_split",
        "gamma",
        "lambda_l1",
        "reg_alpha",
    )

    early_stopping_rounds: int | None
    library_params: LibraryParams
    random_state: int | None

    @abstractmethod
    def _names(self) -> LibraryNames:
        """Return the library's parameter names."""

    @abstractmethod
    def _own_params(self) -> dict[str, Any]:
        """Return the parameters set by the constructor and by the kit itself, under the library's main names."""

    @abstractmethod
    def _try(self, params: dict[str, Any]) -> None:
        """Start a booster with these parameters on a few made-up rows."""

    @abstractmethod
    def _library_error(self) -> type[Exception]:
        """Return the class of the library's own errors."""

    def _own_problems(self) -> list[str]:
        """Return the mistakes in the constructor parameters beyond type and range."""
        return []

    @classmethod
    def explain_parameter(cls, name: str) -> str | None:
        """Return an explanation of a name that the library knows and the class does not."""
        names = cls()._names()
        main = names.main.get(name)
        if main is None:
            return None
        if main in names.constructor:
            return f"it is {names.library}'s alias of {names.constructor[main]!r}; write that"
        if main in names.controlled:
            return f"{names.library} has it, but it cannot be set: {names.controlled[main]}"
        return f"it is a parameter of {names.library} itself; write it under library_params"

    def check_parameters(self) -> None:
        """Check the parameters, the names in ``library_params`` against the library's list, and what the library says.

        Raises:
            ParameterError: One line a problem; a wrong key of ``library_params`` begins its line as
                ``library_params.<key>: ``.
            MissingDependencyError: The library is not installed.
        """
        super().check_parameters()
        names, extra = self._names(), self.library_params or {}
        problems = self._own_problems() + names.problems(extra)
        if not problems:
            problems = refusal(names, self._complaint, self._own_params(), extra)
        if problems:
            raise ParameterError("\n".join(problems))

    def booster_params(self) -> dict[str, Any]:
        """Return everything that is handed to the library, under its main names."""
        return {**self._own_params(), **self._names().canonical(self.library_params or {})}

    @property
    def chooses(self) -> bool:
        """Whether the number of rounds is to be chosen on held-out rows."""
        return self.early_stopping_rounds is not None

    def freeze_choice(self, value: Any) -> dict[str, Any]:
        """Return the parameters for exactly ``value`` rounds: without early stopping, nothing is left to choose."""
        return {str(self.path_parameter): value, "early_stopping_rounds": None}

    @property
    def _rounds(self) -> int:
        """The boosting rounds of a fit, or the most that `choose` tries."""
        return int(getattr(self, str(self.path_parameter)))

    def _complaint(self, params: dict[str, Any]) -> str | None:
        """Return the library's objection to these parameters, or None."""
        try:
            self._try(params)
        except (self._library_error(), TypeError, ValueError) as error:
            return _first_line(error)
        return None

    @contextmanager
    def _refusals_explained(self, X: Floats) -> Iterator[None]:
        """Turn what the library refuses only now, when it sees the data, into an error of the kit."""
        try:
            yield
        except self._library_error() as error:
            raise ParameterError(
                f"{self._names().library} refuses its parameters for {X.shape[0]} rows and {X.shape[1]} features: "
                f"{_first_line(error)}"
            ) from error

    def _tree_parameters(self) -> tuple[str, ...]:
        """Return the names of the constructor parameters that the library has a name for, too."""
        cls: Any = type(self)
        return tuple(p.name for p in parameters(cls) if p.supplied is None and not p.of_library)

    def _tree_values(self) -> dict[str, Any]:
        """Return the constructor parameters that a booster is built with, under the library's main names."""
        # How many rounds are trained is up to the loop, not to the library.
        loop = (self.path_parameter, "early_stopping_rounds")
        return {main: getattr(self, name) for main, name in self._names().constructor.items() if name not in loop}

    def _seed(self) -> int:
        """Return the seed in the range that every library takes (a 32-bit signed integer)."""
        return (self.random_state or 0) % (2**31 - 1)


def check_rows(
    X: ArrayLike, Y: ArrayLike, sample_weight: ArrayLike | None, allow_nan: bool = False
) -> tuple[Floats, Floats, Doubles | None]:
    """Check what ``fit`` was given, as `check_fit_arrays` does, and that there is a feature and an output.

    Args:
        X: (n_rows, n_features) features.
        Y: (n_rows, n_outputs) targets.
        sample_weight: (n_rows,) weights.
        allow_nan: Whether targets may be NaN, for missing.

    Raises:
        InputError: The arrays do not fit together, are not finite, or have no column.
    """
    checked_X, checked_Y, weights = check_fit_arrays(X, Y, sample_weight, allow_nan, nan_features=True)
    if checked_X.shape[1] == 0:
        raise InputError(f"X: expected at least one feature, got shape {checked_X.shape}")
    if checked_Y.shape[1] == 0:
        raise InputError(f"Y: expected at least one output, got shape {checked_Y.shape}")
    return checked_X, checked_Y, weights


def check_held_out(X_val: ArrayLike, n_features: int) -> Floats:
    """Check the features of the rows on which ``choose`` scores.

    Raises:
        InputError: There is no row, or they do not have ``n_features`` finite columns.
    """
    checked = as_matrix(X_val, "X_val", n_columns=n_features, allow_nan=True)
    if checked.shape[0] == 0:
        raise InputError("X_val: expected at least one row to choose the number of rounds on, got 0")
    return checked


def _first_line(error: Exception) -> str:
    """Return a library's message without time, place and trace in its own source."""
    text = str(error).strip() or type(error).__name__
    return _PLACE.sub("", text.splitlines()[0].partition(" at /")[0]).strip()
