"""Precomputed embeddings, looked up by a metadata column."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self

import numpy as np
import pandas as pd
from annotated_types import Ge, MinLen
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Floats, Ints, require_columns
from kit.chemistry import canonical_smiles, has_rdkit
from kit.errors import DataError, InputError, KitWarning
from kit.features.base import FEATURES, FeatureBuilder
from kit.features.encoders.targets import numbered
from kit.features.vectors.texts import holds_smiles, some
from kit.features.vectors.vector_files import existing, read_keyed_vectors
from kit.features.vectors.vectors import Normalization, shape_vectors, weighted_mean
from kit.files import file_sha256
from kit.plugins import ColumnOf, FilePath
from kit.values import canonical_texts


@FEATURES.register("embedding_table")
@dataclass(eq=False, repr=False)
class EmbeddingTable(FeatureBuilder):
    """Precomputed vectors from a file, looked up by SMILES, compound, cell type or gene.

    The file is an .npz (an array of keys beside a matrix of vectors; no pickled objects), or a table in parquet or CSV
    (a column of keys, every other column a component; or, in parquet, a column of lists). Keys are compared as the
    tables' values are (see `kit.values`): 100, 100.0 and "100" are one. Where column or keys are called SMILES, a
    structure that is not found so is looked up by RDKit's canonical form, if RDKit is installed; of several keys with
    the same canonical form the first in sorted order counts.

    Fitting keeps the whole table, so a saved builder does without the file and knows rows that `fit` has not seen.

    Args:
        path: The file (.npz, .parquet, .csv, .csv.gz), relative to the current directory.
        column: The column of the rows to look up.
        key: The file's array or column of keys; None where only one can be it, or one is called like ``column``.
        values: The .npz file's array of vectors, or a parquet file's column of lists; None where only one can be it.
        missing: What rows without a vector get: the "mean" over the training rows that have one, "zeros" (both with a
            warning that names some), or an "error".
        normalize: "l2" scales each vector to length 1, after ``n_components``.
        n_components: Keep the first so many components; None for all.

    Attributes:
        sha256_: SHA-256 of the file.
        keys_: The keys, sorted.
        canonical_: Their canonical SMILES ("" where RDKit cannot parse one); empty where keys are no SMILES.
        table_: (n_keys, n_components) float32 features.
        mean_: (n_components,) their mean over the training rows that have one.
    """

    libraries = ("rdkit",)

    path: Annotated[str, MinLen(1), FilePath()]
    column: Annotated[str, ColumnOf("anything")] = "SMILES"
    key: str | None = None
    values: str | None = None
    missing: Literal["mean", "zeros", "error"] = "mean"
    normalize: Normalization = "none"
    n_components: Annotated[int, Ge(1)] | None = None

    def content_files(self) -> list[Path]:
        """Return the file, whose bytes decide what is computed.

        Raises:
            DataError: It is not there.
        """
        self.check_parameters()
        return [existing(Path(self.path).expanduser())]

    def check_rows(self, rows: pd.DataFrame, fitting: bool = True) -> None:
        """Check that the column is there, that the file is sound and that it has the vectors that must not be missing.

        Raises:
            DataError: The file is absent, damaged or ambiguous, or knows none of the rows that `fit` will see.
            InputError: The column is absent, or a vector is missing and ``missing`` is "error".
        """
        super().check_rows(rows, fitting)
        known = EmbeddingTable(**self.get_params(deep=False))
        name = known._learn_keys()
        places, texts = known._places(rows)
        if fitting and not (places >= 0).any():
            raise known._none_of(texts, name)
        if self.missing == "error":
            known._refuse(texts, places)

    def expected_features(self, rows: pd.DataFrame) -> int | None:
        """Return the number of features: the components in the file, or as many of them as are kept."""
        self.check_parameters()
        return self.n_components or self._read()[2].shape[1]

    def fit(self, rows: pd.DataFrame, Y: Floats | None = None) -> Self:
        """Read the file, and learn what rows without a vector get; Y is not read.

        Raises:
            DataError: The file is absent, damaged or ambiguous, or knows none of the rows.
            InputError: The column is absent, or a vector is missing and ``missing`` is "error".
        """
        name = self._learn_keys()
        places, texts = self._places(rows)
        counts = np.bincount(places[places >= 0], minlength=len(self.keys_))
        if not counts.any():
            raise self._none_of(texts, name)
        self.mean_ = weighted_mean(self.table_, counts)
        if self.missing == "error":
            self._refuse(texts, places)
        return self

    def transform(self, rows: pd.DataFrame) -> Floats:
        """Return the (n_rows, n_components) vectors of rows.

        Raises:
            InputError: The column is absent, or a vector is missing and ``missing`` is "error".
        """
        check_is_fitted(self)
        places, texts = self._places(rows)
        if self.missing == "error":
            self._refuse(texts, places)
        elif (places < 0).any():
            unknown = sorted({text for text, place in zip(texts, places, strict=True) if place < 0})
            exact = "" if self.canonical_ or not holds_smiles(self.column) else ", only exact matches without RDKit"
            filled = "the training rows' mean" if self.missing == "mean" else "zeros"
            warnings.warn(
                f"embedding_table: {Path(self.path).name} has no vector for {(places < 0).sum()} of {len(rows)} rows "
                f"(column {self.column!r}: {some(unknown)}{exact}); they get {filled}",
                KitWarning,
                stacklevel=2,
            )
        # Place −1 is the last row.
        filling = self.mean_ if self.missing == "mean" else np.zeros_like(self.mean_)
        return np.concatenate([self.table_, filling[None]])[places]

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return names such as ``SMILES__embedding__17``."""
        check_is_fitted(self)
        return np.asarray(numbered(self.column, "embedding", self.table_.shape[1]), dtype=str)

    def _learn_keys(self) -> str:
        """Read the file: keys, vectors and the keys' structures; return what the file calls its keys."""
        self.check_parameters()
        [path] = self.content_files()
        self.sha256_ = file_sha256(path)
        name, self.keys_, vectors = self._read()
        smiles = (holds_smiles(name) or holds_smiles(self.column)) and has_rdkit()
        self.canonical_ = canonical_smiles(self.keys_) if smiles else []
        self.table_ = shape_vectors(vectors, self.n_components, self.normalize, "embedding_table")
        return name

    def _none_of(self, texts: Sequence[str], name: str) -> DataError:
        return DataError(
            f"embedding_table: {self.path} has a vector for none of the {len(texts)} rows: column {self.column!r} "
            f"holds {some(sorted(set(texts)))}, the file's {name!r} holds {some(self.keys_)}; correct column or key"
        )

    def _read(self) -> tuple[str, list[str], Floats]:
        return read_keyed_vectors(Path(self.path).expanduser(), self.key, self.values, self.column)

    def _places(self, rows: pd.DataFrame) -> tuple[Ints, list[str]]:
        """Return where in the table each row's vector is (−1 where it has none), and the rows' texts."""
        require_columns(rows, [self.column], "embedding_table")
        texts = [text or "" for text in canonical_texts(rows[self.column])]
        place = {key: number for number, key in enumerate(self.keys_)}
        unknown = sorted(set(texts) - place.keys() - {""})
        if unknown and self.canonical_ and has_rdkit():
            place |= self._by_structure(unknown)
        return np.array([place.get(text, -1) for text in texts], dtype=np.intp), texts

    def _by_structure(self, texts: Sequence[str]) -> dict[str, int]:
        """Return the place of those structures that the table has in another way of writing."""
        first: dict[str, int] = {}
        for number, form in enumerate(self.canonical_):
            first.setdefault(form, number)
        forms = zip(texts, canonical_smiles(texts), strict=True)
        return {text: first[form] for text, form in forms if form and form in first}

    def _refuse(self, texts: Sequence[str], places: Ints) -> None:
        unknown = sorted({text for text, place in zip(texts, places, strict=True) if place < 0})
        if unknown:
            raise InputError(
                f"embedding_table: {self.path} has no vector for {(places < 0).sum()} of {len(places)} rows (column "
                f"{self.column!r}: {some(unknown)}); add them to the file, or set missing to mean or zeros"
            )
