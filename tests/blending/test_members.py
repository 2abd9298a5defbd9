from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.blending.members import read_members, read_table
from kit.errors import DataError, InputError, StateError, SubmissionError
from tests.blending.conftest import Runs


def test_runs_are_called_by_their_recipes(runs: Runs) -> None:
    members = read_members(runs.paths, runs.competition)
    assert [member.name for member in members] == ["ridge", "stiff", "trees"]
    for member, path in zip(members, runs.paths, strict=True):
        np.testing.assert_array_equal(member.test, np.load(path / "test.npy"))
        assert member.run is not None


def test_recipes_of_one_name_keep_their_hashes(runs: Runs, tmp_path: Path) -> None:
    other = tmp_path / "ridge-00000000"
    shutil.copytree(runs.stiff, other)
    names = [member.name for member in read_members([runs.ridge, other, runs.trees], runs.competition)]
    assert names == [runs.ridge.name, "ridge-00000000", "trees"]


def test_a_table_is_aligned_by_id_and_column(runs: Runs, tmp_path: Path) -> None:
    straight = runs.table(tmp_path / "theirs.csv")
    expected = read_table(straight, runs.competition)
    np.testing.assert_allclose(expected, np.load(runs.ridge / "test.npy") + 0.25, rtol=1e-5, atol=1e-6)
    frame = pd.read_csv(straight)
    frame.iloc[::-1, ::-1].to_csv(tmp_path / "turned.csv", index=False)
    frame.sample(frac=1, random_state=0).to_parquet(tmp_path / "shuffled.parquet", index=False)
    for name in ("turned.csv", "shuffled.parquet"):
        np.testing.assert_array_equal(read_table(tmp_path / name, runs.competition), expected)
    first, second = read_members([runs.ridge, straight], runs.competition)
    assert (first.name, second.name, second.run) == ("ridge", "theirs", None)


def test_a_table_of_something_else_is_refused(runs: Runs, tmp_path: Path) -> None:
    frame = pd.read_csv(runs.table(tmp_path / "theirs.csv"))
    target = frame.columns[3]
    for wrong, told in [
        (frame.drop(columns=target), "1 column of the sample missing"),
        (frame.rename(columns={target: "else"}), "columns? that the sample has not: 'else'"),
        (frame.iloc[1:], "1 id of the sample missing"),
        (frame.assign(id=[9999, *frame["id"].iloc[1:]]), "'9999'"),
    ]:
        wrong.to_csv(tmp_path / "wrong.csv", index=False)
        with pytest.raises(SubmissionError, match=told):
            read_table(tmp_path / "wrong.csv", runs.competition)
    for wrong in (frame.assign(**{target: np.nan}), pd.concat([frame, frame.iloc[:1]])):
        wrong.to_csv(tmp_path / "wrong.csv", index=False)
        with pytest.raises(DataError, match=r"wrong\.csv"):
            read_table(tmp_path / "wrong.csv", runs.competition)


def test_fewer_than_two_and_the_same_twice(runs: Runs, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at least two members to blend, got 1"):
        read_members([runs.ridge], runs.competition)
    with pytest.raises(InputError, match="is given 2 times"):
        read_members([runs.ridge, runs.ridge.parent / "." / runs.ridge.name], runs.competition)
    with pytest.raises(InputError, match="the same submission"):
        read_members([runs.ridge, runs.ridge / "submission.csv"], runs.competition)
    (tmp_path / "a").mkdir()
    one, other = runs.table(tmp_path / "same.csv"), runs.table(tmp_path / "a" / "same.csv", shift=0.5)
    with pytest.raises(InputError, match="2 members are called 'same'"):
        read_members([one, other], runs.competition)
    with pytest.raises(InputError, match="no such run or table"):
        read_members([one, tmp_path / "absent.csv"], runs.competition)


def test_an_unfinished_run(runs: Runs, tmp_path: Path) -> None:
    unfinished = tmp_path / "ridge-12345678"
    shutil.copytree(runs.stiff, unfinished)
    (unfinished / "DONE").unlink()
    with pytest.raises(StateError, match="is not finished"):
        read_members([runs.ridge, unfinished], runs.competition)
    with pytest.raises(StateError, match="is no run"):
        read_members([runs.ridge, tmp_path], runs.competition)
