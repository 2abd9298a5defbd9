"""The road of a recipe that embeds SMILES with a language model."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from kit.errors import InputError
from kit.features.language_model import builder as language_model
from kit.training.joining.saved_run import SavedRun
from tests.features.language_model.tiny import save_tiny
from tests.tiny import Tiny

pytest.importorskip("transformers")

RECIPE = """
target: {kind: svd, params: {n_components: 5}}
features:
  smiles: {kind: language_model, params: {model: ./tiny_model}}
  cell: {kind: one_hot, params: {columns: [cell_type]}}
models:
  ridge: {kind: ridge, params: {penalty: 10.0}}
"""


@pytest.fixture
def checkpoint(tiny: Tiny, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    folder = tiny.folder / "tiny_model"
    shutil.rmtree(folder, ignore_errors=True)
    return save_tiny(folder)


def test_a_second_run_takes_the_embeddings_from_the_cache(
    tiny: Tiny, checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = tiny.train(tmp_path / "first", tiny.recipe(RECIPE, "chemberta"))

    def refuse(*_: object) -> None:
        raise AssertionError("the model was loaded again")

    monkeypatch.setattr(language_model, "load_encoder", refuse)
    second = tiny.train(tmp_path / "second", tiny.recipe(RECIPE, "chemberta"))
    assert second.fitted == first.fitted > 0
    assert second.submission.read_bytes() == first.submission.read_bytes()


def test_a_saved_run_embeds_compounds_it_has_never_seen(tiny: Tiny, checkpoint: Path, tmp_path: Path) -> None:
    run = SavedRun(tiny.train(tmp_path / "out", tiny.recipe(RECIPE, "chemberta")).path)
    rows = tiny.competition.test.head(2).assign(sm_name=["new one", "new two"], SMILES=["CCO", "c1ccccc1"])
    with pytest.warns(UserWarning, match="new one, new two"):
        predictions = run.predict(rows)
    assert np.isfinite(predictions).all()
    assert not np.array_equal(predictions[0], predictions[1])


def test_other_weights_are_another_content(tiny: Tiny, checkpoint: Path) -> None:
    recipe = tiny.recipe(RECIPE, "chemberta")
    before = {task.key for task in tiny.plan(recipe).tasks}
    shutil.rmtree(checkpoint)
    save_tiny(checkpoint, seed=1)
    assert before.isdisjoint(task.key for task in tiny.plan(recipe).tasks)


def test_a_missing_model_says_how_to_get_it_before_the_first_fit(tiny: Tiny, checkpoint: Path, tmp_path: Path) -> None:
    text = RECIPE.replace("./tiny_model", "DeepChem/ChemBERTa-77M-MTR")
    with pytest.raises(InputError, match="hf download DeepChem/ChemBERTa-77M-MTR"):
        tiny.train(tmp_path / "out", tiny.recipe(text, "offline"))
    assert not list(tmp_path.glob("out/**/DONE"))
