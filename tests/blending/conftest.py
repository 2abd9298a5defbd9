"""Three finished runs of the tiny competition, and tables of test predictions beside them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from kit.blending import Blended, blend_members
from kit.config import Loaded, load_competition
from kit.config.schema import CompetitionConfig, PluginConfig
from kit.data import Competition
from tests.tiny import SINGLE, Tiny

TREES = """\
target: {kind: svd, params: {n_components: 4, center: none}}
features: {profile: {kind: target_profile, params: {by: sm_name}}}
models:
  trees: {kind: lightgbm, params: {n_estimators: 4, num_leaves: 3, min_data_in_leaf: 3}}
"""


@dataclass(frozen=True)
class Runs:
    """Finished runs of one competition, in one folder of submissions."""

    out: Path
    ridge: Path
    stiff: Path
    trees: Path
    tiny: Tiny

    @property
    def competition(self) -> Competition:
        return self.tiny.competition

    @property
    def loaded(self) -> Loaded[CompetitionConfig]:
        return load_competition(self.tiny.folder / "competition.yaml")

    @property
    def paths(self) -> list[Path]:
        return [self.ridge, self.stiff, self.trees]

    def blend(
        self,
        out: Path,
        *paths: Path,
        kind: str = "mean",
        name: str = "blend",
        clip: bool | None = None,
        **params: object,
    ) -> Blended:
        entry = PluginConfig(kind=kind, params=params)
        return blend_members(list(paths) or self.paths, entry, self.loaded, self.competition, name, out, clip)

    def table(self, path: Path, run: Path | None = None, shift: float = 0.25) -> Path:
        """Write the submission of a run once more, its values shifted, as somebody else's."""
        frame = pd.read_csv((run or self.ridge) / "submission.csv")
        frame.iloc[:, 1:] += shift
        frame.to_csv(path, index=False)
        return path


@pytest.fixture(scope="session")
def runs(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    out = tmp_path_factory.mktemp("runs")
    ridge = tiny.train(out, tiny.recipe(SINGLE, "ridge")).path
    stiff = tiny.train(out, tiny.recipe(SINGLE, "stiff", "models.ridge.params.penalty=1000.0")).path
    trees = tiny.train(out, tiny.recipe(TREES, "trees")).path
    return Runs(out, ridge, stiff, trees, tiny)
