"""Metrics of classes that are terms of an ontology: a near relative is better than any other class."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import numpy as np

from kit.arrays import Doubles, Floats, Ints
from kit.errors import InputError
from kit.metrics.base import METRICS, RowMetric
from kit.metrics.classes.of_rows import ClassMetric
from kit.metrics.classes.ontology import CELL_ONTOLOGY, Ontology, read_ontology
from kit.plugins import FilePath, Supplied

Weights = Literal["equal", "information"]


@dataclass(eq=False, repr=False)
class OntologyMetric(ClassMetric):
    """Base of the metrics that compare a row's likeliest class with its true one by their places in an ontology."""

    greater_is_better: ClassVar[bool] = True
    best: ClassVar[float] = 1.0
    libraries: ClassVar[tuple[str, ...]] = ("cellxgene-ontology-guide", "obonet")

    ontology: Annotated[str, FilePath()]
    targets: Annotated[tuple[str, ...] | None, Supplied("the competition's classes")] = None

    def content_files(self) -> list[Path]:
        """Return the ontology's file."""
        return [] if self.ontology == CELL_ONTOLOGY else [Path(self.ontology)]

    def relatives(self) -> tuple[RowMetric, ...]:
        """Return the metrics by the same ontology."""
        given = self.ontology, self.targets
        return HierarchicalF1(*given), HierarchicalF1(*given, weights="information"), DescendantAccuracy(*given)

    def check_targets(self, n_targets: int) -> None:
        """Check that every class is a term of the ontology.

        Raises:
            InputError: The ontology cannot be read, or lacks classes.
        """
        super().check_targets(n_targets)
        self._worth(n_targets)

    def per_block(self, codes: Ints, predictions: Floats) -> Doubles:
        """Return what the likeliest class of every row is worth where another is true."""
        worth = self._worth(predictions.shape[1])
        return np.asarray(worth[codes, predictions.argmax(axis=1)])

    def _worth(self, n_targets: int) -> Doubles:
        """Return the (n_classes, n_classes) worth of each predicted class (column) where a class is true (row)."""
        if self.targets is None or len(self.targets) != n_targets:
            given = "none" if self.targets is None else str(len(self.targets))
            raise InputError(f"{self.kind}: expected the names of {n_targets} classes (targets), got {given}")
        return self._of_terms(read_ontology(self.ontology), tuple(self.targets))

    @abstractmethod
    def _of_terms(self, ontology: Ontology, labels: tuple[str, ...]) -> Doubles:
        """Return the same for labels, which may not be terms."""


@METRICS.register("hierarchical_f1")
@dataclass(eq=False, repr=False)
class HierarchicalF1(OntologyMetric):
    """Mean F1 of the ancestors of the likeliest class and those of the true one in an ontology.

    With A the ancestors of the true class in the ontology and B those of the predicted one, each with the class itself,
    a row's value is 2·|A ∩ B| / (|A| + |B|): the harmonic mean of precision |A ∩ B| / |B| and recall |A ∩ B| / |A|. It
    is 1 for the true class alone, the same when the two change places, and less the less of their ancestry is shared.
    (The number of edges between two terms says less: by it a T cell that is far down may be as far from a killer cell
    as muscle is.) A guess gets the mean over all pairs of classes, which depends on the ontology: the floor ``chance``
    of every table has it. The accuracy stands beside, and so do the value with ``weights: information`` and
    ``descendant_accuracy``.

    Source: Kiritchenko, Matwin, Nock and Famili, Learning and evaluation in the presence of class hierarchies, 2006; of
    a single row their value is this one.

    Args:
        ontology: A table ``child,parent`` (.csv, one line a parent; also a column ``name``), an OBO file (.obo; its own
            terms by ``is_a``), both also zipped (.gz), or ``cell_ontology`` for that of ``cellxgene-ontology-guide``.
            Every class is a term of it, by id or name.
        weights: ``equal``: ancestors count the same; ``information``: by −log of the share of the ontology's terms that
            are below them, so that what all have in common counts nothing.
        root: Whether roots count as ancestors. Without them, classes that are all children of the root have the
            accuracy.
    """

    weights: Weights = "equal"
    root: bool = True

    def _of_terms(self, ontology: Ontology, labels: tuple[str, ...]) -> Doubles:
        return _overlaps(ontology, labels, self.weights, self.root)


@METRICS.register("descendant_accuracy")
@dataclass(eq=False, repr=False)
class DescendantAccuracy(OntologyMetric):
    """Share of rows whose likeliest class is the true one or a descendant of it in an ontology.

    Who labels coarsely must not call a finer answer wrong; a coarser answer than the label is wrong. A guess gets the
    share of pairs of classes of which one is the other or below it: 1 / K where no class is below another.

    Source: the rule of scTab (Fischer et al., Nature Communications 2024).

    Args:
        ontology: As in ``hierarchical_f1``.
    """

    def _of_terms(self, ontology: Ontology, labels: tuple[str, ...]) -> Doubles:
        return _below(ontology, labels)


@lru_cache(maxsize=8)
def _overlaps(ontology: Ontology, labels: tuple[str, ...], weights: Weights, root: bool) -> Doubles:
    """Return the (n_classes, n_classes) F1 of the lineages of all pairs of labels."""
    lineages = [ontology.lineage(term) for term in ontology.terms(labels)]
    left_out: frozenset[str] = frozenset() if root else ontology.roots
    counted = sorted(frozenset().union(*lineages) - left_out)
    member = np.array([[term in lineage for term in counted] for lineage in lineages], dtype=np.float64)
    weight = [1.0 if weights == "equal" else ontology.information[term] for term in counted]
    shared = (member * weight) @ member.T
    sizes = shared.diagonal()[:, None] + shared.diagonal()
    f1: Doubles = np.divide(2 * shared, sizes, out=np.zeros_like(shared), where=sizes > 0)
    # A class whose ancestors count nothing, such as a root that is left out, is still itself.
    np.fill_diagonal(f1, 1.0)
    return f1


@lru_cache(maxsize=8)
def _below(ontology: Ontology, labels: tuple[str, ...]) -> Doubles:
    """Return (n_classes, n_classes) 1 where the class of the column is that of the row or below it, else 0."""
    terms = ontology.terms(labels)
    lineages = [ontology.lineage(term) for term in terms]
    return np.array([[term in lineage for lineage in lineages] for term in terms], dtype=np.float64)
