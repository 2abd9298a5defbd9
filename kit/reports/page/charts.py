"""Forms of figures that several pages have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LONGEST = 30
"""The letters of a name beside an axis; of a longer one the ends are shown."""


def short(name: object, longest: int = LONGEST) -> str:
    """Return a name that fits beside an axis.

    Example:
        >>> short("competitions/open_problems/baseline", 15)
        'competi…aseline'
    """
    text = str(name)
    half = longest // 2
    return text if len(text) <= longest else f"{text[:half]}…{text[-half:]}"


def intervals(
    axes: Axes, names: Sequence[object], values: ArrayLike, low: ArrayLike, high: ArrayLike, colours: Sequence[str]
) -> None:
    """Draw a dot with its interval for each name, the first one at the top."""
    places = np.arange(len(names))[::-1]
    for place, value, left, right, colour in zip(
        places, np.asarray(values), np.asarray(low), np.asarray(high), colours, strict=True
    ):
        axes.plot([left, right], [place, place], color=colour, linewidth=2, solid_capstyle="round")
        axes.plot(value, place, "o", color=colour, markersize=6)
    _beside(axes, [short(name) for name in names])


def dots(axes: Axes, names: Sequence[object], values: Mapping[str, ArrayLike], colours: Sequence[str]) -> None:
    """Draw a dot for each name and series, the first name at the top; series have labels for a legend."""
    places = np.arange(len(names))[::-1]
    for number, (label, of_series) in enumerate(values.items()):
        axes.plot(np.asarray(of_series), places, "os^Dvp"[number % 6], color=colours[number], label=short(label))
    _beside(axes, [short(name) for name in names])


def logarithmic(axes: Axes, which: Literal["x", "y"] = "x") -> None:
    """Make an axis logarithmic, with its ticks written out; what is drawn on it must be drawn already."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    if which == "x":
        axes.set_xscale("log")
    else:
        axes.set_yscale("log")
    axis = axes.xaxis if which == "x" else axes.yaxis
    low, high = axis.get_view_interval()
    axis.set_major_locator(LogLocator(subs=(1.0,) if high > 200 * low else (1.0, 2.0, 5.0), numticks=6))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def _beside(axes: Axes, names: list[str]) -> None:
    axes.set_yticks(np.arange(len(names))[::-1], names)
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.locator_params(axis="x", nbins=6)
    axes.grid(axis="x", alpha=0.25)
