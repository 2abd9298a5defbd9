from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

from kit.classes import margins
from kit.errors import InputError, KitWarning, ParameterError
from kit.plugins import Plugin
from kit.postprocess import Assign

N_CLASSES, N_GROUPS = 40, 4
GROUPS = np.random.default_rng(5).permutation(N_CLASSES).reshape(N_GROUPS, -1)
"""The classes of each group."""


def make_design(moved_on: list[int], missing: float = 0.0) -> tuple[np.ndarray, pd.DataFrame]:
    """Return the class of every row, and its experiment and plate: each class once in each experiment."""
    rng = np.random.default_rng(len(moved_on))
    lines = [
        (code, f"e{experiment}", plate)
        for experiment, moved in enumerate(moved_on)
        for plate in range(N_GROUPS)
        for code in GROUPS[(plate + moved) % N_GROUPS]
        if rng.random() >= missing
    ]
    frame = pd.DataFrame(lines, columns=["code", "experiment", "plate"]).sample(frac=1, random_state=0)
    return frame["code"].to_numpy(), frame[["experiment", "plate"]].reset_index(drop=True)


def make_probabilities(codes: np.ndarray, strength: float, seed: int = 0) -> np.ndarray:
    scores = np.random.default_rng(seed).standard_normal((len(codes), N_CLASSES))
    scores[np.arange(len(codes)), codes] += strength
    exponentials = np.exp(scores)
    return (exponentials / exponentials.sum(axis=1, keepdims=True)).astype(np.float32)


def hits(probabilities: np.ndarray, codes: np.ndarray) -> float:
    return float((probabilities.argmax(axis=1) == codes).mean())


CODES, ROWS = make_design([0, 2, 1, 0])
NEW_CODES, NEW_ROWS = make_design([3, 1, 2], missing=0.05)
GIVEN = make_probabilities(NEW_CODES, 2.7)
Y = np.eye(N_CLASSES, dtype=np.float32)[CODES]


def learnt(**parameters: float) -> Assign:
    step = Assign(within=["experiment"], groups="learn", plates=["plate"], **parameters)  # type: ignore[arg-type]
    with pytest.warns(KitWarning, match=r"4 groups in the training rows\): a leak of the design"):
        return step.fit(Y, ROWS)


def unique_alone() -> Assign:
    return Assign(within=["experiment"]).fit(Y, ROWS)


def test_no_class_is_given_twice_in_an_experiment_and_more_are_right() -> None:
    found = unique_alone().transform(GIVEN, NEW_ROWS)
    assert not pd.Series(found.argmax(axis=1)).groupby(NEW_ROWS["experiment"]).apply(lambda x: x.duplicated()).any()
    assert hits(found, NEW_CODES) > hits(GIVEN, NEW_CODES)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-5)


def test_only_a_row_that_lost_its_likeliest_class_changes_and_is_then_unsure() -> None:
    found = unique_alone().transform(GIVEN, NEW_ROWS)
    overruled = found.argmax(axis=1) != GIVEN.argmax(axis=1)
    assert 0 < overruled.sum() < len(GIVEN)
    np.testing.assert_array_equal(found[~overruled], GIVEN[~overruled])
    assert margins(found)[overruled].max() < 1e-6
    # The order of all other classes stays.
    for row in np.flatnonzero(overruled):
        others = np.delete(np.arange(N_CLASSES), found[row].argmax())
        np.testing.assert_array_equal(np.argsort(found[row, others]), np.argsort(GIVEN[row, others]))


def test_most_rows_are_expected_to_be_right() -> None:
    given = np.random.default_rng(1).dirichlet(np.ones(5), 3).astype(np.float32)
    rows = pd.DataFrame({"experiment": ["a"] * 3})
    step = Assign(within=["experiment"], balance=False).fit(np.eye(5, dtype=np.float32), rows.iloc[[0] * 5])
    found = step.transform(given, rows)
    best = max(itertools.permutations(range(5), 3), key=lambda to: given[range(3), to].sum())
    assert tuple(found.argmax(axis=1)) == best


def test_a_class_that_a_model_names_too_often_counts_like_any_other() -> None:
    """Classes are named by a model that prefers some; where every class is there once, that can be undone."""
    biased = GIVEN * np.random.default_rng(2).lognormal(0, 1.5, N_CLASSES).astype(np.float32)
    biased /= biased.sum(axis=1, keepdims=True)
    steps = [Assign(within=["experiment"], balance=balance).fit(Y, ROWS) for balance in (True, False)]
    balanced, as_it_is = (hits(step.transform(biased, NEW_ROWS), NEW_CODES) for step in steps)
    assert balanced > as_it_is + 0.02
    # A row alone says nothing of how often a model names a class: its likeliest one stays.
    alone = Assign(within=["experiment"]).fit(Y, ROWS).transform(biased[:1], NEW_ROWS.iloc[:1])
    np.testing.assert_array_equal(alone, biased[:1])


def test_equal_probabilities_still_give_each_class_once() -> None:
    rows = pd.DataFrame({"experiment": ["a"] * 4})
    step = Assign(within=["experiment"]).fit(np.eye(4, dtype=np.float32), rows)
    found = step.transform(np.full((4, 4), 0.25, dtype=np.float32), rows)
    assert sorted(found.argmax(axis=1)) == [0, 1, 2, 3]


def test_groups_are_learnt_and_every_plate_gets_its_own() -> None:
    step = learnt(margin=1.5)
    for group in GROUPS:
        assert len(set(step.groups_[group])) == 1
    assert len(set(step.groups_)) == N_GROUPS
    found = step.transform(GIVEN, NEW_ROWS)
    np.testing.assert_array_equal(step.groups_[found.argmax(axis=1)], step.groups_[NEW_CODES])
    assert hits(found, NEW_CODES) > hits(unique_alone().transform(GIVEN, NEW_ROWS), NEW_CODES)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-5)


def test_without_a_clear_vote_nothing_is_ruled_out() -> None:
    """A model that knows nothing has no say in the division of groups; nor has any, below a margin out of reach."""
    nothing = make_probabilities(NEW_CODES, 0.0)
    expected = unique_alone().transform(nothing, NEW_ROWS)
    np.testing.assert_array_equal(learnt().transform(nothing, NEW_ROWS), expected)
    np.testing.assert_array_equal(
        learnt(margin=50.0).transform(GIVEN, NEW_ROWS), unique_alone().transform(GIVEN, NEW_ROWS)
    )
    assert not np.array_equal(learnt(margin=0.0).transform(nothing, NEW_ROWS), expected)


def test_classes_that_share_no_plates_are_said_not_to() -> None:
    together = ROWS.assign(plate=1)
    step = Assign(within=["experiment"], groups="learn", plates=["plate"])
    with pytest.warns(KitWarning, match="found no groups"):
        step.fit(Y, together)
    np.testing.assert_array_equal(step.transform(GIVEN, NEW_ROWS), unique_alone().transform(GIVEN, NEW_ROWS))


def test_a_class_without_training_rows_is_ruled_out_nowhere() -> None:
    seen = CODES != 7
    with pytest.warns(KitWarning, match="4 groups"):
        step = Assign(within=["experiment"], groups="learn", plates=["plate"]).fit(Y[seen], ROWS[seen])
    assert step.groups_[7] == -1
    sure = np.zeros_like(GIVEN)
    sure[np.arange(len(sure)), NEW_CODES] = 1.0
    np.testing.assert_array_equal(step.transform(sure, NEW_ROWS).argmax(axis=1), NEW_CODES)


@pytest.mark.parametrize("step", [unique_alone, learnt])
def test_rows_of_another_experiment_change_nothing(step: type[Assign]) -> None:
    fitted, mine = step(), (NEW_ROWS["experiment"] == "e1").to_numpy()
    whole = fitted.transform(GIVEN, NEW_ROWS)
    np.testing.assert_array_equal(fitted.transform(GIVEN[mine], NEW_ROWS[mine]), whole[mine])
    order = np.random.default_rng(0).permutation(len(GIVEN))
    np.testing.assert_array_equal(fitted.transform(GIVEN[order], NEW_ROWS.iloc[order]), whole[order])


def test_saved_and_loaded_is_the_same(tmp_path: Path) -> None:
    fitted = learnt()
    fitted.save(tmp_path / "step")
    loaded = Plugin.load(tmp_path / "step")
    assert isinstance(loaded, Assign)
    np.testing.assert_array_equal(loaded.transform(GIVEN, NEW_ROWS), fitted.transform(GIVEN, NEW_ROWS))


def test_refuses_what_does_not_go_together() -> None:
    with pytest.raises(ParameterError, match="needs the columns that name a plate"):
        Assign(within=["experiment"], groups="learn").fit(Y, ROWS)
    with pytest.raises(ParameterError, match="groups is 'none'"):
        Assign(within=["experiment"], plates=["plate"]).fit(Y, ROWS)
    with pytest.raises(ParameterError, match="leave nothing to do"):
        Assign(within=["experiment"], unique=False).fit(Y, ROWS)
    with pytest.raises(InputError, match=r"'experimen'.*did you mean 'experiment'"):
        Assign(within=["experimen"]).fit(Y, ROWS).transform(GIVEN, NEW_ROWS)
    with pytest.raises(InputError, match="pass them beside the matrix"):
        Assign(within=["experiment"]).fit(Y)
    with pytest.raises(InputError, match="expected a row for each of"):
        unique_alone().transform(GIVEN, NEW_ROWS[1:])
    with pytest.raises(InputError, match="put the step `probabilities` before it"):
        unique_alone().transform(-GIVEN, NEW_ROWS)
    with pytest.raises(InputError, match="'e0' has 160 rows for 40 classes"):
        unique_alone().transform(make_probabilities(CODES, 1.0), ROWS.assign(experiment="e0"))
    with pytest.raises(NotFittedError):
        Assign(within=["experiment"]).transform(GIVEN, NEW_ROWS)
