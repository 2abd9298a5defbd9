from __future__ import annotations

from typing import Any

import pytest

from kit.training.planning.changes import changes, recorded, told

PLUGINS = {
    "model theirs": {"packages": {"lab": {"distribution": "lab-models", "version": "1.0", "source": "a"}}},
    "model lightgbm": {"libraries": {"lightgbm": "4.3"}},
}
CONTENT = {"code": "c", "libraries": {"numpy": "2.0"}, "data": "d", "model": {"kind": "theirs"}, "plugins": PLUGINS}


def since(**other: Any) -> list[str]:
    """Return the changes from `CONTENT` to one in which some parts are others."""
    return changes("task", recorded({"task": CONTENT}), recorded({"task": CONTENT | other}))


def package(**other: Any) -> dict[str, Any]:
    """Return `PLUGINS` with another package."""
    described = PLUGINS["model theirs"]["packages"]["lab"] | other
    return PLUGINS | {"model theirs": {"packages": {"lab": described}}}


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"code": "e"}, ["the kit's own code"]),
        ({"data": "e", "model": {}}, ["the data", "its parameters"]),
        ({"libraries": {"numpy": "2.1"}}, ["numpy (2.0 → 2.1)"]),
        ({"plugins": package(source="b")}, ["the source of its package lab-models"]),
        ({"plugins": package(version="1.1", source="b")}, ["its package lab-models (1.0 → 1.1)"]),
        ({"plugins": PLUGINS | {"model lightgbm": {"libraries": {"lightgbm": "4.5"}}}}, ["lightgbm (4.3 → 4.5)"]),
        ({"plugins": PLUGINS | {"model lightgbm": {}}}, ["lightgbm (4.3 → absent)"]),
        ({"seed": 3}, ["its seed"]),
        ({"folds": ["x"]}, ["what the folds chose"]),
        ({"folds": ["x"], "rows": [1]}, ["its rows"]),  # the folds' fits have changed for the same reason
        ({"something": "new"}, ["what it was made of"]),
    ],
)
def test_a_change_is_said_in_words(other: dict[str, Any], words: list[str]) -> None:
    assert since(**other) == words


def test_models_of_one_reason_share_a_sentence() -> None:
    assert told([("a", ["the data"]), ("b", ["the data"]), ("a", ["the data"]), ("c", ["its seed", "its rows"])]) == [
        "models 'a', 'b' are fitted again (3 fits), changed since: the data",
        "model 'c' is fitted again (1 fit), changed since: its seed, its rows",
    ]
