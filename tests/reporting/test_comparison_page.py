"""The page of a comparison says what its tables say."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import pandas as pd
import pytest

from kit.errors import StateError
from kit.reporting.comparisons import rows, scores, worth
from kit.reporting.comparisons.facts import ComparisonFacts, decided
from kit.reporting.comparisons.page import comparison_page
from kit.reports.page import Page, Section, render
from tests.reporting.conftest import PENALTIES, candidate, compared
from tests.tiny import Tiny

pytestmark = pytest.mark.xdist_group("pages")


@pytest.fixture(scope="module")
def facts(comparison: ComparisonFacts) -> ComparisonFacts:
    return comparison


@pytest.fixture(scope="module")
def page(facts: ComparisonFacts) -> Page:
    return comparison_page(facts)


def section(page: Page, key: str) -> Section:
    return next(one for one in page.sections if one.key == key)


def not_as_good(facts: ComparisonFacts, recipe: str) -> bool:
    return recipe != facts.best and decided(facts.gain(facts.best, recipe))


def test_the_best_recipe_is_named_and_whether_its_lead_is_decided(facts: ComparisonFacts, page: Page) -> None:
    board = pd.read_csv(facts.path / "comparison.csv").set_index("member")
    order = list(board[board["kind"] == "recipe"]["mrrmse"].sort_values().index)
    assert page.headline.startswith(f"{order[0]} is best; it is better than {order[1]} by ")
    gain = facts.gain(order[0], order[1])
    assert page.headline.endswith("decided." if decided(gain) else "chance.")
    assert gain.mean == pytest.approx(board.loc[order[1], "mrrmse"] - board.loc[order[0], "mrrmse"])
    assert gain.low <= gain.mean <= gain.high
    assert [one.key for one in page.sections] == [
        "leaderboard",
        "differences",
        "wins",
        "parts",
        "rows",
        "costs",
        "truth",
    ]
    best, decided_, worth_it = page.answers
    assert best.answer == order[0]
    assert decided_.answer.startswith("Yes" if all(decided(facts.gain(order[0], one)) for one in order[1:]) else "Not")
    cheap = min(order, key=lambda one: (not_as_good(facts, one), board.loc[one, "cpu_s"]))
    far = 1.5 * board.loc[cheap, "cpu_s"] < board.loc[order[0], "cpu_s"]
    assert worth_it.answer.startswith(f"Not decidedly: {cheap}" if far else "Yes")
    html = render(page)
    assert html.count("<svg") == sum(bool(one.figure) for one in page.sections)
    assert json.dumps(page.as_json())


def test_differences_of_all_pairs_are_those_of_the_kept_table(facts: ComparisonFacts, page: Page) -> None:
    pairs = section(page, "differences").tables["Pairs"]
    recipes = pairs[~pairs["than"].str.contains("floor")]
    assert {frozenset(pair) for pair in zip(recipes["recipe"], recipes["than"], strict=True)} == {
        frozenset(pair) for pair in combinations(["soft", "middle", "stiff"], 2)
    }
    kept = pd.read_csv(facts.path / "differences.csv")
    for line in kept.itertuples():
        gain = facts.gain(str(line.member), str(line.against))
        assert (gain.mean, gain.low, gain.high) == pytest.approx((-line.difference, -line.high, -line.low))


def test_wins_are_counted_row_by_row(facts: ComparisonFacts, page: Page) -> None:
    own = facts.row_scores(["soft", "middle", "stiff"])
    assert own is not None
    best, second = facts.best, facts.second
    share = (own[best] < own[second]).mean()
    assert f"{best} is better than {second} on {share:.0%} of the rows" in section(page, "wins").title
    table = section(page, "wins").tables["Share of rows on which the recipe of the line is better"].set_index("recipe")
    assert table.loc[best, f"against {second}"] + table.loc[second, f"against {best}"] == pytest.approx(1)


def test_the_row_that_differs_most_is_named(facts: ComparisonFacts, tiny: Tiny) -> None:
    own = facts.row_scores([facts.best, str(facts.second)])
    assert own is not None
    gains = own[facts.second] - own[facts.best]
    keys = tiny.competition.rows.iloc[int(own["row"][gains.idxmax()])]
    found = rows.farthest(facts)
    assert found is not None
    assert f"{facts.best} gains most on {keys['cell_type']}, {keys['sm_name']} (" in found.title


def test_groups_costs_and_truth(facts: ComparisonFacts) -> None:
    parts, cost, true = scores.parts(facts), worth.costs(facts), worth.truth(facts)
    assert parts is not None
    assert true is not None
    board = facts.board.set_index("member")
    by_fold = parts.tables["By group"]
    weights = by_fold["rows"] / by_fold["rows"].sum()
    assert by_fold["soft"].min() <= board.loc["soft", "mrrmse"] <= by_fold["soft"].max()
    assert weights.sum() == pytest.approx(1)
    table = cost.tables["Costs"].set_index("recipe")
    assert table.loc["soft", "CPU s"] == pytest.approx(board.loc["soft", "cpu_s"])
    first = board[board["kind"] == "recipe"]["test_mrrmse"].idxmin()
    assert true.title.startswith(f"Against the truth {first} is best")


def test_seeds_and_failures_are_said_and_old_tables_are_not_taken_for_new(tiny: Tiny, tmp_path: Path) -> None:
    both = [candidate(tiny, name, f"models.ridge.params.penalty={value}", seeds=2) for name, value in PENALTIES[:2]]
    facts = compared(tiny, tmp_path, both, tiny.data / "truth.parquet")
    found = scores.seeds(facts)
    assert found is not None
    table = found.tables["mrrmse by seed"].set_index("recipe")
    assert table.loc[facts.best, ["seed 1", "seed 2"]].mean() == pytest.approx(facts.recipes["mrrmse"].iloc[0])
    again = compared(tiny, tmp_path, [candidate(tiny, "one")], failures={"bad": "out of luck"})
    page = comparison_page(again)
    assert again.second is None
    assert page.headline == "one is the only recipe that finished."
    assert worth.truth(again) is None
    assert page.notes == ["bad failed: out of luck"]


def test_a_floor_that_no_recipe_beats_is_said_first(tiny: Tiny, tmp_path: Path) -> None:
    page = comparison_page(compared(tiny, tmp_path, [candidate(tiny, "poor", "models.ridge.params.penalty=1e6")]))
    board = pd.read_csv(tmp_path / "out" / "tiny" / "comparisons" / "these" / "comparison.csv").set_index("member")
    floors = board[board["kind"] == "floor"]["mrrmse"]
    assert floors.min() < board.loc["poor", "mrrmse"]
    assert page.headline.startswith(f"No recipe beats the floor {floors.idxmin()} (mrrmse {floors.min():.4f})")
    assert page.answers[0].answer.startswith(f"None beats the floor {floors.idxmin()}")


def test_without_the_runs_rows_have_numbers(facts: ComparisonFacts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ComparisonFacts, "keys", lambda self: None)
    found = rows.farthest(facts)
    assert found is not None
    assert list(found.tables[f"Where {facts.best} is better by most"].columns[:1]) == ["row"]


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="no comparison"):
        ComparisonFacts(tmp_path)
