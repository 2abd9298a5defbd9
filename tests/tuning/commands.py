"""Real processes of `kit tune`, and trials that last long enough to be cut off."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import optuna
from optuna.trial import TrialState

import kit
from kit.tuning.storage.requeue import WORKER
from kit.tuning.storage.storage import Place
from tests.tuning.conftest import RIDGE

ROOT = Path(kit.__file__).parents[1]
# Trees on so many components take about a second a fold: time to kill a trial in.
SLOW = RIDGE[: RIDGE.index("models:")] + (
    "models:\n  trees:\n    kind: lightgbm\n"
    "    params: {n_estimators: 200, num_leaves: 31, min_data_in_leaf: 2, "
    "learning_rate: {search: [0.01, 0.1], value: 0.05}}\n"
)


@contextmanager
def command(recipe: Path, out: Path, *more: str) -> Iterator[subprocess.Popen[str]]:
    """Start `kit tune` in a process group of its own, and leave none of it alive."""
    words = [sys.executable, "-m", "kit.cli.main", "tune", str(recipe), "--out", str(out), *more]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        words,
        env=environment,
        cwd=recipe.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        # A shell has what it starts in the background ignore Ctrl-C, and a process inherits that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def wait_for_running(
    process: subprocess.Popen[str], place: Place, name: str, worker: int | None = None
) -> optuna.trial.FrozenTrial:
    """Wait until a trial other than the first is under way, of any worker or of one."""
    until, storage, study = time.monotonic() + 120, None, None
    while time.monotonic() < until:
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.05)
        if place.journal is not None and not place.journal.exists():
            continue
        with suppress(Exception):
            # Opened once: each time anew, a server has no connections left before a slow command has begun.
            storage = storage or place.open()
            study = study or optuna.load_study(study_name=name, storage=storage)
            for trial in study.get_trials(states=(TrialState.RUNNING,)):
                pid = trial.user_attrs.get(WORKER, {}).get("pid")
                if trial.number > 0 and trial.params and pid is not None and worker in (None, pid):
                    return trial
    raise AssertionError("no trial was begun")
