"""How a run goes."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from kit.cli import progress as module
from kit.cli.output import Shown, showing
from kit.cli.progress import LONGEST, Progress, in_words, shortened
from kit.cli.tune import TrialProgress
from kit.training.fitting.fit_task import Outcome
from kit.training.planning.tasks import Task
from kit.tuning.results.progress import TrialEnd
from tests.tiny import Tiny

GIB = 2**30


class Clock:
    """A clock that is set by hand; while it shows, memory is one and a half GiB."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    planted = Clock()
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=planted))
    monkeypatch.setattr("kit.training.fitting.resources.resident_memory", lambda: int(1.5 * GIB))
    return planted


@pytest.fixture
def task(tiny: Path) -> Callable[..., Task]:
    """Makes tasks of any model and stage, each with a key of its own."""
    first = Tiny(tiny).plan(Tiny(tiny).standard()).tasks[0]
    count = iter(range(10**6))
    return lambda model="ridge", stage=first.stage: replace(first, model=model, stage=stage, key=f"k{next(count)}")


def fit(progress: Progress, clock: Clock, one: Task, seconds: float, **metrics: float) -> None:
    progress.fitting(one)
    clock.now += seconds
    progress.finished(Outcome(one, metrics))


def test_a_short_run_is_two_lines(task: Callable[..., Task], clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress()
    progress.started(3, 1)
    first, second = task(), task()
    progress.foreseen([(first, 4.0), (second, 4.0)])
    fit(progress, clock, first, 1.0, reduced=0.5)
    fit(progress, clock, second, 1.0, reduced=0.7)
    progress.close()
    out, err = capsys.readouterr()
    assert out == ""
    begun, ended = err.splitlines()
    assert begun == f"1 of 3 fits; about 8 s left; 1.5 GiB; fitting {first}"
    assert ended == "3 of 3 fits; 1.5 GiB; joining and scoring; MRRMSE before clipping so far: ridge 0.6000"


@pytest.mark.parametrize("seconds", [0.1, 6.0, 45.0])
def test_a_log_stays_short_whatever_is_fitted(
    task: Callable[..., Task], clock: Clock, capsys: pytest.CaptureFixture[str], seconds: float
) -> None:
    """144 fits of 40 models with long names: as many lines as ten seconds allow, none longer than 120 characters."""
    progress = Progress(2)
    tasks = [task(f"a_network_with_a_long_name_{number % 40}", "pseudo_labels") for number in range(144)]
    began = clock.now
    progress.started(len(tasks), 0)
    progress.foreseen([(one, 1.0) for one in tasks])
    for one in tasks:
        fit(progress, clock, one, seconds, reduced=0.5)
    lines = capsys.readouterr().err.splitlines()
    assert max(map(len, lines)) <= LONGEST == 120
    assert 2 <= len(lines) <= (clock.now - began) / 10 + 2
    assert len(lines) <= 100  # ever more slowly: a run of 100 minutes has fewer than 100
    assert lines[0].startswith("0 of 144 fits; about 72 s left; 1.5 GiB; fitting pseudo_labels: a_network_with_a_long")
    assert all(" left; 1.5 GiB; fitting " in line for line in lines[:-1])


def test_the_time_left_goes_by_the_plan_and_by_what_was_fitted(task: Callable[..., Task], clock: Clock) -> None:
    """A model that took twice what was foreseen takes twice that again; one of which no fit has ended does not."""
    progress = Progress()
    quick, slow = [task("quick") for _ in range(3)], [task("slow") for _ in range(2)]
    progress.started(5, 0)
    progress.foreseen([*((one, 1.0) for one in quick), *((one, 100.0) for one in slow)])
    assert progress.seconds_left() == pytest.approx(203.0)
    fit(progress, clock, quick[0], 2.0)
    others = (2.0 + 202.0) / (1.0 + 202.0)  # one second weighs little against the 202 that are left
    assert progress.seconds_left() == pytest.approx(2 * 2.0 + 2 * 100.0 * others)
    fit(progress, clock, slow[0], 50.0)
    assert progress.seconds_left() == pytest.approx(2 * 2.0 + 50.0)
    progress.fitting(slow[1])
    clock.now += 20.0
    assert progress.seconds_left() == pytest.approx(2 * 2.0 + 30.0)


def test_two_workers_need_half_the_time(task: Callable[..., Task]) -> None:
    alone, both = Progress(1), Progress(2)
    costs = [(task(), 10.0) for _ in range(4)]
    for progress in (alone, both):
        progress.started(4, 0)
        progress.foreseen(costs)
    assert (alone.seconds_left(), both.seconds_left()) == (40.0, 20.0)


def test_without_a_plan_it_goes_by_what_was_fitted(task: Callable[..., Task], clock: Clock) -> None:
    progress = Progress()
    progress.started(10, 0)
    assert progress.seconds_left() is None
    for _ in range(4):
        fit(progress, clock, task(), 6.0)
    assert progress.seconds_left() == pytest.approx(36.0)


def test_nothing_is_said_of_a_run_without_fits_nor_where_quiet_is_asked_for(
    task: Callable[..., Task], clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    progress = Progress()
    progress.started(4, 4)
    progress.close()
    with showing(Shown.ANSWER):
        progress = Progress()
        progress.started(1, 0)
        progress.note("warning: odd")
        fit(progress, clock, task(), 60.0, reduced=1.0)
        progress.close()
    assert capsys.readouterr() == ("", "")


def test_one_display_on_a_terminal_takes_text_as_it_is(
    task: Callable[..., Task], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setattr(stream, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    progress = Progress()
    progress.started(2, 0)
    progress.note("warning: a [bold] path/[/x]")
    fit(progress, clock, task("[red]"), 60.0, reduced=0.5)
    progress._live.refresh()  # type: ignore[union-attr]  # what its thread does four times a second
    progress.close()
    shown = stream.getvalue()
    assert "warning: a [bold] path/[/x]" in shown
    assert "1 of 2 fits; about 60 s left; 1.5 GiB; fitting [red], repeat 0" in shown
    assert "clipping so far: [red] 0.5000" in shown


def test_trials_are_few_lines_too(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    progress = TrialProgress()
    progress.started(100, 0)
    for number in range(100):
        clock.now += 0.5
        progress.finished(TrialEnd(number, "complete", 0.5, None))
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "0 of 100 trials; 1.5 GiB"
    assert lines[-1] == "100 of 100 trials; 1.5 GiB; trial 99: 0.5000"
    assert len(lines) <= 7
    assert "about 40 s left" in lines[1]


def test_words_and_lines() -> None:
    assert [in_words(seconds) for seconds in (0.2, 89, 91, 5399, 7200)] == ["0 s", "89 s", "2 min", "90 min", "2.0 h"]
    assert shortened("two\n words") == "two words"
    assert len(shortened("x" * 300)) == LONGEST
