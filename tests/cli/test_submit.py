"""``kit submit`` and ``kit leaderboard``, with a stand-in for Kaggle's program."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from tests.cli.conftest import Kit
from tests.submission.test_kaggle import answer, kaggle

__all__ = ["kaggle"]


@pytest.fixture(scope="module")
def out(tiny: Path, kit: Kit, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("handed-in")
    result = kit("train", tiny / "linear.yaml", "--out", folder, "--jobs", "1", "--set", "kaggle=tiny-at-kaggle")
    assert result.code == 0, result.err
    return folder


def test_without_yes_the_command_is_printed_and_nothing_happens(out: Path, kit: Kit, kaggle: Path) -> None:
    result = kit("submit", "latest", "-m", "two words", "--out", out)
    assert result.code == 0, result.err
    assert result.out.startswith("kaggle competitions submit -c tiny-at-kaggle -f ")
    assert result.out.strip().endswith("-m 'two words'")
    assert not (kaggle / "calls").exists()


def test_the_answer_is_written_into_the_ledger(out: Path, kit: Kit, kaggle: Path) -> None:
    before = pd.read_csv(out / "ledger.csv")
    [file] = (out / "tiny").glob("*.csv")
    answer(kaggle, 1)
    answer(kaggle, 2, f"{file.name},2026-01-02,mine,complete,0.541,")
    result = kit("submit", "linear", "-m", "mine", "--yes", "--out", out)
    assert result.code == 0, result.err
    assert "score: public 0.5410 (in 1 line of the ledger)" in result.out
    after = pd.read_csv(out / "ledger.csv")
    assert after["public"].tolist() == [0.541]
    assert after["message"].tolist() == ["mine"]
    assert after.drop(columns=["public", "message"]).equals(before.drop(columns=["public", "message"]))
    # Asked again (the wait may have been stopped), nothing is handed in twice.
    answer(kaggle, 3, f"{file.name},2026-01-02,mine,complete,0.541,")
    answer(kaggle, 4, f"{file.name},2026-01-02,mine,complete,0.541,0.7")
    again = kit("submit", "linear", "-m", "mine", "--yes", "--out", out)
    assert again.code == 0, again.err
    assert "private 0.7000" in again.out
    assert sum(" submit " in call for call in (kaggle / "calls").read_text().splitlines()) == 1
    assert pd.read_csv(out / "ledger.csv")["private"].tolist() == [0.7]
    [line] = json.loads(kit("leaderboard", "tiny", "--json", "--out", out).out)
    assert (line["recipe"], line["public"]) == ("linear", 0.541)
    assert "0.541" in kit("leaderboard", "--out", out).out


def test_wrong_input(out: Path, tiny: Path, kit: Kit, tmp_path: Path) -> None:
    assert kit("train", tiny / "linear.yaml", "--out", tmp_path, "--jobs", "1").code == 0
    assert "--competition NAME-IN-THE-ADDRESS" in kit("submit", "latest", "--out", tmp_path).err
    assert "-c other -f" in kit("submit", "latest", "--competition", "other", "--out", tmp_path).out
    assert "has no line of 'tinny' (did you mean 'tiny'?)" in kit("leaderboard", "tinny", "--out", out).err
    [file] = (tmp_path / "tiny").glob("*.csv")
    file.unlink()
    assert "is no longer what" in kit("submit", "latest", "--out", tmp_path).err
