"""Kills `tune` at chosen statements: forks of one process that has everything imported, so that each costs little.

Usage: ``python -m tests.tuning.killing RECIPE OUT URL TRIALS`` reads numbers from standard input, a line each. For each
it goes on with the study, kills it as so many statements were sent to the database (0: never), and writes ``killed`` or
``ended``.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.engine import Engine

import kit.tuning.storage.requeue as requeue
from kit.config import load_competition
from kit.config.search_recipe import load_search
from kit.data import read_competition
from kit.tuning import TuneOptions, tune
from kit.tuning.storage.storage import Place


def main(recipe: str, out: str, url: str, trials: str) -> None:
    search = load_search(Path(recipe))
    loaded = load_competition(Path(recipe).with_name("competition.yaml"))
    competition = read_competition(loaded.config, loaded.root)
    Place.of("sqlite://", Path()).open()  # has imported what a database needs
    # What was cut off before its worker was named is else left alone for two minutes.
    requeue._BEGINNING = timedelta(0)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                event.listen(Engine, "before_cursor_execute", kill_at(int(line)))
                tune(search, competition, Path(out), TuneOptions(int(trials), storage=url))
                status = 0
            finally:
                os._exit(status)
        _, ended = os.waitpid(child, 0)
        assert os.WIFSIGNALED(ended) or os.WEXITSTATUS(ended) == 0, ended
        print("killed" if os.WIFSIGNALED(ended) else "ended", flush=True)


def kill_at(last: int) -> Callable[..., None]:
    """Return what kills this process when it is called for the ``last`` time."""
    calls = itertools.count(1)

    def count(*arguments: object) -> None:
        if next(calls) == last:
            os.kill(os.getpid(), signal.SIGKILL)

    return count


if __name__ == "__main__":
    main(*sys.argv[1:])
