from __future__ import annotations

import json
import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd
import pytest

from kit.config import load_recipe
from kit.config.search_recipe import SearchRecipe
from kit.data import Competition
from kit.errors import ConfigError, InputError, KitWarning, RunError, StateError
from kit.models.ridge import Ridge
from kit.training.train import train
from kit.tuning import TuneOptions, TuneResult, tune
from kit.tuning.trials import pruning
from tests.tuning.conftest import INTERCEPT, PENALTY, RIDGE, MakeSearch
from tests.tuning.observing import Notes


def run(
    search: SearchRecipe,
    competition: Competition,
    out: Path,
    trials: int,
    observer: Notes | None = None,
    **options: Any,
) -> TuneResult:
    return tune(search, competition, out, TuneOptions(trials, **options), observer)


def test_a_study_ends_with_a_recipe_that_trains_to_its_score(
    make_search: MakeSearch, competition: Competition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "LEAST_TRIALS", 1)
    result = run(make_search(), competition, tmp_path / "out", 12, command="kit tune ridge.yaml --trials 12")
    trials = result.trials
    assert result.directory == tmp_path / "out" / "demo" / "studies" / "ridge"
    assert set(trials["state"]) == {"complete", "pruned"}
    assert len(trials) == 12
    # The present values come first; the best is at least as good.
    assert (trials[PENALTY].iloc[0], trials[INTERCEPT].iloc[0], trials["present_values"].iloc[0]) == (300, False, True)
    assert result.best["score"] == trials["score"].min() <= trials["score"].iloc[0]
    # The recipe reads as before, and its run has the trial's score.
    text = result.output.read_text()
    assert result.output == tmp_path / "ridge.tuned.yaml"
    head = text.splitlines()[:4]
    assert head[0].startswith("# Tuned by `kit tune`, values of 20")
    assert f"study ridge (mean), trial {result.best['trial']}, mrrmse {result.best['score']:.6f} on 2 folds" in head[1]
    assert head[2] == "# kit tune ridge.yaml --trials 12"
    assert "# A recipe with two searched values." in text
    assert "# found by hand" in text
    loaded = load_recipe(result.output)
    trained = train(loaded, competition, tmp_path / "trained", jobs=1)
    assert trained.summary["score"] == pytest.approx(result.best["score"], abs=1e-9)
    for fold, score in trained.summary["by_fold"].items():
        assert score == pytest.approx(result.best["fold_scores"][fold], abs=1e-9)


def test_files_of_a_study(make_search: MakeSearch, competition: Competition, tmp_path: Path) -> None:
    result = run(make_search(), competition, tmp_path, 8)
    folder = result.directory
    names = {path.name for path in folder.iterdir()}
    expected = {"journal.log", "trials.csv", "best.json", "importance.csv", "shared"}
    assert expected <= names
    assert json.loads((folder / "best.json").read_text())["values"] == result.best["values"]
    pd.testing.assert_frame_equal(
        pd.read_csv(folder / "trials.csv")[["trial", "score"]], result.trials[["trial", "score"]]
    )
    assert sum(result.importance.values()) == pytest.approx(1)
    # Nothing of a trial's own is left.
    assert not list((folder / "scratch").iterdir())
    assert not list(folder.rglob("*.lock.*"))


def test_one_worker_is_reproducible_and_a_study_that_goes_on_makes_the_same_trials(
    make_search: MakeSearch, competition: Competition, tmp_path: Path
) -> None:
    search = make_search()
    whole = run(search, competition, tmp_path / "whole", 8)
    run(search, competition, tmp_path / "parts", 3)
    observer = Notes()
    parts = run(search, competition, tmp_path / "parts", 8, observer)
    assert observer.begun == (8, 3)
    assert [trial.number for trial in observer.ended] == [3, 4, 5, 6, 7]
    columns = ["trial", "state", "score", "reduced", PENALTY, INTERCEPT]
    pd.testing.assert_frame_equal(parts.trials[columns], whole.trials[columns])
    # It has its trials: nothing more is done.
    observer = Notes()
    again = run(search, competition, tmp_path / "parts", 8, observer)
    assert observer.ended == []
    assert again.best == parts.best
    # The first trials vary one value at a time from the start, whatever the seed.
    other = run(search, competition, tmp_path / "other", 6, seed=99)
    assert other.trials[PENALTY].iloc[:4].tolist() == whole.trials[PENALTY].iloc[:4].tolist() == [300, 30, 300, 3000]
    assert set(other.trials[PENALTY][4:]).isdisjoint(whole.trials[PENALTY])


def test_planted_bad_values_are_pruned_and_good_ones_are_not(
    make_search: MakeSearch, competition: Competition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here strong penalties are far worse than weak ones in every fold, and weak ones hardly differ."""
    monkeypatch.setattr(pruning, "LEAST_TRIALS", 1)
    choices = "{choice: [0.001, 0.002, 0.004, 200.0, 400.0], value: 0.002}"
    text = RIDGE.replace("{search: [0.01, 100000.0], log: true, value: 300.0}", choices)
    result = run(make_search(text.replace("{choice: [true, false], value: false}", "false")), competition, tmp_path, 25)
    states = result.trials.groupby(PENALTY)["state"].agg(set)
    assert states[200.0] == {"pruned"}
    assert states[400.0] == {"pruned"}
    for good in (0.001, 0.002, 0.004):
        assert states.get(good, {"complete"}) == {"complete"}
    assert len(states) >= 4
    # What a pruned trial has seen is in the table: one fold of two.
    pruned = result.trials[result.trials["state"] == "pruned"]
    assert (pruned.filter(like="fold ").notna().sum(axis=1) == 1).all()


def test_the_best_is_chosen_by_the_full_width_score(
    make_search: MakeSearch, competition: Competition, tmp_path: Path
) -> None:
    result = run(make_search(), competition, tmp_path, 10)
    complete = result.trials[result.trials["state"] == "complete"]
    assert (complete["score"] != complete["reduced"]).all()  # clipping changes every trial's
    assert result.best["trial"] == complete.loc[complete["score"].idxmin(), "trial"]


def test_ucb_is_what_it_says(make_search: MakeSearch, competition: Competition, tmp_path: Path) -> None:
    result = run(make_search(), competition, tmp_path, 5, objective="ucb")
    folds = result.trials.filter(like="fold ").to_numpy()
    bound = folds.mean(axis=1) + folds.std(axis=1, ddof=1) / math.sqrt(2)
    assert result.best["chosen_by"] == pytest.approx(np.nanmin(bound))
    weighted = result.trials["score"].iloc[result.best["trial"]]
    assert result.best["score"] == pytest.approx(weighted)


def test_pareto_says_that_nothing_is_pruned_and_keeps_the_front(
    make_search: MakeSearch, competition: Competition, tmp_path: Path
) -> None:
    observer = Notes()
    result = run(make_search(), competition, tmp_path, 6, observer, objective="pareto")
    assert any("no trial is pruned" in text for text in observer.notes)
    assert set(result.trials["state"]) == {"complete"}
    front = result.pareto
    assert front is not None
    for _, one in front.iterrows():
        others = result.trials
        assert not ((others["score"] < one["score"]) & (others["cpu_s"] < one["cpu_s"])).any()
    assert result.best["trial"] == front["trial"].iloc[0]
    assert "pareto.csv" in {path.name for path in result.directory.iterdir()}


def test_greater_can_be_better(make_search: MakeSearch, competition: Competition, tmp_path: Path) -> None:
    search = make_search(RIDGE + "metric: pearson\n")
    result = run(search, competition, tmp_path, 6)
    assert result.best["score"] == result.trials["score"].max()
    assert result.best["metric"] == "pearson"


def test_a_metric_that_is_no_mean_over_rows_is_searched_by_without_pruning(
    make_search: MakeSearch, competition: Competition, tmp_path: Path
) -> None:
    search, observer = make_search(RIDGE + "metric: target_pearson\n"), Notes()
    result = run(search, competition, tmp_path, 4, observer)
    assert any("target_pearson has no value for a row" in text for text in observer.notes)
    assert set(result.trials["state"]) == {"complete"}
    assert result.best["metric"] == "target_pearson"
    assert result.best["score"] == result.trials["score"].max()


def test_what_trials_have_in_common_is_kept_once(
    make_search: MakeSearch, competition: Competition, tmp_path: Path
) -> None:
    result = run(make_search(), competition, tmp_path, 6)
    assert len(list((result.directory / "shared" / "features").glob("*/DONE"))) == 4  # 2 blocks, 2 folds
    assert len(list((result.directory / "shared" / "targets").glob("*/DONE"))) == 2


def test_a_study_that_was_cut_off_before_its_first_trial_keeps_its_warm_start(
    make_search: MakeSearch, competition: Competition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_off(*arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(optuna.Study, "set_user_attr", cut_off)
        with pytest.raises(KeyboardInterrupt):
            tune(make_search(), competition, tmp_path, TuneOptions(1))
    result = tune(make_search(), competition, tmp_path, TuneOptions(1))
    assert result.best["values"] == {PENALTY: 300.0, INTERCEPT: False}


def test_without_present_values_there_is_no_warm_start(
    make_search: MakeSearch, competition: Competition, tmp_path: Path
) -> None:
    observer = Notes()
    search = make_search(RIDGE.replace(", value: 300.0", ""))
    result = run(search, competition, tmp_path, 2, observer)
    assert any("no warm start" in text for text in observer.notes)
    assert not result.trials["present_values"].any()
    assert result.best["present_values"] is None


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ("n_components: 6", "n_components: 7", "recipe"),
        ("[0.01, 100000.0]", "[0.01, 1000.0]", "search space"),
        ("value: 300.0", "value: 30.0", None),  # where the search starts may change
        ("# found by hand", "# found by nobody", None),
    ],
)
def test_a_study_goes_on_only_with_what_it_was_begun_with(
    make_search: MakeSearch, competition: Competition, tmp_path: Path, old: str, new: str, part: str | None
) -> None:
    run(make_search(), competition, tmp_path / "out", 1)
    changed = make_search(RIDGE.replace(old, new))
    assert old in RIDGE
    if part is None:
        run(changed, competition, tmp_path / "out", 1)
        return
    with pytest.raises(StateError, match=f"another {part};.*--study NAME"):
        run(changed, competition, tmp_path / "out", 1)
    assert len(run(changed, competition, tmp_path / "out", 1, study="new").trials) == 1


def test_a_study_of_other_data_objective_or_hold_out_is_another_one(
    make_search: MakeSearch, competition: Competition, tmp_path: Path
) -> None:
    from dataclasses import replace

    search = make_search()
    run(search, competition, tmp_path, 1)
    with pytest.raises(StateError, match="another data"):
        run(search, replace(competition, fingerprint="0" * 64), tmp_path, 1)
    with pytest.raises(StateError, match="another objective"):
        run(search, competition, tmp_path, 1, objective="ucb")
    with pytest.raises(StateError, match="another folds and another hold-out"):
        run(search, competition, tmp_path, 1, holdout="last")


def test_a_failing_recipe_is_a_failed_trial_and_the_study_goes_on(
    make_search: MakeSearch, competition: Competition, tmp_path: Path
) -> None:
    """That the tables have no such column is seen by the plan of a trial, which a check of the recipe cannot see."""
    choices = "{choice: [[cell_type], [no_such_column]], value: [cell_type]}"
    text = RIDGE.replace("columns: [cell_type]", f"columns: {choices}")
    observer = Notes()
    result = run(make_search(text), competition, tmp_path, 4, observer)
    failed = result.trials[result.trials["state"] == "fail"]
    assert len(failed) >= 1
    assert failed["error"].str.contains("no_such_column").all()
    assert not failed["error"].str.contains("scratch|same command").any()
    assert (result.trials["state"] != "fail").sum() == 4
    assert any(trial.error for trial in observer.ended)


def test_the_traceback_of_a_bug_is_kept(
    make_search: MakeSearch, competition: Competition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kit.training.fitting import fit_task as fitting

    def broken(*arguments: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(fitting, "fit_pipeline", broken)
    with pytest.raises(RunError, match=r"ZeroDivisionError: a bug \(traceback in ") as caught:
        run(make_search(), competition, tmp_path, 9)
    file = Path(str(caught.value).partition("traceback in ")[2].partition(")")[0])
    assert "raise ZeroDivisionError" in file.read_text()


def test_when_the_first_trials_all_fail_the_study_stops(
    make_search: MakeSearch, competition: Competition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kit.training.fitting import fit_task as fitting

    def broken(*arguments: object) -> None:
        raise InputError("no such gene")

    monkeypatch.setattr(fitting, "fit_pipeline", broken)
    with pytest.raises(RunError, match=r"the first 3 trials all failed; trial 2 \(.*penalty=.*no such gene"):
        run(make_search(), competition, tmp_path, 9)
    monkeypatch.undo()
    # The cause is gone: what failed before does not count.
    assert len(run(make_search(), competition, tmp_path, 2).trials) == 5


def test_what_trials_warn_of_is_counted(
    make_search: MakeSearch, competition: Competition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit = Ridge.fit

    def warn(self: Ridge, X: np.ndarray, Y: np.ndarray, **given: object) -> Ridge:
        warnings.warn(f"a penalty of {self.penalty}", KitWarning, stacklevel=2)
        return fit(self, X, Y, **given)

    monkeypatch.setattr(Ridge, "fit", warn)
    result = run(make_search(), competition, tmp_path / "out", 2)
    # The present values come first, with a penalty of 300.
    assert result.warnings == ("a penalty of 300.0 (this or the like in 2 of 2 trials)",)
    assert json.loads((result.directory / "best.json").read_text())["warnings"] == list(result.warnings)


def test_time_that_is_over_before_a_trial(make_search: MakeSearch, competition: Competition, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no trial went through all folds"):
        run(make_search(), competition, tmp_path, 5, timeout=1e-9)
    run(make_search(), competition, tmp_path, 1)
    observer = Notes()
    result = run(make_search(), competition, tmp_path, 5, observer, timeout=1e-9)
    assert len(result.trials) == 1
    assert any("4 trials to go" in text for text in observer.notes)


def test_a_database_is_as_good(make_search: MakeSearch, competition: Competition, tmp_path: Path) -> None:
    search = make_search()
    there = run(search, competition, tmp_path / "a", 4, storage=f"sqlite:///{tmp_path / 'x.db'}")
    here = run(search, competition, tmp_path / "b", 4)
    columns = ["trial", "state", "score", PENALTY]
    pd.testing.assert_frame_equal(there.trials[columns], here.trials[columns])


def test_files_of_others_are_not_overwritten(make_search: MakeSearch, competition: Competition, tmp_path: Path) -> None:
    search = make_search()
    mine = tmp_path / "mine.yaml"
    mine.write_text("mine")
    for output, problem in (
        (mine, "not of `kit tune`"),
        (search.path, "recipe itself"),
        (tmp_path / "no/x.yaml", "no folder"),
    ):
        with pytest.raises(InputError, match=problem):
            run(search, competition, tmp_path, 1, output=output)
    assert mine.read_text() == "mine"
    for _ in range(2):  # its own it writes again
        assert run(search, competition, tmp_path, 1, output=tmp_path / "new.yaml").output.is_file()


def test_the_recipe_that_is_to_be_written_has_a_name_that_trains(
    make_search: MakeSearch, competition: Competition, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=r"--output: .* is to be a recipe, whose name names files"):
        run(make_search(), competition, tmp_path, 1, study="s" * 60)


def test_nothing_to_search(make_search: MakeSearch, competition: Competition, tmp_path: Path) -> None:
    text = RIDGE.replace("{search: [0.01, 100000.0], log: true, value: 300.0}", "1.0")
    search = make_search(text.replace("{choice: [true, false], value: false}", "false"))
    with pytest.raises(ConfigError, match="nothing to search"):
        run(search, competition, tmp_path, 1)


@pytest.mark.parametrize("name", ["a/b", "..", " x"])
def test_a_name_that_is_no_directory(
    make_search: MakeSearch, competition: Competition, tmp_path: Path, name: str
) -> None:
    with pytest.raises(InputError, match="it names files"):
        run(make_search(), competition, tmp_path, 1, study=name)


def test_a_foreign_study_is_left_alone(make_search: MakeSearch, competition: Competition, tmp_path: Path) -> None:
    import optuna

    url = f"sqlite:///{tmp_path / 'x.db'}"
    optuna.create_study(storage=url, study_name="ridge").optimize(lambda trial: 0.0, n_trials=1)
    with pytest.raises(InputError, match="not of `kit tune`; give another --study"):
        run(make_search(), competition, tmp_path, 1, storage=url)


def test_studies_of_one_name_in_different_storages_have_different_directories(
    make_search: MakeSearch, competition: Competition, tmp_path: Path
) -> None:
    search = make_search()
    urls = [None, f"sqlite:///{tmp_path / 'x.db'}", str(tmp_path / "own.log")]
    results = [run(search, competition, tmp_path / "out", 1, storage=url, seed=place) for place, url in enumerate(urls)]
    assert len({result.directory for result in results}) == 3
    assert results[0].directory.name == "ridge"
    assert all(result.directory.name.startswith("ridge-") for result in results[1:])
    again = run(search, competition, tmp_path / "out", 1, storage=urls[1])
    assert again.directory == results[1].directory


TABLE = """\
features:
  table: {kind: embedding_table, params: {path: %s, key: sm_name, column: sm_name}}
"""


def test_files_that_a_choice_names_are_part_of_what_a_study_is_of(
    make_search: MakeSearch, competition: Competition, tmp_path: Path
) -> None:
    compounds = sorted({*competition.rows["sm_name"], *competition.test["sm_name"]})
    chance = np.random.default_rng(0)
    for name in ("a", "b"):
        table = pd.DataFrame({"sm_name": compounds, "x": chance.normal(size=len(compounds))})
        table.to_parquet(tmp_path / f"{name}.parquet")
    choice = "{choice: [./a.parquet, ./b.parquet], value: ./a.parquet}"
    text = RIDGE.replace("features:\n", TABLE % choice)
    search = make_search(text)
    run(search, competition, tmp_path / "out", 1)
    run(search, competition, tmp_path / "out", 1)
    table.assign(x=0.5).to_parquet(tmp_path / "b.parquet")
    with pytest.raises(StateError, match="another recipe"):
        run(search, competition, tmp_path / "out", 1)


TAUGHT = """\
stages:
  teacher: {models: {first: {kind: ridge, params: {penalty: 100.0}}}}
pseudo_labels: {stage: teacher, rows: ./more.csv}
"""


def test_tables_of_pseudo_labels_are_part_of_what_a_study_is_of(
    make_search: MakeSearch, competition: Competition, tmp_path: Path
) -> None:
    more = competition.test.reset_index(drop=True)
    more.to_csv(tmp_path / "more.csv", index=False)
    search = make_search(RIDGE + TAUGHT)
    run(search, competition, tmp_path / "out", 1)
    more.iloc[:-1].to_csv(tmp_path / "more.csv", index=False)
    with pytest.raises(StateError, match="another recipe"):
        run(search, competition, tmp_path / "out", 1)


def test_an_output_that_the_recipe_extends_or_that_is_a_folder(
    make_search: MakeSearch, competition: Competition, tmp_path: Path
) -> None:
    make_search("# Tuned by `kit tune`\n" + RIDGE, "base")
    search = make_search("extends: base.yaml\n", "child")
    before = (tmp_path / "base.yaml").read_text()
    for output, problem in ((tmp_path / "base.yaml", "recipe extends"), (tmp_path, "is a folder")):
        with pytest.raises(InputError, match=problem):
            run(search, competition, tmp_path / "out", 1, output=output)
    assert (tmp_path / "base.yaml").read_text() == before
    assert not (tmp_path / "out").exists()  # before any trial


def test_a_hold_out_that_fails_loses_nothing(
    make_search: MakeSearch, competition: Competition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object) -> None:
        raise RunError("no memory")

    monkeypatch.setattr("kit.tuning.results.holdout.evaluate_fold", broken)
    with pytest.raises(RunError, match=r"the hold-out .* could not be scored: no memory; all else is written"):
        run(make_search(), competition, tmp_path / "out", 2, holdout="last")
    assert load_recipe(tmp_path / "ridge.tuned.yaml").config.models
    best = json.loads((tmp_path / "out" / "demo" / "studies" / "ridge" / "best.json").read_text())
    assert best["holdout"] is None
    monkeypatch.undo()
    assert run(make_search(), competition, tmp_path / "out", 2, holdout="last").best["holdout"]


def test_a_study_of_its_own_name_has_its_own_output(
    make_search: MakeSearch, competition: Competition, tmp_path: Path
) -> None:
    assert run(make_search(), competition, tmp_path, 1, study="wide").output == tmp_path / "ridge.wide.tuned.yaml"


def test_a_penalty_ten_times_too_large_is_mended_within_twenty_trials(
    make_search: MakeSearch, competition: Competition, tmp_path: Path
) -> None:
    fixed = {"fit_intercept: {choice: [true, false], value: false}": "fit_intercept: false"}
    scores = {}
    for penalty in (0.1, 1.0, 10.0):
        value = {"{search: [0.01, 100000.0], log: true, value: 300.0}": str(penalty)}
        make_search(RIDGE.replace("{choice: [true, false], value: false}", "false"), f"at{10 * penalty:.0f}", **value)
        recipe = load_recipe(tmp_path / f"at{10 * penalty:.0f}.yaml")
        scores[penalty] = train(recipe, competition, tmp_path / "grid", jobs=1).summary["score"]
    right = min(scores, key=scores.__getitem__)
    search = make_search(RIDGE, "wrong", **fixed, **{"value: 300.0": f"value: {10 * right}"})
    result = run(search, competition, tmp_path / "out", 20)
    assert abs(np.log10(result.best["values"][PENALTY] / right)) < 0.5
    # Equal where it finds the very penalty, but for the last digit of its logarithm.
    assert result.best["score"] <= scores[right] * (1 + 1e-9)
    assert scores[right] < result.best["present_values"]["score"]
