from __future__ import annotations

import numpy as np
import optuna
import pytest

from kit.tuning.trials import pruning
from kit.tuning.trials.pruning import BLOCKS, BlockPruner, row_blocks

N_FOLDS, N_ROWS = 4, 60


def test_blocks_are_a_division_that_only_the_rows_decide() -> None:
    positions = np.arange(100, 337, 3)
    blocks = row_blocks(positions)
    assert sorted(np.concatenate(blocks)) == list(range(len(positions)))
    assert {len(block) for block in blocks} <= {len(positions) // BLOCKS, len(positions) // BLOCKS + 1}
    shuffled = np.random.default_rng(0).permutation(len(positions))
    again = row_blocks(positions[shuffled])
    for block, other in zip(blocks, again, strict=True):
        assert set(positions[block]) == set(positions[shuffled][other])


def test_neighbours_come_into_different_blocks() -> None:
    label = np.empty(240, dtype=int)
    for place, block in enumerate(row_blocks(np.arange(240))):
        label[block] = place
    # Chance puts 1 of 12 beside its like.
    assert (label[1:] == label[:-1]).mean() < 0.2


def test_few_rows_make_few_blocks_and_never_blocks_of_one_row() -> None:
    assert sorted(map(len, row_blocks(np.arange(3)))) == [3]
    assert sorted(map(len, row_blocks(np.arange(11)))) == [5, 6]
    assert min(map(len, row_blocks(np.arange(47)))) == 4
    assert len(row_blocks(np.arange(48))) == len(row_blocks(np.arange(4800))) == BLOCKS


def study_of(
    best: np.ndarray, direction: str = "minimize", weights: tuple[float, ...] = (1.0,) * N_FOLDS
) -> optuna.Study:
    study = optuna.create_study(direction=direction, pruner=BlockPruner(dict(enumerate(weights))))
    trial = study.ask()
    for step, value in enumerate(best.ravel()):
        trial.report(float(value), step)
    study.tell(trial, float(best.mean()))
    return study


def pruned_after(study: optuna.Study, blocks: np.ndarray, order: list[int]) -> int | None:
    """Return after how many folds a trial with these block scores is pruned, asking as a trial asks."""
    trial = study.ask()
    for place, fold in enumerate(order[:-1], start=1):
        for block, value in enumerate(blocks[fold]):
            trial.report(float(value), fold * BLOCKS + block)
        if trial.should_prune():
            return place
    return None


@pytest.fixture(autouse=True)
def _one_trial_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "LEAST_TRIALS", 1)


def test_nothing_is_pruned_before_ten_trials_are_finished(best: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    study = study_of(best)
    for finished in range(1, 13):
        assert (pruned_after(study, best + 1, [0, 1, 2, 3]) is not None) == (finished >= 10)
        study.tell(study.trials[-1].number, float(best.mean()) + 1)


@pytest.fixture
def best() -> np.ndarray:
    # Folds as different as cell types, and blocks as different as compounds.
    chance = np.random.default_rng(0)
    return np.array([0.5, 0.9, 1.1, 1.6])[:, None] + chance.normal(0, 0.15, (N_FOLDS, BLOCKS))


@pytest.mark.parametrize("sign", [1, -1])
def test_planted_trials(best: np.ndarray, sign: int) -> None:
    """A trial's blocks differ from the best one's by noise of 0.02, a fifth of which an average over rows leaves."""
    study = study_of(sign * best, "minimize" if sign > 0 else "maximize")
    chance = np.random.default_rng(1)
    pruned: dict[float, list[int | None]] = {0.03: [], 0.0: [], -0.03: []}
    for shift, found in pruned.items():
        for number in range(60):
            order = [(number + place) % N_FOLDS for place in range(N_FOLDS)]
            blocks = best + shift + chance.normal(0, 0.02, best.shape)
            found.append(pruned_after(study, sign * blocks, order))
    # The bad ones are stopped, most of them after the first fold, whichever it is.
    assert sum(place is not None for place in pruned[0.03]) >= 58
    assert sum(place == 1 for place in pruned[0.03]) >= 45
    # Equally good ones hardly ever, better ones never.
    assert sum(place is not None for place in pruned[0.0]) <= 7
    assert pruned[-0.03] == [None] * 60


def test_a_trial_equal_to_the_best_one_stays(best: np.ndarray) -> None:
    assert pruned_after(study_of(best), best.copy(), [0, 1, 2, 3]) is None


def test_a_hair_worse_in_every_block_is_not_worse(best: np.ndarray) -> None:
    assert pruned_after(study_of(best), best * 1.001, [0, 1, 2, 3]) is None
    assert pruned_after(study_of(best), best * 1.01, [0, 1, 2, 3]) == 3
    assert pruned_after(study_of(best), best * 1.05, [3, 2, 1, 0]) == 1


def test_one_bad_block_does_not_prune(best: np.ndarray) -> None:
    blocks = best - 0.01
    blocks[:, 0] += 5.0
    assert pruned_after(study_of(best), blocks, [0, 1, 2, 3]) is None


def test_without_a_finished_trial_or_with_values_that_are_no_numbers_nothing_is_pruned(best: np.ndarray) -> None:
    study = optuna.create_study(pruner=BlockPruner(dict.fromkeys(range(N_FOLDS), 1.0)))
    assert pruned_after(study, best + 1, [0, 1, 2, 3]) is None
    wrong = best + 1
    wrong[0, 0] = np.nan
    assert pruned_after(study_of(best), wrong, [0, 1, 2, 3]) is None


def test_few_rows_decide_nothing(best: np.ndarray) -> None:
    few = best[:, :3]
    study = study_of(best)
    trial = study.ask()
    for block, value in enumerate(few[0] + 10):
        trial.report(float(value), block)
    assert not trial.should_prune()


def test_a_light_fold_cannot_prune_what_the_heavy_ones_can_make_good(best: np.ndarray) -> None:
    """The first fold counts 2 of 100: that all of its blocks agree says nothing of the score over folds."""
    weights = (2.0, 48.0, 25.0, 25.0)
    worse_there = best.copy()
    worse_there[0] += 0.1
    assert pruned_after(study_of(best, weights=weights), worse_there, [0, 1, 2, 3]) is None
    # Where the fold counts as much as the others, that loss decides.
    assert pruned_after(study_of(best), worse_there, [0, 1, 2, 3]) == 1
    worse_there[1] += 0.1
    assert pruned_after(study_of(best, weights=weights), worse_there, [1, 0, 2, 3]) == 1
    assert pruned_after(study_of(best, weights=weights), worse_there, [0, 1, 2, 3]) == 2
