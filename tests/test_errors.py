from __future__ import annotations

import inspect

import pytest

from kit import errors
from kit.errors import InputError, KitError, RunError, did_you_mean, nearest

CLASSES = [
    cls
    for _, cls in inspect.getmembers(errors, inspect.isclass)
    if issubclass(cls, Exception) and not issubclass(cls, Warning)
]


def test_one_hierarchy_with_two_branches() -> None:
    for cls in CLASSES:
        assert issubclass(cls, KitError)
        # The command line's two failing exit codes: every error but the root is on exactly one of them.
        if cls is not KitError:
            assert issubclass(cls, InputError) != issubclass(cls, RunError), cls
    assert issubclass(InputError, ValueError)
    assert issubclass(RunError, RuntimeError)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("lightgmb", "lightgbm"),
        ("LightGBM", "lightgbm"),
        ("xgbost", "XGBoost"),
        ("ridge", "ridge"),
        ("transformer", None),
        ("", None),
    ],
)
def test_the_nearest_name(given: str, expected: str | None) -> None:
    assert nearest(given, ["lightgbm", "XGBoost", "ridge"]) == expected


def test_a_hint_is_the_nearest_name_or_all_names() -> None:
    assert did_you_mean("rigde", ["ridge", "mean"]) == " (did you mean 'ridge'?)"
    assert did_you_mean("transformer", ["ridge", "mean"]) == " (known: mean, ridge)"
    assert did_you_mean("anything", []) == ""
    assert did_you_mean("rigde", (name for name in ["ridge"])) == " (did you mean 'ridge'?)"
