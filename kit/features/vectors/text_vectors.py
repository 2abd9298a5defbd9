"""Vectors of texts by the words in them: TF-IDF, reduced by a singular value decomposition."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

import numpy as np
import pandas as pd
from annotated_types import Ge
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Floats
from kit.errors import InputError, KitWarning
from kit.features.base import FEATURES, FeatureBuilder
from kit.features.encoders.targets import numbered
from kit.features.vectors.texts import column_texts, require_texts
from kit.features.vectors.vectors import Normalization, shape_vectors
from kit.plugins import ColumnOf


@FEATURES.register("text_vectors")
@dataclass(eq=False, repr=False)
class TextVectors(FeatureBuilder):
    """Vectors of a text column by its words: TF-IDF and singular value decomposition.

    Latent semantic analysis: texts that share rare words are near to each other, without a pretrained model as
    `language_model` has it. The components come in the order of their singular values, so that the first few say most.
    A row without text gets zeros, with a warning; words that no training text has are passed over.

    Args:
        column: The column of the texts.
        n_components: Numbers a text; as many as there are where the training texts have fewer.
        words: The most words of a term: 2 counts pairs of neighbouring words too.
        min_texts: The fewest training texts in which a term has to be.
        stop_words: Leave words such as "the" out ("english"), or none.
        normalize: "l2" scales each vector to length 1.

    Attributes:
        terms_: The terms, sorted.
        idf_: (n_terms,) float64 weights: how rare each is.
        components_: (n_components_, n_terms) float64 orthonormal rows, the greatest loading of each positive.

    Source: Deerwester et al. (1990), by scikit-learn's TfidfVectorizer (logarithmic counts) and SciPy's ARPACK.
    """

    column: Annotated[str, ColumnOf("anything")]
    n_components: Annotated[int, Ge(1)] = 64
    words: Annotated[int, Ge(1)] = 1
    min_texts: Annotated[int, Ge(1)] = 2
    stop_words: Literal["english", "none"] = "english"
    normalize: Normalization = "none"

    def check_rows(self, rows: pd.DataFrame, fitting: bool = True) -> None:
        """Check that the column is there and holds texts.

        Raises:
            InputError: It is absent, or holds something else.
        """
        super().check_rows(rows, fitting)
        require_texts(rows, self.column, "text_vectors")

    def fit(self, rows: pd.DataFrame, Y: Floats | None = None) -> Self:
        """Learn terms and components from the training rows' texts, each text once; Y is not read.

        Raises:
            InputError: The column is absent or holds no text, or no term is in ``min_texts`` of the texts.
        """
        self.check_parameters()
        require_texts(rows, self.column, "text_vectors")
        texts = sorted(set(column_texts(rows, self.column, "text_vectors")[0]) - {""})
        if not texts:
            raise InputError(
                f"text_vectors: column {self.column!r} has no text in any of {len(rows)} training rows; name another "
                "column, or leave this block out"
            )
        vectorizer = self._vectorizer(min_df=self.min_texts)
        try:
            weights = vectorizer.fit_transform(texts)
        except ValueError:  # scikit-learn's words for an empty vocabulary
            raise InputError(
                f"text_vectors: no term is in {self.min_texts} of the {len(texts)} texts in column {self.column!r}; "
                "lower min_texts, or name another column"
            ) from None
        self.terms_ = [str(term) for term in vectorizer.get_feature_names_out()]
        self.idf_ = np.asarray(vectorizer.idf_, dtype=np.float64)
        self.components_ = _leading_directions(weights, self.n_components)
        return self

    def transform(self, rows: pd.DataFrame) -> Floats:
        """Return the (n_rows, n_components_) vectors of rows.

        Raises:
            InputError: The column is absent.
        """
        check_is_fitted(self)
        texts, missing = column_texts(rows, self.column, "text_vectors")
        if missing.any():
            warnings.warn(
                f"text_vectors: column {self.column!r} has no text in {missing.sum()} of {len(rows)} rows; they get "
                "zeros",
                KitWarning,
                stacklevel=2,
            )
        if not texts:
            return np.empty((0, len(self.components_)), dtype=np.float32)
        vectorizer = self._vectorizer(vocabulary=self.terms_)
        vectorizer.idf_ = self.idf_
        vectors = np.asarray(vectorizer.transform(texts) @ self.components_.T)
        return shape_vectors(vectors.astype(np.float32), None, self.normalize, "text_vectors")

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return names such as ``summary__term__17``."""
        check_is_fitted(self)
        return np.asarray(numbered(self.column, "term", len(self.components_)), dtype=str)

    def _vectorizer(self, **given: Any) -> Any:
        from sklearn.feature_extraction.text import TfidfVectorizer

        stop_words = None if self.stop_words == "none" else self.stop_words
        return TfidfVectorizer(ngram_range=(1, self.words), stop_words=stop_words, sublinear_tf=True, **given)


def _leading_directions(weights: Any, n_components: int) -> np.ndarray:
    """Return the right singular vectors of a sparse (n_texts, n_terms) matrix that belong to its greatest values."""
    if n_components < min(weights.shape):
        from scipy.sparse.linalg import svds

        start = np.random.default_rng(0).uniform(-1, 1, min(weights.shape))
        _, values, directions = svds(weights, k=n_components, v0=start)
        order = np.argsort(-values)
        values, directions = values[order], directions[order]
    else:
        _, values, directions = np.linalg.svd(weights.toarray(), full_matrices=False)
    kept = values > values[0] * max(weights.shape) * np.finfo(np.float64).eps
    directions = directions[kept]
    peaks = directions[np.arange(len(directions)), np.abs(directions).argmax(axis=1)]
    return np.asarray(directions * np.where(peaks < 0, -1.0, 1.0)[:, None])
