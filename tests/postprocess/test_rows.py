from __future__ import annotations

import numpy as np
import pandas as pd

from kit.postprocess import Assign, Probabilities
from kit.postprocess.rows import for_rows, row_by_row

Y = np.eye(4, dtype=np.float32)
ROWS = pd.DataFrame({"experiment": ["a", "a", "b", "b"]})


def test_steps_get_the_rows_of_their_predictions() -> None:
    plain, assign = Probabilities().fit(Y), Assign(within=["experiment"]).fit(Y, ROWS)
    given = np.random.default_rng(0).dirichlet(np.ones(4), 4).astype(np.float32)
    first, second = for_rows([plain, assign], ROWS)
    assert first is plain
    np.testing.assert_array_equal(second.transform(given), assign.transform(given, ROWS))


def test_a_step_that_looks_at_several_rows_is_known_with_rows_and_without() -> None:
    plain, assign = Probabilities().fit(Y), Assign(within=["experiment"]).fit(Y, ROWS)
    assert row_by_row([plain])
    assert not row_by_row([plain, assign])
    assert not row_by_row(for_rows([plain, assign], ROWS))
