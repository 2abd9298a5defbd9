"""A competition whose key is a pair of genes: from its tables to its scores, whichever gene stands first."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.data import open_table
from tests.cli.conftest import Kit

TARGETS = [f"y{number}" for number in range(8)]
COMPETITION = """\
competition: pairs
data: {root: ., train: train.csv, test: test.csv}
columns:
  keys: [cell, genes]
  group: cell
  compound: genes
  sets:
    genes: {columns: [gene_a, gene_b], empty: [ctrl]}
folds: {kind: unseen_members, params: {column: genes, unseen: [0, 1], n_splits: 3}}
"""
RECIPE = """\
extends: competition.yaml
target: identity
features:
  cell: {kind: one_hot, params: {columns: [cell]}}
  own: {kind: one_hot, params: {columns: [genes]}}
  members: {kind: multi_hot, params: {column: genes}}
  profile: {kind: member_profile, params: {column: genes}}
  cells: {kind: category_codes, params: {columns: [cell]}}
models:
  of_pairs: {kind: ridge, features: [cell, own], params: {penalty: 1.0}}
  of_members: {kind: ridge, features: [cell, members], params: {penalty: 1.0}}
  of_profiles: {kind: ridge, features: [cell, profile], params: {penalty: 1.0}}
  process:
    kind: coregionalized_gp
    features: [cells, members]
    params:
      terms: [{cells: free}, {cells: free, members: {kernel: linear}}, {cells: free, members: {kernel: tanimoto}}]
"""


def write(folder: Path, rng: np.random.Generator, swapped: bool = False) -> None:
    """Write pairs whose response is the sum of both genes' effects, and noise."""
    folder.mkdir()
    genes = [f"g{number}" for number in range(9)]
    effects = {gene: rng.normal(size=len(TARGETS)) for gene in genes} | {"ctrl": np.zeros(len(TARGETS))}
    pairs = [*(("ctrl", gene) for gene in genes), *combinations(genes, 2)]
    rows = [(cell, a, b) for cell in ("T", "B") for a, b in pairs]
    values = [effects[a] + effects[b] + rng.normal(0, 0.1, len(TARGETS)) for _, a, b in rows]
    keys = pd.DataFrame(rows, columns=["cell", "gene_a", "gene_b"])
    if swapped:
        keys = keys.rename(columns={"gene_a": "gene_b", "gene_b": "gene_a"})[list(keys)]
    table = pd.concat([keys, pd.DataFrame(values, columns=TARGETS)], axis=1)
    hidden = np.arange(len(table)) % 7 == 3
    table[~hidden].to_csv(folder / "train.csv", index=False)
    table.loc[hidden, list(keys)].to_csv(folder / "test.csv", index=False)
    (folder / "competition.yaml").write_text(COMPETITION)
    (folder / "recipe.yaml").write_text(RECIPE)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    root = tmp_path_factory.mktemp("pairs")
    for name in ("one", "other"):
        write(root / name, np.random.default_rng(2), swapped=name == "other")
    return root / "one", root / "other"


def test_members_tell_what_a_new_pair_does_in_whatever_order(folders: tuple[Path, Path], kit: Kit) -> None:
    predictions, boards = [], []
    for folder in folders:
        result = kit("train", folder / "recipe.yaml", "--out", folder / "out", "--jobs", "1")
        assert result.code == 0, result.err
        (run,) = (folder / "out" / "pairs" / "runs").glob("recipe-*")
        boards.append(pd.read_csv(run / "leaderboard.csv").set_index("member")["mrrmse"])
        (submission,) = (folder / "out" / "pairs").glob("*.csv")
        predictions.append(open_table(submission).matrix(TARGETS)[0])
    np.testing.assert_array_equal(predictions[0], predictions[1])
    board = boards[0]
    for known in ("of_members", "of_profiles", "process"):
        assert board[known] < 0.8 * board["of_pairs"], board


@pytest.mark.parametrize(
    ("written", "instead", "message"),
    [
        ("genes: {columns", "gens: {columns", r"competition.yaml:8.*'gens' is none of columns.keys .did you mean"),
        ("empty: [ctrl]", "separator: '+'", "give one of the two"),
        ("keys: [cell, genes]", "keys: [cell, genes, gene_a]", "is a key of its own"),
        ("gene_b]", "gene_c]", r"no column 'gene_c', of which columns.sets.genes is made \(did you mean"),
        ("unseen: [0, 1]", "unseen: [4]", "the largest set in 'genes' has 2"),
    ],
)
def test_wrong_sets_are_refused(
    folders: tuple[Path, Path], kit: Kit, written: str, instead: str, message: str, tmp_path: Path
) -> None:
    for file in ("train.csv", "test.csv", "recipe.yaml"):
        (tmp_path / file).write_text((folders[0] / file).read_text())
    assert written in COMPETITION
    (tmp_path / "competition.yaml").write_text(COMPETITION.replace(written, instead))
    result = kit("train", tmp_path / "recipe.yaml", "--out", tmp_path / "out")
    assert result.code == 2
    assert re.search(message, " ".join(result.err.split())), result.err


def test_a_start_knows_sets(folders: tuple[Path, Path], kit: Kit, tmp_path: Path) -> None:
    """Without a recipe, and nothing of it but the sum of the members' effects is the truth: the floor is as good."""
    for file in ("train.csv", "test.csv", "competition.yaml"):
        (tmp_path / file).write_text((folders[0] / file).read_text())
    result = kit("train", tmp_path / "competition.yaml", "--out", tmp_path / "out", "--jobs", "1")
    assert result.code == 0, result.err
    (run,) = (tmp_path / "out" / "pairs" / "runs").iterdir()
    board = pd.read_csv(run / "leaderboard.csv").set_index(["member", "kind"])["mrrmse"]
    assert board["additive", "floor"] < 0.8 * board["per genes", "floor"]
    assert board["blend", "blend"] < 1.05 * board["additive", "floor"]
    assert "multi_hot" in (run / "config.resolved.yaml").read_text()
