"""Metrics on an ontology: what a near relative is worth, by hand and on the whole Cell Ontology."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kit.errors import InputError
from kit.metrics import Accuracy, DescendantAccuracy, HierarchicalF1, metric_name, table_metrics
from kit.metrics.classes.ontology import CELL_ONTOLOGY
from tests.extras import needs_cell_ontology

CELLS = """\
child,parent
blood cell,cell
leukocyte,blood cell
lymphocyte,leukocyte
innate lymphoid cell,lymphocyte
natural killer cell,innate lymphoid cell
dim killer cell,natural killer cell
bright killer cell,natural killer cell
T cell,lymphocyte
killer T cell,T cell
mature killer T cell,killer T cell
myeloid leukocyte,leukocyte
monocyte,myeloid leukocyte
muscle cell,cell
skeletal muscle cell,muscle cell
"""
TRUTH = "dim killer cell"
NEARER_FIRST = ("natural killer cell", "lymphocyte", "mature killer T cell", "monocyte", "skeletal muscle cell")
DIM = "CD16-positive, CD56-dim natural killer cell, human"


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("ontology") / "cells.csv"
    file.write_text(CELLS, encoding="utf-8")
    return str(file)


def worth(metric: HierarchicalF1 | DescendantAccuracy, truth: str, predicted: str) -> float:
    """Return the score of one row, whatever classes there are besides."""
    metric.targets = tuple(dict.fromkeys([truth, predicted, "cell"]))
    n_classes = len(metric.targets)
    Y, P = np.eye(n_classes, dtype=np.float32)[[0]], np.eye(n_classes, dtype=np.float32)
    return metric(Y, P[[metric.targets.index(predicted)]])


def test_a_nearer_relative_is_worth_more(cells: str) -> None:
    for weights in ("equal", "information"):
        values = [worth(HierarchicalF1(cells, weights=weights), TRUTH, name) for name in (TRUTH, *NEARER_FIRST)]
        assert values == sorted(values, reverse=True)
        assert len(set(values)) == len(values)
        assert values[0] == 1
    # 7 ancestors with itself, of which 6 are those of the killer cell, and one that of a muscle cell, which has 3.
    assert worth(HierarchicalF1(cells), TRUTH, "natural killer cell") == pytest.approx(2 * 6 / (7 + 6))
    assert worth(HierarchicalF1(cells), TRUTH, "skeletal muscle cell") == pytest.approx(2 * 1 / (7 + 3))
    assert worth(HierarchicalF1(cells, weights="information"), TRUTH, "skeletal muscle cell") == 0


def test_truth_and_prediction_may_change_places(cells: str) -> None:
    for weights in ("equal", "information"):
        metric = HierarchicalF1(cells, weights=weights)
        for name in NEARER_FIRST:
            assert worth(metric, TRUTH, name) == pytest.approx(worth(metric, name, TRUTH))


def test_a_descendant_is_right_and_an_ancestor_wrong(cells: str) -> None:
    metric = DescendantAccuracy(cells)
    assert worth(metric, "natural killer cell", TRUTH) == 1
    assert worth(metric, TRUTH, TRUTH) == 1
    assert worth(metric, TRUTH, "natural killer cell") == 0
    assert worth(metric, "bright killer cell", TRUTH) == 0


def test_on_a_star_without_its_middle_it_is_the_accuracy(tmp_path: Path) -> None:
    labels = tuple("abcde")
    file = tmp_path / "star.csv"
    file.write_text("child,parent\n" + "".join(f"{label},middle\n" for label in labels), encoding="utf-8")
    rng = np.random.default_rng(0)
    Y = np.eye(5, dtype=np.float32)[rng.integers(0, 5, 200)]
    P = rng.dirichlet(np.ones(5), 200).astype(np.float32)
    for metric in (
        HierarchicalF1(str(file), labels, root=False),
        HierarchicalF1(str(file), labels, weights="information", root=False),
        HierarchicalF1(str(file), labels, weights="information"),
        DescendantAccuracy(str(file), labels),
    ):
        # The information of the middle is 0.
        np.testing.assert_allclose(metric.per_row(Y, P), Accuracy().per_row(Y, P))
    # With it, every two classes have half their ancestors in common.
    accuracy = Accuracy()(Y, P)
    assert HierarchicalF1(str(file), labels)(Y, P) == pytest.approx(accuracy + (1 - accuracy) / 2)


def test_the_number_of_a_guess_is_the_mean_over_pairs_of_classes(cells: str) -> None:
    labels = (TRUTH, *NEARER_FIRST)
    metric, n_classes = HierarchicalF1(cells, labels), len(labels)
    rng = np.random.default_rng(0)
    truth, guesses = (np.eye(n_classes, dtype=np.float32)[rng.integers(0, n_classes, 20_000)] for _ in range(2))
    pairs = [worth(HierarchicalF1(cells), one, other) for one in labels for other in labels]
    assert metric(truth, guesses) == pytest.approx(np.mean(pairs), abs=0.01)


def test_every_table_has_the_other_views_and_the_accuracy(cells: str) -> None:
    names = [metric_name(metric) for metric in table_metrics(HierarchicalF1(cells))]
    assert names[:3] == ["hierarchical_f1", "hierarchical_f1(weights=information)", "descendant_accuracy"]
    assert "accuracy" in names
    assert metric_name(table_metrics(DescendantAccuracy(cells))[1]) == "hierarchical_f1"


def test_classes_that_are_no_terms_are_refused(cells: str) -> None:
    with pytest.raises(InputError, match="did you mean 'monocyte'"):
        HierarchicalF1(cells, ("monocytes", "T cell")).check_targets(2)
    with pytest.raises(InputError, match="names of 2 classes"):
        HierarchicalF1(cells).check_targets(2)


@needs_cell_ontology
def test_on_the_whole_cell_ontology() -> None:
    expected = {  # ancestors alike, and by information
        "natural killer cell": (0.923, 0.796),
        "CD16-negative, CD56-bright natural killer cell, human": (0.929, 0.793),
        "lymphocyte": (0.783, 0.488),
        "mature NK T cell": (0.643, 0.358),
        "monocyte": (0.516, 0.272),
        "cell of skeletal muscle": (0.235, 0.002),
        "fibroblast": (0.211, 0.002),
    }
    values = {
        name: (
            worth(HierarchicalF1(CELL_ONTOLOGY), DIM, name),
            worth(HierarchicalF1(CELL_ONTOLOGY, weights="information"), DIM, name),
        )
        for name in expected
    }
    # Their version of the ontology decides the last digit.
    assert values == {name: pytest.approx(numbers, abs=0.001) for name, numbers in expected.items()}
    order = ["natural killer cell", "lymphocyte", "mature NK T cell", "monocyte", "cell of skeletal muscle"]
    for view in (0, 1):
        assert [values[name][view] for name in order] == sorted((values[name][view] for name in order), reverse=True)
    assert all(worth(DescendantAccuracy(CELL_ONTOLOGY), DIM, name) == 0 for name in expected)
