"""A competition that is scored on an ontology: floors beside it, its file a part of the run's key, lacking classes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kit.config import load_recipe
from kit.data import read_competition
from kit.errors import InputError
from kit.training.train import RunResult, train
from tests.labelled import COMPETITION, FEATURES, write_labelled

METRIC = "metric: {kind: hierarchical_f1, params: {ontology: letters.csv}}\n"
LETTERS = "child,parent\nalpha,early\nbeta,early\ngamma,late\ndelta,late\nearly,letter\nlate,letter\n"
RECIPE = FEATURES + "models: {ridge: {kind: ridge, params: {penalty: 1.0}}}\n"


def trained(folder: Path, ontology: str) -> RunResult:
    recipe = write_labelled(folder, RECIPE, COMPETITION + METRIC)
    (folder / "letters.csv").write_text(ontology, encoding="utf-8")
    loaded = load_recipe(recipe)
    return train(loaded, read_competition(loaded.config, loaded.root, folder / "cache"), folder / "out", jobs=1)


def test_the_score_has_floors_beside_it_and_goes_with_the_bytes_of_the_ontology(tmp_path: Path) -> None:
    run = trained(tmp_path, LETTERS)
    board = run.leaderboard.set_index("member")
    assert run.summary["metric"] == "hierarchical_f1"
    # Of four classes, one is right, one a sibling (2 of 3 ancestors) and two have the root in common (1 of 3).
    guess = np.mean([1, 2 / 3, 1 / 3, 1 / 3])
    assert board.loc["majority", "hierarchical_f1"] == pytest.approx(guess)
    assert board.loc["majority", "descendant_accuracy"] == board.loc["majority", "accuracy"] == 0.25
    assert board.loc["chance", "hierarchical_f1"] == pytest.approx(guess, abs=0.1)
    assert board.loc["ridge", "hierarchical_f1"] > 0.9
    wrong = 1 - board.loc["ridge", "accuracy"]
    assert 1 - wrong <= board.loc["ridge", "hierarchical_f1"] <= 1 - wrong / 3

    again = trained(tmp_path, LETTERS)
    assert (again.path, again.fitted) == (run.path, 0)
    other = trained(tmp_path, LETTERS.replace("beta,early", "beta,late"))
    assert other.path != run.path
    assert other.fitted == 0  # nothing was chosen by the metric, so that the fits are the same
    assert other.summary["score"] != run.summary["score"]


@pytest.mark.parametrize(
    ("ontology", "said"),
    [
        (LETTERS.replace("delta", "delte"), "letters.csv has no term of the id or name 'delta' .did you mean 'delte'"),
        (LETTERS + "letter,alpha\n", "their own ancestors"),
        ("", "expected columns child and parent"),
    ],
)
def test_an_ontology_that_lacks_a_class_is_refused_at_its_line_before_the_first_fit(
    tmp_path: Path, ontology: str, said: str
) -> None:
    with pytest.raises(InputError, match=rf"(?s)competition.yaml:10: .*{said}"):
        trained(tmp_path, ontology)
    assert not (tmp_path / "out").exists()
