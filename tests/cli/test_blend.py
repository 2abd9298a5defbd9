"""``kit blend``."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.submission import ledger
from tests.cli.conftest import Finished, Kit, is_wrong_input


@dataclass(frozen=True)
class Runs:
    """Two runs more, beside the finished one; what they were made into."""

    out: Path
    paths: list[Path]

    @property
    def names(self) -> list[str]:
        return [path.name.rpartition("-")[0] for path in self.paths]


@pytest.fixture(scope="module")
def runs(finished: Finished, kit: Kit, tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    folder = tmp_path_factory.mktemp("recipes")
    out = tmp_path_factory.mktemp("blended")
    paths = [finished.run]
    for name, penalty in (("loose", "0.1"), ("stiff", "1000.0")):
        recipe = folder / f"{name}.yaml"
        text = (tiny / "linear.yaml").read_text().replace("penalty: 10.0", f"penalty: {penalty}")
        recipe.write_text(text.replace("extends: competition.yaml", f"extends: {tiny}/competition.yaml"))
        result = kit("train", recipe, "--out", out, "--jobs", "1")
        assert result.code == 0, result.err
        paths += (out / "tiny" / "runs").glob(f"{name}-*")
    return Runs(out, paths)


@pytest.fixture(scope="module")
def theirs(finished: Finished, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("public") / "theirs.csv"
    frame = pd.read_csv(finished.submission).iloc[::-1, ::-1]
    frame[[name for name in frame if name != "id"]] += 0.25
    frame.to_csv(path, index=False)
    return path


def submission_of(out: str) -> Path:
    (path,) = re.findall(r"^submission: (.*) \(checked\)$", out, re.MULTILINE)
    return Path(path)


def values(path: Path) -> np.ndarray:
    return pd.read_csv(path).sort_values("id").drop(columns="id").to_numpy(float)


def test_a_blend_ends_in_a_checked_submission(runs: Runs, kit: Kit, tiny: Path, tmp_path: Path) -> None:
    result = kit("blend", *runs.paths, "--out", tmp_path)
    assert result.code == 0, result.err
    assert result.out.startswith("blend of 3 members\n")
    assert "after the blend: clip\n" in result.out
    for title in ("Cross-validation", "Contributions", "Correlations of test predictions", "mrrmse by cell_type"):
        assert f"\n{title}" in result.out
    submission = submission_of(result.out)
    assert kit("check", submission, tiny / "competition.yaml").code == 0
    expected = np.mean([values(path / "submission.csv") for path in runs.paths], axis=0)
    np.testing.assert_allclose(values(submission), expected, atol=1e-5)
    (line,) = ledger.read(tmp_path / "ledger.csv").to_dict("records")
    assert f"score: mrrmse {line['cv']:.4f}" in result.out
    # No score without floors.
    assert re.search(r"^  zeros +floor", result.out, re.MULTILINE)


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        (["--mean"], "mean"),
        (["--median"], "median"),
        (["--blend", "greedy"], "greedy"),
        (["--blend", "{kind: nnls, params: {ridge: 0.1}}"], "nnls"),
        (["--blend", "by_score", "--per-group"], "per_group"),
    ],
)
def test_every_way_to_blend(runs: Runs, kit: Kit, tmp_path: Path, options: list[str], kind: str) -> None:
    result = kit("blend", *runs.paths, *options, "--name", "mine", "--out", tmp_path)
    assert result.code == 0, result.err
    (path,) = (tmp_path / "tiny" / "blends").glob("mine-*")
    kept = json.loads((path / "blend.json").read_text())
    assert kept["blend"]["kind"] == kind
    assert f"blend: {path}\n" in result.out
    assert ("Weights by group" in result.out) == (kind == "per_group")


def test_weights_of_ones_own(runs: Runs, kit: Kit, tmp_path: Path) -> None:
    weights = ",".join(f"{name}={weight}" for name, weight in zip(runs.names, (3, 1, 0), strict=True))
    result = kit("blend", *runs.paths, "--weights", weights, "--out", tmp_path)
    assert result.code == 0, result.err
    first, second, _ = (values(path / "submission.csv") for path in runs.paths)
    np.testing.assert_allclose(values(submission_of(result.out)), 0.75 * first + 0.25 * second, atol=1e-5)


def test_somebody_elses_submission_has_no_score(runs: Runs, kit: Kit, theirs: Path, tmp_path: Path) -> None:
    result = kit("blend", runs.paths[0], theirs, "--out", tmp_path)
    assert result.code == 0, result.err
    assert "score: none, no out-of-fold predictions of theirs: a table has test predictions only\n" in result.out
    assert "Cross-validation" not in result.out
    # Their rows and columns stand in the opposite order; both are shifted by the same.
    mine, blended = values(runs.paths[0] / "submission.csv"), values(submission_of(result.out))
    assert np.median(blended - mine) == pytest.approx(0.125, abs=1e-4)


def test_tables_alone_need_the_competition(kit: Kit, theirs: Path, tiny: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    pd.read_csv(theirs).assign(**{pd.read_csv(theirs).columns[0]: 0.5}).to_csv(other, index=False)
    result = kit("blend", theirs, other, "--out", tmp_path)
    assert is_wrong_input(result)
    assert "--competition" in result.err
    given = kit("blend", theirs, other, "--out", tmp_path, "--competition", tiny / "competition.yaml")
    assert given.code == 0, given.err


def test_kit_score_knows_a_blend(runs: Runs, kit: Kit, tiny: Path, tmp_path: Path) -> None:
    submission = submission_of(kit("blend", *runs.paths, "--out", tmp_path).out)
    truth = tiny / "data" / "truth.parquet"
    scored = kit("score", submission, truth)
    assert scored.code == 0, scored.err
    assert "zeros" in scored.out
    assert "mrrmse by group" in scored.out
    (path,) = (tmp_path / "tiny" / "blends").iterdir()
    assert kit("score", path, truth).out == scored.out
    true = pd.read_parquet(truth).sort_values("id", key=lambda ids: ids.astype(int)).drop(columns="id")
    error = float(np.sqrt(((values(submission) - true.to_numpy(float)) ** 2).mean(axis=1)).mean())
    assert re.search(rf"^  predictions +\w+ +{error:.4f}", scored.out, re.MULTILINE)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--mean", "--median"], "--mean and --median: one blend at a time"),
        (["--per-group"], "--blend nnls"),
        (["--blend", "nnsl"], "'nnls'"),
        (["--weights", "linear"], "a number for each member"),
        (["--weights", "linaer=1,loose=1,stiff=1"], "'linear'"),
        (["--name", "a/b"], "--name"),
        (["--competition", "absent.yaml"], "absent.yaml"),
        (["--data", "absent"], "absent"),
    ],
)
def test_wrong_options(
    runs: Runs, kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = kit("blend", *runs.paths, *options)
    assert is_wrong_input(result)
    assert told in result.err
    assert result.out == ""
    assert list(tmp_path.iterdir()) == []


def test_wrong_members(runs: Runs, kit: Kit, theirs: Path, tmp_path: Path) -> None:
    unfinished = Path(shutil.copytree(runs.paths[1], tmp_path / "loose-00000000"))
    (unfinished / "DONE").unlink()
    for members, told in [
        ([runs.paths[0]], "at least two"),
        ([runs.paths[0], runs.paths[0]], "2 times"),
        ([runs.paths[0], unfinished], "not finished"),
        ([runs.paths[0], theirs.with_name("their.csv")], "'theirs.csv'"),
        ([], "missing argument"),
    ]:
        result = kit("blend", *members, "--out", tmp_path / "out")
        assert is_wrong_input(result)
        assert told in result.err.lower()
    result = kit("blend", runs.paths[0], theirs, "--blend", "nnls", "--out", tmp_path / "out")
    assert is_wrong_input(result)
    assert "'theirs' is a table of test predictions without any" in result.err
    assert not (tmp_path / "out").exists()


def test_a_model_of_a_run_by_its_name(runs: Runs, kit: Kit, tmp_path: Path) -> None:
    result = kit("blend", f"{runs.paths[0]}:ridge", runs.paths[1], "--out", tmp_path)
    assert result.code == 0, result.err
    assert ":ridge" in result.out
    wrong = kit("blend", f"{runs.paths[0]}:rigde", runs.paths[1], "--out", tmp_path)
    assert is_wrong_input(wrong)
    assert "did you mean 'ridge'" in wrong.err
