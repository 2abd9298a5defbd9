"""A key that was renamed says its new name, for one minor version."""

from __future__ import annotations

import tomllib

import pytest

from kit.config import load_recipe
from kit.config.checks.renamed import RENAMED, Renamed
from kit.errors import ConfigError
from tests.config.conftest import Write
from tests.documents import ROOT

RECIPE = """\
extends: competition.yaml
features: {cell: {kind: one_hot, params: {columns: [cell_type]}}}
random_seed: 3
models:
  random_seed: {kind: ridge, times: 2}
"""


def test_an_old_key_says_its_new_name(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RENAMED, "random_seed", Renamed("seed", "0.7"))
    monkeypatch.setitem(RENAMED, "models.<name>.times", Renamed("repeats", "0.8"))
    with pytest.raises(ConfigError) as caught:
        load_recipe(write(RECIPE))
    seed, times = str(caught.value).splitlines()
    assert "recipe.yaml:3: random_seed: unknown key 'random_seed' (since 0.7 it is called 'seed')" in seed
    assert "recipe.yaml:5: models.random_seed.times: unknown key 'times' (since 0.8 it is called 'repeats')" in times


def test_names_are_kept_for_one_minor_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    here = tuple(int(part) for part in version.split(".")[:2])
    for place, renamed in RENAMED.items():
        since = tuple(int(part) for part in renamed.since.split("."))
        assert here <= (since[0], since[1] + 1), f"{place} was renamed in {renamed.since}: remove it from the table"
