"""The page of a study says what its trials say."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kit.errors import StateError
from kit.reporting.studies import trials, values
from kit.reporting.studies.facts import Searched, StudyFacts, short_names
from kit.reporting.studies.page import study_page
from kit.reports.page import Page, Section, render
from tests.reporting.studies import DEPTH, KIND, RATE, write_study

ARCHIVE = Path(__file__).parents[1] / "fixtures" / "runs" / "0.1.0.tar.xz"


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> StudyFacts:
    return StudyFacts(write_study(tmp_path_factory.mktemp("study")))


@pytest.fixture(scope="module")
def page(facts: StudyFacts) -> Page:
    return study_page(facts)


def section(page: Page, key: str) -> Section:
    return next(one for one in page.sections if one.key == key)


def test_the_page_says_the_best_and_how_to_take_it(facts: StudyFacts, page: Page) -> None:
    gain = facts.trials["score"][0] - facts.best["score"]
    assert f"better than the start by {gain:.4f}, more than the luck of 27 trials (p = 0.01)" in page.headline
    better, matters, following = (one.answer for one in page.answers)
    assert better == "Yes, and it is more than luck"
    assert matters.startswith("rate (70%), depth (28%)")
    assert following == "Search wider in depth"
    assert page.facts["pruned"] == "2"
    assert page.facts["failed"] == "1"
    assert section(page, "values").title.endswith("at the edge of what was searched: depth")
    for line in ("kit train r.tuned.yaml", f"--set {RATE}=0.1", f"--set {KIND}=2", "kit tune r.yaml --trials 30"):
        assert line in page.command
    expected = ["values", "history", "importance", "slices", "together", "folds", "failures"]
    assert [one.key for one in page.sections] == expected
    assert render(page).count("<svg") == sum(bool(one.figure) for one in page.sections) == 5
    assert json.dumps(page.as_json())


@pytest.mark.parametrize(
    ("best", "said"),
    [
        ({"luck": None}, "Yes, but it may be luck"),
        ({"luck": {"p": 0.4, "trials": 27, "pieces": 9}}, "It may be luck"),
        ({"present_values": None}, "Not known: the search began without values"),
        ({"trial": 0}, "No, nothing that was tried is better"),
    ],
)
def test_the_start_is_what_a_study_is_measured_by(tmp_path: Path, best: dict[str, Any], said: str) -> None:
    first, *_, last = study_page(StudyFacts(write_study(tmp_path, **best))).answers
    assert first.answer == said
    assert ("Search wider" in last.answer) == ("trial" not in best)


def test_history_tells_of_the_trials_after_the_best(page: Page) -> None:
    found = section(page, "history")
    assert found.title == "The best came in trial 7 of 30; 22 after it brought nothing better"
    assert found.text.startswith("27 finished, 2 pruned, 1 failed. A pruned trial")
    table = found.tables["Trials"]
    assert table["trial"].iloc[0] == 7
    assert table["score"].dropna().is_monotonic_increasing
    assert {"rate", "depth", "kind", "share"} <= set(table.columns)


def test_values_lie_where_they_were_searched(facts: StudyFacts) -> None:
    places = {one.name: one for one in facts.searched}
    line = facts.best_line.to_frame().T
    assert places[RATE].shares(line)[0] == pytest.approx(2 / 3)
    assert places[DEPTH].shares(line)[0] == 1
    # 2 in a column with "x" and True, and as the middle one of three.
    assert places[KIND].shares(line)[0] == 0.5
    assert np.isfinite(places[KIND].places(facts.trials)).all()
    good = section(study_page(facts), "slices").tables["Where trials are good"].set_index("value")
    low, high = (float(end) for end in good.loc["rate", "good trials"].split(" to "))
    assert low < 0.1 < high < 1


def test_importance_and_failures(page: Page) -> None:
    assert section(page, "importance").title == "rate makes 70% of the differences in score; kind, share hardly matter"
    [cause] = section(page, "failures").tables["Causes"].to_dict("records")
    assert cause == {"trials": 1, "first": 9, "error": "no memory"}
    assert section(page, "folds").title == "The best values are better than the start in 2 of 2 folds"


def test_a_front_of_score_and_time(tmp_path: Path) -> None:
    folder = write_study(tmp_path / "pareto", objective="pareto", luck=None)
    table = pd.read_csv(folder / "trials.csv")
    table.iloc[[7, 1]].assign(cpu_s=[2.0, 1.0]).to_csv(folder / "pareto.csv", index=False)
    found = trials.pareto(StudyFacts(folder))
    assert found is not None
    assert found.title.startswith("2 trials are not beaten in both score and time: from 0.5000 in 2 s to")


def test_two_values_of_one_name_are_told_apart() -> None:
    searched = [Searched(name, (), 0, 1, False) for name in ("m.a.x.p", "m.b.x.p", "m.b.q")]
    assert short_names(searched) == ["a.x.p", "b.x.p", "q"]


def test_a_study_of_an_earlier_kit_has_a_page(tmp_path: Path) -> None:
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(tmp_path, filter="data")
    [folder] = [path.parent for path in tmp_path.rglob("best.json")]
    page = study_page(StudyFacts(folder))
    assert page.sections[0].key == "values"
    assert render(page)
    assert values.edges(StudyFacts(folder)) is not None


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="no study with results"):
        StudyFacts(tmp_path)
