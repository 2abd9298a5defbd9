"""Searching for a recipe's best values: Optuna studies on the folds, resumable and shared by many processes."""

from kit.errors import MissingDependencyError

try:
    import optuna as _optuna  # noqa: F401 - the whole room needs it
except ImportError as error:
    raise MissingDependencyError(
        f"searching for a recipe's values needs optuna ({error}): pip install optuna"
    ) from None

from kit.tuning.options import TuneOptions
from kit.tuning.results.results import TuneResult
from kit.tuning.tune import TuneObserver, tune

__all__ = ["TuneObserver", "TuneOptions", "TuneResult", "tune"]
