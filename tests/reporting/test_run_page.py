"""The page of a run says what the run's tables say."""

from __future__ import annotations

import json
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from kit.digits import format_number
from kit.errors import DataError, StateError
from kit.reporting import history, members, process, scores, spectrum, targets
from kit.reporting.facts import RunFacts
from kit.reporting.run_page import NO_TABLES, command, run_page, write_run_page
from kit.reports.page import Page, Section, render
from kit.training.train import RunResult
from tests.extras import needs_torch
from tests.never_whole import NeverWhole
from tests.tiny import PROCESS, SINGLE, Tiny


@pytest.fixture(scope="module")
def facts(tiny: Tiny, finished: RunResult) -> RunFacts:
    return RunFacts(finished.path, tiny.competition)


@pytest.fixture(scope="module")
def page(facts: RunFacts) -> Page:
    return run_page(facts)


@pytest.fixture(scope="module")
def of_process(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> RunFacts:
    result = tiny.train(tmp_path_factory.mktemp("process"), tiny.recipe(PROCESS, "process"))
    return RunFacts(result.path, tiny.competition)


def section(page: Page, key: str) -> Section:
    return next(one for one in page.sections if one.key == key)


def test_the_page_begins_with_the_score_between_floor_and_ceiling(facts: RunFacts, page: Page) -> None:
    board = pd.read_csv(facts.path / "leaderboard.csv").set_index("member")
    floor = board[board["kind"] == "floor"]["mrrmse"]
    ceiling = board[board["kind"] == "ceiling"]["mrrmse"].min()
    assert page.headline.startswith(
        f"mrrmse {format_number(board.loc['blend', 'mrrmse'])} (lower is better), 95 % interval"
    )
    assert page.facts["best floor"] == f"{floor.idxmin()} {format_number(floor.min())}"
    share = (floor.min() - board.loc["blend", "mrrmse"]) / (floor.min() - ceiling)
    if share >= 0:
        assert page.facts["of the way from floor to ceiling"] == f"{share:.0%}"
        assert page.headline.endswith(f"{share:.0%} of the way between them")
    else:
        assert page.headline.endswith("below the floor")
    assert "weighted" not in page.headline
    assert "ridge (ridge), trees (lightgbm)" in page.subtitle
    assert page.sections[0].key == "leaderboard"
    html = render(page)
    assert html.count("<svg") == sum(one.figure.count("<svg") for one in page.sections) > 8
    assert json.dumps(page.as_json())


def test_the_worst_row_is_named(facts: RunFacts) -> None:
    rows = pd.read_parquet(facts.path / "scores_by_row.parquet")
    worst = rows[(rows["member"] == "blend") & (rows["kind"] == "blend")].sort_values("mrrmse").iloc[-1]
    keys = facts.tables.rows.iloc[int(worst["row"])]  # type: ignore[union-attr]
    found = scores.by_row(facts)
    assert found is not None
    assert f"the worst is {keys['cell_type']}, {keys['sm_name']} ({format_number(worst['mrrmse'])})" in found.title
    assert found.tables["The worst rows"].iloc[0]["sm_name"] == keys["sm_name"]


def test_of_very_many_rows_figures_show_a_sample(facts: RunFacts, monkeypatch: pytest.MonkeyPatch) -> None:
    assert facts.tables is not None
    every = scores.strength(facts), targets.predicted_and_measured(facts)
    monkeypatch.setattr("kit.reporting.scores.MOST_POINTS", 5)
    monkeypatch.setattr("kit.reporting.targets._SAMPLED_ROWS", 5)
    monkeypatch.setattr("kit.reporting.targets.MOST_CELLS", 50)
    read_in_blocks = replace(facts.tables, Y=cast(Any, NeverWhole(np.asarray(facts.tables.Y), 5)))
    sample = scores.strength(facts), targets.predicted_and_measured(RunFacts(facts.path, read_in_blocks))
    for one, other in zip(every, sample, strict=True):
        assert one is not None
        assert other is not None
        assert "sample" not in one.text
        assert "sample" in other.text
        assert len(other.figure) < len(one.figure)
    # What the title says is of all rows.
    assert every[0].title == sample[0].title  # type: ignore[union-attr]


def test_errors_of_targets_add_up(facts: RunFacts) -> None:
    assert facts.tables is not None
    oof, rows = np.load(facts.path / "oof.npy"), facts.oof_rows["row"]
    errors = ((facts.tables.Y[rows] - oof) ** 2).mean(axis=0)
    found = targets.by_target(facts)
    assert found is not None
    worst = found.tables["The targets with the largest errors"]
    assert worst.iloc[0]["target"] == facts.tables.targets[int(errors.argmax())]
    np.testing.assert_allclose(worst["rmse"], np.sqrt(np.sort(errors)[::-1][: len(worst)]), rtol=1e-5)
    half = int((np.cumsum(np.sort(errors)[::-1]) < errors.sum() / 2).sum()) + 1
    assert found.title.startswith(f"{half} of 30 targets carry half")


def test_predicted_and_measured_values_are_correlated_as_the_title_says(facts: RunFacts) -> None:
    assert facts.tables is not None
    measured, oof = facts.tables.Y[facts.oof_rows["row"]], np.load(facts.path / "oof.npy")
    found = targets.predicted_and_measured(facts)
    assert found is not None
    assert f"correlation is {np.corrcoef(measured.ravel(), oof.ravel())[0, 1]:.2f}" in found.title
    assert "sample" not in found.text


def test_groups_folds_and_strength(facts: RunFacts) -> None:
    parts, strong = scores.by_fold_and_group(facts), scores.strength(facts)
    assert parts is not None
    assert strong is not None
    by_fold = parts.tables["By fold"].set_index("fold")["blend"]
    for fold, score in facts.summary["by_fold"].items():
        assert by_fold[fold] == pytest.approx(score)
    # Each fold hides one cell type: the same table is not shown twice.
    assert list(parts.tables) == ["By fold"]
    assert "Spearman" in strong.title


def test_members_costs_and_spectrum(facts: RunFacts) -> None:
    blend, cost, values = members.contributions(facts), members.costs(facts), spectrum.spectrum(facts)
    assert blend is not None
    assert cost is not None
    assert values is not None
    table = pd.read_csv(facts.path / "contributions.csv")
    assert blend.title.startswith(f"{table.loc[table['loss'].idxmax(), 'member']} adds most")
    assert cost.tables["By model"]["fits"].sum() == len(list((facts.path / "tasks").rglob("metrics.json")))
    assert values.title.startswith("5 components keep")
    assert members.learning_curves(facts) is None


@needs_torch
def test_networks_show_how_their_loss_fell(tiny: Tiny, tmp_path: Path) -> None:
    text = SINGLE.partition("models:")[0] + "models: {net: {kind: mlp, params: {hidden: [4], n_epochs: 3}}}\n"
    facts = RunFacts(tiny.train(tmp_path, tiny.recipe(text, "net")).path, tiny.competition)
    found = members.learning_curves(facts)
    assert found is not None
    [line] = found.tables["Training"].to_dict("records")
    assert (line["model"], line["fits"], line["epochs"]) == ("net", 3, 3.0)


def test_a_process_shows_its_contexts_its_map_and_its_forecast(of_process: RunFacts) -> None:
    found = {one.key: one for one in process.learnt(of_process)}
    table = found["contexts"].tables["Correlations"].set_index("cell_type")
    cells = sorted(set(of_process.tables.rows["cell_type"]))  # type: ignore[union-attr]
    assert list(table.index) == cells
    np.testing.assert_allclose(np.diagonal(table[cells]), 1, atol=1e-9)
    np.testing.assert_allclose(table[cells], table[cells].T)
    strongest = found["map"].tables["The strongest"]
    assert strongest["strength"].is_monotonic_decreasing
    assert set(strongest["sm_name"]) <= set(of_process.tables.rows["sm_name"])  # type: ignore[union-attr]
    forecast = process.forecast(of_process)
    assert forecast is not None
    assert "Spearman" in forecast.title
    assert list(process.learnt(RunFacts(of_process.path, None))) == []


def test_the_ledger_is_shown_where_leaderboards_have_answered(facts: RunFacts) -> None:
    file = facts.path.parents[2] / "ledger.csv"
    before = file.read_bytes()
    assert history.ledger(facts) is None
    table = pd.read_csv(file)
    lines = [table.assign(cv=cv, public=public) for cv, public in ((0.5, 0.6), (0.6, 0.7), (0.7, 0.9), (0.8, 0.8))]
    try:
        pd.concat(lines).to_csv(file, index=False)
        found = history.ledger(facts)
    finally:
        file.write_bytes(before)
    assert found is not None
    assert found.title.endswith("Spearman 0.80")


def test_a_page_is_written_whatever_became_of_the_tables(
    tiny: Tiny, finished: RunResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DataError, match="not the table that"):
        RunFacts(finished.path, replace(tiny.competition, hashes={"de_train.parquet": "0" * 64}))
    monkeypatch.setenv("KIT_DATA", str(tmp_path / "gone"))
    bare = write_run_page(finished.path, file=tmp_path / "bare.html")
    html = unescape(bare.read_text(encoding="utf-8"))
    assert NO_TABLES in html
    assert 'id="leaderboard"' in html
    assert 'id="values"' not in html


def test_what_the_page_hangs_on_is_that_of_the_run(finished: RunResult, page: Page) -> None:
    manifest = json.loads((finished.path / "manifest.json").read_text(encoding="utf-8"))
    assert page.versions["numpy"] == manifest["libraries"]["numpy"]
    assert page.versions["seed"] == "3"
    assert manifest["data"]["sha256"]["de_train.parquet"].startswith(page.versions["de_train.parquet, SHA-256"])


def test_the_command_is_the_one_that_was_typed(finished: RunResult) -> None:
    facts = RunFacts(finished.path, None)
    # A test made the run, not a command: what does the same is said.
    assert command(facts) == f"kit train {facts.manifest['recipe']}"
    facts.manifest["argv"] = ["/usr/bin/kit", "train", "demo.yaml", "--set", "seed=4"]
    assert command(facts) == "kit train demo.yaml --set seed=4"


def test_an_unfinished_run_has_no_page(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="no finished run"):
        RunFacts(tmp_path, None)
