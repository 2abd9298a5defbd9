"""Figures as SVG that follows the page: its ink is the text's colour, light or dark, and nothing is loaded."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK = "#010203"
"""Stands for the page's ink until the figure is SVG."""

COLOURS = {
    "floor": "#8c8c8c",
    "stage": "#56b4e9",
    "model": "#0072b2",
    "recipe": "#0072b2",
    "blend": "#d55e00",
    "ceiling": "#009e73",
}
"""By the kind of a member; of Okabe and Ito's colours, which colour-blind readers tell apart."""

NARROW = 5.2
"""Inches of a figure that a telephone shows whole, with letters that can be read."""

FIRST, SECOND, THIRD = "#0072b2", "#d55e00", "#009e73"
SERIES = (SECOND, FIRST, THIRD, "#cc79a7", "#e69f00", "#56b4e9")
"""Colours of several series; the first one stands out."""

SEQUENTIAL, DIVERGING = "viridis", "PuOr"

_STYLE: Any = {
    "axes.prop_cycle": f"cycler('color', {[FIRST, SECOND, *SERIES[2:]]})",
    "svg.fonttype": "none",
    "svg.hashsalt": "kit",
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
}


class Drawing:
    """A figure that is being drawn; `svg` is its text once the block has ended.

    Attributes:
        figure: Matplotlib's figure.
        svg: The SVG, "" as long as it is drawn.
    """

    def __init__(self, figure: Figure) -> None:
        self.figure = figure
        self.svg = ""

    def axes(self, n_columns: int = 1) -> list[Axes]:
        """Return axes side by side."""
        made = self.figure.subplots(1, n_columns, squeeze=False)
        return list(made[0])

    def stacked(self, heights: Sequence[float]) -> list[Axes]:
        """Return axes below each other, of such relative heights."""
        made = self.figure.subplots(len(heights), 1, squeeze=False, height_ratios=list(heights))
        return list(made[:, 0])

    def grid(self, n_rows: int, n_columns: int, n: int) -> list[Axes]:
        """Return so many axes of a grid, row by row."""
        made = list(self.figure.subplots(n_rows, n_columns, squeeze=False).ravel())
        for spare in made[n:]:
            spare.remove()
        return made[:n]


@contextmanager
def drawing(width: float = 7.0, height: float = 3.0) -> Iterator[Drawing]:
    """Give a figure to draw on.

    Args:
        width: In inches.
        height: In inches.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    with mpl.rc_context(_STYLE):
        layout = ConstrainedLayoutEngine(w_pad=0.1, h_pad=0.06)
        made = Drawing(Figure(figsize=(width, height), layout=layout))
        yield made
        text = io.StringIO()
        # Without a date, so that the same numbers make the same page.
        made.figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    made.svg = _inline(text.getvalue(), width)


def _inline(svg: str, width: float) -> str:
    """Return the drawing as an element of a page: no prologue, no ground, the page's ink and fonts."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'<g id="patch_1">\s*<path d="[^"]*" style="fill: #ffffff"/>\s*</g>', "", svg)
    svg = re.sub(r"fill: #ffffff", "fill: none", svg)
    svg = re.sub(r"font: (\d+\w+) '[^;]*", r"font: \1 system-ui, sans-serif", svg)
    svg = re.sub(r"font-family: [^;\"]*", "font-family: inherit", svg)
    # All figures are shown at one scale, so that their letters have one size; a window may shrink them by a third.
    svg = re.sub(
        r'width="[^"]*pt"', f'style="max-width: {6.5 * width:.1f}rem; min-width: {4.4 * width:.1f}rem"', svg, count=1
    )
    svg = re.sub(r' height="[^"]*pt"', "", svg, count=1)
    return svg.replace(INK, "currentColor")
