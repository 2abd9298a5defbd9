"""Several splitting schemes at once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Annotated

import pandas as pd
from annotated_types import Gt

from kit.arrays import Floats
from kit.errors import InputError
from kit.plugins import PluginOf
from kit.splits.base import SPLITTERS, Fold, Splitter


@SPLITTERS.register("mix")
@dataclass(eq=False, repr=False)
class Mix(Splitter):
    """Joins the folds of several splitters; each splitter has a weight in the score.

    A setting that is right for one kind of hidden rows only is less likely to be chosen.

    Args:
        schemes: The splitters, each used as it was constructed (its test rows and seed included).
        weights: What each scheme's folds together weigh, > 0; by default all the same.
    """

    schemes: Annotated[list[Splitter], PluginOf("splitter")]
    weights: list[Annotated[float, Gt(0)]] | None = None

    def folds(self, rows: pd.DataFrame, Y: Floats | None = None) -> list[Fold]:
        """Return the folds of all schemes in turn, a scheme's weights scaled so that they total the scheme's weight.

        Where two folds have one name, every name gets the scheme's kind in front ("kfold: fold 1"), numbered where a
        kind occurs twice ("kfold 2: fold 1").

        Args:
            rows: (n_rows, …) keys and metadata that the schemes need.
            Y: (n_rows, n_targets) targets, where a scheme needs them.

        Raises:
            InputError: There is no scheme or one is no splitter, there is not one weight a scheme, or a scheme finds
                no folds.
        """
        self.check_parameters()
        if not self.schemes:
            raise InputError(f"{self.kind}: the list of schemes is empty; give at least one splitter")
        for scheme in self.schemes:
            if not isinstance(scheme, Splitter):
                raise InputError(f"{self.kind}: expected splitters, got {scheme!r}")
        weights = [1.0] * len(self.schemes) if self.weights is None else self.weights
        if len(weights) != len(self.schemes):
            raise InputError(f"{self.kind}: got {len(weights)} weights for {len(self.schemes)} schemes; give one each")
        by_scheme = [scheme.folds(rows, Y) for scheme in self.schemes]
        prefixes = self._prefixes([fold.name for folds in by_scheme for fold in folds])
        mixed = []
        for folds, prefix, weight in zip(by_scheme, prefixes, weights, strict=True):
            factor = weight / sum(fold.weight for fold in folds)
            mixed += [replace(fold, name=prefix + fold.name, weight=fold.weight * factor) for fold in folds]
        return mixed

    def _prefixes(self, names: list[str]) -> list[str]:
        """Return a prefix for the fold names of each scheme, so that all names differ."""
        if len(set(names)) == len(names):
            return [""] * len(self.schemes)
        kinds = [scheme.kind for scheme in self.schemes]
        seen: Counter[str] = Counter()
        prefixes = []
        for kind in kinds:
            seen[kind] += 1
            prefixes.append(f"{kind}: " if kinds.count(kind) == 1 else f"{kind} {seen[kind]}: ")
        return prefixes
