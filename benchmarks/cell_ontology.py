"""How near cell types are to a killer cell on the Cell Ontology: by edges, by shared ancestors, by the rule of scTab.

python -m benchmarks.cell_ontology

Needs cellxgene-ontology-guide (MIT, 98 MB: `pip install cellxgene-ontology-guide`), or `--ontology FILE` of another
release. Edges are counted over the nearest ancestor that two terms have in common.
"""

from __future__ import annotations

import argparse

import numpy as np

from kit.metrics import DescendantAccuracy, HierarchicalF1
from kit.metrics.classes.ontology import CELL_ONTOLOGY, Ontology, read_ontology

TRUTH = "CD16-positive, CD56-dim natural killer cell, human"
PREDICTED = (
    "natural killer cell",
    "CD16-negative, CD56-bright natural killer cell, human",
    "lymphocyte",
    "mature NK T cell",
    "monocyte",
    "cell of skeletal muscle",
    "fibroblast",
)


def edges_up(ontology: Ontology, term: str) -> dict[str, int]:
    """Return how many edges each ancestor of a term is above it, by the shortest way."""
    found, pending = {term: 0}, [term]
    for below in pending:
        for parent in ontology.parents[below]:
            if parent not in found:
                found[parent] = found[below] + 1
                pending.append(parent)
    return found


def edges_between(ontology: Ontology, one: str, other: str) -> int:
    """Return how many edges two terms are apart over the nearest ancestor that both have."""
    up, also = edges_up(ontology, one), edges_up(ontology, other)
    return min(up[term] + also[term] for term in up.keys() & also.keys())


def main(ontology: str) -> None:
    """Print the table, and whether the order is the one that a biologist expects."""
    graph, classes = read_ontology(ontology), (TRUTH, *PREDICTED)
    true, *predicted = graph.terms(classes)
    Y = np.zeros((len(PREDICTED), len(classes)), dtype=np.float32)
    Y[:, 0] = 1
    P = np.eye(len(classes), dtype=np.float32)[1:]
    columns = [
        HierarchicalF1(ontology, classes).per_row(Y, P),
        HierarchicalF1(ontology, classes, weights="information").per_row(Y, P),
        DescendantAccuracy(ontology, classes).per_row(Y, P),
    ]
    print(f"# Near and far on {graph.source} ({len(graph.parents):,} terms)\n")
    print(f"Predicted for a {TRUTH!r}:\n")
    print("| predicted | edges apart | hierarchical F1 | by information | rule of scTab |")
    print("|---|---|---|---|---|")
    for place, (name, term) in enumerate(zip(PREDICTED, predicted, strict=True)):
        f1, information, below = (column[place] for column in columns)
        edges = edges_between(graph, true, term)
        print(f"| {name} | {edges} | {f1:.3f} | {information:.3f} | {'right' if below else 'wrong'} |")
    order = [PREDICTED.index(name) for name in PREDICTED if "bright" not in name and name != "fibroblast"]
    falls = all((np.diff(column[order]) < 0).all() for column in columns[:2])
    print(f"\nkiller > lymphocyte > killer T > monocyte > muscle cell: {'holds' if falls else 'DOES NOT HOLD'}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ontology", default=CELL_ONTOLOGY, help="an OBO file or a table child,parent")
    main(parser.parse_args().ontology)
