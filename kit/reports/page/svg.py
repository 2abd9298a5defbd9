"""Figures as SVG that follows the page: its ink is the text's colour, light or dark, and nothing is loaded."""

from __future__ import annotations

import io
import re
import textwrap
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

NARROW, BESIDE = 5.2, 3.5
"""Inches that a panel is wide, alone and beside others: on a phone its letters can still be read."""

MARKERS = {"floor": "s", "stage": "v", "model": "o", "recipe": "o", "blend": "D", "ceiling": "^"}
"""By the kind of a member, for who sees no colours."""

FIRST, SECOND, THIRD = "#0072b2", "#d55e00", "#009e73"
SERIES = (SECOND, FIRST, THIRD, "#cc79a7", "#e69f00", "#56b4e9")
"""Colours of several series; the first one stands out."""

SHAPES = "os^DvpX"
"""Of what has no shape of its own, one after another."""

SEQUENTIAL, DIVERGING = "viridis", "PuOr"

_LETTERS = 9

_STYLE: Any = {
    "axes.prop_cycle": f"cycler('color', {[FIRST, SECOND, *SERIES[2:]]})",
    "svg.fonttype": "none",
    "svg.hashsalt": "kit",
    "font.family": "sans-serif",
    "font.size": 11,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlesize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
}


class Drawing:
    """Panels that are being drawn; `svg` is their text once the block has ended.

    Every panel is a figure of its own, so that the page sets them side by side where it is wide, below each other where
    it is narrow.

    Attributes:
        width: Of a panel, in inches; None for what suits their number.
        height: In inches.
        figures: Matplotlib's figures, one a panel.
        svg: The SVG, "" as long as it is drawn.
    """

    def __init__(self, width: float | None, height: float) -> None:
        self.width, self.height = width, height
        self.figures: list[Figure] = []
        self.svg = ""

    @property
    def figure(self) -> Figure:
        """The first panel."""
        return self.figures[0]

    def axes(self, n_panels: int = 1) -> list[Axes]:
        """Return the axes of panels side by side."""
        width = self.width or (NARROW if n_panels == 1 else BESIDE)
        return [self._panel(width).subplots() for _ in range(n_panels)]

    def stacked(self, heights: Sequence[float]) -> list[Axes]:
        """Return axes below each other, of such relative heights."""
        figure = self._panel(self.width or NARROW)
        made = figure.subplots(len(heights), 1, squeeze=False, height_ratios=list(heights))
        return list(made[:, 0])

    def grid(self, n_rows: int, n_columns: int, n: int) -> list[Axes]:
        """Return so many axes of a grid, row by row."""
        made = list(self._panel(self.width or NARROW).subplots(n_rows, n_columns, squeeze=False).ravel())
        for spare in made[n:]:
            spare.remove()
        return made[:n]

    def _panel(self, width: float) -> Figure:
        from matplotlib.figure import Figure
        from matplotlib.layout_engine import ConstrainedLayoutEngine

        layout = ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.06)
        self.figures.append(Figure(figsize=(width, self.height), layout=layout))
        return self.figures[-1]


@contextmanager
def drawing(width: float | None = None, height: float = 3.0) -> Iterator[Drawing]:
    """Give panels to draw on.

    Args:
        width: Of a panel, in inches (default: what suits their number).
        height: In inches.
    """
    import matplotlib as mpl

    with mpl.rc_context(_STYLE):
        made = Drawing(width, height)
        yield made
        made.svg = "".join(map(_svg, made.figures))


def _svg(figure: Figure) -> str:
    for axes in figure.axes:
        # About so many letters go beside an inch; a longer label goes on below, or in a second column.
        place = axes.get_position()
        axes.set_xlabel(_wrapped(axes.get_xlabel(), place.width * figure.get_figwidth()))
        axes.set_ylabel(_wrapped(axes.get_ylabel(), place.height * figure.get_figheight()))
    text = io.StringIO()
    # Without a date, so that the same numbers make the same page.
    figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return _inline(text.getvalue(), figure.get_figwidth())


def _wrapped(label: str, inches: float) -> str:
    """Return a label in as few lines as it needs, of about the same length."""
    n_lines = -(-len(label) // max(12, int(_LETTERS * inches)))
    return label if n_lines < 2 else textwrap.fill(label, len(label) // n_lines + 5, break_long_words=False)


def _inline(svg: str, width: float) -> str:
    """Return the drawing as an element of a page: no prologue, no ground, the page's ink and fonts."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'<g id="patch_1">\s*<path d="[^"]*" style="fill: #ffffff"/>\s*</g>', "", svg)
    svg = re.sub(r"fill: #ffffff", "fill: none", svg)
    svg = svg.replace('<g id="note">', '<g class="note">')
    svg = re.sub(r"font: (\d+\w+) '[^;]*", r"font: \1 system-ui, sans-serif", svg)
    svg = re.sub(r"font-family: [^;\"]*", "font-family: inherit", svg)
    # All figures are shown at one scale, so that their letters have one size; a window may shrink them by a third.
    svg = re.sub(
        r'width="[^"]*pt"', f'style="max-width: {6.5 * width:.1f}rem; min-width: {4.2 * width:.1f}rem"', svg, count=1
    )
    svg = re.sub(r' height="[^"]*pt"', "", svg, count=1)
    return svg.replace(INK, "currentColor")
