"""Base class of classifiers: labels or probabilities in, the same out."""

# No ``from __future__ import annotations`` here: the annotations of the constructor must be types, not text, for
# subclasses in other modules.
from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import ArrayLike

from kit.arrays import Doubles, Floats, Ints, as_matrix, blocks
from kit.classes import as_probabilities
from kit.errors import InputError
from kit.models.base import Model, check_fit_arrays
from kit.plugins import CLASSIFICATION, check_is_fitted


@dataclass(eq=False, repr=False)
class Classifier(Model):
    """Base of the classifiers.

    Targets are (n_rows,) labels, as scikit-learn's classifiers take them; or (n_rows, n_classes) probabilities, as a
    recipe hands them over: 1 for a row's class and 0 for the others, or what a teacher thinks of a pseudo-labelled row.
    A row that is of several classes counts in each of them by its share. `predict` returns what `fit` was given.

    A class without any row gets probability 0. Of a single class all rows are.

    Args:
        class_weight: Whether rows count as they are, or those of every class together the same (scikit-learn's
            "balanced").

    Attributes:
        classes_: (n_classes,) the labels, sorted; or 0, 1, … for columns of probabilities.
        seen_: (n_seen,) the places of the classes that rows are of.
        names_labels_: Whether `predict` names labels.
        n_features_in_: The number of features.
    """

    problems: ClassVar[frozenset[str]] = frozenset({CLASSIFICATION})
    reads_classes: ClassVar[bool] = True

    class_weight: Literal["none", "balanced"] = "none"

    @abstractmethod
    def _learn(self, X: Floats, shares: Floats) -> None:
        """Fit on (n_rows, n_features) features and (n_rows, n_seen) how much of each row counts in each class.

        There are two classes at least, each with something in it; a row of weight 0 has none.
        """

    @abstractmethod
    def _probabilities(self, X: Floats) -> np.ndarray:
        """Return the (n_rows, n_seen) probabilities of the classes that rows were of."""

    def fit(self, X: ArrayLike, Y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fit on (n_rows, n_features) features and labels or probabilities, weights (n_rows,) if given.

        Args:
            X: (n_rows, n_features) features.
            Y: (n_rows,) labels: text, integers or booleans. Or (n_rows, n_classes) probabilities; scores below 0
                count as 0 and a row is divided by its sum, as the post-processor ``probabilities`` does it.
            sample_weight: (n_rows,) weights.

        Raises:
            InputError: The arrays do not match, or Y holds neither labels nor probabilities.
            ParameterError: A parameter is out of range.
        """
        self.check_parameters()
        checked, shares = self._read(X, Y, sample_weight)
        if len(self.seen_) > 1:
            self._learn(checked, shares)
        return self

    def predict_proba(self, X: ArrayLike) -> Floats:
        """Return the (n_rows, n_classes) float32 probabilities of the classes."""
        check_is_fitted(self, "classes_")
        X = as_matrix(X, "X", n_columns=self.n_features_in_, allow_nan=self.allow_nan_features)
        probabilities = np.zeros((len(X), len(self.classes_)), dtype=np.float32)
        if len(self.seen_) == 1:
            probabilities[:, self.seen_] = 1
            return probabilities
        for rows in blocks(len(X), len(self.classes_)):
            probabilities[rows, self.seen_] = self._probabilities(X[rows])
        return probabilities

    def predict(self, X: ArrayLike) -> Any:
        """Return the (n_rows,) likeliest labels, or (n_rows, n_classes) float32 probabilities: what `fit` was given."""
        probabilities = self.predict_proba(X)
        return self.classes_[probabilities.argmax(axis=1)] if self.names_labels_ else probabilities

    def score(self, X: ArrayLike, Y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return the accuracy, as scikit-learn's classifiers do: the share of rows whose likeliest class is right."""
        probabilities = self.predict_proba(X)
        truth = np.asarray(Y) if self.names_labels_ else np.asarray(Y).argmax(axis=1)
        weights = None if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        return float(np.average(self.classes_[probabilities.argmax(axis=1)] == truth, weights=weights))

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's description: a classifier of labels."""
        from sklearn.utils import ClassifierTags

        tags = super().__sklearn_tags__()
        tags.estimator_type = "classifier"
        tags.regressor_tags, tags.classifier_tags = None, ClassifierTags()
        tags.target_tags.single_output, tags.target_tags.multi_output = True, False
        return tags

    def _read(self, X: ArrayLike, Y: ArrayLike, sample_weight: ArrayLike | None) -> tuple[Floats, Floats]:
        """Check what `fit` was given, forget an earlier fit, and keep the classes.

        Returns:
            The features, and the (n_rows, n_seen) float32 shares: what of each row counts in each class.
        """
        X = as_matrix(X, "X", allow_nan=self.allow_nan_features)
        by_name = np.asarray(Y).ndim == 1
        if by_name:
            classes, codes = np.unique(_labels(Y), return_inverse=True)
            Y = np.zeros((len(codes), len(classes)), dtype=np.float32)
            Y[np.arange(len(codes)), codes] = 1
        X, shares, weights = check_fit_arrays(X, Y, sample_weight, nan_features=self.allow_nan_features)
        if X.shape[1] == 0:
            raise InputError(f"X: expected at least one feature, got shape {X.shape}")
        if not by_name:
            shares, classes = as_probabilities(shares), np.arange(shares.shape[1])
        for name in [*self.fitted_state(), *self.native_attributes]:
            vars(self).pop(name, None)
        if weights is not None:
            shares = shares * weights[:, None].astype(np.float32)
        counts = shares.sum(axis=0, dtype=np.float64)
        self.classes_, self.names_labels_, self.n_features_in_ = classes, by_name, X.shape[1]
        self.seen_: Ints = np.flatnonzero(counts > 0)
        shares, counts = shares[:, self.seen_], counts[self.seen_]
        if self.class_weight == "balanced":
            shares = shares * (counts.sum() / (len(counts) * counts)).astype(np.float32)
        return X, shares


def hard_rows(shares: Floats) -> tuple[Ints, Ints, Doubles]:
    """Return rows of one class each, for libraries that take no others: a row of several stands once for each.

    Args:
        shares: (n_rows, n_seen) how much of each row counts in each class.

    Returns:
        (n_hard,) each: the place of the row among the given ones, its class and its weight.
    """
    rows, codes = np.nonzero(shares)
    return rows, codes, shares[rows, codes].astype(np.float64)


def _labels(Y: ArrayLike) -> np.ndarray:
    """Return labels as an array of text or numbers.

    Raises:
        InputError: They are neither.
    """
    labels = np.asarray(Y)
    if labels.dtype.kind == "O" and all(isinstance(label, str) for label in labels):
        labels = labels.astype(str)
    if labels.dtype.kind == "f":
        whole = bool((np.isfinite(labels) & (labels == np.floor(labels))).all())
    else:
        whole = labels.dtype.kind in "biuU"
    if not whole:
        raise InputError(
            f"Y: Unknown label type: expected (n_rows,) labels (text, integers or booleans, no gaps) or (n_rows, "
            f"n_classes) probabilities, got {labels.dtype} such as {labels[:3].tolist()}"
        )
    return labels
