"""A run in Python: what was computed as data frames, new rows, how it shows itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import kit
from kit.errors import InputError, KitWarning, StateError
from kit.training.engines.local import LocalEngine
from kit.training.fitting.fit_task import Job, Outcome
from kit.training.train import RunResult
from tests.tiny import Notes, Tiny, results


def test_it_is_the_run_of_the_command_line(run: kit.Run, finished: RunResult) -> None:
    assert run.name == finished.path.name
    pd.testing.assert_frame_equal(run.leaderboard, finished.leaderboard, check_dtype=False)
    assert run.score == finished.summary["score"]
    assert run.warnings == finished.warnings
    assert run.contributions is not None


def test_scores_by_row_are_those_of_the_out_of_fold_predictions(run: kit.Run, tiny: Tiny) -> None:
    competition = kit.load_competition(tiny.folder / "competition.yaml")
    predicted = run.out_of_fold
    errors = predicted[competition.targets].to_numpy() - competition.Y.to_numpy()[predicted["row"]]
    scores = run.scores[run.scores["kind"] == "blend"]
    np.testing.assert_array_equal(scores["row"], predicted["row"])
    np.testing.assert_allclose(scores["mrrmse"], np.sqrt(np.square(errors).mean(axis=1)), rtol=1e-5)
    keys = competition.rows.iloc[predicted["row"]][["cell_type", "sm_name"]].reset_index(drop=True)
    pd.testing.assert_frame_equal(predicted[["cell_type", "sm_name"]], keys)


def test_the_submission_is_what_it_predicts_for_the_test_rows(run: kit.Run, tiny: Tiny) -> None:
    competition = kit.load_competition(tiny.folder / "competition.yaml")
    submission = run.submission
    assert list(submission.columns) == ["id", *competition.targets]
    test = competition.test.set_index("id")
    predicted = run.predict(test)
    assert list(predicted.index) == list(test.index)
    np.testing.assert_allclose(submission.set_index("id").loc[predicted.index], predicted, rtol=1e-4, atol=1e-5)


def test_its_report_is_a_file_that_a_notebook_shows(run: kit.Run, tmp_path: Path) -> None:
    report = run.report(tmp_path / "page.html")
    assert report.path == tmp_path / "page.html"
    html = Path(report).read_text(encoding="utf-8")
    assert report.content["headline"] in html
    assert report._repr_html_().startswith("<iframe")
    assert run.report().path == run.path / "report.html"
    with pytest.raises(InputError, match="nowhere"):
        run.report(data=tmp_path / "nowhere")


def test_rows_that_nobody_measured_are_predicted_with_a_warning(run: kit.Run) -> None:
    rows = pd.DataFrame({"cell_type": ["NK cells"], "sm_name": ["a new one"], "SMILES": ["CCO"]}, index=["x"])
    with pytest.warns(KitWarning, match="a new one"):
        predicted = run.predict(rows)
    assert list(predicted.index) == ["x"]
    assert np.isfinite(predicted.to_numpy()).all()
    with pytest.raises(InputError, match="no column 'sm_name'"):
        run.predict(rows[["cell_type"]])


def test_predictions_say_what_they_rest_on_and_how_far_they_go(run: kit.Run, tiny: Tiny) -> None:
    rows = tiny.competition.test.set_index("id")
    plain, detailed, wide = run.predict(rows), run.predict(rows, details=True), run.predict(rows, interval=0.8)
    assert set(detailed["rests_on"]) == {"seen parts"}
    assert list(detailed["sm_name"]) == list(rows["sm_name"])
    targets = list(tiny.competition.targets)
    pd.testing.assert_frame_equal(detailed[targets], plain)
    pd.testing.assert_frame_equal(wide[targets], plain)
    assert set(wide["interval"]) <= {"calibrated", "not calibrated"}
    known = wide["interval"] == "calibrated"
    low, high = (wide.loc[known, [f"{target}{end}" for target in targets]].to_numpy() for end in (".low", ".high"))
    assert (low < high).all()
    with pytest.raises(InputError, match="between 0 and 1"):
        run.predict(rows, interval=90)


def test_a_finished_run_is_loaded(run: kit.Run, tmp_path: Path) -> None:
    again = kit.load_run(run.path)
    pd.testing.assert_frame_equal(again.leaderboard, run.leaderboard)
    assert again.recipe.config == run.recipe.config
    named = kit.load_run("standard", out=run.path.parents[2])
    assert named.path == kit.load_run("latest", out=run.path.parents[2]).path == run.path
    with pytest.raises(StateError, match="no finished run"):
        kit.load_run(tmp_path)
    with pytest.raises(InputError, match="did you mean 'standard'"):
        kit.load_run("standart", out=run.path.parents[2])


def test_it_shows_itself_as_html(run: kit.Run) -> None:
    html = run._repr_html_()
    (table,) = pd.read_html(html) if _has_lxml() else [run.leaderboard]
    assert list(table["member"]) == list(run.leaderboard["member"])
    assert html.count("<table") == html.count("</table>") == 1
    assert f"{run.score:.4f}" in html
    assert repr(run).startswith(f"<Run {run.name}: mrrmse ")


def _has_lxml() -> bool:
    try:
        import lxml  # noqa: F401
    except ImportError:
        return False
    return True


def test_what_a_file_says_is_no_markup(tiny: Tiny, tmp_path: Path) -> None:
    recipe = kit.load_recipe(tiny.folder / "standard.yaml", {"title": "<script>alert(1)</script>"})
    assert "<script>" not in recipe._repr_html_()


def test_progress_may_be_told_to_an_observer(tiny: Tiny, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    notes = Notes()
    run = kit.train(tiny.folder / "standard.yaml", out=tmp_path, progress=notes)
    assert notes.begun == (9, 0)
    assert len(notes.outcomes) == 9
    assert capsys.readouterr() == ("", "")
    kit.train(run.recipe, out=tmp_path / "other", progress=True)
    assert "9 of 9 fits" in capsys.readouterr().err


def test_shards_and_engines_make_the_run_that_one_process_makes(run: kit.Run, tiny: Tiny, tmp_path: Path) -> None:
    recipe, told = tiny.folder / "standard.yaml", Counted(1)
    half = kit.train_shard(recipe, "2/2", out=tmp_path, engine=told, progress=False)
    assert (half.fitted, half.left, half.total, told.jobs) == (9, 0, 9, 9)
    joined = kit.train(recipe, out=tmp_path, engine=told, progress=False)
    assert told.jobs == 9
    assert results(joined.path) == results(run.path)
    whole = kit.train(recipe, out=tmp_path / "other", engine=told, progress=False)
    assert told.jobs == 18
    assert results(whole.path) == results(run.path)


class Counted(LocalEngine):
    """Counts what it carries out."""

    jobs = 0

    def run(self, jobs: Sequence[Job], *observers: Any) -> list[Outcome]:
        self.jobs += len(jobs)
        return super().run(jobs, *observers)


@pytest.mark.slow
def test_a_dask_cluster_is_named(run: kit.Run, tiny: Tiny, tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="the extra dask is not installed")
    far = kit.train(tiny.folder / "standard.yaml", out=tmp_path, engine="dask", jobs=2, progress=False)
    theirs = {name: content for name, content in results(run.path).items() if not name.startswith("features/")}
    assert results(far.path) == theirs  # feature blocks stay with the workers


def test_an_engine_or_shard_that_is_none_is_told(tiny: Tiny, tmp_path: Path) -> None:
    recipe = tiny.folder / "standard.yaml"
    with pytest.raises(InputError, match="did you mean 'dask'"):
        kit.train(recipe, out=tmp_path, engine="dusk")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="only the engine 'dask' has one"):
        kit.train_shard(recipe, "1/2", out=tmp_path, scheduler="tcp://x:1")
    with pytest.raises(InputError, match="expected i/n"):
        kit.train_shard(recipe, "3/2", out=tmp_path)


@pytest.mark.parametrize("given", [3, None, {"models": {}}])
def test_something_else_than_a_recipe_is_refused(given: object) -> None:
    with pytest.raises(InputError, match=r"expected a kit\.Recipe or the path"):
        kit.train(given)  # type: ignore[arg-type]
