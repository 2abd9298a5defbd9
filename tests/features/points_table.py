"""A table of points for the compounds of the synthetic rows."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pandas as pd

from kit.testing import make_new_rows, make_rows


@cache
def points_table(most: int = 5) -> str:
    """The .parquet file that all tests of a process share: one to ``most`` points of each compound, of new ones too."""
    rows = make_rows()[0]
    names = sorted({*rows["sm_name"], *make_new_rows(rows)["sm_name"]})
    rng = np.random.default_rng(0)
    parts = [
        pd.DataFrame(rng.standard_normal((1 + place % most, 2)), columns=["x0", "x1"]).assign(
            sm_name=name, plate="ab"[place % 2]
        )
        for place, name in enumerate(names)
    ]
    path = Path(mkdtemp()) / "points.parquet"
    pd.concat(parts, ignore_index=True).to_parquet(path, index=False)
    return str(path)
