from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from kit.data.simulate import SCENARIOS
from kit.data.simulate.scenarios import CellTyping
from kit.data.simulate.scenarios.cell_graph import GRAPH, HOUSEKEEPING, ROOT, leaves, lineage

SMALL = SCENARIOS["cell-typing-small"]


@pytest.fixture(scope="module")
def small() -> Mapping[str, pd.DataFrame]:
    return SMALL.tables(0)


def test_the_graph_leads_to_its_root_and_leaves_are_no_parents() -> None:
    assert all(lineage(name)[0] == name and GRAPH[lineage(name)[-1]][0] == ROOT for name in GRAPH)
    assert not set(leaves()) & {parent for parent, _ in GRAPH.values()}
    words = [word for _, of in GRAPH.values() for word in of.split()] + " ".join(HOUSEKEEPING).split()
    assert len(set(words)) == len(words), "a word tells one kind of cell"


def test_donors_are_said_to_be_simulated_and_those_to_predict_are_others(small: Mapping[str, pd.DataFrame]) -> None:
    train, test = small["train.parquet"], small["test.parquet"]
    assert not set(train["donor"]) & set(test["donor"])
    assert "cell_type" not in test
    assert test["cell"].tolist() == small["truth.csv"]["cell"].tolist() == small["sample.csv"]["cell"].tolist()
    assert pd.concat([train, test])["cell"].is_unique
    assert set(train["cell_type"]) | set(small["truth.csv"]["cell_type"]) <= set(leaves())
    edges = small["ontology.csv"]
    assert set(edges["child"]) == set(GRAPH)
    assert set(edges["parent"]) - set(edges["child"]) == {ROOT}
    assert "4 simulated donors" in SMALL.describe(small)
    # The last training donor has few cells, and donors lack types.
    sizes = train.groupby("donor").size()
    assert sizes["D4"] < sizes[["D1", "D2", "D3"]].min()
    assert (pd.crosstab(train["cell_type"], train["donor"]) == 0).any().any()


def test_a_cell_expresses_the_markers_of_its_lineage_and_their_texts_say_so() -> None:
    clear = CellTyping("clear", n_donors=3, n_test_donors=0, n_cells=200, depth=5000, donor_sd=0.0)
    tables = clear.tables(0)
    cells, genes = tables["train.parquet"], tables["genes.parquet"].set_index("gene")["text"]
    words = genes.map(lambda text: set(text.split()))
    told = {name: [len(text & set(of.split())) > 2 for text in words] for name, (_, of) in GRAPH.items()}
    assert min(map(sum, told.values())) > 5
    assert (genes == "").any()
    means = cells.groupby("cell_type")[list(genes.index)].mean()
    for cell_type in means.index:
        of_kind = pd.Series({name: means.loc[cell_type, told[name]].mean() for name in GRAPH})
        on = of_kind.index.isin(lineage(cell_type))
        assert of_kind[on].mean() > of_kind[~on].mean() + 0.4


def test_a_donor_shifts_its_genes() -> None:
    """Between donors, mean logarithms of the same genes differ by what was asked for; within one, by chance alone."""
    shifted = CellTyping("shifted", n_donors=4, n_test_donors=0, n_cells=400, depth=20000, donor_sd=1.0)
    cells = shifted.tables(0)["train.parquet"]
    genes = [name for name in cells if name.startswith("GENE")]
    of_type = cells[cells["cell_type"] == cells["cell_type"].mode()[0]]
    large = of_type.groupby("donor").filter(lambda part: len(part) >= 10)
    means = np.log(np.expm1(large[genes]).groupby(large["donor"]).mean() + 1)
    assert len(means) >= 2
    assert 0.6 < means.diff().iloc[1:].to_numpy().std() / np.sqrt(2) < 1.2


def test_values_are_logarithms_of_counts_per_ten_thousand(small: Mapping[str, pd.DataFrame]) -> None:
    values = np.expm1(small["train.parquet"].filter(like="GENE").to_numpy(dtype=float))
    np.testing.assert_allclose(values.sum(axis=1), 1e4, rtol=1e-3)


def test_the_seed_decides(small: Mapping[str, pd.DataFrame]) -> None:
    again, other = SMALL.tables(0), SMALL.tables(1)
    for name, table in small.items():
        pd.testing.assert_frame_equal(table, again[name])
    assert not small["genes.parquet"].equals(other["genes.parquet"])
