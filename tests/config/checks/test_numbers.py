"""Numbers are finite, wherever a recipe has them: refused at file and line before anything is fitted."""

from __future__ import annotations

import pytest

from kit.config import load_recipe
from kit.errors import ConfigError
from tests.config.conftest import Write

HEAD = "extends: competition.yaml\nfeatures: {c: {kind: one_hot, params: {columns: [a]}}}\n"


@pytest.mark.parametrize(
    ("text", "line", "path"),
    [
        ("models:\n  m: {kind: ridge, params: {penalty: .inf}}\n", 4, "penalty"),
        ("models:\n  m: {kind: ridge, params: {penalty: 1.0e400}}\n", 4, "penalty"),
        ("models:\n  m: {kind: ridge, params: {penalty: .nan}}\n", 4, "penalty"),
        (
            "models:\n  m: {kind: lightgbm, params: {library_params: {num_threads: .inf}}}\n",
            4,
            "num_threads: expected a finite number, got .inf",
        ),
        (
            "models:\n  m: {kind: lightgbm, params: {library_params: {num_threads: [1, .nan]}}}\n",
            4,
            "num_threads.1: expected a finite number, got .nan",
        ),
        (
            "models: {m: ridge, n: ridge}\nblend: {kind: weighted, params: {weights: {m: .inf, n: 1.0}}}\n",
            4,
            "weights.m",
        ),
        (
            "stages: {t: {models: {m: ridge}}}\nmodels: {m: ridge}\npseudo_labels:\n  stage: t\n  weight: .inf\n",
            7,
            "weight",
        ),
        ("models: {m: ridge}\ntarget: {kind: clipped, params: {low: -.inf}}\n", 4, "low: expected a finite number"),
        ("models: {m: {kind: ridge, choose: {params.penalty: [1.0, .inf]}}}\n", 3, "choose"),
    ],
)
def test_what_is_not_finite_is_refused_at_file_and_line(write: Write, text: str, line: int, path: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_recipe(write(HEAD + text))
    said = str(caught.value)
    assert f"recipe.yaml:{line}" in said
    assert path in said


def test_set_is_checked_too(write: Write) -> None:
    with pytest.raises(ConfigError, match=r"--set .*models.m.params.penalty.*got \.inf .numbers are finite"):
        load_recipe(write(HEAD + "models: {m: ridge}\n"), ["models.m.params.penalty=.inf"])
