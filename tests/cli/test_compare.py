"""``kit compare``."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from kit.models.ridge import Ridge
from tests.cli.conftest import Finished, Kit, Result, is_wrong_input


@pytest.fixture(scope="module")
def recipes(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three recipes, two of them of one name."""
    folder = tmp_path_factory.mktemp("recipes")
    paths = []
    for name, penalty in (("one/linear", 1.0), ("two/linear", 100.0)):
        path = folder / f"{name}.yaml"
        path.parent.mkdir()
        path.write_text(f"extends: {tiny / 'linear.yaml'}\nmodels: {{ridge: {{params: {{penalty: {penalty}}}}}}}\n")
        paths.append(path)
    return [tiny / "linear.yaml", *paths]


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("out")


@pytest.fixture(scope="module")
def compared(kit: Kit, tiny: Path, recipes: list[Path], out: Path) -> Result:
    truth = tiny / "data" / "truth.parquet"
    return kit("compare", *recipes, "--out", out, "--jobs", "1", "--truth", truth, "--name", "first")


def test_prints_and_keeps_one_table(compared: Result, out: Path) -> None:
    assert compared.code == 0, compared.err
    folder = out / "tiny" / "comparisons" / "first"
    assert compared.out.rstrip().endswith(f"comparison: {folder}")
    table = pd.read_csv(folder / "comparison.csv").set_index("member")
    of_recipes = table[table["kind"] == "recipe"]
    assert len(of_recipes) == 3
    assert {"one/linear", "two/linear"} < set(of_recipes.index)
    for member, line in table.iterrows():
        assert re.search(rf"^  {re.escape(str(member))} +\w+ +{line['mrrmse']:.4f} ", compared.out, re.MULTILINE)
    assert "mrrmse by group" in compared.out
    assert "Differences in mrrmse" in compared.out
    assert (folder / "comparison.md").read_text().count("| two/linear |") == 3


def test_the_page_is_written_where_it_is_asked_for(kit: Kit, compared: Result, recipes: list[Path], out: Path) -> None:
    page = out / "tiny" / "comparisons" / "first" / "report.html"
    assert compared.code == 0
    assert not page.exists()  # KIT_REPORT=0
    found = kit("compare", *recipes[:2], "--out", out, "--jobs", "1", "--name", "paged", "--report")
    assert found.code == 0, found.err
    paged = out / "tiny" / "comparisons" / "paged"
    assert found.out.rstrip().endswith(f"report: {paged / 'report.html'}")
    again = kit("report", paged, "-o", out / "page.html")
    assert (out / "page.html").read_text() == (paged / "report.html").read_text()
    assert again.out.count("\n* ") >= 4
    assert json.loads(kit("report", paged, "--json").out)["headline"] in (paged / "report.html").read_text()


def test_recipes_of_one_name_have_runs_of_their_own(compared: Result, out: Path) -> None:
    assert compared.code == 0
    table = pd.read_csv(out / "tiny" / "comparisons" / "first" / "comparison.csv")
    runs = table["runs"].dropna()
    assert runs.nunique() == 3
    assert all((out / "tiny" / "runs" / name / "DONE").is_file() for name in runs)
    assert len(list((out / "tiny").glob("*.csv"))) == 3


def test_the_score_is_that_of_kit_train(compared: Result, finished: Finished, out: Path) -> None:
    assert compared.code == 0
    table = pd.read_csv(out / "tiny" / "comparisons" / "first" / "comparison.csv")
    (shown,) = re.findall(r"score: mrrmse (\S+)", finished.result.out)
    assert f"{table.loc[table['kind'] == 'recipe', 'mrrmse'].iloc[0]:.4f}" == shown


def test_the_truth_is_marked_as_used_for_nothing(compared: Result) -> None:
    assert "test_mrrmse" in compared.out
    assert re.search(r"test_…: against .*truth.parquet \(\d+ of \d+ test rows\); for information only", compared.out)


def test_the_agreement_with_the_truth_is_said(
    kit: Kit, compared: Result, tiny: Path, recipes: list[Path], out: Path
) -> None:
    assert re.search(r"^  cross-validated +3 +\S+ +\S+ +\d of 3 +\d of 3$", compared.out, re.MULTILINE)
    folds = ["--set", "folds={kind: kfold, params: {n_splits: 4}}", "--smaller-folds", "folds.params.n_splits=2"]
    truth = tiny / "data" / "truth.parquet"
    found = kit("compare", *recipes, "--out", out, "--jobs", "1", "--truth", truth, "--name", "curve", *folds)
    assert found.code == 0, found.err
    assert re.search(r"^  all rows +3 +\S+ +\S+", found.out, re.MULTILINE)
    table = pd.read_csv(out / "tiny" / "comparisons" / "curve" / "comparison.csv").set_index("kind")
    assert table.loc["recipe", "all_rows"].notna().all()
    assert list(pd.read_csv(out / "tiny" / "comparisons" / "curve" / "agreement.csv")["scores"])[1] == "all rows"


def test_smaller_folds_that_are_none_are_refused(kit: Kit, recipes: list[Path], tmp_path: Path) -> None:
    found = kit("compare", *recipes, "--out", tmp_path, "--smaller-folds", "folds.params.anchors=keep")
    assert is_wrong_input(found)
    assert "--smaller-folds folds.params.n_splits=2" in found.err
    assert not list(tmp_path.rglob("tasks"))


def test_finished_runs_are_not_fitted_again(kit: Kit, compared: Result, recipes: list[Path], out: Path) -> None:
    again = kit("compare", *recipes, "--out", out, "--jobs", "1", "--against", "best")
    assert again.code == 0
    assert "tasks to fit" not in again.err
    assert again.err.count("is finished already") == 3
    assert "test_" not in again.out
    (folder,) = [
        path for path in (out / "tiny" / "comparisons").iterdir() if path.name not in ("first", "curve", "paged")
    ]
    assert folder.name.startswith("linear-vs-2-others-") or "linear-vs-2-others-" in folder.name
    found, board = (pd.read_csv(folder / f"{name}.csv") for name in ("differences", "comparison"))
    best = board[board["kind"] == "recipe"].set_index("member")["mrrmse"].idxmin()
    assert set(found["against"]) == {best}
    assert (found["difference"] >= 0).all()


def test_calibrated_scores_stand_between_floor_and_ceiling(
    kit: Kit, compared: Result, recipes: list[Path], out: Path
) -> None:
    assert compared.code == 0
    found = kit("compare", *recipes, "--out", out, "--jobs", "1", "--name", "between", "--calibrated")
    assert found.code == 0, found.err
    table = pd.read_csv(out / "tiny" / "comparisons" / "between" / "calibrated.csv")
    assert table["member"].nunique() == 3
    line = table[(table["member"] == "two/linear") & (table["metric"] == "delta_pearson")]
    number = line["calibrated"].item()
    assert re.search(rf"^  two/linear +recipe .* {number:.4f}( |$)", found.out, re.MULTILINE)
    assert re.search(rf"^ +range .* {line['dynamic_range'].item():.4f}( |$)", found.out, re.MULTILINE)


def test_several_seeds_add_their_spread(kit: Kit, recipes: list[Path], out: Path) -> None:
    found = kit("compare", *recipes[1:], "--out", out, "--jobs", "1", "--seeds", "2", "--set", "seed=5")
    assert found.code == 0, found.err
    assert "seeds_sd" in found.out
    assert "means of 2 seeds" in found.out
    assert "one/linear, seed 5" in found.err
    assert "two/linear, seed 6" in found.err


def test_a_failed_recipe_is_a_line_and_exit_code_1(
    kit: Kit, recipes: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit = Ridge.fit

    def broken(self: Ridge, *arguments: object, **options: object) -> Ridge:
        if self.penalty == 100.0:
            raise RuntimeError("out of luck")
        return fit(self, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Ridge, "fit", broken)
    found = kit("compare", *recipes[1:], "--out", tmp_path, "--jobs", "1", "--name", "x")
    assert found.code == 1
    assert re.search(r"^  two/linear +recipe .*out of luck", found.out, re.MULTILINE)
    assert "error: two/linear failed: " in found.err
    board = pd.read_csv(tmp_path / "tiny" / "comparisons" / "x" / "comparison.csv").set_index("member")
    assert "out of luck" in board.loc["two/linear", "failed"]
    assert board.loc["one/linear", "mrrmse"] > 0


def test_wrong_input_is_refused_before_anything_is_fitted(
    kit: Kit, tiny: Path, recipes: list[Path], tmp_path: Path
) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(f"extends: {tiny / 'linear.yaml'}\nfolds: {{kind: kfold, params: {{n_splits: 2}}}}\n")
    out = ("--out", tmp_path / "out")
    folds = kit("compare", recipes[0], other, *out)
    assert is_wrong_input(folds)
    assert "linear and other are not validated on the same folds" in folds.err
    for arguments, said in (
        ((recipes[0], recipes[0]), "linear is given twice"),
        ((recipes[0], "--truth", tmp_path / "nothing.csv"), "no such file"),
        ((recipes[0], "--name", "a/b"), "--name 'a/b'"),
        ((tmp_path / "nothing.yaml",), "nothing.yaml"),
        ((recipes[0], "--set", "sed=1"), "did you mean"),
        ((), "missing argument"),
    ):
        found = kit("compare", *arguments, *out)
        assert is_wrong_input(found), found.err
        assert said in found.err
    assert not (tmp_path / "out").exists()
