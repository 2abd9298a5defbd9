"""Every kind of model makes the same bytes on every engine and with any number of workers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kit.config import load_recipe
from kit.data import read_competition
from kit.models import MODELS
from kit.plugins import CLASSIFICATION, REGRESSION
from kit.testing.leaks import as_entry
from kit.training.engines.connect import connected
from kit.training.engines.local import LocalEngine
from kit.training.fitting.fit_task import Outcome
from kit.training.shard_run import train_shard
from kit.training.sharing.share import Shard
from kit.training.train import train
from tests.extras import needs_torch
from tests.labelled import FEATURES, write_labelled
from tests.problem_types.roads import VECTORS
from tests.testing.examples import EXAMPLES
from tests.tiny import Tiny, results

pytestmark = [pytest.mark.slow, needs_torch]

KINDS = {cls.kind: cls for cls in MODELS if cls.__module__.startswith("kit.")}

OF_RETRIEVAL = {"as_is", "deepset"}
"""What is for vectors alone."""

BLOCKS = {
    "cell": {"kind": "one_hot", "params": {"columns": ["cell_type"]}},
    "profile": {"kind": "target_profile", "params": {"by": "sm_name"}},
    "codes": {"kind": "category_codes", "params": {"columns": ["cell_type"]}},
    "both": {"kind": "category_codes", "params": {"columns": ["cell_type", "sm_name"]}},
    "cell_type": {"kind": "category_codes", "params": {"columns": ["cell_type"]}},
    "sm_name": {"kind": "category_codes", "params": {"columns": ["sm_name"]}},
}
PROCESS = {
    "kind": "coregionalized_gp",
    "target": {"kind": "identity"},
    "features": ["cell_type", "sm_name"],
    "params": {"n_steps": 3, "terms": [{"cell_type": "free"}, {"cell_type": "free", "sm_name": {"low_rank": 2}}]},
}
"""Its terms name the blocks that they read."""
FEW = ("ridge", "lightgbm", "mlp", "coregionalized_gp")

CLASSIFIERS: dict[str, dict[str, Any]] = {
    "balanced": {"model": {"kind": "nearest"}},
    "catboost_classifier": {"iterations": 3},
    "lda": {},
    "lightgbm_classifier": {"n_estimators": 3},
    "logistic": {},
    "prototypes": {},
    "svc": {},
    "xgboost_classifier": {"n_estimators": 3},
}


class OwnPart(LocalEngine):
    """Carries out what it is given first, and is interrupted then."""

    begun = False

    def run(self, *given: Any) -> list[Outcome]:
        if self.begun:
            raise KeyboardInterrupt
        self.begun = True
        return super().run(*given)


def entry(name: str) -> dict[str, Any]:
    """Return an example of a model as an entry of a recipe."""
    if name == "coregionalized_gp":
        return PROCESS
    case = EXAMPLES[f"model {name}"].leak
    assert case is not None
    if case.features is None:
        features = ["cell", "profile"]
    else:
        features = list(case.features) if isinstance(case.features, Mapping) else ["both"]
    return as_entry(case.model) | {"features": features}


def recipe_text(*names: str) -> str:
    target = {"kind": "svd", "params": {"n_components": 4, "center": "none"}}
    models = {name.replace(", ", "_"): entry(name) for name in names}
    read = {block for model in models.values() for block in model["features"]}
    blocks = {name: block for name, block in BLOCKS.items() if name in read}
    parts = {"target": target, "features": blocks, "models": models, "final": "folds"}
    return "".join(f"{key}: {json.dumps(value)}\n" for key, value in parts.items())


def models_in(found: Mapping[str, bytes]) -> set[str]:
    return {name.split("/")[2] for name in found if name.startswith("tasks/")}


def test_every_kind_is_trained_here() -> None:
    regression = {kind for kind, cls in KINDS.items() if REGRESSION in cls.problems}
    others = {kind for kind, cls in KINDS.items() if cls.problems == {CLASSIFICATION}}
    assert others == CLASSIFIERS.keys()
    assert regression | others | OF_RETRIEVAL == KINDS.keys()


def test_every_model_of_numbers_makes_the_same_bytes_in_two_processes(tiny: Tiny, tmp_path: Path) -> None:
    # Networks first: joblib starts a worker anew that grows by 300 MB after its first task, as it does with torch.
    kinds = sorted(
        (kind for kind, cls in KINDS.items() if REGRESSION in cls.problems),
        key=lambda kind: (not KINDS[kind].__module__.startswith("kit.models.neural"), kind),
    )
    names = [*kinds, "kernel_ridge, landmarks", "gaussian_process, landmarks", "recurrent, lstm"]
    recipe = tiny.recipe(recipe_text(*names), "every")
    expected = results(tiny.train(tmp_path / "one", recipe).path)
    assert len(models_in(expected)) == len(names)
    assert results(tiny.train(tmp_path / "two", recipe, jobs=2).path) == expected


def test_every_classifier_makes_the_same_bytes_in_two_processes(tmp_path: Path) -> None:
    models = {kind: {"kind": kind, "params": params} for kind, params in CLASSIFIERS.items()}
    recipe = load_recipe(write_labelled(tmp_path, f"{FEATURES}models: {json.dumps(models)}\nfinal: folds\n"))
    competition = read_competition(recipe.config, recipe.root, tmp_path / "cache")
    one, two = (results(train(recipe, competition, tmp_path / str(jobs), jobs).path) for jobs in (1, 2))
    assert models_in(one) == CLASSIFIERS.keys()
    assert one == two


def test_models_of_vectors_make_the_same_bytes_in_two_processes(tmp_path: Path) -> None:
    recipe = load_recipe(VECTORS.write(tmp_path))
    assert {model.kind for model in recipe.config.models.values()} >= OF_RETRIEVAL
    competition = read_competition(recipe.config, recipe.root, tmp_path / "cache")
    runs = [train(recipe, competition, tmp_path / str(jobs), jobs).path for jobs in (1, 2)]
    one, two = ({str(path.relative_to(run)): path.read_bytes() for path in run.rglob("*.npy")} for run in runs)
    assert models_in(one) == recipe.config.models.keys()
    assert one == two


def test_shards_and_a_cluster_make_the_bytes_of_one_process(tiny: Tiny, tmp_path: Path) -> None:
    recipe = tiny.recipe(recipe_text(*FEW), "few")
    expected = results(tiny.train(tmp_path / "one", recipe).path)
    # The first shard stops when its own part is done, the second one does the rest.
    with pytest.raises(KeyboardInterrupt):
        train_shard(recipe, tiny.competition, Shard(1, 2), tmp_path / "shards", engine=OwnPart(1))
    rest = train_shard(recipe, tiny.competition, Shard(2, 2), tmp_path / "shards", engine=LocalEngine(1))
    assert (rest.fitted, rest.left, rest.total) == (len(FEW), 0, 2 * len(FEW))
    joined = tiny.train(tmp_path / "shards", recipe)
    assert joined.fitted == 0
    assert results(joined.path) == expected
    pytest.importorskip("distributed", reason="the extra dask is not installed")
    with connected("dask", workers=2) as engine:
        far = train(recipe, tiny.competition, tmp_path / "far", engine=engine)
    # Feature blocks stay where they were fitted; all else has come back.
    theirs = {name: content for name, content in expected.items() if not name.startswith("features/")}
    assert results(far.path) == theirs
