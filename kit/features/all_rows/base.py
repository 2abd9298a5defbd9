"""Base class of blocks that are fitted on all rows there are: training, test and unlabelled ones."""

# No ``from __future__ import annotations`` here: the annotations of the constructor must be types, not text, for
# subclasses in other modules.
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pandas as pd

from kit.errors import InputError, ParameterError
from kit.features.all_rows.tables import all_rows, read_rows, rows_of
from kit.features.base import FeatureBuilder, reading_rows
from kit.features.columns import with_names
from kit.features.processed.base import fresh_builder
from kit.plugins import ColumnOf, FilePath, PluginOf, Supplied


@dataclass(eq=False, repr=False)
class OfAllRows(FeatureBuilder):
    """Base of blocks that learn from features alone, so that rows without labels teach them too.

    Args:
        of: The block whose features are learnt from; it must not read targets. `concatenated` makes one of several.
        use_train: Whether it is fitted on the training rows.
        use_test: Whether it is fitted on the test rows.
        unlabelled: A .csv, .csv.gz or .parquet file of more rows, with the columns that ``of`` reads, besides the
            competition's own (``data.unlabelled``).
        within: Columns in which a test row or an unlabelled one must agree with a training row to be used: such as
            that of a draw, a donor, a plate. None for all.
        test_rows: The test table; only `fit` reads it.
        unlabelled_rows: The competition's table of rows without labels; only `fit` reads it.
    """

    of: Annotated[FeatureBuilder, PluginOf("feature")]
    use_train: bool = True
    use_test: bool = True
    unlabelled: Annotated[str | None, FilePath()] = None
    within: Annotated[list[str] | None, ColumnOf("label", fitting=True)] = None
    test_rows: Annotated[pd.DataFrame | None, Supplied("the competition's test table")] = None
    unlabelled_rows: Annotated[pd.DataFrame | None, Supplied("the competition's unlabelled rows")] = None

    def check_parameters(self) -> None:
        """Check types and ranges, and that the block reads no targets.

        Raises:
            ParameterError: One is wrong.
        """
        super().check_parameters()
        if isinstance(self.of, FeatureBuilder) and self.of.uses_targets:
            raise ParameterError(
                f"{self.kind}: of={self.of.kind} is made of the training targets, which this block must not see, "
                "and which test and unlabelled rows do not have; give a block that does without"
            )

    def check_rows(self, rows: pd.DataFrame, fitting: bool = True) -> None:
        """Check what can be known without fitting: also that the other tables have what the block reads.

        Raises:
            InputError: `fit` or `transform` would refuse them.
        """
        super().check_rows(rows, fitting)
        if not fitting:
            return
        for name, table in self._others(rows):
            for builder in reading_rows(self.of):
                try:
                    with_names(builder, rows).check_rows(table)
                except InputError as error:
                    raise type(error)(f"{name}: {error}") from error

    def content_files(self) -> list[Path]:
        """Return the file ``unlabelled``, if there is one; the block's own are asked of it.

        Raises:
            InputError: One is absent.
        """
        if self.unlabelled is None:
            return []
        path = Path(self.unlabelled).expanduser()
        if not os.path.isfile(path):
            raise InputError(f"{self.kind}: no file {self.unlabelled!r} of unlabelled rows")
        return [path]

    def _union(self, rows: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
        """Return the rows to be fitted on, and what tables lack, see `all_rows`."""
        tables = {"the training table": rows} if self.use_train else {}
        return all_rows(tables | dict(self._others(rows)), str(self.kind))

    def _others(self, rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
        """Yield the tables besides the training rows by their names."""
        found: list[tuple[str, pd.DataFrame]] = []
        if self.use_test and self.test_rows is not None and len(self.test_rows):
            found.append(("the test table", self.test_rows))
        if self.unlabelled_rows is not None and len(self.unlabelled_rows):
            found.append(("the unlabelled table", self.unlabelled_rows))
        if self.unlabelled is not None:
            path = Path(self.unlabelled).expanduser()
            found.append((f"the table {self.unlabelled}", read_rows(path, str(self.kind))))
        for name, table in found:
            user = f"{self.kind}: {name}"
            yield name, table if self.within is None else rows_of(rows, table, self.within, user)

    def _fitted(self, block: FeatureBuilder, rows: pd.DataFrame) -> tuple[FeatureBuilder, pd.DataFrame]:
        """Return a block fitted on all rows, and these rows.

        Raises:
            InputError: A table lacks a column, or the block makes no features.
        """
        union, lacking = self._union(rows)
        fitted = fresh_builder(self, "of", block)
        try:
            fitted.fit(union)
        except InputError as error:
            if not lacking:
                raise
            raise InputError(f"{error}\n{self.kind}: {'; '.join(lacking)}, so the block has to do without") from None
        if not len(fitted.get_feature_names_out()):
            raise InputError(f"{self.kind}: of={self.of.kind} makes no features of these rows: nothing to learn")
        return fitted, union
