"""Importing this module makes the kit itself leak: it scores folds with clip ranges of all rows.

Imported in fresh processes only.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from kit.arrays import Ints
from kit.data import Competition
from kit.training.scoring import evaluation

_take = evaluation.select_rows


def take_all(competition: Competition, positions: Ints) -> tuple[pd.DataFrame, np.ndarray]:
    training = len(positions) > len(competition.rows) / 2
    return _take(competition, np.arange(len(competition.rows)) if training else positions)


evaluation.select_rows = take_all
