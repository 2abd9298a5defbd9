"""Forms of figures that several pages have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike

from kit.arrays import Doubles
from kit.reports.page.svg import DIVERGING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_NOTE = 9

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
    axes: Axes,
    names: Sequence[object],
    values: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    colours: Iterable[str],
    markers: Iterable[str] | None = None,
    labels: Iterable[str] | None = None,
) -> None:
    """Draw a dot with its interval for each name, the first one at the top; labels are for a legend."""
    places = np.arange(len(names))[::-1]
    ends = zip(np.asarray(low), np.asarray(high), strict=True)
    forms = zip(colours, markers or ["o"] * len(names), labels or [""] * len(names), strict=True)
    for place, value, (left, right), (colour, marker, label) in zip(
        places, np.asarray(values), ends, forms, strict=True
    ):
        axes.plot([left, right], [place, place], color=colour, linewidth=2, solid_capstyle="round")
        axes.plot(value, place, marker, color=colour, markersize=7, label=label)
    _beside(axes, [short(name) for name in names])


def dots(axes: Axes, names: Sequence[object], values: Mapping[str, ArrayLike], colours: Sequence[str]) -> None:
    """Draw a dot for each name and series, the first name at the top; series have labels for a legend."""
    places = np.arange(len(names))[::-1]
    for number, (label, of_series) in enumerate(values.items()):
        axes.plot(np.asarray(of_series), places, "os^Dvp"[number % 6], color=colours[number], label=short(label))
    _beside(axes, [short(name) for name in names])


def logarithmic(axes: Axes, which: Literal["x", "y"] = "x") -> None:
    """Make an axis logarithmic, with its ticks written out; what is drawn on it must be drawn already."""
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

    if which == "x":
        axes.set_xscale("log")
    else:
        axes.set_yscale("log")
    axis = axes.xaxis if which == "x" else axes.yaxis
    low, high = axis.get_view_interval()
    if high < 5 * low:
        axis.set_major_locator(MaxNLocator(3))
    else:
        axis.set_major_locator(LogLocator(subs=(1.0,) if high > 200 * low else (1.0, 2.0, 5.0), numticks=6))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def matrix(figure: Figure, axes: Axes, values: Doubles, names: Sequence[object], label: str) -> None:
    """Draw a square of correlations with a bar that explains its colours.

    Args:
        figure: The axes' figure.
        axes: Where to draw.
        values: (n, n) from -1 to 1.
        names: Of its rows and columns.
        label: What the values are.
    """
    image = axes.imshow(values, vmin=-1, vmax=1, cmap=DIVERGING)
    shown, size = [short(name, 16) for name in names], min(9.0, 130 / len(names))
    axes.set_xticks(range(len(names)), shown, rotation=90, fontsize=size)
    axes.set_yticks(range(len(names)), shown, fontsize=size)
    figure.colorbar(image, ax=axes, label=label, shrink=0.8)


def name_points(axes: Axes, places: Doubles, names: Sequence[object]) -> None:
    """Write names beside points, the first ones first; one that finds no free place is left out.

    Args:
        axes: Where the points are drawn, with their limits and labels set.
        places: (n_names, 2) the points.
        names: What each is called.
    """
    figure = axes.get_figure(root=True)
    assert figure is not None
    figure.draw_without_rendering()  # sets the axes' size
    frame, scale = axes.get_window_extent(), figure.dpi / 72
    taken: list[tuple[float, float, float, float]] = []
    for (x, y), name in zip(axes.transData.transform(places), map(short, names), strict=True):
        width, height = _NOTE * 0.62 * len(name) * scale, _NOTE * 1.3 * scale
        for right, up in ((5, -4), (-5, -4), (5, 6), (-5, 6), (5, -15), (-5, -15)):
            left, low = x + right * scale - (0 if right > 0 else width), y + up * scale
            box = (left, low, left + width, low + height)
            inside = box[0] > frame.x0 and box[2] < frame.x1 and box[1] > frame.y0 and box[3] < frame.y1
            if inside and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                axes.annotate(
                    name,
                    tuple(axes.transData.inverted().transform((x, y))),
                    xytext=(right, up),
                    textcoords="offset points",
                    fontsize=_NOTE,
                    ha="left" if right > 0 else "right",
                    gid="note",
                )
                break


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _beside(axes: Axes, names: list[str]) -> None:
    axes.set_yticks(np.arange(len(names))[::-1], names)
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.locator_params(axis="x", nbins=6)
    axes.grid(axis="x", alpha=0.25)
