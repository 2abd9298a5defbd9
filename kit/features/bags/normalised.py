"""Profiles of wells, freed of what their plate or experiment adds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self

import numpy as np
import pandas as pd
from annotated_types import Ge, MinLen
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Doubles, Floats
from kit.errors import DataError, ParameterError
from kit.features.bags.of_points import OfPoints
from kit.features.bags.points import places_of
from kit.features.base import FEATURES
from kit.features.vectors.texts import some

_NORMAL = 1.4826
"""A normal distribution's standard deviation by its median absolute deviation."""


@FEATURES.register("normalised")
@dataclass(eq=False, repr=False)
class Normalised(OfPoints):
    """Profiles from a table of wells, each brought to the scale of its plate, by all wells there or by the controls.

    The table holds the profile of every well that there is: those of training rows, of rows to predict, and controls,
    which need be no rows at all. A plate's wells say how its profiles are shifted and scaled; labels are not read, so
    that the features of a row are the same in every fold. Where every plate has the same treatments, all wells say more
    than a few controls; where plates differ in their treatments, controls are the safe choice.

    A well may have several lines (the sites of a well), of which each is normalised by itself: ``several`` says what a
    row gets then. Fitting keeps the normalised table, so that a saved builder does without the file.

    Args:
        path: The table, parquet or CSV: one line a well, or several.
        by: The columns, of the rows and of the table, that name a well.
        values: The columns of a profile, or {pattern: 'f.*'} on their whole name.
        within: The columns of the table that name what is normalised together: the plate, the experiment. Without any,
            all wells are.
        reference: The wells that give shift and scale.
        control: With ``reference: controls``: the values of columns of the table that make a well a control.
        method: ``z``: mean 0 and standard deviation 1 of the reference; ``robust``: median 0 and median absolute
            deviation 1 (times 1.4826); ``centre``: mean 0; ``sphere``: mean 0 and covariance the identity (ZCA).
        regularization: With ``sphere``: added to the eigenvalues of the reference's covariance, in units of their mean;
            with few reference wells for many columns, much of it is needed.
        several: What becomes of a well with several lines: it is refused; ``mean``, their mean; ``side_by_side``, one
            after another, for the model `per_point`, a well that has fewer than others beginning again.

    Attributes:
        keys_: The keys of the wells, joined by a line break, in the order of ``table_``.
        table_: (n_wells, n_features) float32 normalised profiles.
        names_: The columns of a profile.

    Source: pycytominer (Way et al.), whose ``spherize`` adds its epsilon to singular values and not to eigenvalues.
    """

    within: list[str] | None = None
    reference: Literal["all", "controls"] = "all"
    control: Annotated[dict[str, str], MinLen(1)] | None = None
    method: Literal["z", "robust", "centre", "sphere"] = "z"
    regularization: Annotated[float, Ge(0)] = 1.0
    several: Literal["refuse", "mean", "side_by_side"] = "refuse"

    def check_parameters(self) -> None:
        """Check the parameters.

        Raises:
            ParameterError: One is wrong, or reference and control do not go together.
        """
        super().check_parameters()
        if (self.reference == "controls") != (self.control is not None):
            given = "it is not given" if self.control is None else f"reference is {self.reference!r}"
            raise ParameterError(f"control: which wells are controls is said with reference: controls, and {given}")

    def expected_features(self, rows: pd.DataFrame) -> int | None:
        """Return the number of features: the columns of a profile, or of all that stand side by side."""
        points = self.read()
        return len(points.columns) * (int(np.diff(points.starts).max()) if self.several == "side_by_side" else 1)

    def fit(self, rows: pd.DataFrame, Y: Floats | None = None) -> Self:
        """Normalise the whole table; Y is not read.

        Raises:
            DataError: The table is absent or damaged, lacks a column, names a well twice, or has a plate without
                reference.
            InputError: A row is no well of the table.
        """
        self.check_parameters()
        points = self.read()
        if len(points.values) > len(points.place) and self.several == "refuse":
            at = int((np.diff(points.starts) > 1).argmax())
            name = " ".join(next(key for key, number in points.place.items() if number == at))
            raise DataError(
                f"{points.path}: the well {name!r} stands twice; name more columns in `by`, or what to do in `several`"
            )
        places_of(rows, self.by, points.place, points.path.name)
        plates, reference = self._groups(points.labels([*(self.within or []), *(self.control or {})]))
        table: Floats = np.empty_like(points.values)
        for plate in np.unique(plates):
            mine = plates == plate
            if not (mine & reference).any():
                what = "no control" if self.control else "no well"
                raise DataError(
                    f"{points.path}: {what} in {plate or 'the whole table'} to normalise by; leave its wells out, or "
                    "normalise within something larger"
                )
            profiles = points.values[mine].astype(np.float64)
            table[mine] = self._normalise(profiles, points.values[mine & reference].astype(np.float64))
        self.keys_ = ["\n".join(key) for key in points.place]
        self.names_ = list(points.columns)
        counts = np.diff(points.starts)
        if self.several == "mean":
            table = (np.add.reduceat(table, points.starts[:-1], axis=0) / counts[:, None]).astype(np.float32)
        elif self.several == "side_by_side":
            number = np.arange(counts.max())
            # The lines of a well are together; one that has too few begins again.
            table = table[points.starts[:-1, None] + number % counts[:, None]].reshape(len(counts), -1)
            self.names_ = [f"{name}__{line + 1}" for line in number for name in points.columns]
        self.table_ = table
        return self

    def transform(self, rows: pd.DataFrame) -> Floats:
        """Return the (n_rows, n_columns) normalised profiles of rows.

        Raises:
            InputError: A row is no well of the table.
        """
        check_is_fitted(self)
        known = {tuple(key.split("\n")): number for number, key in enumerate(self.keys_)}
        return self.table_[places_of(rows, self.by, known, Path(self.path).name)]

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return the columns' names."""
        check_is_fitted(self)
        return np.asarray(self.names_, dtype=str)

    def _groups(self, labels: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """Return the (n_wells,) plate of each well, and whether it is of the reference."""
        plates = np.full(len(labels), "", dtype=object)
        if self.within:
            plates = labels[self.within].agg(" ".join, axis=1).to_numpy(dtype=object)
        reference = np.ones(len(labels), dtype=bool)
        for name, value in (self.control or {}).items():
            of_value = (labels[name] == value).to_numpy()
            if not of_value.any():
                raise DataError(
                    f"normalised: no well of {self.path} has {name} {value!r}; it has "
                    f"{some(sorted(labels[name].unique()))}"
                )
            reference &= of_value
        return plates, reference

    def _normalise(self, profiles: Doubles, reference: Doubles) -> Doubles:
        if self.method == "robust":
            middle = np.median(reference, axis=0)
            return _divided(profiles - middle, _NORMAL * np.median(np.abs(reference - middle), axis=0))
        middle = reference.mean(axis=0)
        if self.method == "centre":
            return np.asarray(profiles - middle)
        if self.method == "z":
            return _divided(profiles - middle, reference.std(axis=0))
        centred = reference - middle
        sizes, directions = np.linalg.eigh(centred.T @ centred / len(reference))
        mean = max(float(sizes.mean()), np.finfo(np.float64).tiny)
        added = np.maximum(sizes, 0) + max(self.regularization, 1e-9) * mean
        return np.asarray((profiles - middle) @ (directions / np.sqrt(added)) @ directions.T)


def _divided(values: Doubles, scale: Doubles) -> Doubles:
    """Return values by their scale; a column that does not vary in the reference is left as it is."""
    return values / np.where(scale > 0, scale, 1.0)
