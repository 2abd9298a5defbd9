"""The recipes of `benchmarks.ablations`: that they load, and differ in what they claim to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks import process_options
from benchmarks.ablations.__main__ import lines
from benchmarks.ablations.claims import BASE, CLAIMS, REAL_ONLY, VARIANTS, variants_of
from benchmarks.ablations.datasets import HERE
from kit.comparing.comparison import Comparison
from kit.config import load_recipe
from kit.metrics import MRRMSE, Scores

MINIMOL = HERE / "minimol.npz"


@pytest.mark.parametrize("recipe", ["real", "simulated"])
@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_loads_and_is_another_recipe(name: str, recipe: str) -> None:
    settings = [text.replace("MINIMOL", str(MINIMOL)) for text in VARIANTS[name]]
    base, variant = load_recipe(HERE / f"{recipe}.yaml"), load_recipe(HERE / f"{recipe}.yaml", settings)
    assert (variant.config == base.config) == (name == BASE)


@pytest.mark.parametrize("name", process_options.VARIANTS)
def test_every_option_of_the_process_is_another_recipe(name: str) -> None:
    change = f"models.process.params.{process_options.VARIANTS[name]}"
    ranks = process_options.COMPETITIONS / "open_problems_ranks" / "process.yaml"
    for recipe in (ranks, HERE / "simulated_process.yaml"):
        assert load_recipe(recipe, [change]).config != load_recipe(recipe).config
    folds = [load_recipe(ranks, [text]).config.folds for text in (process_options.ANCHORS, process_options.CELL_TYPES)]
    assert folds[0] != folds[1]


def test_every_variant_tests_a_claim_and_every_claim_has_its_variants() -> None:
    assert set(variants_of(list(CLAIMS))) == set(VARIANTS)
    assert set(VARIANTS) >= REAL_ONLY
    assert variants_of(["clip"]) == [BASE, "not clipped"]


def test_a_claim_holds_fails_or_is_open() -> None:
    rng = np.random.default_rng(0)
    hard = rng.random(30)

    def rows(member: str, shift: float) -> pd.DataFrame:
        values = hard + shift + 0.01 * rng.standard_normal(30)
        known = {"member": member, "kind": "recipe", "seed": 0, "fold": "a", "weight": 1.0}
        return pd.DataFrame({**known, "row": range(30), "cluster": range(30), "mrrmse": values})

    shifts = {BASE: 0.0, "masked copies": -0.1, "loss mae": -0.1, "loss mse": 0.0}
    scores = Scores((MRRMSE(),), pd.concat([rows(*item) for item in shifts.items()], ignore_index=True))
    failures = {"not clipped": "broken"}
    found = Comparison(scores, scores, pd.DataFrame(), failures, "mrrmse", "sm_name")
    table = pd.DataFrame(lines(["masking", "loss", "clip", "embedding"], "toy", found))
    assert list(table["verdict"]) == ["holds", "fails", "not decided", "failed", "not tested", "not tested"]
    assert table["difference"].iloc[0] == pytest.approx(table["test"].iloc[0]) == pytest.approx(-0.1, abs=0.01)


def test_the_folder_says_nothing_of_where_it_was_run() -> None:
    for path in Path(HERE).iterdir():
        if path.is_file():
            assert "/work/" not in path.read_text(encoding="utf-8")
