"""The fewest cells that show every type often enough: whole parts of a collection, by integer programming."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kit.arrays import require_columns
from kit.errors import InputError, RunError


@dataclass(frozen=True)
class Covering:
    """The parts that were chosen.

    Attributes:
        parts: A line a chosen part: what names it, and its number of ``cells``.
        classes: A line a class: how many ``cells`` and ``parts`` of it are chosen, of how many there are (``of_cells``,
            ``of_parts``).
    """

    parts: pd.DataFrame
    classes: pd.DataFrame


def covering_parts(cells: pd.DataFrame, label: str, by: list[str], n_cells: int, n_parts: int = 1) -> Covering:
    """Choose parts (files, donors) so that every class has enough cells in enough parts, with the fewest cells in all.

    A class that has fewer than it is to have is covered as far as it goes: all of its cells, or of its parts.

    Args:
        cells: (n_cells, …) a line a cell; cells without a label count for nothing.
        label: The column of the classes.
        by: The columns that name a part; a part is taken whole or not at all.
        n_cells: The cells that each class is to have.
        n_parts: The parts in which it is to be.

    Raises:
        InputError: A column is absent, or no cell has a label.
        RunError: The solver gave up.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    require_columns(cells, [label, *by], "cover")
    known = cells[cells[label].notna()]
    if known.empty:
        raise InputError(f"no cell has a label in column {label!r}; name another column")
    counts = known.groupby([*by, label], dropna=False, observed=True).size().unstack(label, fill_value=0)
    sizes = cells.groupby(by, dropna=False, observed=True).size().reindex(counts.index)
    matrix = counts.to_numpy(dtype=np.float64)
    there = (matrix > 0).astype(np.float64)
    enough = np.concatenate([np.minimum(n_cells, matrix.sum(axis=0)), np.minimum(n_parts, there.sum(axis=0))])
    found = milp(
        sizes.to_numpy(dtype=np.float64),
        integrality=np.ones(len(sizes)),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(np.vstack([matrix.T, there.T]), enough, np.inf),
    )
    if found.x is None:
        raise RunError(f"no choice of parts was found ({found.message}); ask for fewer cells, or name larger parts")
    chosen = found.x > 0.5
    parts = sizes[chosen].rename("cells").reset_index()
    classes = pd.DataFrame(
        {
            label: counts.columns.astype(str),
            "cells": matrix[chosen].sum(axis=0).astype(int),
            "of_cells": matrix.sum(axis=0).astype(int),
            "parts": there[chosen].sum(axis=0).astype(int),
            "of_parts": there.sum(axis=0).astype(int),
        }
    )
    return Covering(parts, classes)
