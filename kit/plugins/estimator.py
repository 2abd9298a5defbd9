"""What scikit-learn asks of an estimator, without scikit-learn: importing it takes longer than most fits.

An estimator need not derive from ``BaseEstimator``; it has ``get_params``, ``set_params`` and ``__sklearn_tags__``
(scikit-learn's developer guide, "Developing scikit-learn estimators"). Whatever of scikit-learn is handed one has been
imported by then.
"""

from __future__ import annotations

import copy
import inspect
from functools import cache
from typing import TYPE_CHECKING, Any, Self, TypeVar

E = TypeVar("E", bound="Estimator")


class Estimator:
    """Parameters that can be read, set and cloned by their names."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Stand for what ``fit`` sets and subclasses have for parameters."""

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the constructor's parameters by name; with ``deep`` also those of parameters that have some."""
        found: dict[str, Any] = {}
        for name in _names(type(self)):
            value = getattr(self, name)
            if deep and hasattr(value, "get_params") and not isinstance(value, type):
                found.update({f"{name}__{inner}": one for inner, one in value.get_params().items()})
            found[name] = value
        return found

    def set_params(self, **params: Any) -> Self:
        """Set parameters by name (``kernel__length_scale`` is that of the parameter ``kernel``); return itself.

        Raises:
            ValueError: There is no parameter of the name.
        """
        inside: dict[str, dict[str, Any]] = {}
        for name, value in params.items():
            own, separator, inner = name.partition("__")
            if own not in _names(type(self)):
                known = list(_names(type(self)))
                raise ValueError(f"Invalid parameter {own!r} for estimator {self}. Valid parameters are: {known!r}.")
            if separator:
                inside.setdefault(own, {})[inner] = value
            else:
                setattr(self, own, value)
        for own, inner_params in inside.items():
            getattr(self, own).set_params(**inner_params)
        return self

    def __sklearn_clone__(self) -> Self:
        return type(self)(**{name: _copied(value) for name, value in self.get_params(deep=False).items()})

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's description of what it takes and gives."""
        from sklearn.utils import Tags, TargetTags

        return Tags(estimator_type=None, target_tags=TargetTags(required=False))

    def __repr__(self) -> str:
        signature = inspect.signature(type(self).__init__).parameters
        shown = [
            f"{name}={value!r}"
            for name, value in self.get_params(deep=False).items()
            if repr(value) != repr(signature[name].default)
        ]
        return f"{type(self).__name__}({', '.join(shown)})"


def clone(estimator: E) -> E:
    """Return an estimator with the same parameters that is not fitted, as ``sklearn.base.clone``."""
    return estimator.__sklearn_clone__()


def check_is_fitted(estimator: Estimator, attribute: str | None = None) -> None:
    """Check that an estimator is fitted, as ``sklearn.utils.validation.check_is_fitted``.

    Args:
        estimator: The estimator.
        attribute: What ``fit`` sets (default: any attribute that ends in an underscore).

    Raises:
        sklearn.exceptions.NotFittedError: It is not.
    """
    fitted = any(name.endswith("_") for name in vars(estimator)) if attribute is None else hasattr(estimator, attribute)
    if not fitted:
        from sklearn.exceptions import NotFittedError

        raise NotFittedError(f"This {type(estimator).__name__} is not fitted yet; call 'fit' first.")


def _names(cls: type) -> tuple[str, ...]:
    return _parameter_names(cls)


@cache
def _parameter_names(cls: type) -> tuple[str, ...]:
    constructor = inspect.getattr_static(cls, "__init__")
    return () if constructor is object.__init__ else tuple(inspect.signature(constructor).parameters)[1:]


def _copied(value: Any) -> Any:
    """Return a parameter for a clone: estimators as clones, in lists too, all else as deep copies."""
    if isinstance(value, Estimator):
        return clone(value)
    if isinstance(value, (list, tuple)):
        return type(value)(_copied(item) for item in value)
    if hasattr(value, "get_params") and not isinstance(value, type):
        from sklearn.base import clone as clone_foreign

        return clone_foreign(value)
    return copy.deepcopy(value)
