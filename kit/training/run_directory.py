"""The directory of a run: what lies where, who may write in it, what can be taken over from other runs.

<out>/<competition>/runs/<recipe>-<hash8>/
  config.resolved.yaml  manifest.json  folds.parquet  log.txt
  contents.json                     what the tasks' keys are made of
  train_rows.parquet  test_rows.parquet  targets.json   keys, metadata and targets' names, for predicting new rows
  targets/<key>/                    target transforms, one for each set of training rows
  tasks/<stage>/<model>/seed=0/fold=2/
      validation.npy  test.npy      predicted coordinates
      model/  metrics.json  DONE
  tasks/<stage>/<model>/seed=0/final/
  stages/<stage>/fold=2/            what an earlier stage hands on, see `kit.training.joining.stage_outputs`
  warnings.json                     what is odd about tables, folds, fits and submission
  oof.npy  residuals.npy  oof_rows.parquet  test.npy  scores_by_row.parquet  leaderboard.csv  metrics.json
  expected_errors.parquet           what models expect of their own errors, where one does
  classes.csv  coverage.csv         of a classification (see `kit.problem_types.class_tables`)
  labels.csv                        of a retrieval: mean average precision and p-value of every label in every fold
  by_group.csv                      every score of every member by group
  contributions.csv  correlations.csv   of the blend's members, where there are several
  stages/fit/final/joining/         what new predictions go through: blend/, postprocess/
  submission.csv  submission.json   where there are rows to predict
  shards/                           claims, heartbeats and logs of processes that share the run
  DONE
"""

from __future__ import annotations

import glob
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from kit.config.checks.references.stages import LAST_STAGE
from kit.errors import RunBusyError, RunError, StateError
from kit.files import DONE, finished_key, intact_key, link_intact, read_json, teaching_os_errors, write_done
from kit.reports.page import REPORT
from kit.training.fitting.target_store import is_intact
from kit.training.manifest import CONTENTS
from kit.training.planning.changes import changes, recorded, told
from kit.training.planning.plan import Plan
from kit.training.planning.tasks import Task
from kit.training.sharing.claims import claimed_in, sharing

LOG = "log.txt"

_BEGINNING_SECONDS = 300.0
"""How long a process that shares a run waits for others to begin, which takes over what other runs have."""


@dataclass(frozen=True)
class RunDirectory:
    """A run's directory.

    Attributes:
        path: Where it is.
    """

    path: Path

    @classmethod
    def of(cls, out: Path, competition: str, recipe: str, key: str) -> RunDirectory:
        """Return the directory of the run of a recipe with the given content key, under the folder of submissions."""
        return cls(out.resolve() / competition / "runs" / f"{recipe}-{key[:8]}")

    @property
    def name(self) -> str:
        """The directory's name, which names the run."""
        return self.path.name

    def is_finished(self, plan: Plan) -> bool:
        """Whether everything that the plan asks for was computed."""
        return finished_key(self.path) == plan.key

    def finished(self, task: Task) -> bool:
        """Whether a task was carried out, with the same content, and nothing of it was changed since."""
        return is_intact(self.path, task)

    def damaged(self, tasks: Iterable[Task]) -> list[Task]:
        """Return the tasks that were carried out and whose files were changed or removed since."""
        return [
            task for task in tasks if finished_key(self.path / task.path) == task.key and not is_intact(self.path, task)
        ]

    def finish(self, plan: Plan) -> None:
        """Write that the run is finished, with the digest of every file that is not a task's, a stage's or a log's.

        Raises:
            RunError: Something of the run was removed while it worked.
        """
        gone = [task for task in plan.tasks if finished_key(self.path / task.path) != task.key]
        if gone:
            raise RunError(
                f"{self.path / gone[0].path} was removed or changed while the run worked; run the same command again, "
                "it computes what is missing"
            )
        # The page of an earlier end is written anew after this one.
        own = [path for path in self.path.iterdir() if path.is_file() and path.name not in (DONE, LOG, REPORT)]
        # What an earlier stage hands on has digests of its own; the last one's blend has none.
        own += [path for path in (self.path / "stages" / LAST_STAGE).rglob("*") if path.is_file()]
        write_done(self.path, plan.key, sorted(path for path in own if not path.name.startswith(".")))

    @contextmanager
    def locked(self, beside_shards: bool = False) -> Iterator[None]:
        """Keep every other process out while the block runs.

        Args:
            beside_shards: Whether processes that share the run may go on working in it, which hold no lock; this
                process waits a while for one that begins or ends.

        Raises:
            RunBusyError: Another process is in.
            RunError: The directory cannot be written.
        """
        with teaching_os_errors(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.path / ".lock")
            try:
                lock.acquire(timeout=_BEGINNING_SECONDS if beside_shards else 0)
            except Timeout:
                raise RunBusyError(
                    f"another process works on {self.path}; wait for it, or give another directory with --out"
                ) from None
        try:
            if not beside_shards and (others := sharing(self.shards)):
                raise RunBusyError(
                    f"{len(others)} processes share the work on {self.path} ({', '.join(others)}); wait for them: the "
                    "same command joins what they computed"
                )
            yield
        finally:
            lock.release()

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Keep every other process out, once it is sure that what is written here stays here; see `refuse_links`."""
        with self.locked():
            self.refuse_links()
            yield

    @property
    def shards(self) -> Path:
        """Where processes that share the run have their claims, heartbeats and logs."""
        return self.path / "shards"

    def forget_shards(self) -> None:
        """Remove claims and heartbeats of processes that have shared the run; their logs stay."""
        for folder in claimed_in(self.shards):
            shutil.rmtree(folder, ignore_errors=True)

    def refuse_links(self) -> None:
        """Check that what is written in the directory stays in it: a run from somebody else may hold links out of it.

        Raises:
            StateError: Something in it is a link, or its log is another file too.
        """
        for folder, folders, files in os.walk(self.path):
            for name in (*folders, *files):
                path = Path(folder, name)
                if path.is_symlink() or (name == LOG and path.stat().st_nlink > 1):
                    raise StateError(
                        f"{path} is a link, and a run writes only in its own directory; remove it, or start anew with "
                        "--fresh"
                    )

    def set_aside(self) -> Path | None:
        """Rename the directory, so that the run starts afresh; return its new name, or None when there was none."""
        if not self.path.exists():
            return None
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
        aside = self.path.with_name(f".{self.name}.{stamp}.old")
        with self.locked(), teaching_os_errors(self.path):
            self.path.rename(aside)
        return aside

    def take_over(self, tasks: list[Task]) -> int:
        """Link what runs beside this one computed with the same content; return how many tasks that saved."""
        missing = {task.key: task for task in tasks if not self.finished(task)}
        if not missing:
            return 0
        taken = 0
        for done in sorted(self.path.parent.glob(f"[!.]*/tasks/*/*/*/*/{DONE}")):
            task = missing.get(finished_key(done.parent) or "")
            if task is None or done.is_relative_to(self.path):
                continue
            # The task last: once it counts as finished, nobody looks for its target transform again.
            self._take_over_targets(done.parents[5])
            if link_intact(done.parent, self.path / task.path, task.key):
                taken += 1
                del missing[task.key]
        return taken

    def changed_since(self, plan: Plan) -> list[str]:
        """Return why tasks that an earlier run of the recipe has are to be fitted again: a sentence for each reason."""
        now = recorded(plan.contents)
        beside = self.path.parent.glob(f"{glob.escape(self.name.rpartition('-')[0])}-{'[0-9a-f]' * 8}/{CONTENTS}")
        earlier = [file for file in beside if file.parent != self.path]
        records = [(file.parent, _record(file)) for file in sorted(earlier, key=_modified, reverse=True)]
        again = []
        for task in plan.tasks:
            path = str(task.path)
            known = (record for run, record in records if path in record["tasks"] and finished_key(run / path))
            if not self.finished(task) and (before := next(known, None)) is not None:
                again.append((task.shown_model, changes(path, before, now)))
        return told(again)

    def _take_over_targets(self, other: Path) -> None:
        for done in (other / "targets").glob(f"[!.]*/{DONE}"):
            mine = self.path / "targets" / done.parent.name
            if intact_key(mine) is None:
                link_intact(done.parent, mine, finished_key(done.parent) or "")


def _record(file: Path) -> dict[str, Any]:
    """Return the recorded contents of another run's tasks; empty where the file cannot be read."""
    try:
        record = read_json(file)
    except StateError:
        return {"tasks": {}}
    return record if isinstance(record, dict) and isinstance(record.get("tasks"), dict) else {"tasks": {}}


def _modified(file: Path) -> float:
    return file.stat().st_mtime
