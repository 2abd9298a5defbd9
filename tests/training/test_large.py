"""A run whose arrays live in files and whose tables go some rows at a time is the run that it is in memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kit import arrays, large
from kit.metrics import blocks
from kit.models import MLP, LightGBM, Ridge
from kit.training.fitting import pipeline
from kit.training.joining import join
from tests.extras import HAS_TORCH
from tests.tiny import Notes, Tiny

EVERYTHING = """\
seed: 1
target: {kind: svd, params: {n_components: 4, center: mean}}
features:
  profile: {kind: target_profile, params: {by: sm_name, center: cell_type, shrinkage: 1.0}}
  cell: {kind: one_hot, params: {columns: [cell_type]}}
  spread: {kind: target_statistics, params: {by: [cell_type, sm_name], statistics: [std], quantiles: [0.25]}}
  both: {kind: interaction, params: {left: profile, right: cell}}
models:
  ridge: {kind: ridge, features: [profile, both, cell], params: {penalty: auto}}
  tried: {kind: ridge, features: [profile, cell], choose: {params.penalty: [0.1, 10.0]}}
  additive: {kind: group_mean, features: [code]}
  statistics: {kind: ridge, features: [spread], params: {penalty: 10.0}}
  trees: {kind: lightgbm, features: [profile, cell], params: {n_estimators: 5, min_data_in_leaf: 3}}
postprocess: [clip]
final: refit
"""


@pytest.fixture
def large_tables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(large, "LARGE", 256)
    monkeypatch.setattr(arrays, "BLOCK_ELEMENTS", 64)
    monkeypatch.setattr(blocks, "BLOCK_SIZE", 64)
    monkeypatch.setattr(pipeline, "_MANY", 5)
    monkeypatch.setattr(join, "_BLOCK", 3)
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "cache"))


NETWORK = "  network: {kind: mlp, features: [profile, cell], params: {hidden: [8], n_epochs: 3}}\n" if HAS_TORCH else ""
CODE = "  code: {kind: category_codes, params: {columns: [sm_name]}}\n"
RECIPE = EVERYTHING.replace("models:", f"{CODE}models:").replace("postprocess:", f"{NETWORK}postprocess:")


def is_mapped(values: Any) -> bool:
    """Whether an array is a map of a file, or a view of one."""
    while values is not None and not isinstance(values, np.memmap):
        values = getattr(values, "base", None)
    return values is not None


@pytest.fixture(scope="module")
def whole(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.train(tmp_path_factory.mktemp("whole"), tiny.recipe(RECIPE, "whole")).path


def test_nothing_differs_but_rounding(
    tiny: Tiny, tmp_path: Path, whole: Path, large_tables: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes, mapped = Notes(), set()

    def watched(kind: str, fit: Callable[..., Any]) -> Callable[..., Any]:
        def watching(self: Any, X: Any, *given: Any, **named: Any) -> Any:
            if is_mapped(X):
                mapped.add(kind)
            return fit(self, X, *given, **named)

        return watching

    for cls in (Ridge, LightGBM, MLP):
        monkeypatch.setattr(cls, "fit", watched(cls.kind, cls.fit))
    run = tiny.train(tmp_path / "out", tiny.recipe(RECIPE, "large"), observer=notes).path
    for name in ("oof.npy", "residuals.npy", "test.npy"):
        np.testing.assert_allclose(np.load(run / name), np.load(whole / name), rtol=1e-4, atol=1e-5)
    tasks = [path.relative_to(whole) for path in whole.glob("tasks/**/validation.npy")]
    assert len(tasks) == 2 * (6 if HAS_TORCH else 5)
    for path in tasks:
        np.testing.assert_allclose(np.load(run / path), np.load(whole / path), rtol=1e-4, atol=1e-5, err_msg=str(path))
    assert mapped == {"ridge", "lightgbm"} | ({"mlp"} if HAS_TORCH else set())
    ours, theirs = (pd.read_csv(path / "leaderboard.csv") for path in (run, whole))
    assert list(ours["member"]) == list(theirs["member"])
    numbers = ours.select_dtypes("number").columns
    np.testing.assert_allclose(ours[numbers], theirs[numbers], rtol=1e-4, atol=1e-6)
    assert any("some rows at a time" in note for note in notes.notes)


def test_small_tables_are_not_said_to_be_large(tiny: Tiny, tmp_path: Path) -> None:
    notes = Notes()
    tiny.train(tmp_path, observer=notes)
    assert not any("some rows at a time" in note for note in notes.notes)
