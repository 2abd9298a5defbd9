"""Metrics of a third party, and metrics that are no mean over rows, from the recipe to every table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import pytest
from annotated_types import Gt, Lt
from sklearn.metrics import mean_pinball_loss

from kit.blending import blend_members
from kit.comparing.candidates import Candidate
from kit.comparing.comparison import compare
from kit.config import load_competition
from kit.config.schema import PluginConfig
from kit.config.search_recipe import load_search
from kit.errors import ConfigError, InputError
from kit.metrics import METRICS, RowMetric, TargetPearson, as_weights, metric_name
from kit.metrics.blocks import as_pair
from kit.reports.comparison import make_tables
from kit.reports.leaderboard import broken_down
from kit.submission import ledger
from kit.testing import check_plugin
from kit.training.train import train
from kit.tuning import TuneOptions, tune
from tests.tiny import Tiny

RECIPE = """\
seed: 3
folds: {inner: {kind: kfold, params: {n_splits: 2}}}
target: {kind: svd, params: {n_components: 5, center: none}}
features:
  profile: {kind: target_profile, params: {by: sm_name}}
  cell: {kind: one_hot, params: {columns: [cell_type]}}
models:
  ridge: {kind: ridge, params: {fit_intercept: false}, choose: {params.penalty: [1.0, 30.0]}}
  shrunk: {kind: ridge, params: {penalty: 300.0}}
blend: greedy
"""


class Quantile(RowMetric):
    """Mean quantile (pinball) loss: what a third party's package registers.

    Args:
        q: The quantile that is to be predicted.
    """

    def __init__(self, q: Annotated[float, Gt(0), Lt(1)] = 0.5) -> None:
        self.q = q

    def per_row(self, Y: Any, predictions: Any) -> np.ndarray:
        targets, predicted = as_pair(Y, predictions)
        error = targets.astype(np.float64) - predicted
        return np.maximum(self.q * error, (self.q - 1) * error).mean(axis=1)


@pytest.fixture(autouse=True, scope="module")
def theirs() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(METRICS, "_classes", dict(METRICS._classes))
        METRICS.register("quantile")(Quantile)
        yield


METRIC_ENTRIES = {
    "quantile": "quantile",
    "quantile(q=0.95)": "{kind: quantile, params: {q: 0.95}}",
    "target_pearson": "target_pearson",
    "delta_pearson": "delta_pearson",
}


@pytest.fixture(scope="module", params=METRIC_ENTRIES)
def case(request: pytest.FixtureRequest, tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Any]:
    """The metric's name, and the folder and the result of a run by it."""
    name = str(request.param)
    out = tmp_path_factory.mktemp("out")
    recipe = tiny.recipe(RECIPE, "metric", f"metric={METRIC_ENTRIES[name]}")
    return name, (out, recipe, train(recipe, tiny.competition, out, 1))


def by_hand(name: str, Y: np.ndarray, P: np.ndarray) -> float:
    """The metric by other libraries' code."""
    if name == "target_pearson":
        found = [np.corrcoef(y, p)[0, 1] if np.ptp(y) and np.ptp(p) else 0.0 for y, p in zip(Y.T, P.T, strict=True)]
        return float(np.mean(found))
    if name == "delta_pearson":  # a fold holds out one cell type
        found = [np.corrcoef(y - Y.mean(axis=0), p - Y.mean(axis=0))[0, 1] for y, p in zip(Y, P, strict=True)]
        return float(np.mean(found))
    q = 0.95 if "0.95" in name else 0.5
    return float(np.mean([mean_pinball_loss(y, p, alpha=q) for y, p in zip(Y, P, strict=True)]))


def test_every_table_holds_the_metrics_own_number(case: tuple[str, Any], tiny: Tiny) -> None:
    name, (out, _, result) = case
    oof, rows = np.load(result.path / "oof.npy"), pd.read_parquet(result.path / "oof_rows.parquet")
    Y = tiny.competition.Y
    folds = {
        str(fold): by_hand(name, Y[mine["row"]].astype(float), oof[mine.index].astype(float))
        for fold, mine in rows.groupby("fold", sort=False)
    }
    weights = rows.groupby("fold", sort=False)["weight"].sum()
    expected = float(np.average(list(folds.values()), weights=weights))
    board, summary = result.leaderboard, result.summary
    assert list(board.columns[2:]) == [name, "low", "high", *BENCHMARK, "folds_sd"]
    assert board.set_index("kind").loc["blend", name] == pytest.approx(expected, rel=1e-5)
    assert (summary["metric"], summary["score"]) == (name, pytest.approx(expected, rel=1e-5))
    assert summary["by_fold"] == pytest.approx(folds, rel=1e-5)
    assert summary["by_group"] == pytest.approx(folds, rel=1e-5)  # a fold holds out a cell type
    low, high = summary["interval"]
    assert low < summary["score"] < high
    assert list(summary["metrics"]) == [name, *BENCHMARK]
    # What the tables by fold and group show.
    table = broken_down(result.scores, "group").set_index("kind").loc["blend"]
    assert table.drop("member").tolist() == pytest.approx(list(folds.values()), rel=1e-5)
    # Every floor has its own number too, and the ledger the run's.
    assert board[name].notna().all()
    line = ledger.read(out / "ledger.csv").iloc[-1]
    assert line["cv"] == pytest.approx(summary["score"], abs=1e-6)
    assert ledger.parse_scores(line["cv_by_fold"]) == pytest.approx(folds, abs=2e-6)


BENCHMARK = ["mrrmse", "mae", "pearson", "spearman", "cosine"]


def test_what_is_read_from_disk_is_what_was_returned(case: tuple[str, Any], tiny: Tiny) -> None:
    _, (out, recipe, result) = case
    again = train(recipe, tiny.competition, out, 1)
    assert again.fitted == 0
    before, after = result.scores, again.scores
    pd.testing.assert_frame_equal(after.means("kind", "member", "fold"), before.means("kind", "member", "fold"))
    for member in ("blend", "ridge"):
        of_member = [scores.where(member=member).interval() for scores in (before, after)]
        assert of_member[0] == pytest.approx(of_member[1])


def test_choices_blend_and_contributions_go_by_it(case: tuple[str, Any]) -> None:
    name, (_, _, result) = case
    tasks = sorted((result.path / "tasks" / "fit" / "ridge").rglob("metrics.json"))
    assert {pd.read_json(path, typ="series")["chosen_by"] for path in tasks} == {name}
    assert result.summary["weights_by"] == name
    members = result.contributions.set_index("member")
    board = result.leaderboard[result.leaderboard["kind"] == "model"].set_index("member")
    np.testing.assert_allclose(members["score"], board.loc[members.index, name], rtol=1e-5)


def test_a_comparison_goes_by_it(case: tuple[str, Any], tiny: Tiny) -> None:
    name, (out, recipe, result) = case
    mean = tiny.recipe(RECIPE, "mean", f"metric={METRIC_ENTRIES[name]}", "blend=mean")
    candidates = [Candidate("greedy", [recipe], tiny.competition), Candidate("averaged", [mean], tiny.competition)]
    found = compare(candidates, out, 1, truth=tiny.data / "truth.parquet")
    tables = make_tables(found.scores, found.runs, found.failures, found.test)
    overall = tables.overall.set_index("member")
    assert found.metric == name
    assert overall.loc["greedy", name] == pytest.approx(result.summary["score"])
    assert np.isfinite(overall.loc["averaged", f"test_{name}"])
    line = tables.differences.iloc[0]
    assert line["difference"] == pytest.approx(overall.loc["averaged", name] - overall.loc["greedy", name])
    assert line["low"] <= line["difference"] <= line["high"]
    of_group = tables.by_group[tables.by_group["member"] == "greedy"].set_index("group")[name]
    assert of_group.to_dict() == pytest.approx(result.summary["by_group"])


def test_runs_are_blended_by_it(case: tuple[str, Any], tiny: Tiny) -> None:
    name, (out, recipe, result) = case
    other = train(tiny.recipe(RECIPE, "mean", f"metric={METRIC_ENTRIES[name]}", "blend=mean"), tiny.competition, out, 1)
    loaded = load_competition(result.path / "config.resolved.yaml")
    competition = tiny.read(recipe)
    blended = blend_members([result.path, other.path], PluginConfig(kind="by_score"), loaded, competition, out=out)
    assert (blended.content.summary["metric"], blended.content.summary["weights_by"]) == (name, name)
    assert blended.leaderboard.set_index("kind").loc["blend", name] == blended.content.summary["score"]

    # By another competition file it would be scored by another metric than the runs were.
    loaded = load_competition(tiny.folder / "competition.yaml")
    with pytest.raises(InputError, match=r"was scored by .*, the blend is to be by mrrmse"):
        blend_members([result.path, other.path], PluginConfig(kind="mean"), loaded, tiny.competition, out=out)


def test_a_study_goes_by_it(case: tuple[str, Any], tiny: Tiny, tmp_path: Path) -> None:
    name, _ = case
    text = RECIPE.replace("penalty: 300.0", "penalty: {search: [1.0, 1000.0], log: true, value: 300.0}")
    path = tiny.folder / "searched.yaml"
    path.write_text(f"extends: competition.yaml\nmetric: {METRIC_ENTRIES[name]}\n{text}")
    found = tune(load_search(path), tiny.competition, tmp_path, TuneOptions(trials=2, output=tmp_path / "tuned.yaml"))
    assert found.best["metric"] == name
    extreme = found.trials["score"].min() if "quantile" in name else found.trials["score"].max()
    assert found.best["score"] == extreme
    present = found.best["present_values"]["score"]
    run = train(tiny.recipe(RECIPE, "again", f"metric={METRIC_ENTRIES[name]}"), tiny.competition, tmp_path / "out", 1)
    assert present == pytest.approx(run.summary["score"], rel=1e-6)


def test_the_parameter_reaches_the_numbers(tiny: Tiny, tmp_path: Path) -> None:
    scores = {}
    for q in (0.5, 0.95):
        entry = f"metric={{kind: quantile, params: {{q: {q}}}}}"
        scores[q] = train(tiny.recipe(RECIPE, "metric", entry), tiny.competition, tmp_path, 1).summary["score"]
    assert scores[0.5] != pytest.approx(scores[0.95], rel=1e-3)


def test_a_wrong_parameter_is_found_in_the_recipe(tiny: Tiny) -> None:
    with pytest.raises(ConfigError, match="q"):
        tiny.recipe(RECIPE, "metric", "metric={kind: quantile, params: {q: 1.5}}")


def test_candidates_by_other_parameters_are_not_compared(tiny: Tiny, tmp_path: Path) -> None:
    recipes = [tiny.recipe(RECIPE, f"q{q}", f"metric={{kind: quantile, params: {{q: {q}}}}}") for q in (0.5, 0.95)]
    candidates = [Candidate(str(n), [one], tiny.competition) for n, one in enumerate(recipes)]
    with pytest.raises(InputError, match=r"different metrics, quantile and quantile\(q=0.95\)"):
        compare(candidates, tmp_path, 1)


@pytest.mark.parametrize("metric", [Quantile(), Quantile(0.9), TargetPearson()], ids=metric_name)
def test_they_keep_the_promises_of_a_metric(metric: Any) -> None:
    check_plugin(metric, fresh_process=False)
    assert as_weights([1, 2], 2).tolist() == [1.0, 2.0]
