"""The answers in front of a page are those of the run's tables."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kit.digits import format_number
from kit.reporting.answers import answers
from kit.reporting.facts import RunFacts
from kit.reporting.scores import by_fold_and_group
from kit.reports.page import Answer
from kit.training.train import RunResult
from tests.tiny import SINGLE, Tiny


@pytest.fixture
def facts(tiny: Tiny, finished: RunResult) -> RunFacts:
    return RunFacts(finished.path, tiny.competition)


def answered(facts: RunFacts) -> dict[str, Answer]:
    return {one.question: one for one in answers(facts)}


def with_scores(facts: RunFacts, member: str, kind: str, factor: float) -> RunFacts:
    """The same run, if a member's score in every row were so many times that of the floor ``mean``."""
    rows = facts.scores.rows.copy()
    mine = (rows["member"] == member) & (rows["kind"] == kind)
    floor = rows[(rows["member"] == "mean") & (rows["kind"] == "floor")]
    rows.loc[mine, "mrrmse"] = factor * floor["mrrmse"].to_numpy()
    board = facts.board.copy()
    board.loc[(board["member"] == member) & (board["kind"] == kind), "mrrmse"] = rows.loc[mine, "mrrmse"].mean()
    changed = RunFacts(facts.path, facts.tables)
    vars(changed).update(scores=replace(facts.scores, rows=rows), board=board)
    return changed


def test_the_best_model_is_named_with_its_score(facts: RunFacts) -> None:
    changed = with_scores(facts, "trees", "model", 0.2)
    best = answered(changed)["Which model is best?"]
    score = changed.board.set_index("member").loc["trees", "mrrmse"]
    assert best.answer.startswith(f"trees (mrrmse {format_number(score)}), but blend (")
    assert best.answer.endswith("is the one that predicts")
    assert answered(with_scores(facts, "blend", "blend", 0.2))["Which model is best?"].answer.endswith(
        "which is the one that predicts"
    )


def test_where_a_floor_is_better_no_model_is_best(facts: RunFacts) -> None:
    changed = facts
    for member, kind in (("ridge", "model"), ("trees", "model"), ("blend", "blend")):
        changed = with_scores(changed, member, kind, 3.0)
    found = answered(changed)
    assert found["Which model is best?"].answer.startswith("None: the floor ")
    assert found["Can the score be trusted?"].answer.startswith("Yes, and it is bad: the floor ")


def test_trust_says_what_the_score_rests_on(facts: RunFacts) -> None:
    good, alike = with_scores(facts, "blend", "blend", 0.2), with_scores(facts, "blend", "blend", 1.0)
    trust = answered(good)["Can the score be trusted?"]
    # The folds of the tiny competition hide ten compounds in two cell types.
    n = facts.oof_rows["sm_name"].nunique()
    assert trust.answer.startswith(f"Roughly: it rests on {n} compounds only")
    assert f"{len(facts.oof_rows)} rows of {n} compounds were hidden in 2 folds" in trust.text
    assert "more than chance" in trust.text
    assert "answered 0 submissions" in trust.text
    low, high = facts.summary["interval"]
    assert f"between {format_number(low)} and {format_number(high)}" in trust.text
    if facts.best("floor")["member"] == "mean":  # type: ignore[index]
        assert "may be chance" in answered(alike)["Can the score be trusted?"].answer


def test_the_worst_rows_are_named_and_those_worse_than_the_floor_counted(facts: RunFacts) -> None:
    failing = answered(facts)["Which rows fail?"]
    rows = facts.main_rows.sort_values("mrrmse", ascending=False, kind="stable").head(3)
    named = [f"{row.cell_type}, {row.sm_name} ({format_number(row.mrrmse)})" for row in rows.itertuples()]
    assert failing.answer == "; ".join(named)
    floor = facts.best("floor")
    assert floor is not None
    theirs = facts.scores.where(member=str(floor["member"]), kind="floor").rows["mrrmse"].to_numpy()
    n_worse = int(np.sum(facts.main_rows["mrrmse"].to_numpy() > theirs))
    assert f"{n_worse} of {len(theirs)} rows are predicted worse than by the floor {floor['member']}" in failing.text


def test_where_the_metric_is_of_all_rows_the_next_one_tells_which_rows_fail(
    tiny: Tiny, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("of_targets")
    result = tiny.train(folder, tiny.recipe(f"{SINGLE}metric: target_pearson\n", "of_targets"))
    facts = RunFacts(result.path, tiny.competition)
    worst = facts.main_rows.sort_values("mrrmse").iloc[-1]
    failing = answered(facts)["Which rows fail?"]
    assert failing.answer.startswith(f"{worst['cell_type']}, {worst['sm_name']} ({format_number(worst['mrrmse'])})")
    assert "mrrmse" in failing.text
    parts = by_fold_and_group(facts)
    assert parts is not None
    by_fold = parts.tables["By fold"].set_index("fold")["ridge"]
    for fold, score in facts.summary["by_fold"].items():
        assert by_fold[fold] == pytest.approx(score)
