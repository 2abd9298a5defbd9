"""How a run goes."""

from __future__ import annotations

import pytest

from kit.cli.progress import Progress
from kit.config.checks.references.stages import LAST_STAGE
from kit.training.fitting.fit_task import Outcome
from kit.training.planning.tasks import Task


def _outcome(model: str, **metrics: float) -> Outcome:
    # Only the names of model and stage are read.
    task = object.__new__(Task)
    object.__setattr__(task, "model", model)
    object.__setattr__(task, "stage", LAST_STAGE)
    return Outcome(task, metrics)


def _walk(progress: Progress) -> None:
    progress.started(4, 1)
    for _ in range(2):
        progress.fitting(_outcome("ridge").task)
    progress.finished(_outcome("ridge", reduced=0.5))
    progress.finished(_outcome("ridge", reduced=0.7))
    progress.note("warning: a [bold] path/[/x]")
    progress.finished(_outcome("ridge"))
    progress.close()


def test_plain_lines_elsewhere_than_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    _walk(Progress())
    assert capsys.readouterr() == (
        "",
        "3 of 4 tasks to fit\n"
        "fitting ridge\n"
        "warning: a [bold] path/[/x]\n"
        "4 of 4 tasks done; mean fold MRRMSE before clipping: ridge 0.6000\n",
    )


def test_a_long_run_says_what_is_left(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    now = [0.0]
    monkeypatch.setattr("kit.cli.progress.time.monotonic", lambda: now[0])
    progress = Progress()
    progress.started(10, 0)
    for _ in range(4):
        now[0] += 6
        progress.finished(_outcome("ridge", reduced=1.0))
    lines = capsys.readouterr().err.splitlines()
    # At most a line every ten seconds; after 12 s for two tasks, eight are left.
    assert [line.partition(";")[0] for line in lines[1:]] == ["2 of 10 tasks done", "4 of 10 tasks done"]
    assert "about 48 s left" in lines[1]
    assert "about 36 s left" in lines[2]


def test_nothing_is_said_of_a_run_without_fits(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress()
    progress.started(4, 4)
    progress.close()
    assert capsys.readouterr() == ("", "")


def test_a_bar_on_a_terminal_takes_text_as_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("kit.cli.progress.is_terminal", lambda stream: True)
    _walk(Progress())
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "warning: a [bold] path/[/x]\n" in captured.err
