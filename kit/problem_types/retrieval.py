"""Retrieval: every row has a vector, and rows of one label are to be nearest to each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from kit.arrays import Floats
from kit.metrics import label_significance
from kit.plugins import RETRIEVAL
from kit.problem_types.base import ProblemType, Roles
from kit.splits.twins import Divided

LABELS, FOUND = "labels", 0.05
"""The name of the table of labels in a run's folder, and the false discovery rate up to which one counts as found."""

_MOST_ROWS = 5000
"""Rows of a fold up to which that is asked: the places of all rows in the order of each are 100 MB."""

_DIMS = 64
"""Dimensions of random vectors: many enough that their cosines are in no particular order."""


class Retrieval(ProblemType):
    """Labels that teach and score; predictions are (n_rows, n_dims) vectors, of labels that no model need have seen."""

    name = RETRIEVAL
    defaults: ClassVar[Mapping[str, Any]] = {
        "metric": "map",
        "target": "labels",
        "blend": "concatenate",
        "repeats_blend": "concatenate",
        "folds_blend": "concatenate",
        "postprocess": [],
    }
    reads_labels = True
    hands_in = False
    teaches = False

    def floors(
        self, columns: Roles, rows: pd.DataFrame, Y: Floats, new_rows: pd.DataFrame
    ) -> Iterator[tuple[str, Floats]]:
        """Yield chance: random vectors, each from a seed that is the row's own."""
        seeds = pd.util.hash_pandas_object(new_rows.astype(str), index=True).to_numpy()
        vectors = [np.random.default_rng(seed).standard_normal(_DIMS) for seed in seeds]
        yield "chance", np.asarray(vectors, dtype=np.float32)

    def tables(
        self, Y: Floats, oof: Floats, folds: np.ndarray, parts: np.ndarray, targets: Sequence[str]
    ) -> dict[str, pd.DataFrame]:
        """Return which labels are found better than by chance, within each fold; of very large folds nothing.

        A line a fold and label: ``fold``, ``label``, ``rows``, ``map``, ``p_value`` by permuted labels, and ``q_value``
        over the labels of the fold (Benjamini and Hochberg).
        """
        of_folds = {str(fold): np.flatnonzero(folds == fold) for fold in pd.unique(folds)}
        if max(map(len, of_folds.values())) > _MOST_ROWS:
            return {}
        found = {fold: label_significance(Y[rows], oof[rows]) for fold, rows in of_folds.items()}
        table = pd.concat(found, names=["fold"]).reset_index("fold").reset_index(drop=True)
        return {LABELS: table.assign(label=np.asarray(targets, dtype=object)[table["label"]])}

    def columns(self, targets: Sequence[str], width: int) -> tuple[str, ...]:
        """Return ``v0``, ``v1``, …: the dimensions of vectors have no names."""
        return tuple(f"v{place}" for place in range(width))

    def fold_warnings(self, folds: Iterable[Divided], Y: Floats, targets: Sequence[str]) -> list[str]:
        """Warn of labels that a fold validates with one row alone: these rows cannot be found."""
        warnings = []
        for fold in folds:
            counts = Y[fold.validation].sum(axis=0)
            alone = int((counts == 1).sum())
            if alone:
                warnings.append(
                    f"fold {fold.name!r} validates {alone} labels with one row each, which no other row can find; they "
                    f"are not scored ({int((counts > 1).sum())} labels are)"
                )
        return warnings
