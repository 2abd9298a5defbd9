"""Pictures of a study; matplotlib is optional."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from kit.errors import MissingDependencyError
from kit.files import new_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def check_matplotlib() -> None:
    """Check that pictures can be made.

    Raises:
        MissingDependencyError: matplotlib is not installed.
    """
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError as error:
        raise MissingDependencyError(f"no pictures without matplotlib ({error}): pip install matplotlib") from None


def draw_history(path: Path, trials: pd.DataFrame, metric: str, greater_is_better: bool) -> None:
    """Draw every finished trial's score and the best so far; pruned trials are ticks at the bottom."""
    from matplotlib.figure import Figure

    finished = trials[trials["state"] == "complete"]
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes: Axes = figure.add_subplot()
    axes.plot(finished["trial"], finished["score"], "o", ms=4, color="0.6", label="finished")
    best = finished["score"].cummax() if greater_is_better else finished["score"].cummin()
    axes.step(finished["trial"], best, where="post", label="best so far")
    warm = finished[finished["present_values"]]
    if len(warm):
        axes.axhline(warm["score"].iloc[0], ls=":", color="0.3", label="present values")
    pruned = trials.loc[trials["state"] == "pruned", "trial"]
    if len(pruned):
        ticks = axes.get_xaxis_transform()
        axes.plot(pruned, [0.02] * len(pruned), "|", color="tab:red", transform=ticks, label="pruned")
    axes.set_xlabel("trial")
    axes.set_ylabel(metric)
    axes.legend()
    _save(figure, path)


def draw_importance(path: Path, importance: Mapping[str, float]) -> None:
    """Draw a bar for every value of the space."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 0.8 + 0.3 * len(importance)), layout="constrained")
    axes: Axes = figure.add_subplot()
    names = list(importance)[::-1]
    axes.barh(names, [importance[name] for name in names])
    axes.set_xlabel("share of the differences in score (PED-ANOVA)")
    _save(figure, path)


def draw_pareto(path: Path, trials: pd.DataFrame, pareto: pd.DataFrame, metric: str) -> None:
    """Draw score against CPU seconds, and the trials that no other beats."""
    from matplotlib.figure import Figure

    finished = trials[trials["state"] == "complete"]
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes: Axes = figure.add_subplot()
    axes.plot(finished["cpu_s"], finished["score"], "o", ms=4, color="0.6", label="finished")
    axes.plot(pareto["cpu_s"], pareto["score"], "o-", label="not beaten in both")
    axes.set_xlabel("CPU seconds of the fits")
    axes.set_ylabel(metric)
    axes.legend()
    _save(figure, path)


def _save(figure: object, path: Path) -> None:
    with new_file(path) as temporary:
        figure.savefig(temporary, dpi=150)  # type: ignore[attr-defined]
