from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.comparing import comparison as module
from kit.comparing.candidates import Candidate, load_with_seeds
from kit.comparing.comparison import Comparison, compare, read_truth, run_cost
from kit.errors import InputError, RunError
from kit.metrics import MRRMSE
from kit.models.ridge import Ridge
from kit.reports.comparison import RECIPE, make_tables
from kit.training.planning.plan import make_plan
from kit.training.scoring.calibration import calibrated_run
from kit.training.scoring.predictions import read_pair, score_predictions
from kit.training.scoring.summarize import main_member
from kit.training.train import RunResult
from kit.training.workspace import Workspace
from tests.tiny import Tiny

RIDGE = ("models.trees=null", "blend=mean")


def candidate(tiny: Tiny, label: str, *overrides: str, seeds: int = 2) -> Candidate:
    recipes = load_with_seeds(tiny.folder / "standard.yaml", overrides, seeds)
    return Candidate(label, recipes, tiny.read(recipes[0]))


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("compared")


@pytest.fixture(scope="module")
def compared(tiny: Tiny, out: Path) -> Comparison:
    candidates = [candidate(tiny, "standard"), candidate(tiny, "ridge", *RIDGE)]
    return compare(candidates, out, jobs=1, truth=tiny.data / "truth.parquet")


def of(compared: Comparison, member: str, seed: int) -> pd.DataFrame:
    assert compared.scores is not None
    rows = compared.scores.rows
    return rows[(rows["member"] == member) & (rows["seed"] == seed)].reset_index(drop=True)


def test_scores_are_those_of_the_runs_themselves(tiny: Tiny, out: Path, compared: Comparison) -> None:
    assert compared.n_seeds == 2
    assert compared.metric == "mrrmse"
    for name, overrides in (("standard", ()), ("ridge", RIDGE)):
        for nth, recipe in enumerate(load_with_seeds(tiny.folder / "standard.yaml", overrides, 2)):
            result = tiny.train(out, recipe)
            assert result.fitted == 0
            columns = ["fold", "row", "weight", "group", *compared.scores.names]
            expected = main_member(result.scores).rows[columns].reset_index(drop=True)
            pd.testing.assert_frame_equal(of(compared, name, nth)[columns], expected)
    assert not compared.scores.rows.duplicated(["member", "kind", "seed", "fold", "row"]).any()
    kinds = compared.scores.rows.drop_duplicates(["member", "kind"]).set_index("member")["kind"]
    assert dict(kinds[kinds != "floor"]) == {"standard": RECIPE, "ridge": RECIPE, "no noise": "ceiling"}
    assert {"zeros", "mean", "per cell_type", "per sm_name", "additive"} == set(kinds[kinds == "floor"].index)


def test_compounds_are_drawn_together(tiny: Tiny, compared: Comparison) -> None:
    assert compared.drawn == "sm_name"
    rows = of(compared, "ridge", 0)
    assert list(rows["cluster"]) == list(tiny.competition.rows["sm_name"].iloc[rows["row"]])


def test_another_seed_is_another_run(compared: Comparison) -> None:
    assert not np.array_equal(of(compared, "standard", 0)["mrrmse"], of(compared, "standard", 1)["mrrmse"])
    # Ridge draws nothing.
    assert np.array_equal(of(compared, "ridge", 0)["mrrmse"], of(compared, "ridge", 1)["mrrmse"])


def test_the_truth_scores_every_run_as_kit_score_does(tiny: Tiny, out: Path, compared: Comparison) -> None:
    assert compared.test is not None
    assert compared.truth is not None
    assert "17 of 17 test rows" in compared.truth
    result = tiny.train(out, tiny.standard())
    pair = read_pair(result.submission, tiny.data / "truth.parquet", "id")
    scored = score_predictions(*pair, MRRMSE(), tiny.competition).scores.rows
    mine = compared.test.rows[(compared.test.rows["member"] == "standard") & (compared.test.rows["seed"] == 0)]
    np.testing.assert_allclose(mine["mrrmse"], scored.loc[scored["member"] == "predictions", "mrrmse"], rtol=1e-6)
    of_id = tiny.competition.test.set_index(tiny.competition.test["id"].astype(str))["sm_name"]
    assert list(mine["cluster"]) == list(of_id[mine["row"]])
    floor = compared.test.rows[(compared.test.rows["member"] == "additive") & (compared.test.rows["seed"] == 1)]
    np.testing.assert_allclose(floor["mrrmse"], scored.loc[scored["member"] == "additive", "mrrmse"])


def test_the_truth_enters_nothing_else(tiny: Tiny, out: Path, compared: Comparison, tmp_path: Path) -> None:
    frame = pd.read_parquet(tiny.data / "truth.parquet")
    values = [name for name in frame.columns if name != "id"]
    (frame.assign(**{name: -5 * frame[name] for name in values})).head(4).to_csv(tmp_path / "lies.csv", index=False)
    candidates = [candidate(tiny, "standard"), candidate(tiny, "ridge", *RIDGE)]
    other = compare(candidates, out, jobs=1, truth=tmp_path / "lies.csv")
    pd.testing.assert_frame_equal(other.scores.rows, compared.scores.rows)
    pd.testing.assert_frame_equal(other.runs, compared.runs)
    assert other.test is not None
    assert other.test.rows["row"].nunique() == 4
    assert compare(candidates, out, jobs=1).test is None


def test_calibrated_metrics_are_those_of_every_run(tiny: Tiny, out: Path) -> None:
    recipes = {"zeros": RIDGE, "standard": ()}  # a recipe may be called what a floor is
    found = compare([candidate(tiny, name, *overrides) for name, overrides in recipes.items()], out, 1, calibrated=True)
    for name, overrides in recipes.items():
        [recipe] = load_with_seeds(tiny.folder / "standard.yaml", overrides, 1)
        run, plan = tiny.train(out, recipe).path, make_plan(recipe.config, tiny.competition)
        workspace = Workspace(recipe.config, tiny.competition, plan, run)
        expected = calibrated_run(workspace, np.load(run / "oof.npy"))
        mine = found.calibrated[found.calibrated["member"] == name].drop(columns="member")
        pd.testing.assert_frame_equal(mine.reset_index(drop=True), expected)
    assert compare([candidate(tiny, "ridge", *RIDGE)], out, 1).calibrated.empty


def test_smaller_folds_say_what_a_fit_on_all_rows_would_score(tiny: Tiny, tmp_path: Path) -> None:
    anchors = ("folds.kind=held_out_compounds", "folds.params={cell_type: cell_type, compound: sm_name, n_splits: 4}")
    halves = (*anchors, "folds.params.n_splits=2")
    penalties = {f"penalty {value}": f"models.ridge.params.penalty={value}" for value in (1.0, 10.0, 100.0)}
    large = [candidate(tiny, name, *RIDGE, *anchors, one, seeds=1) for name, one in penalties.items()]
    small = [candidate(tiny, name, *RIDGE, *halves, one, seeds=1) for name, one in penalties.items()]
    found = compare(large, tmp_path, 1, truth=tiny.data / "truth.parquet", smaller=small)
    alone = [compare(some, tmp_path, 1).scores for some in (large, small)]
    for name in penalties:
        scores = [one.where(member=name).means("member")["mrrmse"][0] for one in alone if one is not None]
        # Three and two of four anchors: 1/share is 4/3 and 2, and the curve in 1/share goes on to 1.
        assert found.expected[name] == pytest.approx(scores[0] + (scores[1] - scores[0]) / (2 - 4 / 3) * (1 - 4 / 3))
    tables = make_tables(found.scores, found.runs, found.failures, found.test, expected=found.expected)
    assert list(tables.agreement["scores"]) == ["cross-validated", "all rows"]
    overall = tables.overall.set_index("member")["all_rows"]
    assert dict(overall.dropna()) == pytest.approx(dict(found.expected))
    # The runs on smaller folds have the fit on all rows of the others.
    logs = [(run / "log.txt").read_text() for run in (tmp_path / "tiny" / "runs").iterdir()]
    assert sum("ridge, repeat 0, final" in log for log in logs) == len(penalties)


def test_smaller_folds_of_other_rows_are_refused(tiny: Tiny, tmp_path: Path) -> None:
    one = [candidate(tiny, "ridge", *RIDGE, seeds=1)]
    other = [candidate(tiny, "ridge", *RIDGE, "folds={kind: kfold, params: {n_splits: 2}}", seeds=1)]
    with pytest.raises(InputError, match="the smaller folds validate other rows"):
        compare(one, tmp_path, 1, smaller=other)
    with pytest.raises(InputError, match="needs folds that train on more and on fewer rows"):
        compare(one, tmp_path, 1, smaller=one)


def test_costs_count_every_task_also_those_taken_over(tiny: Tiny, out: Path, compared: Comparison) -> None:
    runs = compared.runs.set_index(["member", "seed"])
    # Ridge alone: two folds and all rows; the standard recipe has two repeats of trees beside it.
    assert list(runs["fits"]) == [9, 9, 3, 3]
    for (member, _), line in runs.iterrows():
        files = list((Path(line["run"]) / "tasks").glob("*/*/*/*/metrics.json"))
        tasks = [json.loads(path.read_text()) for path in files]
        assert len(tasks) == line["fits"]
        assert line["cpu_s"] == pytest.approx(sum(task["cpu_s"] for task in tasks)), member
        assert line["wall_s"] == pytest.approx(sum(task["wall_s"] for task in tasks))
    log = (Path(runs.loc[("ridge", 0), "run"]) / "log.txt").read_text()
    assert "ridge, repeat 0" not in log  # taken over from the standard run


def test_the_peak_is_the_largest_tasks_and_may_be_unknown(tmp_path: Path) -> None:
    for place, peak in enumerate((None, 5, 9, "absent")):
        folder = tmp_path / "tasks" / "fit" / "m" / f"seed={place}" / "final"
        folder.mkdir(parents=True)
        task = {"cpu_s": 1.0, "wall_s": 2.0, "peak_bytes": peak}
        (folder / "metrics.json").write_text(json.dumps({k: v for k, v in task.items() if v != "absent"}))
        (folder / "DONE").write_text("key")
    unfinished = tmp_path / "tasks" / "fit" / "m" / "seed=9" / "final"
    unfinished.mkdir(parents=True)
    (unfinished / "metrics.json").write_text("{}")
    assert run_cost(tmp_path) == {"fits": 4, "cpu_s": 4.0, "wall_s": 8.0, "peak_bytes": 9.0}
    for folder in (tmp_path / "tasks").rglob("seed=[12]"):
        (folder / "final" / "DONE").unlink()
    assert np.isnan(run_cost(tmp_path)["peak_bytes"])


def test_one_failing_does_not_stop_the_others(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fit = Ridge.fit

    def broken(self: Ridge, *arguments: object, **options: object) -> Ridge:
        if self.penalty == 99.0:
            raise RuntimeError("out of luck")
        return fit(self, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Ridge, "fit", broken)
    described: list[str] = []

    def observe(description: str) -> module.Observer:
        described.append(description)
        return module.Silent()

    bad = candidate(tiny, "bad", *RIDGE, "models.ridge.params.penalty=99.0")
    found = compare([bad, candidate(tiny, "good", *RIDGE)], tmp_path, 1, observe)
    assert described == ["bad, seed 3", "good, seed 3", "good, seed 4"]
    assert list(found.failures) == ["bad"]
    assert found.failures["bad"].startswith("seed 3: ")
    assert "out of luck" in found.failures["bad"]
    assert set(found.runs["member"]) == {"good"}
    assert "bad" not in set(found.scores.rows["member"])
    assert "zeros" in set(found.scores.rows["member"])
    tables = make_tables(found.scores, found.runs, found.failures)
    assert list(tables.overall.loc[tables.overall["kind"] == RECIPE, "member"]) == ["good", "bad"]


def test_all_failing_is_told_too(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object, **options: object) -> RunResult:
        raise RunError("the disk is full")

    monkeypatch.setattr(module, "train", fail)
    found = compare([candidate(tiny, "a", seeds=1)], tmp_path, 1, truth=tiny.data / "truth.parquet")
    assert found.failures == {"a": "the disk is full"}
    assert found.scores is None
    assert found.runs.empty


def test_what_cannot_be_compared_is_told_before_anything_is_fitted(tiny: Tiny, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="same folds"):
        compare([candidate(tiny, "a"), candidate(tiny, "b", "folds.params.anchors=drop")], tmp_path, 1)
    with pytest.raises(InputError, match="nothing to compare"):
        compare([], tmp_path)
    pd.DataFrame({"id": [998], "GENE00001": [1.0]}).to_csv(tmp_path / "foreign.csv", index=False)
    with pytest.raises(InputError, match=r"1 of 1 ids are no test rows of tiny, the first is '998'"):
        compare([candidate(tiny, "a")], tmp_path, 1, truth=tmp_path / "foreign.csv")
    pd.DataFrame({"id": [0], "other": [1.0]}).to_csv(tmp_path / "other.csv", index=False)
    with pytest.raises(InputError, match="no target column of tiny"):
        read_truth(tmp_path / "other.csv", tiny.competition)
    assert not (tmp_path / "tiny").exists()
