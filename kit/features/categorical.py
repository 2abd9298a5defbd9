"""Metadata columns as features: one-hot columns, category codes, numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, Self

import numpy as np
import pandas as pd
from annotated_types import MinLen
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Floats, require_columns
from kit.errors import InputError, did_you_mean
from kit.features.base import FEATURES, FeatureBuilder
from kit.features.columns import Pattern, check_pattern, named_columns
from kit.features.encoders.groups import category_codes, row_labels
from kit.plugins import ColumnOf
from kit.values import as_number, as_numbers, canonical_texts

Missing = Literal["error", "category"]

NOTHING = "(missing)"
"""The category of an empty cell."""


def _filled(rows: pd.DataFrame, columns: list[str], missing: Missing) -> pd.DataFrame:
    """Return rows with `NOTHING` in the empty cells of columns, where these are a category."""
    if missing == "error" or not isinstance(rows, pd.DataFrame):
        return rows
    cells = {name: canonical_texts(rows[name]) for name in columns if name in rows.columns}
    filled = {name: [NOTHING if text is None else text for text in texts] for name, texts in cells.items()}
    return rows.assign(**filled)


@FEATURES.register("one_hot")
@dataclass(eq=False, repr=False)
class OneHot(FeatureBuilder):
    """One-hot encoding: one feature per category, 1 where the row has it, else 0.

    Categories are those of the training rows, read as text and sorted.

    Args:
        columns: The metadata columns.
        handle_unknown: What a row of a category that `fit` has not seen gets: "zeros" in all columns, or an "error".
        missing: Whether an empty cell is an "error", or a "category" of its own.

    Attributes:
        categories_: For each column, the sorted categories, (n_categories,) str.
    """

    columns: Annotated[list[str], MinLen(1), ColumnOf("label")]
    handle_unknown: Literal["zeros", "error"] = "zeros"
    missing: Missing = "error"

    def check_rows(self, rows: pd.DataFrame, fitting: bool = True) -> None:
        """Check the columns; an empty cell is a category where ``missing`` says so."""
        super().check_rows(_filled(rows, self.columns, self.missing), fitting)

    def fit(self, rows: pd.DataFrame, Y: Floats | None = None) -> Self:
        """Learn the categories; Y is not read."""
        self.check_parameters()
        rows = _filled(rows, self.columns, self.missing)
        self.categories_ = [np.unique(row_labels(rows, column, "one_hot")) for column in self.columns]
        return self

    def transform(self, rows: pd.DataFrame) -> Floats:
        """Return the (n_rows, total categories) zeros and ones.

        Raises:
            InputError: A category is unseen and ``handle_unknown`` is "error", a value is missing, a column is absent.
        """
        check_is_fitted(self)
        rows = _filled(rows, self.columns, self.missing)
        out = np.zeros((len(rows), sum(map(len, self.categories_))), dtype=np.float32)
        offset = 0
        for column, categories in zip(self.columns, self.categories_, strict=True):
            labels = row_labels(rows, column, "one_hot")
            codes = category_codes(labels, categories)
            known = np.flatnonzero(codes >= 0)
            if self.handle_unknown == "error" and len(known) < len(rows):
                unseen = str(labels[codes < 0][0])
                hint = did_you_mean(unseen, categories.tolist())
                raise InputError(f"one_hot: column {column!r} holds {unseen!r}, which no training row has{hint}")
            out[known, offset + codes[known]] = 1
            offset += len(categories)
        return out

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return names such as ``cell_type=NK cells``."""
        check_is_fitted(self)
        pairs = zip(self.columns, self.categories_, strict=True)
        return np.asarray([f"{column}={value}" for column, values in pairs for value in values], dtype=str)


@FEATURES.register("category_codes")
@dataclass(eq=False, repr=False)
class CategoryCodes(FeatureBuilder):
    """Ordinal encoding: a category's position among the sorted training categories, −1 when unseen.

    For models that read integers as categories (embeddings, LightGBM's ``categorical_feature``). Categories are sorted
    as text.

    Args:
        columns: The metadata columns.
        missing: Whether an empty cell is an "error", or a "category" of its own.

    Attributes:
        categories_: For each column, the sorted categories, (n_categories,) str.
    """

    columns: Annotated[list[str], MinLen(1), ColumnOf("label")]
    missing: Missing = "error"

    def check_rows(self, rows: pd.DataFrame, fitting: bool = True) -> None:
        """Check the columns; an empty cell is a category where ``missing`` says so."""
        super().check_rows(_filled(rows, self.columns, self.missing), fitting)

    def fit(self, rows: pd.DataFrame, Y: Floats | None = None) -> Self:
        """Learn the categories; Y is not read."""
        self.check_parameters()
        rows = _filled(rows, self.columns, self.missing)
        self.categories_ = [np.unique(row_labels(rows, column, "category_codes")) for column in self.columns]
        return self

    def transform(self, rows: pd.DataFrame) -> Floats:
        """Return the (n_rows, n_columns) codes: whole numbers from 0, −1 for an unseen category."""
        check_is_fitted(self)
        rows = _filled(rows, self.columns, self.missing)
        codes = [
            category_codes(row_labels(rows, column, "category_codes"), categories)
            for column, categories in zip(self.columns, self.categories_, strict=True)
        ]
        return np.stack(codes, axis=1).astype(np.float32)

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return the columns' names."""
        check_is_fitted(self)
        return np.asarray(self.columns, dtype=str)


@FEATURES.register("numeric")
@dataclass(eq=False, repr=False)
class Numeric(FeatureBuilder):
    """Numeric columns as they are (doses, time points, counts), keys among them.

    Args:
        columns: The columns, or {pattern: 'x.*'}, all whose whole name a regular expression matches; every value must
            be a finite number (booleans become 0 and 1).
        missing: Whether an empty cell is an "error", or passed on as NaN ("pass") to models that take gaps in features:
            boosting. For other models, the block `impute` fills gaps.

    Attributes:
        columns_: The columns that `fit` has checked.
    """

    columns: Annotated[Annotated[list[str], MinLen(1)] | Pattern, ColumnOf("number")]
    missing: Literal["error", "pass"] = "error"

    @property
    def passes_gaps(self) -> bool:  # type: ignore[override]
        """Whether ``missing`` is "pass"."""
        return self.missing == "pass"

    def check_rows(self, rows: pd.DataFrame, fitting: bool = True) -> None:
        """Check the columns, and that no cell is empty where that is an error."""
        if self.missing == "error":
            super().check_rows(rows, fitting)
        else:
            read_numbers(rows, named_columns(self.columns, rows, "numeric"), "numeric", gaps=True)

    def check_parameters(self) -> None:
        """Check the parameters.

        Raises:
            ParameterError: One is wrong, or a pattern is no regular expression.
        """
        super().check_parameters()
        check_pattern(self.columns, "numeric")

    def fit(self, rows: pd.DataFrame, Y: Floats | None = None) -> Self:
        """Check the columns; there is nothing to learn."""
        self.check_parameters()
        columns = named_columns(self.columns, rows, "numeric")
        self._read(rows, columns)
        self.columns_ = columns
        return self

    def transform(self, rows: pd.DataFrame) -> Floats:
        """Return the (n_rows, n_columns) values.

        Raises:
            InputError: A column is absent or not numeric, a value is missing or infinite; the message says where.
        """
        check_is_fitted(self)
        return self._read(rows, self.columns_)

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return the columns' names."""
        check_is_fitted(self)
        return np.asarray(self.columns_, dtype=str)

    def _read(self, rows: pd.DataFrame, columns: list[str]) -> Floats:
        return read_numbers(rows, columns, "numeric", gaps=self.missing == "pass")


def read_numbers(rows: pd.DataFrame, columns: list[str], user: str, gaps: bool) -> Floats:
    """Return the (n_rows, n_columns) float32 values of numeric columns.

    Args:
        rows: (n_rows, …) keys and metadata.
        columns: The columns.
        user: Who asks, for messages.
        gaps: Whether values may be missing (NaN).

    Raises:
        InputError: A column is absent or not numeric, a value is infinite or, without ``gaps``, missing.
    """
    require_columns(rows, columns, user)
    out = np.empty((len(rows), len(columns)), dtype=np.float32)
    for place, column in enumerate(columns):
        numbers = as_numbers(rows[column])
        if numbers is None:
            text = next(text for text in canonical_texts(rows[column]) if text and as_number(text) is None)
            raise InputError(f"{user}: column {column!r} holds {text!r}, expected numbers; for names use one_hot")
        with np.errstate(over="ignore"):
            out[:, place] = numbers
        wrong = np.flatnonzero(np.isinf(out[:, place]) if gaps else ~np.isfinite(out[:, place]))
        if len(wrong):
            what, remedy = ("infinite", "") if gaps else ("missing or infinite", ", or let the block `impute` do it")
            raise InputError(
                f"{user}: column {column!r} is {what} at row {wrong[0]} ({len(wrong)} rows in all); fill it in before "
                f"building features{remedy}"
            )
    return out
