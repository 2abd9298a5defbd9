"""Cells of an AnnData file in, labels and probabilities in ``obs`` out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from kit.config import load_recipe
from kit.data import Competition, read_competition
from kit.data.pairs import read_pairs
from kit.errors import DataError
from kit.predicting import RunPredictor
from kit.predicting.predictor import PROBABILITY
from kit.predicting.streaming import predict_table
from kit.training.train import train

anndata = pytest.importorskip("anndata")

GENES = [f"GENE-{number}.1" for number in range(8)]
RECIPE = """\
competition: cells
problem_type: classification
data: {root: ., train: TRAIN, layer: logs}
columns: {keys: [cell], label: type, group: donor, metadata: {pattern: "donor|GENE.*"}}
folds: {kind: leave_one_group_out, params: {column: donor}}
features:
  genes: {kind: weighted_embedding, params: {path: ./vectors.csv, columns: {pattern: "GENE.*"}}}
models: {lda: {kind: lda}}
"""


def make_cells(n_cells: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Return obs and the counts' logarithms: each of two types expresses half of the genes."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 2, n_cells)
    counts = rng.poisson(np.where(np.arange(8) // 4 == kind[:, None], 2.0, 0.3))
    names = [f"c{seed}-{number}" for number in range(n_cells)]
    obs = pd.DataFrame({"donor": [f"d{n % 3}" for n in range(n_cells)]}, index=pd.Index(names, name="cell"))
    return obs.assign(type=np.array(["left", "right"])[kind]), np.log1p(counts).astype(np.float32)


def write_cells(path: Path, n_cells: int, seed: int, genes: list[str] = GENES, layer: str = "logs") -> pd.DataFrame:
    obs, logs = make_cells(n_cells, seed)
    chosen = [GENES.index(name) for name in genes]
    var = pd.DataFrame(index=genes)
    layers = {layer: csr_matrix(logs[:, chosen])}
    anndata.AnnData(np.zeros((n_cells, len(genes)), np.float32), obs=obs, var=var, layers=layers).write_h5ad(path)
    return pd.concat([obs.reset_index(), pd.DataFrame(logs, columns=GENES)], axis=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cells")
    write_cells(folder / "train.h5ad", 60, 0).to_parquet(folder / "train.parquet", index=False)
    vectors = np.random.default_rng(0).standard_normal((8, 8)).round(3)
    pd.DataFrame(vectors, columns=list("abcdefgh")).assign(gene=GENES).to_csv(folder / "vectors.csv", index=False)
    (folder / "h5ad.yaml").write_text(RECIPE.replace("TRAIN", "train.h5ad"), encoding="utf-8")
    (folder / "parquet.yaml").write_text(RECIPE.replace("TRAIN", "train.parquet"), encoding="utf-8")
    return folder


def read(folder: Path, name: str) -> Competition:
    loaded = load_recipe(folder / f"{name}.yaml")
    return read_competition(loaded.config, loaded.root, folder / "cache")


@pytest.fixture(scope="module")
def predictor(folder: Path) -> RunPredictor:
    loaded = load_recipe(folder / "h5ad.yaml")
    return RunPredictor.load(train(loaded, read(folder, "h5ad"), folder / "out", jobs=1).path)


def test_expression_is_read_as_numbers_from_a_sparse_layer(folder: Path) -> None:
    found, expected = read(folder, "h5ad").rows, read(folder, "parquet").rows
    assert list(found.columns) == list(expected.columns) == ["cell", "donor", *GENES]
    assert found["donor"].tolist() == expected["donor"].tolist()
    np.testing.assert_array_equal(found[GENES].astype(float), expected[GENES].astype(float))


def test_cells_in_labels_out(predictor: RunPredictor, folder: Path, tmp_path: Path) -> None:
    cells = write_cells(tmp_path / "new.h5ad", 300, 1)
    predict_table(predictor, tmp_path / "new.h5ad", tmp_path / "named.h5ad")
    named = anndata.read_h5ad(tmp_path / "named.h5ad")
    assert named.obs["cell"].tolist() == cells["cell"].tolist()
    assert (named.obs["type"].to_numpy() == cells["type"].to_numpy()).mean() > 0.9
    assert list(named.var_names) == ["left", "right"]
    np.testing.assert_allclose(named.obs[PROBABILITY].astype(float), np.asarray(named.X).max(axis=1), rtol=1e-6)
    cells.to_csv(tmp_path / "new.csv", index=False)
    predict_table(predictor, tmp_path / "new.csv", tmp_path / "named.csv")
    np.testing.assert_allclose(pd.read_csv(tmp_path / "named.csv")[["left", "right"]], named.X, atol=1e-5)
    of_frame = predictor.predict(cells.iloc[:20]).values
    np.testing.assert_allclose(of_frame, np.asarray(named.X)[:20], atol=1e-5)


def test_a_gene_that_a_file_lacks_is_not_expressed(predictor: RunPredictor, tmp_path: Path) -> None:
    cells = write_cells(tmp_path / "new.h5ad", 30, 2, GENES[:-1])
    with pytest.warns(match=r"the rows lack 1 of 8 genes \('GENE-7.1'\), which are taken not to be expressed"):
        predict_table(predictor, tmp_path / "new.h5ad", tmp_path / "named.csv")
    expected = predictor.predict(cells.assign(**{GENES[-1]: 0.0})).values
    np.testing.assert_allclose(pd.read_csv(tmp_path / "named.csv")[["left", "right"]], expected, atol=1e-5)


def test_cells_without_a_label_are_read_for_pseudo_labels(folder: Path, tmp_path: Path) -> None:
    cells = write_cells(tmp_path / "more.h5ad", 12, 4)
    competition = read(folder, "h5ad")
    found = read_pairs(tmp_path / "more.h5ad", competition)
    assert list(found.columns) == list(competition.rows.columns)
    assert found["cell"].tolist() == cells["cell"].tolist()
    np.testing.assert_array_equal(found[GENES].astype(np.float32), cells[GENES])


def test_expression_in_another_layer_is_refused(predictor: RunPredictor, tmp_path: Path) -> None:
    write_cells(tmp_path / "new.h5ad", 30, 3, layer="counts")
    with pytest.raises(DataError, match="has no layer 'logs'"):
        predict_table(predictor, tmp_path / "new.h5ad", tmp_path / "named.csv")
