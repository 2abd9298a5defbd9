from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix, issparse

from kit.counts import CELL_TOTAL, log_counts
from kit.errors import InputError

COUNTS = np.random.default_rng(0).poisson(0.7, (30, 12))
COUNTS[3] = 0


def test_cells_have_the_same_total_however_deep_they_were_counted() -> None:
    found = log_counts(COUNTS)
    np.testing.assert_allclose(np.delete(np.expm1(found).sum(axis=1), 3), CELL_TOTAL)
    np.testing.assert_allclose(log_counts(7 * COUNTS), found)
    assert not found[3].any()


def test_sparse_counts_stay_sparse() -> None:
    found = log_counts(csr_matrix(COUNTS))
    assert issparse(found)
    np.testing.assert_allclose(found.toarray(), log_counts(COUNTS))


def test_what_is_no_count_is_refused() -> None:
    for values in (COUNTS - 1, csr_matrix(COUNTS - 1)):
        with pytest.raises(InputError, match=r"counts are at least 0, and one is -1"):
            log_counts(values)
