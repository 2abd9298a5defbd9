"""Base class of plug-ins: a scikit-learn estimator with typed parameters that can be saved without pickle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

from kit.plugins.estimator import Estimator
from kit.plugins.parameters import check_parameters
from kit.plugins.persistence import load_plugin, save_plugin
from kit.plugins.problems import PROBLEMS


class Plugin(Estimator):
    """Base of every class that a recipe can name.

    A plug-in follows scikit-learn's rules: the constructor stores its parameters unchanged and does nothing else,
    ``fit`` sets attributes whose names end in an underscore, ``clone`` and ``get_params`` work. The types and ranges in
    the constructor's annotations (``Annotated[int, Ge(1)]``) are the single source for the checks of a recipe, for the
    JSON Schema and for the check that `fit` makes when the plug-in is used alone.

    Attributes:
        kind: The short name under which the class is registered.
        family: The family's name.
        native_attributes: Fitted attributes that `save_native` writes in a library's own format.
        libraries: The distributions that a fit leans on beside NumPy, SciPy, scikit-learn and pandas ("lightgbm"). A
            fit is done again when the version of one changes. Base classes' lists count too.
        allow_nan_targets: Whether targets with gaps, NaN where a value was not measured, may be handed to it wherever
            it takes targets (for targets what scikit-learn's tag ``allow_nan`` is for features).
        problems: The kinds of problem that it is for (`kit.plugins.problems`); a recipe for another refuses it.
    """

    kind: ClassVar[str] = ""
    family: ClassVar[str] = ""
    native_attributes: ClassVar[Sequence[str]] = ()
    libraries: ClassVar[Sequence[str]] = ()
    allow_nan_targets: ClassVar[bool] = False
    problems: ClassVar[frozenset[str]] = PROBLEMS

    def check_parameters(self) -> None:
        """Check the constructor's parameters against their annotations.

        Raises:
            ParameterError: A parameter has the wrong type or is out of range.
        """
        check_parameters(self)

    @classmethod
    def explain_parameter(cls, name: str) -> str | None:
        """Return an explanation of a name that is no parameter of the class (a library's alias, say), or None."""
        return None

    def save(self, directory: Path) -> None:
        """Write parameters and fitted state into an empty or absent directory, without pickle."""
        save_plugin(self, directory)

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read back what `save` wrote.

        Raises:
            StateError: A file is missing or was changed, or the directory holds another class of plug-in.
        """
        return load_plugin(directory, cls)

    def report(self) -> dict[str, Any]:
        """Return a summary of the fit as plain values; a run keeps it with the task's metrics."""
        return {}

    def save_native(self, directory: Path) -> None:
        """Write the `native_attributes` as files of a library's own format; the default has none to write."""

    def load_native(self, directory: Path) -> None:
        """Set the `native_attributes` from the files that `save_native` wrote."""

    def fitted_state(self) -> dict[str, Any]:
        """Return the attributes that ``fit`` set (those whose names end in an underscore), native ones left out."""
        return {
            name: value
            for name, value in vars(self).items()
            if name.endswith("_") and not name.startswith("_") and name not in self.native_attributes
        }


def inner_plugins(plugin: Plugin) -> Iterator[Plugin]:
    """Yield a plug-in, and every plug-in that it holds as a parameter or has fitted (in lists too), at any depth."""
    yield plugin
    for value in vars(plugin).values():
        for item in value if isinstance(value, (list, tuple)) else [value]:
            if isinstance(item, Plugin):
                yield from inner_plugins(item)
