from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.config.toys import REGISTRIES

COMPETITION = """\
competition: op2
title: Perturbations
data: {root: tables, train: train.parquet, test: test.csv, sample_submission: sample.csv}
columns: {keys: [cell_type, sm_name], group: cell_type, compound: sm_name}
folds: {kind: groups, params: {column: sm_name, n_splits: 4}}
"""

Write = Callable[..., Path]


@pytest.fixture(autouse=True)
def toy_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the toys be the only plug-ins there are."""
    for registry, classes in REGISTRIES.items():
        monkeypatch.setattr(registry, "_classes", {})
        monkeypatch.setattr(registry, "_entry_points_loaded", True)
        for kind, cls in classes.items():
            registry.register(kind)(cls)


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write files beside a competition.yaml, in the current folder; returns the path of the first one given."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "competition.yaml").write_text(COMPETITION)

    def write_files(recipe: str, **others: str) -> Path:
        path = Path("recipe.yaml")
        path.write_text(recipe)
        for name, text in others.items():
            Path(f"{name}.yaml").write_text(text)
        return path

    return write_files
