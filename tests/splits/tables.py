"""Small tables that the tests of the splitters divide."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kit.splits import Fold

ANCHORS = ["a1", "a2", "a3", "a4", "a5"]
HIDDEN = ["h1", "h2", "h3", "h4", "h5", "h6"]


def competition() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (rows, test rows): all compounds in NK and T (T lacks h6), anchors in B and My, the hidden to predict."""
    pairs = [
        (cell, compound) for cell in ("NK", "T") for compound in ANCHORS + HIDDEN if (cell, compound) != ("T", "h6")
    ]
    pairs += [(cell, compound) for cell in ("B", "My") for compound in ANCHORS]
    order = np.random.default_rng(0).permutation(len(pairs))
    rows = pd.DataFrame([pairs[i] for i in order], columns=["cell_type", "sm_name"], index=order)
    test_rows = pd.DataFrame([(cell, c) for cell in ("B", "My") for c in HIDDEN], columns=["cell_type", "sm_name"])
    return rows, test_rows


def plates(n_rows: int = 60) -> pd.DataFrame:
    """Return rows on 7 plates of unequal size, of 3 donors."""
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "plate": rng.choice(list("ABCDEFG"), n_rows, p=[0.3, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1]),
            "donor": rng.integers(1, 4, n_rows),
        }
    )


def check_folds(folds: list[Fold], n_rows: int) -> None:
    """Assert what holds of every splitter's folds."""
    assert folds
    assert len({fold.name for fold in folds}) == len(folds)
    for fold in folds:
        for positions in (fold.train, fold.validation):
            assert positions.dtype == np.intp
            assert (np.diff(positions) > 0).all()
            assert positions[0] >= 0
            assert positions[-1] < n_rows
        assert not np.intersect1d(fold.train, fold.validation).size
        assert fold.weight > 0


def check_partition(folds: list[Fold], n_rows: int) -> None:
    """Assert that every row is held out once and trained on in all other folds."""
    check_folds(folds, n_rows)
    held_out = np.concatenate([fold.validation for fold in folds])
    np.testing.assert_array_equal(np.sort(held_out), np.arange(n_rows))
    for fold in folds:
        assert len(fold.train) + len(fold.validation) == n_rows
        assert fold.weight == len(fold.validation)


def as_sets(folds: list[Fold], order: np.ndarray | None = None) -> list[tuple]:
    """Return the folds as comparable sets of positions, those of the table whose row ``order[i]`` is row i here."""

    def place(positions: np.ndarray) -> frozenset[int]:
        return frozenset((positions if order is None else order[positions]).tolist())

    return [(fold.name, place(fold.train), place(fold.validation), fold.weight) for fold in folds]
