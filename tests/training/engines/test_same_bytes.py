"""Every family of models makes the same bytes on every engine and with any number of workers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kit.training.engines.connect import connected
from kit.training.engines.local import LocalEngine
from kit.training.fitting.fit_task import Outcome
from kit.training.shard_run import train_shard
from kit.training.sharing.share import Shard
from kit.training.train import train
from tests.extras import needs_torch
from tests.tiny import Tiny, results

pytestmark = [pytest.mark.slow, needs_torch]

FAMILIES = """\
target: {kind: svd, params: {n_components: 4, center: none}}
features:
  profile: {kind: target_profile, params: {by: sm_name}}
  cell: {kind: one_hot, params: {columns: [cell_type]}}
  cell_type: {kind: category_codes, params: {columns: [cell_type]}}
  sm_name: {kind: category_codes, params: {columns: [sm_name]}}
  both: {kind: category_codes, params: {columns: [cell_type, sm_name]}}
models:
  ridge: {kind: ridge, features: [profile, cell]}
  kernel: {kind: kernel_ridge, features: [profile, cell]}
  svr: {kind: svr, features: [profile, cell]}
  gaussian: {kind: gaussian_process, features: [profile, cell]}
  process:
    kind: coregionalized_gp
    target: {kind: identity}
    features: [cell_type, sm_name]
    params: {n_steps: 3, terms: [{cell_type: free}, {cell_type: free, sm_name: {low_rank: 2}}]}
  lightgbm: {kind: lightgbm, features: [profile], params: {n_estimators: 3, min_data_in_leaf: 3}}
  xgboost: {kind: xgboost, features: [profile], params: {n_estimators: 3}}
  catboost: {kind: catboost, features: [profile], params: {iterations: 3}}
  forest: {kind: random_forest, features: [profile], params: {n_estimators: 5}}
  nearest: {kind: nearest, features: [profile, cell]}
  network: {kind: mlp, features: [profile, cell], params: {hidden: [8], n_epochs: 3}}
  embeddings: {kind: embedding_mlp, features: [both], params: {hidden: [8], n_epochs: 3}}
final: folds
"""


class OwnPart(LocalEngine):
    """Carries out what it is given first, and is interrupted then."""

    begun = False

    def run(self, *given: Any) -> list[Outcome]:
        if self.begun:
            raise KeyboardInterrupt
        self.begun = True
        return super().run(*given)


def test_the_bytes_are_those_of_one_process_wherever_fits_are_carried_out(tiny: Tiny, tmp_path: Path) -> None:
    recipe = tiny.recipe(FAMILIES, "families")
    expected = results(tiny.train(tmp_path / "one", recipe).path)
    assert len({name.split("/")[2] for name in expected if name.startswith("tasks/")}) == 12
    two = tiny.train(tmp_path / "two", recipe, jobs=2)
    assert results(two.path) == expected
    # The first shard stops when its own part is done, the second one does the rest.
    with pytest.raises(KeyboardInterrupt):
        train_shard(recipe, tiny.competition, Shard(1, 2), tmp_path / "shards", engine=OwnPart(1))
    rest = train_shard(recipe, tiny.competition, Shard(2, 2), tmp_path / "shards", engine=LocalEngine(1))
    assert (rest.fitted, rest.left, rest.total) == (12, 0, 24)
    joined = tiny.train(tmp_path / "shards", recipe)
    assert joined.fitted == 0
    assert results(joined.path) == expected
    pytest.importorskip("distributed", reason="the extra dask is not installed")
    with connected("dask", workers=1) as engine:
        far = train(recipe, tiny.competition, tmp_path / "far", engine=engine)
    # Feature blocks stay where they were fitted; all else has come back.
    theirs = {name: content for name, content in expected.items() if not name.startswith("features/")}
    assert results(far.path) == theirs
