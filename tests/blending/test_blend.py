from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.blending import competition_file
from kit.blends import Median
from kit.errors import InputError, KitWarning
from kit.submission import check_submission, ledger
from tests.blending.conftest import Runs
from tests.tiny import SINGLE


def submitted(path: Path) -> np.ndarray:
    return pd.read_csv(path).drop(columns="id").to_numpy(np.float32)


def test_the_mean_of_runs(runs: Runs, tmp_path: Path) -> None:
    blended = runs.blend(tmp_path)
    expected = np.mean([submitted(path / "submission.csv") for path in runs.paths], axis=0)
    np.testing.assert_allclose(submitted(blended.submission), expected, rtol=1e-5, atol=1e-6)
    assert check_submission(blended.submission, runs.competition) == []
    assert blended.content.summary is not None
    assert blended.leaderboard is not None
    assert blended.content.no_score is None
    assert blended.leaderboard.set_index("member").loc["blend", "mrrmse"] == blended.content.summary["score"]
    assert blended.content.weights == pytest.approx(dict.fromkeys(["ridge", "stiff", "trees"], 1 / 3))
    assert set(blended.content.contributions.columns) >= {"member", "score", "weight", "without", "loss"}
    assert "weight_sd" not in blended.content.contributions
    assert blended.notes == ()


def test_learnt_weights_are_those_of_all_rows(runs: Runs, tmp_path: Path) -> None:
    blended = runs.blend(tmp_path, kind="mrrmse_weights")
    assert blended.content.weights is not None
    weights = blended.content.weights
    assert sum(weights.values()) == pytest.approx(1)
    table = blended.content.contributions.set_index("member")
    assert table["weight"].to_dict() == pytest.approx(dict(weights))
    assert "weight_sd" in table
    expected = sum(weights[path.name.split("-")[0]] * submitted(path / "submission.csv") for path in runs.paths)
    np.testing.assert_allclose(submitted(blended.submission), expected, rtol=1e-4, atol=1e-5)
    assert blended.content.summary is not None
    # Nested: a little worse than weights that were fitted on the same rows would look.
    best = min(runs.blend(tmp_path / kind, kind=kind).content.summary["score"] for kind in ("mean", "median"))  # type: ignore[index]
    assert blended.content.summary["score"] < best * 1.05


def test_groups_have_weights_of_their_own(runs: Runs, tmp_path: Path) -> None:
    inner = {"kind": "nnls"}
    blended = runs.blend(tmp_path, kind="per_group", blend=inner, min_rows=5)
    assert blended.content.weights is not None
    assert set(blended.content.weights["groups"]) >= {"NK cells", "T cells"}
    assert "weight" not in blended.content.contributions
    assert blended.content.summary is not None


def test_a_table_among_the_members_leaves_no_score(runs: Runs, tmp_path: Path) -> None:
    theirs = runs.table(tmp_path / "theirs.csv")
    blended = runs.blend(tmp_path / "out", runs.ridge, theirs, kind="median")
    assert (blended.content.summary, blended.leaderboard, blended.content.scores) == (None, None, None)
    assert "theirs" in str(blended.content.no_score)
    expected = submitted(runs.ridge / "submission.csv") + 0.125
    np.testing.assert_allclose(submitted(blended.submission), expected, rtol=1e-5, atol=1e-6)
    assert blended.content.steps == ()
    assert list(blended.content.contributions.columns) == ["member", "correlation"]
    assert blended.content.correlations.loc["ridge", "theirs"] == pytest.approx(1, abs=1e-5)
    line = ledger.read(tmp_path / "out" / "ledger.csv").iloc[0]
    assert np.isnan(line["cv"])
    with pytest.raises(InputError, match="'theirs' is a table of test predictions without any"):
        runs.blend(tmp_path / "out", runs.ridge, theirs, kind="nnls")


def _range(runs: Runs) -> tuple[np.ndarray, np.ndarray]:
    Y = np.array(runs.competition.Y)
    return Y.min(axis=0), Y.max(axis=0)


@pytest.mark.parametrize("kind", ["mean", "median", "weighted"])
def test_tables_are_blended_and_nothing_else(runs: Runs, tmp_path: Path, kind: str) -> None:
    wild = [runs.table(tmp_path / f"wild{shift}.csv", shift=shift) for shift in (50, 60)]
    params = {"weights": {"wild50": 0.5, "wild60": 0.5}} if kind == "weighted" else {}
    blended = runs.blend(tmp_path / "out", *wild, kind=kind, **params)
    expected = np.mean([submitted(path) for path in wild], axis=0)
    np.testing.assert_allclose(submitted(blended.submission), expected, rtol=1e-6)


def test_clips_when_it_is_told_to(runs: Runs, tmp_path: Path) -> None:
    wild = [runs.table(tmp_path / f"wild{shift}.csv", shift=shift) for shift in (50, 60)]
    blended = runs.blend(tmp_path / "out", *wild, clip=True)
    np.testing.assert_array_equal(submitted(blended.submission)[0], _range(runs)[1])
    assert [step.kind for step in blended.content.steps] == ["clip"]
    stretched = {"weights": {"ridge": 40.0, "stiff": 40.0}, "normalize": False}
    runs_clipped = runs.blend(tmp_path / "out", runs.ridge, runs.stiff, kind="weighted", **stretched)
    assert [step.kind for step in runs_clipped.content.steps] == ["clip"]
    loose = runs.blend(tmp_path / "out", runs.ridge, runs.stiff, kind="weighted", clip=False, **stretched)
    assert loose.content.steps == ()
    assert (submitted(loose.submission) > _range(runs)[1]).any()


def test_post_processing_is_that_of_the_runs(runs: Runs, tmp_path: Path) -> None:
    def train(name: str, *overrides: str) -> Path:
        recipe = runs.tiny.recipe(SINGLE, name, *overrides)
        return runs.tiny.train(tmp_path, recipe).path

    loose = train("loose", "postprocess=[]")
    looser = train("looser", "postprocess=[]", "models.ridge.params.penalty=1.0")
    stretched = {"weights": {"loose": 40.0, "looser": 40.0}, "normalize": False}
    blended = runs.blend(tmp_path, loose, looser, kind="weighted", **stretched)
    assert (submitted(blended.submission) > _range(runs)[1]).any()
    mixed = runs.blend(tmp_path, loose, runs.stiff, kind="mean")
    assert any("differ in `postprocess`" in text for text in mixed.notes)
    expected = np.mean([submitted(path / "submission.csv") for path in (loose, runs.stiff)], axis=0)
    np.testing.assert_allclose(submitted(mixed.submission), expected, rtol=1e-5, atol=1e-6)


def test_what_a_blend_warns_of_is_among_its_notes(runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    combine = Median.combine

    def warn(self: Median, predictions: Mapping[str, np.ndarray], groups: np.ndarray | None = None) -> np.ndarray:
        warnings.warn("two members alike", KitWarning, stacklevel=2)
        return combine(self, predictions, groups)

    monkeypatch.setattr(Median, "combine", warn)
    assert runs.blend(tmp_path, kind="median").notes == ("two members alike",)


@pytest.mark.parametrize("odd", ["ids with blanks", "no end of line"])
def test_what_is_odd_about_a_table_is_among_the_notes(runs: Runs, tmp_path: Path, odd: str) -> None:
    lines = runs.table(tmp_path / "theirs.csv").read_text().splitlines()
    if odd == "ids with blanks":
        lines = [lines[0], *(f'" {line.partition(",")[0]}",{line.partition(",")[2]}' for line in lines[1:])]
    (tmp_path / "theirs.csv").write_text("\n".join(lines) + ("\n" if odd == "ids with blanks" else ""))
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # whatever does not reach the notes
        blended = runs.blend(tmp_path / "out", runs.ridge, tmp_path / "theirs.csv")
    (note,) = blended.notes
    assert ("blanks around" if odd == "ids with blanks" else "theirs.csv") in note


def test_weights_must_name_the_members(runs: Runs, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no prediction 'rigde' \(did you mean 'ridge'"):
        runs.blend(tmp_path, kind="weighted", weights={"rigde": 1.0, "stiff": 1.0, "trees": 1.0})
    with pytest.raises(InputError, match="'trees' has no weight"):
        runs.blend(tmp_path, kind="weighted", weights={"ridge": 1.0, "stiff": 1.0})
    assert list(tmp_path.iterdir()) == []


def test_the_competition_is_that_of_a_run(runs: Runs, tmp_path: Path) -> None:
    theirs = runs.table(tmp_path / "theirs.csv")
    assert competition_file([theirs, runs.trees]) == runs.trees / "config.resolved.yaml"
    assert competition_file([theirs], tmp_path / "given.yaml") == tmp_path / "given.yaml"
    with pytest.raises(InputError, match="--competition"):
        competition_file([theirs])
