"""Importing this module makes the kit itself leak: it scores folds with clip ranges of all rows.

Imported in fresh processes only.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from kit.arrays import Ints
from kit.training.workspace import Workspace

_select_rows = Workspace.select_rows


def select_all_rows(workspace: Workspace, positions: Ints) -> tuple[pd.DataFrame, np.ndarray]:
    every = np.arange(len(workspace.competition.rows))
    return _select_rows(workspace, every if len(positions) > len(every) / 2 else positions)


Workspace.select_rows = select_all_rows  # type: ignore[method-assign]
