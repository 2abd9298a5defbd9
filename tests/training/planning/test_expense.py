from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kit import large
from kit.data import Competition
from kit.training.planning.estimate import libraries_of
from kit.training.planning.expense import Expense, expense
from kit.training.planning.recipe_model import RecipeModel
from tests.tiny import Tiny

CELL = "features: {cell: {kind: one_hot, params: {columns: [cell_type]}}}\n"


def cost_of(tiny: Tiny, text: str, name: str, workers: int = 1) -> Expense:
    return expense(tiny.plan(tiny.recipe(CELL + text, name)), tiny.competition, workers)


def widened(tiny: Tiny) -> Competition:
    """Return the competition with a thousand times the targets."""
    names = tuple(map(str, range(1000 * tiny.competition.n_targets)))
    return replace(tiny.competition, Y=np.tile(tiny.competition.Y, (1, 1000)), targets=names)


def test_a_run_costs_its_fits_and_what_is_beside_them(tiny: Tiny) -> None:
    one = cost_of(tiny, "models: {m: {kind: ridge}}", "one")
    two = cost_of(tiny, "models: {m: {kind: ridge}, n: {kind: ridge}}", "two")
    assert one.cpu_seconds == one.beside_seconds + one.models[0].cpu_seconds
    assert len(two.models) == 2
    assert two.beside_seconds > one.beside_seconds > 1  # members are scored; a process starts


def test_wide_tables_take_time_and_memory_beside_the_fits(tiny: Tiny) -> None:
    plan = tiny.plan(tiny.standard())
    wide = widened(tiny)
    narrow, costly = (expense(plan, competition, 1) for competition in (tiny.competition, wide))
    assert costly.beside_seconds > narrow.beside_seconds
    assert costly.main_bytes - narrow.main_bytes > 2 * (wide.Y.nbytes - tiny.competition.Y.nbytes)


def test_what_lives_in_files_is_no_memory_of_the_process(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = tiny.plan(tiny.standard())
    wide = widened(tiny)
    kept = expense(plan, wide, 2)
    # Halves of the folds are smaller than the table: at first the table alone is in a file, then all is.
    monkeypatch.setattr(large, "LARGE", wide.Y.nbytes)
    some = expense(plan, wide, 2)
    monkeypatch.setattr(large, "LARGE", 1000)
    mapped, narrow = expense(plan, wide, 2), expense(plan, tiny.competition, 2)
    assert kept.main_bytes - some.main_bytes >= wide.Y.nbytes
    smallest = min(len(fold.validation) for fold in plan.folds)
    assert some.main_bytes - mapped.main_bytes >= 3 * smallest * 4 * wide.n_targets
    # What is left is what there is for few targets, and the bases of the models.
    assert mapped.main_bytes == narrow.main_bytes
    assert mapped.worker_bytes - narrow.worker_bytes < wide.Y.nbytes
    assert kept.worker_bytes - mapped.worker_bytes >= 2 * wide.Y.nbytes
    assert kept.cpu_seconds == some.cpu_seconds == mapped.cpu_seconds


def test_scoring_holds_what_all_folds_validate(tiny: Tiny) -> None:
    wide = widened(tiny)
    few, all_rows = (
        tiny.plan(tiny.recipe(f"{CELL}models: {{m: ridge}}\n{folds}", name))
        for name, folds in (("few", ""), ("all_rows", "folds: {kind: kfold, params: {n_splits: 2}}\n"))
    )
    assert sum(len(fold.validation) for fold in few.folds) < sum(len(fold.validation) for fold in all_rows.folds)
    assert expense(all_rows, wide, 2).main_bytes - expense(few, wide, 2).main_bytes > 2 * wide.Y.nbytes


def test_every_worker_is_a_process_of_its_own(tiny: Tiny) -> None:
    one, two, four = (cost_of(tiny, "models: {m: {kind: ridge}}", "shared", workers) for workers in (1, 2, 4))
    assert one.worker_bytes == one.main_bytes
    assert two.worker_bytes == four.worker_bytes < two.main_bytes
    assert one.beside_seconds < two.beside_seconds < four.beside_seconds
    assert len({cost.models[0].cpu_seconds for cost in (one, two, four)}) == 1


def test_every_process_that_fits_loads_its_libraries(tiny: Tiny) -> None:
    plain = cost_of(tiny, "models: {m: {kind: ridge}}", "plain", 2)
    inside = cost_of(tiny, "models: {m: {kind: bagged, params: {model: {kind: mlp}, n_repeats: 2}}}", "inside", 2)
    for process in ("main_bytes", "worker_bytes"):
        assert getattr(inside, process) - getattr(plain, process) > 100 * 2**20
    assert inside.beside_seconds - plain.beside_seconds > 3 * 1.0  # this process and both workers


def test_libraries_are_those_of_models_inside_of_models_and_of_blocks(tiny: Tiny) -> None:
    text = CELL.replace("}}}", "}}, shape: {kind: fingerprint}}") + (
        "models: {m: {kind: bagged, params: {model: {kind: lightgbm}, n_repeats: 2}}}"
    )
    loaded = tiny.recipe(text, "libraries")
    assert libraries_of(RecipeModel.of(loaded.config, "m")) >= {"lightgbm", "rdkit"}
