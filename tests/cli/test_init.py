"""`kit init`: from a table that nobody has described to a trained recipe, as a reader of README.md does it."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.own_tables import OWN_TABLES, SMALL, OwnTable
from kit.config import load_competition
from kit.data.simulate import simulate, write
from tests.cli.conftest import Kit, is_wrong_input
from tests.tiny import DESIGN


class Terminal(io.StringIO):
    """A person at a terminal who answers in advance."""

    def isatty(self) -> bool:
        return True


def own(name: str) -> OwnTable:
    return OWN_TABLES[name](**SMALL[name])


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def submission(folder: Path) -> pd.DataFrame:
    (path,) = folder.glob("submissions/*/*.csv")
    return pd.read_csv(path)


@pytest.mark.slow
@pytest.mark.parametrize("name", OWN_TABLES)
def test_from_a_table_to_predictions_of_new_rows_that_are_better_than_the_mean(name: str, kit: Kit, here: Path) -> None:
    table = own(name)
    train, test = table.write(here)
    began = kit("init", train.name, test.name, "--yes")
    assert began.code == 0, began.err
    assert f"next: kit train {train.stem}/start.yaml" in began.out
    trained = kit("train", f"{train.stem}/start.yaml", "--jobs", "1")
    assert trained.code == 0, trained.err
    predicted = submission(here)[table.truth.columns].to_numpy()
    mean = np.tile(table.train[table.truth.columns].mean().to_numpy(), (len(table.truth), 1))
    assert table.rmse(predicted) < table.rmse(mean)
    result = kit("predict", "start", test.name, "-o", "again.csv")
    assert result.code == 0, result.err
    again = pd.read_csv("again.csv")
    np.testing.assert_allclose(again[table.truth.columns], predicted, rtol=1e-3, atol=1e-3)
    assert again["rests_on"].notna().all()
    # Rows that nobody had in mind: of another draw, with other compounds and other values.
    other = OWN_TABLES[name](1, **SMALL[name]).test
    other.to_csv("others.csv", index=False)
    result = kit("predict", "latest", "others.csv")
    assert result.code == 0, result.err
    assert np.isfinite(pd.read_csv("others.predicted.csv")[table.truth.columns].to_numpy()).all()


@pytest.mark.slow
def test_the_three_files_of_kaggle(kit: Kit, here: Path) -> None:
    write(simulate(DESIGN, 1), here)
    result = kit("init", "de_train.parquet", "id_map.csv", "--yes", "-o", "mine", "--train")
    assert result.code == 0, result.err
    sample = pd.read_csv(here / "sample_submission.csv")
    assert list(submission(here).columns) == list(sample.columns)
    assert list(submission(here)["id"]) == list(sample["id"])


@pytest.mark.slow
def test_without_rows_to_predict_there_is_a_cross_validation(kit: Kit, here: Path) -> None:
    train, _ = own("digits").write(here)
    result = kit("init", train.name, "--target", "y.*", "--yes", "--train")
    assert result.code == 0, result.err
    assert "no rows to predict" in result.out
    assert "submission: none" in result.out
    assert load_competition(here / "digits" / "competition.yaml").config.columns.targets.pattern == r"y\..*"


def test_without_a_terminal_the_guess_is_shown_and_not_taken(kit: Kit, here: Path) -> None:
    train, test = own("digits").write(here)
    result = kit("init", train.name, test.name)
    assert is_wrong_input(result)
    assert "--yes takes it; nothing was written" in result.err
    assert "columns of numbers that new_digits.parquet does not have" in result.out
    assert not (here / "digits").exists()


def test_at_a_terminal_it_asks_and_takes_corrections(kit: Kit, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train, test = own("screen").write(here)
    # No; targets, id, keys, replicate, group: none, compound, smiles, weight; yes; do not train.
    monkeypatch.setattr(sys, "stdin", Terminal("n\nGENE0000*\n\n\n\n-\n\n\n\ny\nn\n"))
    result = kit("init", train.name, test.name)
    assert result.code == 0, result.err
    columns = load_competition(here / "screen" / "competition.yaml").config.columns
    assert (columns.targets.pattern, columns.group, columns.compound) == ("GENE0000.*", None, "compound")
    assert "next: kit train screen/start.yaml" in result.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing.csv", "--yes"], "nothing.csv: no such file"),
        (["digits.parquet", "nothing.csv", "--yes"], "nothing.csv: no such file"),
        (["text.csv", "--yes"], "no column holds numbers"),
        (["digits.parquet", "--target", "z*", "--yes"], "--target 'z*' matches none of the 64 columns"),
        (["digits.parquet", "other.csv", "--yes"], "nothing is known of the rows to predict"),
        (["digits.parquet", "-o", "text.csv", "--yes"], "text.csv is a file"),
        (["broken.csv", "--yes"], "broken.csv, line 3: 1 fields, the header has 2"),
    ],
)
def test_wrong_input_is_named_and_nothing_is_written(arguments: list[str], message: str, kit: Kit, here: Path) -> None:
    own("digits").write(here)
    (here / "text.csv").write_text("a,b\nx,y\nu,v\n")
    (here / "other.csv").write_text("a,b\n1,2\n")
    (here / "broken.csv").write_text("a,b\n1,2\n3\n")
    before = sorted(here.rglob("*"))
    result = kit("init", *arguments)
    assert is_wrong_input(result)
    assert message in result.err
    assert sorted(here.rglob("*")) == before
