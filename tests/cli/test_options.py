"""Options that several commands share."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Kit


@pytest.mark.parametrize(("arguments", "shown"), [([], "train"), (["data"], "simulate")])
def test_a_group_alone_prints_its_help_and_is_wrong_input(kit: Kit, arguments: list[str], shown: str) -> None:
    result = kit(*arguments)
    assert result.code == 2
    assert result.out == ""
    assert f"\n  {shown} " in result.err


@pytest.mark.parametrize("name", ["train", "config", "folds"])
def test_recipes_and_overrides_have_the_same_names_everywhere(kit: Kit, name: str) -> None:
    out = kit(name, "--help").out
    assert "YAML" in out.splitlines()[0]
    assert "--set A.B=C" in out


@pytest.mark.parametrize("name", ["train", "score", "check", "folds"])
def test_commands_that_read_tables_take_their_folder(kit: Kit, name: str) -> None:
    out = " ".join(kit(name, "--help").out.split())
    assert "--data DIR" in out
    assert "parquet, CSV, feather, .h5ad, in .zip or not" in out
