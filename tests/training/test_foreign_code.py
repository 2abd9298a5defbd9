"""What another package computes is computed again when that package changes, and then alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.models import MODELS
from kit.training.run_directory import CONTENTS
from kit.training.train import RunResult
from tests.loose import MODEL, Loose, loose_modules
from tests.tiny import Notes, Tiny

RECIPE = """
features: {cell: {kind: one_hot, params: {columns: [cell_type]}}}
models: {one: {kind: loose_one}, other: {kind: loose_other}}
"""


@pytest.fixture
def loose(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loose]:
    monkeypatch.setattr(MODELS, "_classes", dict(MODELS._classes))
    (tmp_path / "site").mkdir()
    with loose_modules(tmp_path / "site") as modules:
        modules.load("loose_one", MODEL.format(kind="loose_one", factor=0.5))
        modules.load("loose_other", MODEL.format(kind="loose_other", factor=1.0))
        yield modules


def score(result: RunResult, member: str) -> float:
    return float(result.leaderboard.set_index("member")["mrrmse"][member])


def test_an_edited_package_gives_its_new_numbers(tiny: Tiny, tmp_path: Path, loose: Loose) -> None:
    recipe, notes = tiny.recipe(RECIPE, "foreign"), Notes()
    first = tiny.train(tmp_path / "out", recipe)
    assert (first.path / CONTENTS).is_file()
    loose.load("loose_one", MODEL.format(kind="loose_one", factor=3.0))
    second = tiny.train(tmp_path / "out", recipe, observer=notes)
    assert (first.fitted, second.fitted) == (6, 3)
    assert score(second, "one") != score(first, "one")
    assert score(second, "other") == score(first, "other")
    why = "model 'one' is fitted again (3 fits), changed since: the source of its package loose_one"
    assert [note for note in notes.notes if "again" in note] == [why]
    assert why in (second.path / "log.txt").read_text()


@pytest.mark.parametrize("damaged", ["{", "[]", '{"tasks": {"x": 1}}'])
def test_an_earlier_run_whose_record_is_damaged_does_no_harm(
    tiny: Tiny, tmp_path: Path, loose: Loose, damaged: str
) -> None:
    first = tiny.train(tmp_path / "out", tiny.recipe(RECIPE, "foreign"))
    (first.path / CONTENTS).write_text(damaged)
    second = tiny.train(tmp_path / "out", tiny.recipe(RECIPE, "foreign", "seed=1"))
    assert second.fitted == 6


def test_a_run_that_nothing_changed_about_says_nothing(tiny: Tiny, tmp_path: Path, loose: Loose) -> None:
    recipe, notes = tiny.recipe(RECIPE, "foreign"), Notes()
    tiny.train(tmp_path / "out", recipe)
    again = tiny.train(tmp_path / "out", recipe, observer=notes)
    assert again.fitted == 0
    assert not any("changed since" in note for note in notes.notes)
    changed = tiny.recipe(RECIPE, "foreign", "metric=mae")  # no fit depends on it
    assert tiny.train(tmp_path / "out", changed, observer=notes).fitted == 0
    assert not any("changed since" in note for note in notes.notes)
