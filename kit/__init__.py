"""A modelling kit for perturbation response: from tables and a recipe to a checked submission.

    import kit

    run = kit.train("competitions/demo/baseline.yaml")
    run.leaderboard

What `kit.api` has is found here by its name; it is imported at the first use of one, so that ``import kit`` is quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from kit.version import __version__

if TYPE_CHECKING:
    from kit.api import (
        Comparison,
        Competition,
        Recipe,
        Run,
        Study,
        compare,
        load_competition,
        load_recipe,
        load_run,
        train,
        train_shard,
        tune,
    )

__all__ = [
    "Comparison",
    "Competition",
    "Recipe",
    "Run",
    "Study",
    "__version__",
    "compare",
    "load_competition",
    "load_recipe",
    "load_run",
    "train",
    "train_shard",
    "tune",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("kit.api"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
