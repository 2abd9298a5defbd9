"""Classification: every row is of one class, and a prediction gives each class a probability."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from kit.arrays import Floats
from kit.features import CategoryCodes
from kit.models import GroupMean
from kit.plugins import CLASSIFICATION
from kit.problem_types.base import ProblemType, Roles
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

    def answers(self, predictions: Floats, targets: Sequence[str]) -> np.ndarray:
        """Return the likeliest class of every row; of equally likely ones the first."""
        named: np.ndarray = np.asarray(targets, dtype=object)[predictions.argmax(axis=1)]
        return named

    def fold_warnings(self, folds: Iterable[Divided], Y: Floats, targets: Sequence[str]) -> list[str]:
        """Warn of classes that a fold validates and its training rows lack: no model can name them."""
        warnings = []
        for fold in folds:
            unknown = (Y[fold.validation].sum(axis=0) > 0) & (Y[fold.train].sum(axis=0) == 0)
            names = [targets[place] for place in np.flatnonzero(unknown).tolist()]
            if names:
                shown = ", ".join(map(repr, names[:_NAMED])) + (" …" if len(names) > _NAMED else "")
                warnings.append(
                    f"fold {fold.name!r} validates rows of {len(names)} classes that its training rows lack, and no "
                    f"model can name them: {shown}"
                )
        return warnings
