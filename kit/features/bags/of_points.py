"""Base class of builders that read a table of points."""

# No ``from __future__ import annotations`` here: the annotations of the constructor must be types, not text, for
# subclasses in other modules.
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from annotated_types import MinLen

from kit.features.bags.points import Points, existing, read_points
from kit.features.base import FeatureBuilder
from kit.features.columns import Pattern, check_pattern
from kit.plugins import ColumnOf, FilePath


@dataclass(eq=False, repr=False)
class OfPoints(FeatureBuilder):
    """Base of builders whose rows are in a table of their own: one line a point, of one row or of several.

    Args:
        path: The table, parquet or CSV.
        by: The columns, of the rows and of the table, that say to which row a point belongs.
        values: The columns of a point's values, or {pattern: 'x.*'} on their whole name.
    """

    path: Annotated[str, MinLen(1), FilePath()]
    by: Annotated[Annotated[list[str], MinLen(1)], ColumnOf("anything")]
    values: Annotated[list[str], MinLen(1)] | Pattern

    def check_parameters(self) -> None:
        """Check the parameters.

        Raises:
            ParameterError: One is wrong, or a pattern is no regular expression.
        """
        super().check_parameters()
        check_pattern(self.values, self.kind)

    def content_files(self) -> list[Path]:
        """Return the table, whose bytes decide what is computed.

        Raises:
            DataError: It is not there.
        """
        return [existing(Path(self.path).expanduser())]

    def read(self, within: Sequence[str] = ()) -> Points:
        """Return the table.

        Args:
            within: The columns that name what is standardised together, such as the plate; without any, values are as
                they are.

        Raises:
            DataError: It is absent or damaged, or lacks a column.
        """
        return read_points(Path(self.path).expanduser(), self.by, self.values, within)
