from __future__ import annotations

from pathlib import Path

import pytest

from kit.config.text.origins import DEFAULT, Origin, Origins, dotted


def test_an_origin_is_shown_as_a_place_that_editors_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert str(Origin(tmp_path / "competitions" / "x.yaml", 23)) == "competitions/x.yaml:23"
    assert str(Origin(Path("x.yaml"))) == "x.yaml"
    assert str(Origin(tmp_path.parent / "x.yaml", 1)) == f"{tmp_path.parent / 'x.yaml'}:1"
    assert str(Origin(override="a.b=1")) == "--set a.b=1"
    assert str(DEFAULT) == "default"


def test_what_was_not_written_has_the_origin_of_what_is_around_it() -> None:
    origins = Origins({(): Origin(line=1), ("a",): Origin(line=2), ("a", "b", 0): Origin(line=3)})
    assert origins["a", "b", 0].line == 3
    assert origins["a", "b", 1, "c"].line == 2
    assert origins[("z",)].line == 1
    assert origins.exact(("a", "b")) is DEFAULT


def test_paths_are_shown_as_set_takes_them() -> None:
    assert dotted(("models", "lgb", "choose", "params.x", 0)) == 'models.lgb.choose."params.x".0'
