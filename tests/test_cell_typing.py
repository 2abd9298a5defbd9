"""The competition of cell types across donors, on its small design."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from kit.config import load_recipe
from kit.data import read_competition
from kit.training.train import RunResult, train

SHIPPED = Path(__file__).parents[1] / "competitions" / "cell_typing"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cell_typing")
    for path in SHIPPED.glob("*.yaml"):
        (folder / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    return folder


def trained(folder: Path, recipe: str) -> RunResult:
    loaded = load_recipe(folder / f"{recipe}.yaml", ["preset=small"])
    competition = read_competition(loaded.config, loaded.root, folder / "cache")
    return train(loaded, competition, folder / "out", jobs=1)


def accuracies(run: RunResult) -> dict[str, float]:
    """Return the mean accuracy of each member over all cells."""
    means: dict[str, float] = run.rows.groupby("member")["accuracy"].mean().to_dict()
    return means


def test_texts_about_genes_tell_cells_of_new_donors(folder: Path) -> None:
    run = trained(folder, "ensemble")
    found = accuracies(run)
    assert found["by_texts"] > found["by_expression"] > 3 * found["majority"]
    assert found["blend"] > found["by_texts"] - 0.05
    truth = pd.read_csv(folder / "data" / "cell_typing-small" / "truth.csv")
    handed_in = pd.read_csv(run.submission).merge(truth, on="cell", validate="one_to_one")
    assert (handed_in["cell_type_x"] == handed_in["cell_type_y"]).mean() > 0.6
    assert any("genes have no vector in genes.parquet" in text for text in run.warnings)
    assert any("no model can name them" in text for text in run.warnings)


def test_more_of_a_vector_tells_more(folder: Path) -> None:
    found = accuracies(trained(folder, "truncation"))
    assert found["all_64"] > found["first_16"] > found["first_8"] > found["first_4"] > found["majority"]
