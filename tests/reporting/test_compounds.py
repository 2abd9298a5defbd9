"""The map of the compounds: what acts alike lies together, errors and mechanisms are those of the rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from kit.config import load_recipe
from kit.data import read_competition
from kit.reporting import compounds
from kit.reporting.compounds import compound_map
from kit.reporting.facts import RunFacts
from kit.training.train import RunResult, train
from tests.never_whole import NeverWhole
from tests.tiny import Tiny

RECIPE = """\
competition: mechanisms
data: {root: ., train: train.csv}
columns: {keys: [drug, cell], group: cell, compound: drug, metadata: [action, plate]}
metric: mrrmse
folds: {kind: kfold, params: {n_splits: 3}}
target: {kind: identity}
features:
  cell: {kind: one_hot, params: {columns: [cell]}}
models:
  ridge: {kind: ridge, params: {penalty: 0.001}}
"""


@pytest.fixture(scope="module")
def mechanisms(tmp_path_factory: pytest.TempPathFactory) -> RunFacts:
    """Twelve drugs of three actions in three cells; what "block" does is three times as strong."""
    folder, rng = tmp_path_factory.mktemp("mechanisms"), np.random.default_rng(0)
    directions = {"block": rng.normal(size=8) * 3, "open": rng.normal(size=8), "bind": rng.normal(size=8)}
    lines = []
    for number in range(12):
        action = list(directions)[number % 3]
        for cell in ("T", "B", "NK"):
            own = directions[action] + 0.05 * rng.normal(size=8)
            line = {"drug": f"drug{number:02}", "cell": cell, "action": action, "plate": f"{cell}{number}"}
            lines.append(line | {f"y{place}": value for place, value in enumerate(own)})
    pd.DataFrame(lines).to_csv(folder / "train.csv", index=False)
    (folder / "recipe.yaml").write_text(RECIPE)
    loaded = load_recipe(folder / "recipe.yaml")
    tables = read_competition(loaded.config, folder, folder / "cache")
    return RunFacts(train(loaded, tables, folder / "runs", 1).path, tables)


def test_what_acts_alike_lies_together_and_fails_alike(mechanisms: RunFacts) -> None:
    found = compound_map(mechanisms)
    assert found is not None
    table = found.tables["The compounds with the largest errors"].set_index("drug")
    assert found.title.startswith("Compounds that act alike fail alike")
    # The cells say nothing of a drug: the strongest ones are predicted worst.
    assert set(table["action"].head(4)) == {"block"}
    mine = mechanisms.main_rows
    np.testing.assert_allclose(table["mrrmse"], mine.groupby("drug")["mrrmse"].mean()[table.index])
    # "plate" says another thing of every row: the mechanism is the column that drugs share.
    assert "action" in table.columns
    assert "plate" not in table.columns
    assert found.figure.count("<svg") == 2
    assert all(action in found.figure for action in ("block", "open", "bind"))


def test_responses_of_one_mechanism_point_the_same_way(mechanisms: RunFacts) -> None:
    assert mechanisms.tables is not None
    codes = np.unique(mechanisms.tables.rows["drug"], return_inverse=True)[1]
    responses = compounds._responses(mechanisms, codes, np.arange(12))
    np.testing.assert_allclose(np.linalg.norm(responses, axis=1), 1)
    alike = responses @ responses.T
    same = np.arange(12) % 3 == np.arange(12)[:, None] % 3
    assert alike[same].min() > 0.9 > alike[~same].max()


def test_responses_of_blocks_of_rows_are_deviations_from_group_means(
    mechanisms: RunFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert mechanisms.tables is not None
    rows, Y = mechanisms.tables.rows, np.asarray(mechanisms.tables.Y)
    own = pd.DataFrame(Y) - pd.DataFrame(Y).groupby(rows["cell"]).transform("mean")
    expected = own.groupby(rows["drug"]).sum().to_numpy()[[1, 4, 9]]
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    monkeypatch.setattr("kit.arrays.BLOCK_ELEMENTS", 40)
    read_in_blocks = RunFacts(mechanisms.path, replace(mechanisms.tables, Y=cast(Any, NeverWhole(Y, 5))))
    codes = np.unique(rows["drug"], return_inverse=True)[1]
    found = compounds._responses(read_in_blocks, codes, np.array([1, 4, 9]))
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("shape", [(30, 6), (6, 30)])
def test_the_plane_is_that_of_the_first_principal_components(shape: tuple[int, int]) -> None:
    values = np.random.default_rng(0).normal(size=shape)
    places, share = compounds._plane(values)
    _, expected, _ = np.linalg.svd(values - values.mean(axis=0))
    assert places is not None
    np.testing.assert_allclose(np.linalg.norm(places, axis=0), expected[:2])
    np.testing.assert_allclose(share, expected[:2] ** 2 / (expected**2).sum())
    assert places[:, 0] @ places[:, 1] == pytest.approx(0, abs=1e-9)


def test_without_mechanisms_or_tables_and_of_many_compounds(
    tiny: Tiny, finished: RunResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = RunFacts(finished.path, tiny.competition)
    found = compound_map(facts)
    assert found is not None
    assert found.figure.count("<svg") == 1
    assert "sample" not in found.text
    assert compound_map(RunFacts(finished.path, None)) is None
    monkeypatch.setattr(compounds, "MOST_POINTS", 10)
    sampled = compound_map(facts)
    assert sampled is not None
    assert "a sample of 10" in sampled.text
    monkeypatch.setattr(compounds, "MOST_POINTS", 4)
    assert compound_map(facts) is None
