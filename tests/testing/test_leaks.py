"""The leak test passes for every plug-in of the kit, and catches one leaky plug-in of each kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kit.features import CategoryCodes, Interaction, Numeric, OneHot
from kit.splits import KFoldSplitter, Mix
from kit.testing import LeakCase, check_no_leak, find_leaks
from kit.testing.competitions import TRAIN
from kit.testing.leaks import as_entry
from tests.extras import HAS_TORCH
from tests.testing.examples import CHOICES, EXAMPLES, NEED_TORCH, STAGES, marked

HONEST = {name: example.leak for name, example in EXAMPLES.items() if example.leak is not None} | CHOICES | STAGES

# Predictions thrice too large, so that every clip range is reached.
BOLD = {"kind": "weighted", "params": {"weights": {"model": 3.0, "plain": 1.0}, "normalize": False}}

LEAKY: dict[str, tuple[dict[str, Any], list[str]]] = {
    "features from the whole table": (
        {"features": {"kind": "leaky_table", "params": {"path": "TRAIN"}}},
        ["has fitted changes: model/features/block/arrays.npz", "predicts its validation rows otherwise"],
    ),
    "features kept from other folds": (
        {"features": {"kind": "leaky_cache"}},
        ["has fitted changes: model/features/block/arrays.npz", "predicts its validation rows otherwise"],
    ),
    "a basis kept from other folds": (
        {"target": {"kind": "leaky_basis", "params": {"n_components": 3}}},
        ["has fitted changes: target/transform/arrays.npz", "the blend's predictions of the validation rows"],
    ),
    "a model that goes on from the last fold": (
        {"model": {"kind": "leaky_warm_start"}},
        ["has fitted changes: model/model/arrays.npz", "predicts its validation rows otherwise"],
    ),
    "a model that remembers every row": (
        {"model": {"kind": "leaky_memory"}, "features": CategoryCodes(["cell_type", "sm_name"])},
        ["predicts its validation rows otherwise"],
    ),
    "a penalty chosen by all folds together": (
        {"model": {"kind": "leaky_choice", "params": {"penalty": [1.0, 100.0]}}},
        ["chooses other values", "predicts its test rows otherwise"],
    ),
    "folds chosen by their targets": (
        {"folds": {"kind": "leaky_strongest"}},
        ["the folds themselves change"],
    ),
    "a blend weighted by the whole table": (
        {"blend": {"kind": "leaky_weights", "params": {"path": "TRAIN"}}},
        ["the blend's predictions of the validation rows"],
    ),
    "a teacher that reads the whole table": (
        {
            "features": {
                "cell": {"kind": "one_hot", "params": {"columns": ["cell_type"]}},
                "leak": {"kind": "leaky_table", "params": {"path": "TRAIN"}},
            },
            "stages": {"first": {"models": {"a": {"kind": "ridge", "features": ["leak"]}}}},
            "pseudo_labels": {"stage": "first"},
        },
        [
            "what the stage 'first' hands on in fold",
            "what the model 'first, a' of fold",
            "the model 'model' of fold 'T cells CD4+' predicts its validation rows otherwise",
        ],
    ),
    "a range kept from other folds": (
        {"postprocess": [{"kind": "leaky_range"}], "blend": BOLD},
        ["the blend's predictions of the validation rows"],
    ),
}


def with_path(value: Any, path: str) -> Any:
    if isinstance(value, dict):
        return {key: with_path(item, path) for key, item in value.items()}
    return path if value == "TRAIN" else value


@pytest.fixture(scope="module")
def leaks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What the test finds in every recipe, honest or leaky, in one pair of processes."""
    place = tmp_path_factory.mktemp("competition")
    leaky = {
        name: LeakCase(modules=["tests.testing.leaky"], **with_path(parts, str(place / TRAIN)))
        for name, (parts, _) in LEAKY.items()
    }
    honest = {name: case for name, case in HONEST.items() if HAS_TORCH or name not in NEED_TORCH}
    return find_leaks(honest | leaky, place)


# In one worker, so that the fixture is computed once.
@pytest.mark.slow
@pytest.mark.xdist_group("leaks")
@pytest.mark.parametrize("name", marked(HONEST))
def test_nothing_depends_on_validation_targets(name: str, leaks: dict[str, list[str]]) -> None:
    assert leaks[name] == []


@pytest.mark.slow
@pytest.mark.xdist_group("leaks")
@pytest.mark.parametrize("name", LEAKY)
def test_the_leak_is_caught(name: str, leaks: dict[str, list[str]]) -> None:
    found = "\n".join(leaks[name])
    for expected in LEAKY[name][1]:
        assert expected in found


def test_a_leak_of_the_kits_own_code_is_caught() -> None:
    with pytest.raises(AssertionError, match=r"the blend's predictions of the validation rows of fold .* change"):
        check_no_leak(blend=BOLD, modules=["tests.testing.leaky_evaluation"])


def test_a_plugin_is_written_as_a_recipe_writes_it() -> None:
    product = Interaction(OneHot(["cell_type"]), Numeric(["dose"]))
    assert as_entry(product) == {
        "kind": "interaction",
        "params": {
            "left": {
                "kind": "one_hot",
                "params": {"columns": ["cell_type"], "handle_unknown": "zeros", "missing": "error"},
            },
            "right": {"kind": "numeric", "params": {"columns": ["dose"], "missing": "error"}},
        },
    }
    mix = as_entry(Mix([KFoldSplitter(2, random_state=3)]))
    assert mix["params"]["schemes"] == [{"kind": "kfold", "params": {"n_splits": 2}}]
    assert as_entry("mean") == {"kind": "mean"}


def test_the_competition_is_left_where_it_was_asked_for(tmp_path: Path) -> None:
    case = LeakCase(model="mean_outcome", features=OneHot(["cell_type"]))
    assert find_leaks({"mean": case}, tmp_path) == {"mean": []}
    assert (tmp_path / TRAIN).is_file()
