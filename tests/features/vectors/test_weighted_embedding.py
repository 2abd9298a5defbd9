from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kit.errors import InputError, KitWarning
from kit.features import EmbeddingTable, TextVectors, WeightedEmbedding

GENES = [f"G{number}" for number in range(6)]
KNOWN = pd.DataFrame({"gene": ["G0", "G2", "G3", "G5", "elsewhere"]}).assign(
    **{f"v{place}": np.random.default_rng(place).standard_normal(5).astype(np.float32) for place in range(4)}
)


def make_cells(n_cells: int = 20) -> pd.DataFrame:
    counts = np.random.default_rng(1).poisson(1.0, (n_cells, len(GENES))).astype(np.float32)
    counts[:, 3] += 1
    cells = pd.DataFrame(counts, columns=GENES)
    cells.insert(0, "cell", [f"c{number}" for number in range(n_cells)])
    return cells


CELLS = make_cells()


@pytest.fixture
def table(tmp_path: Path) -> Path:
    KNOWN.to_parquet(tmp_path / "vectors.parquet", index=False)
    return tmp_path / "vectors.parquet"


def weighted(path: Path, **given: Any) -> WeightedEmbedding:
    return WeightedEmbedding(str(path), {"pattern": r"G\d"}, **given)


def by_hand(cells: pd.DataFrame, width: int = 4) -> np.ndarray:
    """Return the dense product over the genes in both, each row of length 1."""
    both = ["G0", "G2", "G3", "G5"]
    sums = cells[both].to_numpy(np.float64) @ KNOWN.set_index("gene").loc[both].to_numpy(np.float64)[:, :width]
    return np.asarray(sums / np.linalg.norm(sums, axis=1, keepdims=True))


@pytest.mark.filterwarnings("ignore:weighted_embedding")
@pytest.mark.parametrize("truncate", [None, 2])
def test_features_are_a_dense_product_of_length_1(table: Path, truncate: int | None) -> None:
    found = weighted(table, truncate=truncate).fit_transform(CELLS)
    np.testing.assert_allclose(found, by_hand(CELLS, truncate or 4), atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)


@pytest.mark.filterwarnings("ignore:weighted_embedding")
def test_neither_the_size_of_a_cell_nor_the_order_of_genes_matters(table: Path) -> None:
    found = weighted(table).fit_transform(CELLS)
    larger = CELLS.copy()
    larger[GENES] *= np.random.default_rng(2).uniform(0.1, 10, (len(CELLS), 1))
    np.testing.assert_allclose(weighted(table).fit_transform(larger), found, atol=1e-6)
    KNOWN.iloc[::-1].to_csv(table.with_name("turned.csv"), index=False)
    turned = weighted(table.with_name("turned.csv")).fit_transform(CELLS[[*GENES[::-1], "cell"]])
    np.testing.assert_array_equal(turned, found)


@pytest.mark.filterwarnings("ignore:weighted_embedding")
def test_sparse_expression_gives_the_same(table: Path) -> None:
    sparse = CELLS.astype(dict.fromkeys(GENES, pd.SparseDtype(np.float32, 0.0)))
    np.testing.assert_allclose(weighted(table).fit_transform(sparse), by_hand(CELLS), atol=1e-6)


@pytest.mark.filterwarnings("ignore:weighted_embedding")
@pytest.mark.parametrize("sparse", [False, True])
def test_counts_are_taken_by_their_share_of_all_columns(table: Path, sparse: bool) -> None:
    cells = CELLS.copy()
    cells[GENES] = np.log1p(1e4 * CELLS[GENES].div(CELLS[GENES].sum(axis=1), axis=0))
    given = CELLS.astype(dict.fromkeys(GENES, pd.SparseDtype(np.float32, 0.0))) if sparse else CELLS
    builder = weighted(table, counts=True).fit(given)
    np.testing.assert_allclose(builder.transform(given), by_hand(cells), atol=1e-5)
    tripled = CELLS.assign(**{name: 3 * CELLS[name] for name in GENES})
    np.testing.assert_allclose(builder.transform(tripled), builder.transform(CELLS), atol=1e-6)
    assert np.isclose(builder.lost_, cells[["G1", "G4"]].to_numpy().sum() / cells[GENES].to_numpy().sum(), atol=1e-5)
    with pytest.raises(InputError, match="counts are at least 0, and one is -1"):
        builder.transform(CELLS.assign(G1=-1.0))


def test_genes_without_a_vector_are_counted_with_their_expression(table: Path) -> None:
    lost = CELLS[["G1", "G4"]].to_numpy().sum() / CELLS[GENES].to_numpy().sum()
    with pytest.warns(KitWarning, match=rf"2 of 6 genes .* \('G1', 'G4'\); {100 * lost:.1f}% of the expression"):
        builder = weighted(table).fit(CELLS)
    assert (builder.n_without_, builder.genes_) == (2, ["G0", "G2", "G3", "G5"])
    assert np.isclose(builder.lost_, lost, atol=1e-5)


@pytest.mark.filterwarnings("ignore:weighted_embedding.*have no vector")
def test_new_cells_without_a_gene_and_cells_without_expression(table: Path, tmp_path: Path) -> None:
    builder = weighted(table).fit(CELLS)
    builder.save(tmp_path / "saved")
    table.unlink()
    loaded = WeightedEmbedding.load(tmp_path / "saved")
    np.testing.assert_array_equal(loaded.transform(CELLS), builder.transform(CELLS))
    with pytest.warns(KitWarning, match=r"the rows lack 1 of 4 genes \('G5'\), which are taken not to be expressed"):
        without = loaded.transform(CELLS.drop(columns="G5"))
    np.testing.assert_array_equal(without, loaded.transform(CELLS.assign(G5=0)))
    silent = CELLS.iloc[:2].assign(**dict.fromkeys(["G0", "G2", "G3", "G5"], 0.0))
    with pytest.warns(KitWarning, match="2 of 2 rows express no gene with a vector; they get zeros"):
        assert not loaded.transform(silent).any()


def test_vectors_of_texts_are_made_of_the_genes_that_the_rows_have(tmp_path: Path) -> None:
    words = ["kinase receptor", "kinase membrane", "ribosome subunit", "ribosome translation", "kinase", "ribosome"]
    genes = pd.DataFrame({"symbol": [*GENES, "G7"], "summary": [*words, "something about a gene of no cell"]})
    genes.loc[4, "summary"] = " "
    genes.to_csv(tmp_path / "genes.csv", index=False)
    texts = TextVectors("summary", n_components=2, min_texts=1)
    builder = weighted(tmp_path / "genes.csv", key="symbol", vectors=texts)
    with pytest.warns(KitWarning, match=r"1 of 6 genes have no vector in genes.csv \('G4'\)"):
        found = builder.fit_transform(CELLS)
    known = genes.drop(index=[4, 6])
    expected = CELLS[known["symbol"]].to_numpy() @ texts.fit_transform(known)
    np.testing.assert_allclose(found, expected / np.linalg.norm(expected, axis=1, keepdims=True), atol=1e-6)
    # A block that looks vectors up makes them too: the same as naming its file.
    KNOWN.to_parquet(tmp_path / "vectors.parquet", index=False)
    looked_up = EmbeddingTable(str(tmp_path / "vectors.parquet"), column="gene")
    with pytest.warns(KitWarning, match="2 of 6 genes"):
        found = weighted(tmp_path / "vectors.parquet", key="gene", vectors=looked_up).fit_transform(CELLS)
    np.testing.assert_allclose(found, by_hand(CELLS), atol=1e-6)


def test_a_language_model_makes_vectors_of_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("transformers")
    from kit.features import LanguageModel
    from tests.features.language_model.tiny import tiny_checkpoint

    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "cache"))
    genes = pd.DataFrame({"gene": GENES, "text": ["Br", "clin", "on top", "B tells", "a gene", "the last"]})
    genes.to_csv(tmp_path / "genes.csv", index=False)
    model = LanguageModel(tiny_checkpoint(), column="text")
    found = weighted(tmp_path / "genes.csv", key="gene", vectors=model, truncate=5).fit_transform(CELLS)
    expected = CELLS[GENES].to_numpy() @ model.fit_transform(genes)[:, :5]
    np.testing.assert_allclose(found, expected / np.linalg.norm(expected, axis=1, keepdims=True), atol=1e-5)


@pytest.mark.filterwarnings("ignore:weighted_embedding")
@pytest.mark.parametrize(
    ("cells", "known", "given", "message"),
    [
        (CELLS.rename(columns=str.lower), KNOWN, {}, r"the pattern 'G\\\\d' matches no column of the rows"),
        (
            CELLS,
            KNOWN.assign(gene=[f"ENSG{n}" for n in range(5)]),
            {},
            "no gene in common: the file's 'gene' holds 'EN",
        ),
        (CELLS, pd.concat([KNOWN, KNOWN.assign(v0=0)]), {}, "'G0' stands at rows 0 and 5 with different vectors"),
        (CELLS, KNOWN.assign(v0=np.nan), {}, "column 'v0' of 'G0' holds 'nan', expected a number"),
        (CELLS, KNOWN, {"truncate": 5}, "truncate=5, but the vectors have 4 numbers; give 4 or less"),
        (CELLS, KNOWN, {"truncate": 0}, "truncate=0: Input should be greater than or equal to 1"),
        (CELLS, KNOWN, {"key": "genes"}, r"has no 'genes' .did you mean 'gene'\?.; correct key"),
        (CELLS.assign(G0=np.nan), KNOWN, {}, "column 'G0' is missing or infinite at row 0"),
        (CELLS.assign(G0="many"), KNOWN, {}, "column 'G0' holds 'many'"),
        (pd.concat([CELLS, CELLS[["G0"]]], axis=1), KNOWN, {}, "'G0' stand twice among the columns"),
        (CELLS, pd.concat([KNOWN, KNOWN]), {"vectors": TextVectors("gene")}, "'G0' stands in two lines of 'gene'"),
    ],
)
def test_wrong_input(
    cells: pd.DataFrame, known: pd.DataFrame, given: dict[str, Any], message: str, tmp_path: Path
) -> None:
    known.to_parquet(tmp_path / "vectors.parquet", index=False)
    with pytest.raises(InputError, match=message):
        weighted(tmp_path / "vectors.parquet", **given).fit(cells).transform(cells)


def test_new_cells_of_other_genes_are_refused(table: Path) -> None:
    with pytest.warns(KitWarning, match="2 of 6 genes"):
        builder = weighted(table).fit(CELLS)
    with pytest.raises(InputError, match="the rows have none of the 4 genes"):
        builder.transform(CELLS.rename(columns=str.lower))
    with pytest.raises(InputError, match=r"no file 'elsewhere\.csv'"):
        weighted(Path("elsewhere.csv")).fit(CELLS)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"truncate": 9}, "truncate=9, but the vectors have 4 numbers"),
        ({"vectors": TextVectors("texts")}, "no column 'texts' .did you mean 'text'"),
        ({"vectors": TextVectors("v0")}, "column 'v0' holds .* expected text"),
    ],
)
def test_what_cannot_be_is_known_before_the_first_fit(given: dict[str, Any], message: str, tmp_path: Path) -> None:
    genes = KNOWN if "truncate" in given else KNOWN.assign(text="of a kinase")
    genes.to_parquet(tmp_path / "genes.parquet", index=False)
    with pytest.raises(InputError, match=message):
        weighted(tmp_path / "genes.parquet", key="gene", **given).check_rows(CELLS)


def test_a_recipe_says_where_a_wrong_column_of_the_table_of_genes_stands(tmp_path: Path) -> None:
    from kit.config import load_recipe
    from kit.data import read_competition
    from kit.training.train import train

    KNOWN.assign(text="of a kinase").to_parquet(tmp_path / "genes.parquet", index=False)
    CELLS.assign(kind=["a", "b"] * 10, donor=["d", "e", "f", "g"] * 5).to_csv(tmp_path / "cells.csv", index=False)
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(
        """\
competition: cells
problem_type: classification
data: {root: ., train: cells.csv}
columns: {keys: [cell], label: kind, group: donor, metadata: {pattern: "donor|G.*"}}
folds: {kind: leave_one_group_out, params: {column: donor}}
features:
  genes:
    kind: weighted_embedding
    params:
      path: ./genes.parquet
      key: gene
      columns: {pattern: "G.*"}
      vectors: {kind: text_vectors, params: {column: texts}}
models: {lda: {kind: lda}}
""",
        encoding="utf-8",
    )
    loaded = load_recipe(recipe)
    competition = read_competition(loaded.config, loaded.root, tmp_path / "cache")
    with pytest.raises(InputError, match=r"recipe\.yaml:\d+: .*no column 'texts' .did you mean 'text'"):
        train(loaded, competition, tmp_path / "out", jobs=1)
