"""``kit score``."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.cli.conftest import Finished, Kit, is_wrong_input
from tests.real_data import real_data


@pytest.fixture(scope="module")
def truth(tiny: Path) -> Path:
    return tiny / "data" / "truth.parquet"


@pytest.fixture(scope="module")
def copies(finished: Finished, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the submission in several formats, where nothing leads back to the run."""
    folder = tmp_path_factory.mktemp("copies")
    frame = pd.read_csv(finished.submission)
    shutil.copy(finished.submission, folder / "submission.csv")
    frame.to_parquet(folder / "submission.parquet")
    frame.to_feather(folder / "submission.feather")
    frame.iloc[::-1].to_csv(folder / "reversed.csv", index=False)
    frame.head(2).to_csv(folder / "few.csv", index=False)
    frame.rename(columns=lambda name: name if name == "id" else f"other {name}").to_csv(
        folder / "other.csv", index=False
    )
    (folder / "unfinished").mkdir()
    (folder / "notes.md").write_text("# notes")
    return folder


def _mrrmse(submission: Path, truth: Path, ids: list[int] | None = None) -> float:
    predicted, true = pd.read_csv(submission).set_index("id"), pd.read_parquet(truth).set_index("id")
    predicted.index, true.index = predicted.index.astype(str), true.index.astype(str)
    chosen = list(true.index) if ids is None else [str(i) for i in ids]
    difference = (predicted.loc[chosen, true.columns] - true.loc[chosen]).to_numpy(float)
    return float(np.sqrt((difference**2).mean(axis=1)).mean())


def _shown(out: str, member: str = "predictions") -> float:
    (line,) = re.findall(rf"^  {member} +\w+ +(.*)$", out.partition("\n\n")[0], re.MULTILINE)
    return float(line.split()[0])


@pytest.mark.parametrize("name", ["submission.csv", "submission.parquet", "submission.feather", "reversed.csv"])
def test_every_format_gets_the_score(finished: Finished, kit: Kit, copies: Path, truth: Path, name: str) -> None:
    result = kit("score", copies / name, truth)
    assert result.code == 0, result.err
    assert _shown(result.out) == pytest.approx(_mrrmse(finished.submission, truth), abs=5.1e-5)
    assert all(metric in result.out for metric in ("mae", "pearson", "spearman", "cosine", "rescale"))
    # Nobody says which competition it is: no floors, no groups.
    assert "zeros" not in result.out
    assert "by group" not in result.out


def test_a_metric_that_is_no_mean_over_rows(
    finished: Finished, kit: Kit, tiny: Path, truth: Path, tmp_path: Path
) -> None:
    file = tmp_path / "competition.yaml"
    given = (tiny / "competition.yaml").read_text().replace("root: data", f"root: {tiny / 'data'}")
    file.write_text(given + "metric: target_pearson\n")
    result = kit("score", finished.submission, truth, "--competition", file)
    assert result.code == 0, result.err
    predicted, true = pd.read_csv(finished.submission).set_index("id"), pd.read_parquet(truth).set_index("id")
    predicted.index, true.index = predicted.index.astype(str), true.index.astype(str)
    expected = predicted.loc[true.index, true.columns].corrwith(true).fillna(0).mean()
    assert _shown(result.out) == pytest.approx(expected, abs=5.1e-5)
    assert _shown(result.out, "mean") == 0.0  # the same prediction for all rows
    assert "target_pearson by group" in result.out
    low, high = next(line for line in result.out.splitlines() if line.split()[:1] == ["predictions"]).split()[3:5]
    assert float(low) < expected < float(high)


def test_a_run_knows_its_competition(finished: Finished, kit: Kit, truth: Path) -> None:
    of_run = kit("score", finished.run, truth)
    assert of_run.code == 0, of_run.err
    assert _shown(of_run.out) == pytest.approx(_mrrmse(finished.submission, truth), abs=5.1e-5)
    true = pd.read_parquet(truth).drop(columns="id").to_numpy(float)
    assert _shown(of_run.out, "zeros") == pytest.approx(np.sqrt((true**2).mean(axis=1)).mean(), abs=5.1e-5)
    assert "mrrmse by group" in of_run.out
    assert "B cells" in of_run.out
    assert kit("score", finished.run / "submission.csv", truth).out == of_run.out
    assert kit("score", finished.submission, truth).out == of_run.out


def test_the_competition_can_be_given(finished: Finished, kit: Kit, copies: Path, truth: Path, tiny: Path) -> None:
    given = kit("score", copies / "submission.csv", truth, "--competition", tiny / "competition.yaml")
    assert given.code == 0
    assert given.out == kit("score", finished.run, truth).out


def test_values_of_the_truth_that_were_not_measured_are_not_scored(
    finished: Finished, kit: Kit, copies: Path, truth: Path, tiny: Path, tmp_path: Path
) -> None:
    frame = pd.read_parquet(truth)
    targets = [name for name in frame.columns if name in pd.read_csv(finished.submission).columns and name != "id"]
    frame.loc[frame.index[2], targets[:5]] = np.nan
    frame.loc[frame.index[3], targets] = np.nan
    frame.to_parquet(tmp_path / "truth.parquet")
    strict = kit("score", copies / "submission.csv", tmp_path / "truth.parquet")
    assert is_wrong_input(strict)
    assert "missing (NaN)" in strict.err
    text = (tiny / "competition.yaml").read_text().replace("columns:\n", "columns:\n  missing_targets: allow\n")
    (tiny / "gaps.yaml").write_text(text)
    ended = kit("score", copies / "submission.csv", tmp_path / "truth.parquet", "--competition", tiny / "gaps.yaml")
    values = pd.read_csv(finished.submission).set_index("id").loc[frame["id"], targets]
    squares = pd.DataFrame((values.to_numpy() - frame[targets].to_numpy()) ** 2)
    errors = np.sqrt(squares.mean(axis=1))
    assert f"{errors.mean():.4f}" in ended.out


def test_rows_without_a_truth_are_not_scored(finished: Finished, kit: Kit, truth: Path, tmp_path: Path) -> None:
    some = pd.read_parquet(truth).iloc[[4, 1, 7]]
    some.to_parquet(tmp_path / "some.parquet")
    result = kit("score", finished.run, tmp_path / "some.parquet")
    n_rows = len(pd.read_csv(finished.submission))
    assert result.out.startswith(f"3 of {n_rows} predicted rows")
    assert _shown(result.out) == pytest.approx(_mrrmse(finished.submission, truth, list(some["id"])), abs=5.1e-5)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("submision.csv", "'submission.csv'"),
        ("few.csv", "not among the predictions"),
        ("other.csv", "no target column in common"),
        ("notes.md", ".parquet"),
        ("unfinished", "finished run"),
    ],
)
def test_wrong_predictions(kit: Kit, copies: Path, truth: Path, name: str, told: str) -> None:
    result = kit("score", copies / name, truth)
    assert is_wrong_input(result)
    assert told in result.err
    assert result.out == ""


def test_a_missing_truth(kit: Kit, copies: Path, truth: Path) -> None:
    result = kit("score", copies / "submission.csv", truth.with_name("truht.parquet"))
    assert is_wrong_input(result)
    assert "'truth.parquet'" in result.err


def test_a_wrong_competition(kit: Kit, copies: Path, truth: Path, tiny: Path) -> None:
    result = kit("score", copies / "submission.csv", truth, "--competition", tiny / "competitoin.yaml")
    assert is_wrong_input(result)
    assert "'competition.yaml'" in result.err


def test_a_real_leaderboard(kit: Kit) -> None:
    folder = real_data("open-problems-ranks")
    result = kit("score", folder / "sample_submission.csv", folder / "public_leaderboard.parquet")
    assert result.code == 0, result.err
    keys = ["id", "cell_type", "sm_name"]
    true = pd.read_parquet(folder / "public_leaderboard.parquet").drop(columns=keys, errors="ignore").to_numpy(float)
    assert result.out.startswith(f"{len(true)} of ")
    # The sample holds zeros, so the score is the truth's own size.
    assert _shown(result.out) == pytest.approx(np.sqrt((true**2).mean(axis=1)).mean(), abs=5.1e-5)
