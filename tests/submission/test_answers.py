"""Submissions that name the class of every row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.config import load_competition
from kit.data import Competition, read_competition
from kit.errors import SubmissionError
from kit.submission import check_submission, write_submission
from tests.labelled import write_labelled

IDS = [f"t{row}" for row in range(24)]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Competition:
    folder = tmp_path_factory.mktemp("labelled")
    write_labelled(folder)
    loaded = load_competition(folder / "competition.yaml")
    return read_competition(loaded.config, loaded.root, folder / "cache")


def probabilities() -> np.ndarray:
    return np.random.default_rng(0).dirichlet(np.ones(4), 24).astype(np.float32)


def test_the_likeliest_class_is_written_and_the_check_agrees(tables: Competition, tmp_path: Path) -> None:
    given = probabilities()
    order = np.random.default_rng(1).permutation(24)
    ids = [IDS[row] for row in order]
    written = write_submission(tmp_path / "s.csv", ids, tables.targets, given[order], tables)
    back = pd.read_csv(written.path)
    assert list(back["id"]) == IDS
    assert list(back["kind"]) == [tables.targets[place] for place in given.argmax(axis=1)]
    assert check_submission(written.path, tables) == []
    assert check_submission(back, tables) == []


@pytest.mark.parametrize("form", ["frame", "file"])
@pytest.mark.parametrize(
    ("kind", "message"),
    [("alfa", "'alfa' at id 't3' .is it 'alpha'"), ("", "no class at id 't3'")],
)
def test_a_word_that_is_no_class_is_refused(
    tables: Competition, tmp_path: Path, form: str, kind: str, message: str
) -> None:
    frame = pd.DataFrame({"id": IDS, "kind": ["alpha", "beta"] * 12})
    frame.loc[3, "kind"] = kind
    frame.to_csv(tmp_path / "s.csv", index=False)
    with pytest.raises(SubmissionError, match=f"1 row without a class of the training table: {message}"):
        check_submission(frame if form == "frame" else tmp_path / "s.csv", tables)


def test_one_class_for_all_is_odd(tables: Competition) -> None:
    assert check_submission(pd.DataFrame({"id": IDS, "kind": "beta"}), tables) == ["every row is of the class 'beta'"]


def test_a_submission_without_the_label_is_refused(tables: Competition) -> None:
    with pytest.raises(SubmissionError, match="1 column of the sample missing: 'kind'"):
        check_submission(pd.DataFrame({"id": IDS, "class": "beta"}), tables)
