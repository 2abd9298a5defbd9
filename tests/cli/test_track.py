"""``kit track`` and ``kit train --track``; what a tracker then holds, tests/tracking looks at."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit.errors import MissingDependencyError, RunError
from kit.tracking import TRACKERS
from tests.cli.conftest import Finished, Kit, is_wrong_input


@pytest.fixture(autouse=True)
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trackers that need no packages: one takes everything, one nothing."""

    def refuse(record: object, store: Path) -> str:
        raise RunError("the server is away")

    monkeypatch.setitem(TRACKERS, "mlflow", lambda record, store: f"{store}/{record.name}")  # type: ignore[attr-defined]
    monkeypatch.setitem(TRACKERS, "wandb", refuse)
    for place in ("kit.tracking", "kit.tracking.trackers"):
        monkeypatch.setattr(f"{place}.check_installed", lambda name: None)


def test_a_run_is_mirrored(finished: Finished, kit: Kit, tmp_path: Path) -> None:
    result = kit("track", finished.run, "--to", "mlflow", "--out", tmp_path)
    assert (result.code, result.out) == (0, f"mlflow: {tmp_path}/{finished.run.name}\n")
    refused = kit("track", finished.run, "--to", "wandb", "--out", tmp_path)
    assert (refused.code, refused.err) == (1, "error: the server is away\n")


def test_training_ends_well_whatever_the_tracker_does(tiny: Path, kit: Kit, tmp_path: Path) -> None:
    for tracker, said in (("mlflow", "out"), ("wandb", "err")):
        result = kit("train", tiny / "linear.yaml", "--out", tmp_path, "--jobs", "1", "--track", tracker)
        assert result.code == 0, result.err
        assert {"out": f"mlflow: {tmp_path}", "err": "warning: the server is away"}[said] in getattr(result, said)


def test_a_tracker_that_is_not_installed_is_told_before_the_first_fit(
    tiny: Path, kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(tracker: str) -> None:
        raise MissingDependencyError(f"{tracker} is not installed")

    monkeypatch.setattr("kit.tracking.check_installed", missing)
    result = kit("train", tiny / "linear.yaml", "--out", tmp_path, "--track", "wandb")
    assert is_wrong_input(result)
    assert not list(tmp_path.iterdir())


def test_wrong_input(finished: Finished, kit: Kit, tmp_path: Path) -> None:
    assert kit("track", finished.run, "--to", "mlfow").code == 2
    assert kit("track", finished.run).code == 2
    assert is_wrong_input(kit("track", "none", "--to", "mlflow", "--out", tmp_path))
