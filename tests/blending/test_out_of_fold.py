from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kit.blending.finished_run import FinishedRun
from kit.blending.out_of_fold import OutOfFold
from kit.blends import Mean, Median, NonNegative, PerGroupBlend
from tests.blending.conftest import Runs


@pytest.fixture
def out_of_fold(runs: Runs) -> OutOfFold:
    return OutOfFold({path.name: FinishedRun.read(path) for path in runs.paths}, runs.competition)


def test_folds_are_those_of_the_runs(out_of_fold: OutOfFold, runs: Runs) -> None:
    rows = pd.read_parquet(runs.ridge / "oof_rows.parquet")
    np.testing.assert_array_equal(out_of_fold.rows, rows["row"])
    np.testing.assert_allclose(out_of_fold.weights, rows["weight"])
    np.testing.assert_array_equal(out_of_fold.groups, rows["cell_type"])
    for fold in out_of_fold.folds:
        assert set(rows["fold"].iloc[fold.entries]) == {fold.name}
        assert set(rows["fold"].iloc[fold.others]).isdisjoint({fold.name})
        assert len(fold.entries) + len(fold.others) == len(rows)
        assert set(fold.train).isdisjoint(fold.rows)


def test_a_row_of_the_fold_teaches_nothing_through_another_fold(runs: Runs) -> None:
    run = FinishedRun.read(runs.ridge)
    # The last fold validates a row of the first one too.
    shared = int(run.folds.loc[(run.folds["fold"] == 0) & (run.folds["part"] == "validation"), "row"].iloc[0])
    last = run.folds["fold"].max()
    extra = run.folds[run.folds["fold"] == last].iloc[:1].assign(part="validation", row=shared)
    folds = pd.concat([run.folds, extra], ignore_index=True)
    object.__setattr__(run, "folds", folds)
    found = OutOfFold({"run": run}, runs.competition)
    for fold in found.folds:
        assert set(found.rows[fold.others]).isdisjoint(fold.rows)
    assert shared not in found.rows[found.folds[0].others]


def test_inner_products_are_those_of_all_entries(out_of_fold: OutOfFold) -> None:
    everything = np.arange(len(out_of_fold.rows))
    Y, members = out_of_fold.targets(everything), out_of_fold.predictions(everything)
    for place, name in enumerate(out_of_fold.gram.names):
        expected = np.sqrt(np.mean((members[name].astype(float) - Y) ** 2, axis=1))
        np.testing.assert_allclose(out_of_fold.gram.member_errors()[:, place], expected, rtol=1e-6)


def test_fits_on_the_entries_alone(out_of_fold: OutOfFold) -> None:
    entries, names = out_of_fold.folds[0].others, list(out_of_fold.runs)[:2]
    members, Y = out_of_fold.predictions(entries), out_of_fold.targets(entries)
    some = {name: members[name] for name in names}
    expected = NonNegative().fit(some, Y, out_of_fold.weights[entries])
    found = out_of_fold.fit(NonNegative(), entries, names)
    assert found.weights_of(names) == pytest.approx(expected.weights_of(names), abs=1e-6)
    per_group = out_of_fold.fit(PerGroupBlend(Median(), min_rows=1), entries)
    assert set(per_group.groups_) == set(out_of_fold.groups[entries])  # type: ignore[attr-defined]
    assert isinstance(out_of_fold.fit(Mean(), entries), Mean)
