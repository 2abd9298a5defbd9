"""Wrong recipes of the kit's own plug-ins: every problem at once, at file and line, with the right name."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit.config import load_recipe
from kit.errors import ConfigError

DEMO = Path(__file__).parents[1] / "competitions" / "demo" / "competition.yaml"
RECIPE = f"""\
extends: {DEMO}
target: {{kind: svd, params: {{n_component: 8}}}}
features:
  profile: {{kind: target_profil, params: {{by: sm_name}}}}
  cell: {{kind: one_hot, params: {{columns: [cell_type]}}}}
models:
  lgb:
    kind: lightgbm
    features: [cell, profle]
    params: {{learning_rte: 0.1, eta: 0.2, num_threads: 4, path_smooth: 1.0, library_params: {{path_smoth: 3}}}}
  xgb:
    kind: xgboost
    features: [cell]
    params: {{max_depth: -1, library_params: {{eta: 0.1, max_dpth: 3}}}}
  cat:
    kind: catboost
    features: [cell]
    params: {{library_params: {{l2_leaf_regg: 3}}}}
repeat: 3
"""


def test_every_problem_is_said_at_once(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(RECIPE)
    with pytest.raises(ConfigError) as caught:
        load_recipe(path)
    found = str(caught.value).splitlines()
    expected = [
        (2, "target.params.n_component", "did you mean 'n_components'?"),
        (4, "features.profile.kind", "did you mean 'target_profile'?"),
        (9, "models.lgb.features.1", "did you mean 'profile'?"),
        (10, "models.lgb.params.learning_rte", "did you mean 'learning_rate'?"),
        (10, "models.lgb.params.eta", "LightGBM's alias of 'learning_rate'"),
        (10, "models.lgb.params.num_threads", "cannot be set"),
        (10, "models.lgb.params.path_smooth", "under library_params"),
        (10, "models.lgb.params.library_params.path_smoth", "did you mean 'path_smooth'?"),
        (14, "models.xgb.params.max_depth", "-1"),
        (14, "models.xgb.params.library_params.eta", "duplicates learning_rate"),
        (14, "models.xgb.params.library_params.max_dpth", "did you mean 'max_depth'?"),
        (18, "models.cat.params.library_params.l2_leaf_regg", "did you mean 'l2_leaf_reg'?"),
        (19, "repeat", "did you mean 'repeats'?"),
    ]
    assert len(found) == len(expected)
    for line, (number, place, fragment) in zip(found, expected, strict=True):
        assert f"wrong.yaml:{number}: {place}: " in line
        assert fragment in line
