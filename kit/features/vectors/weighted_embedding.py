"""Cells as the sum of their genes' vectors, weighted by expression."""

from __future__ import annotations

import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

import numpy as np
import pandas as pd
from annotated_types import Ge, MinLen
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Floats, blocks, require_columns, unit_rows
from kit.counts import log_counts
from kit.errors import DataError, InputError, KitWarning
from kit.features.base import FEATURES, FeatureBuilder
from kit.features.categorical import read_numbers
from kit.features.columns import Pattern, check_pattern, named_columns
from kit.features.encoders.targets import numbered
from kit.features.processed.base import fresh_builder
from kit.features.vectors.texts import some
from kit.features.vectors.vector_files import existing, read_keyed_rows, read_keyed_vectors
from kit.files import file_sha256
from kit.plugins import ColumnOf, FilePath, PluginOf


@FEATURES.register("weighted_embedding")
@dataclass(eq=False, repr=False)
class WeightedEmbedding(FeatureBuilder):
    """A cell as the sum of its genes' vectors, weighted by expression, of length 1 (GenePT-w).

    The genes' vectors come from a file of any origin; or ``path`` is a table of genes with columns of their own, such
    as a text of what each is known for, and ``vectors`` is the block that makes vectors of its lines: `text_vectors`,
    `language_model`. Several tables of vectors are several blocks, which a model reads side by side.

    A gene counts where it is a column of the rows and has a vector. How many others there are, and which share of the
    expression is lost with them, a warning says. A row that expresses no gene with a vector gets zeros. In new rows a
    gene's column may be missing; it is taken not to be expressed, with a warning.

    Args:
        path: The genes' vectors (.npz, .parquet, .csv, .csv.gz; see `embedding_table`), or with ``vectors`` a table of
            genes (.parquet, .csv, .csv.gz), whose lines with an empty cell are left out.
        columns: The columns of expression, or {pattern: 'ENSG.*'} on their whole name; what a column is called is
            looked up among the genes.
        counts: Whether expression is counts, of which log(1 + count per 10,000 of the cell's) is taken first, over all
            columns; else it is taken as it is.
        key: The file's array or column of the genes' names; None where only one can be it, or one is called "gene".
        values: As for `embedding_table`; not with ``vectors``.
        vectors: What makes vectors of the table of genes, fitted on those of its genes that the rows have; it is
            cloned.
        truncate: Keep the first so many numbers of each vector, before the sum is scaled; None for all. For vectors
            whose first numbers say most: Matryoshka embeddings, singular value decompositions.

    Attributes:
        sha256_: SHA-256 of the file.
        columns_: The columns of expression.
        genes_: The genes that count, sorted.
        table_: (n_genes, n_features) float32, their vectors.
        n_without_: The number of columns without a vector.
        lost_: The share of the training rows' expression in these, in [0, 1].

    Source: Chen & Zou, "GenePT" (Nature Biomedical Engineering 2024), the weighted variant.
    """

    inner_reads_rows: ClassVar[bool] = False

    path: Annotated[str, MinLen(1), FilePath()]
    columns: Annotated[Annotated[list[str], MinLen(1)] | Pattern, ColumnOf("number", fitting=True)]
    key: str | None = None
    values: str | None = None
    vectors: Annotated[FeatureBuilder | None, PluginOf("feature")] = None
    truncate: Annotated[int, Ge(1)] | None = None
    counts: bool = False

    def check_parameters(self) -> None:
        """Check the parameters.

        Raises:
            ParameterError: One is wrong, or a pattern is no regular expression.
        """
        super().check_parameters()
        check_pattern(self.columns, "weighted_embedding")

    def content_files(self) -> list[Path]:
        """Return the file, whose bytes decide what is computed.

        Raises:
            DataError: It is not there.
        """
        self.check_parameters()
        return [existing(Path(self.path).expanduser())]

    def check_rows(self, rows: pd.DataFrame, fitting: bool = True) -> None:
        """Check that expression is numbers, that the file is sound, and that some gene has a vector of enough numbers.

        Raises:
            DataError: The file is absent, damaged or ambiguous, or knows none of the rows' genes.
            InputError: A column of the rows or of the table of genes is absent, or holds something else than is needed;
                or vectors in the file have fewer numbers than ``truncate``.
        """
        super().check_rows(rows, fitting)
        if not fitting:
            return
        known = self._known(self._columns(rows))[1]
        if self.vectors is None:
            self._check_width(known.shape[1])
        else:
            self.vectors.check_rows(known)

    def expected_features(self, rows: pd.DataFrame) -> int | None:
        """Return ``truncate``, or the number of components in the file; None where another block makes vectors."""
        if self.truncate is not None or self.vectors is not None:
            return self.truncate
        return int(self._known(self._columns(rows))[1].shape[1])

    def fit(self, rows: pd.DataFrame, Y: Floats | None = None) -> Self:
        """Read the file and keep the vectors of the rows' genes; Y is not read.

        Raises:
            DataError: The file is absent, damaged or ambiguous, or knows none of the rows' genes.
            InputError: A column is absent or stands twice, or a value is missing or infinite, or vectors have fewer
                numbers than ``truncate``.
        """
        self.check_parameters()
        columns = self._columns(rows)
        names, known = self._known(columns)
        if self.vectors is not None:
            known = fresh_builder(self, "vectors", self.vectors).fit_transform(known)
        self._check_width(known.shape[1])
        self.sha256_ = file_sha256(Path(self.path).expanduser())
        self.genes_ = names
        self.table_: Floats = np.ascontiguousarray(known[:, : self.truncate], dtype=np.float32)
        self.columns_ = columns
        self._report_lost(rows, columns)
        return self

    def transform(self, rows: pd.DataFrame) -> Floats:
        """Return the (n_rows, n_features) vectors of rows, each of length 1, or 0 where no gene is expressed.

        Raises:
            InputError: The rows have none of the genes, or a value is missing or infinite.
        """
        check_is_fitted(self)
        present = set(rows.columns) if isinstance(rows, pd.DataFrame) else set()
        here = [place for place, gene in enumerate(self.genes_) if gene in present]
        if not here:
            raise InputError(
                f"weighted_embedding: the rows have none of the {len(self.genes_)} genes ({some(self.genes_)}) as "
                "columns; a data frame with the genes' names as column names is expected"
            )
        if len(here) < len(self.genes_):
            absent = [gene for gene in self.genes_ if gene not in present]
            warnings.warn(
                f"weighted_embedding: the rows lack {len(absent)} of {len(self.genes_)} genes ({some(absent)}), which "
                "are taken not to be expressed",
                KitWarning,
                stacklevel=2,
            )
        genes, table = [self.genes_[place] for place in here], self.table_[here].astype(np.float64)
        read = [name for name in self.columns_ if name in present] if self.counts else genes
        out = np.empty((len(rows), table.shape[1]), dtype=np.float32)
        n_silent = 0
        for part in blocks(len(rows), len(read)):
            sums = np.asarray(self._expression(rows.iloc[part], read, genes) @ table)
            n_silent += int((~sums.any(axis=1)).sum())
            out[part] = unit_rows(sums)
        if n_silent:
            warnings.warn(
                f"weighted_embedding: {n_silent} of {len(rows)} rows express no gene with a vector; they get zeros",
                KitWarning,
                stacklevel=2,
            )
        return out

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return names such as ``genes__embedding__17``."""
        check_is_fitted(self)
        return np.asarray(numbered("genes", "embedding", self.table_.shape[1]), dtype=str)

    def _columns(self, rows: pd.DataFrame) -> list[str]:
        """Return the columns of expression."""
        require_columns(rows, [], "weighted_embedding")
        columns = named_columns(self.columns, rows, "weighted_embedding")
        require_columns(rows, columns, "weighted_embedding")
        if twice := sorted(name for name, number in Counter(columns).items() if number > 1):
            raise InputError(f"weighted_embedding: {some(twice)} stand twice among the columns; a gene counts once")
        return columns

    def _known(self, columns: list[str]) -> tuple[list[str], Any]:
        """Return the genes that are among the columns, sorted, and their vectors, or their lines of the table."""
        [path] = self.content_files()
        found: Any
        if self.vectors is None:
            name, keys, found = read_keyed_vectors(path, self.key, self.values, "gene")
        else:
            name, keys, found = read_keyed_rows(path, self.key, "gene")
        wanted = set(columns)
        places = [place for place, key in enumerate(keys) if key in wanted]
        if not places:
            raise DataError(
                f"{path} and the rows have no gene in common: the file's {name!r} holds {some(keys)}, the columns are "
                f"{some(columns)}; correct key or columns"
            )
        names = [keys[place] for place in places]
        return names, found[places] if self.vectors is None else found.iloc[places].reset_index(drop=True)

    def _check_width(self, width: int) -> None:
        if self.truncate is not None and self.truncate > width:
            raise InputError(
                f"weighted_embedding: truncate={self.truncate}, but the vectors have {width} numbers; give {width} or "
                "less, or leave it out"
            )

    def _report_lost(self, rows: pd.DataFrame, columns: list[str]) -> None:
        known = set(self.genes_)
        without = [name for name in columns if name not in known]
        self.n_without_, self.lost_ = len(without), 0.0
        if not without:
            return
        totals = np.zeros(len(columns))
        for part in blocks(len(rows), len(columns)):
            totals += np.asarray(abs(self._expression(rows.iloc[part], columns, columns)).sum(axis=0)).ravel()
        lost, total = totals[[name not in known for name in columns]].sum(), totals.sum()
        self.lost_ = round(float(lost / total), 6) if total > 0 else 0.0
        warnings.warn(
            f"weighted_embedding: {len(without)} of {len(columns)} genes have no vector in {Path(self.path).name} "
            f"({some(without)}); {self.lost_:.1%} of the expression is left out with them",
            KitWarning,
            stacklevel=3,
        )

    def _expression(self, rows: pd.DataFrame, read: list[str], chosen: list[str]) -> Any:
        """Return the (n_rows, n_chosen) expression in some of the columns that are read, sparse as those are."""
        values = _numbers(rows, read)
        if self.counts:
            values = log_counts(values)
        place = {name: at for at, name in enumerate(read)}
        return values if read == chosen else values[:, [place[name] for name in chosen]]


def _numbers(rows: pd.DataFrame, columns: list[str]) -> Any:
    """Return the (n_rows, n_columns) float64 values, sparse where the data frame's columns are."""
    if all(isinstance(dtype, pd.SparseDtype) for dtype in rows[columns].dtypes):
        accessor: Any = rows[columns].sparse
        sparse = accessor.to_coo().tocsr().astype(np.float64)
        if not np.isfinite(sparse.data).all():
            raise InputError("weighted_embedding: expression is missing or infinite; fill it in")
        return sparse
    return read_numbers(rows, columns, "weighted_embedding", gaps=False).astype(np.float64)
