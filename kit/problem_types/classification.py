"""Classification: every row is of one class, and a prediction gives each class a probability."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from kit.arrays import Floats
from kit.features import CategoryCodes
from kit.gaps import measured_rows
from kit.models import GroupMean
from kit.plugins import CLASSIFICATION
from kit.problem_types.base import ProblemType, Roles
from kit.problem_types.class_tables import CLASSES, COVERAGE, by_class, coverage
from kit.splits.twins import Divided

_NAMED = 5
"""Classes that a warning names."""


class Classification(ProblemType):
    """A label a row; predictions are (n_rows, n_classes) probabilities, and their answer is the likeliest class."""

    name = CLASSIFICATION
    defaults: ClassVar[Mapping[str, Any]] = {
        "metric": "accuracy",
        "target": "identity",
        "blend": "mean",
        "postprocess": ["probabilities"],
    }
    reads_labels = True
    names_classes = True

    def floors(
        self, columns: Roles, rows: pd.DataFrame, Y: Floats, new_rows: pd.DataFrame
    ) -> Iterator[tuple[str, Floats]]:
        """Yield chance, the most frequent class, the classes' frequencies, and the frequencies in each group.

        ``chance`` draws a class for every row by the frequencies (from a fixed seed), as a stratified guess does.
        """
        frequencies = Y.mean(axis=0, dtype=np.float64)
        n_new = len(new_rows)
        drawn = np.random.default_rng(0).choice(len(frequencies), n_new, p=frequencies / frequencies.sum())
        classes = np.eye(len(frequencies), dtype=np.float32)
        yield "chance", classes[drawn]
        yield "majority", np.tile(classes[frequencies.argmax()], (n_new, 1))
        yield "prior", np.tile(frequencies.astype(np.float32), (n_new, 1))
        for name in dict.fromkeys(name for name in (columns.group, columns.compound) if name is not None):
            codes = CategoryCodes(columns=[name]).fit(rows)
            of_group = GroupMean(column=0).fit(codes.transform(rows), Y)
            yield f"prior per {name}", of_group.predict(codes.transform(new_rows))

    def tables(
        self, Y: Floats, oof: Floats, folds: np.ndarray, parts: np.ndarray, targets: Sequence[str]
    ) -> dict[str, pd.DataFrame]:
        """Return the accuracy among confident predictions, and how each class fares in each group or fold."""
        labelled = measured_rows(Y)
        Y, oof, parts = Y[labelled], oof[labelled], parts[labelled]
        return {COVERAGE: coverage(Y, oof), CLASSES: by_class(Y, oof, parts, targets)}

    def answers(self, predictions: Floats, targets: Sequence[str]) -> np.ndarray:
        """Return the likeliest class of every row; of equally likely ones the first."""
        named: np.ndarray = np.asarray(targets, dtype=object)[predictions.argmax(axis=1)]
        return named

    def fold_warnings(self, folds: Iterable[Divided], Y: Floats, targets: Sequence[str]) -> list[str]:
        """Warn of classes that a fold validates and its training rows lack, and of those that one fold alone validates.

        No model can name the first; what is said of the others rests on one fold.
        """
        folds = list(folds)
        seen = np.array([np.nansum(Y[fold.validation], axis=0) > 0 for fold in folds])
        unknown = seen & np.array([np.nansum(Y[fold.train], axis=0) == 0 for fold in folds])
        warnings = [
            f"fold {fold.name!r} validates rows of {np.count_nonzero(of_fold)} classes that its training rows lack, "
            f"and no model can name them: {_some([repr(targets[place]) for place in np.flatnonzero(of_fold).tolist()])}"
            for fold, of_fold in zip(folds, unknown, strict=True)
            if of_fold.any()
        ]
        alone = np.flatnonzero((seen.sum(axis=0) == 1) & ~unknown.any(axis=0))
        if len(alone) and len(folds) > 1:
            named = [f"{targets[place]!r} (fold {folds[seen[:, place].argmax()].name!r})" for place in alone.tolist()]
            warnings.append(f"classes that one fold alone validates, so that their scores rest on it: {_some(named)}")
        return warnings


def _some(names: list[str]) -> str:
    return ", ".join(names[:_NAMED]) + (" …" if len(names) > _NAMED else "")
