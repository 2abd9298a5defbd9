"""A task on a machine that sees nothing of the run: what it needs travels there, and what it wrote travels back.

The run's directory has one writer, the process that gave the tasks out. A worker has a folder of its own for each
competition and run, in which a task finds what it would find in the run's directory; its target transforms and feature
blocks stay there for the tasks that follow.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from kit.data import Competition
from kit.files import DONE, digest, finished_key, intact_key, new_directory, write_array
from kit.training.fitting.fit_task import Job, Outcome, run_job
from kit.training.fitting.stage_inputs import output_paths
from kit.training.fitting.target_store import target_directory
from kit.training.planning.versions import code_digest, library_versions

Files = Mapping[str, bytes]
"""What a finished directory holds, by the path within it, `DONE` left out."""


@dataclass(frozen=True)
class Folder:
    """A finished directory of the run.

    Attributes:
        path: Where it lies within the run.
        key: Its content key.
        files: What it holds.
    """

    path: str
    key: str
    files: Files

    @classmethod
    def read(cls, run: Path, path: str) -> Folder:
        """Read a finished directory of a run."""
        folder = run / path
        files = {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
        return cls(path, finished_key(folder) or "", {name: files[name] for name in sorted(files) if name != DONE})

    def write(self, run: Path) -> None:
        """Write it into a run, unless it is there.

        Raises:
            RunError: It cannot be written.
        """
        if intact_key(run / self.path) == self.key:
            return
        with new_directory(run / self.path, self.key) as directory:
            for name, content in self.files.items():
                (directory / name).parent.mkdir(parents=True, exist_ok=True)
                (directory / name).write_bytes(content)


@dataclass(frozen=True)
class SentTables:
    """A competition whose arrays travel as numbers.

    Attributes:
        competition: The competition, with nothing in the place of its arrays.
        arrays: The arrays, by the attribute's name.
        key: Names the folder of the arrays on a worker.
        code: The digest of the kit's code, and the versions of libraries, that computed results must come from.
    """

    competition: Competition
    arrays: Mapping[str, np.ndarray]
    key: str
    code: Mapping[str, Any]

    @classmethod
    def of(cls, competition: Competition) -> SentTables:
        """Return the tables of a competition, its arrays read into memory."""
        arrays = competition.arrays_in_memory()
        nothing: dict[str, Any] = dict.fromkeys(arrays)
        return cls(replace(competition, **nothing), arrays, competition.fingerprint, this_code())

    def open(self, folder: Path) -> Competition:
        """Return the competition, its arrays as read-only maps of files that are written into a folder once."""
        home = folder / "tables" / self.key[:16]
        if intact_key(home) != self.key:
            with new_directory(home, self.key) as directory:
                for name, values in self.arrays.items():
                    write_array(directory / f"{name}.npy", values)
        maps: dict[str, Any] = {
            name: np.load(home / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in self.arrays
        }
        return replace(self.competition, **maps)


@dataclass(frozen=True)
class Delivery:
    """What a worker sends back.

    Attributes:
        outcome: What became of the task.
        folders: The task's directory and, where it is not known yet, that of its target transform.
        log: The traceback of an unforeseen error.
    """

    outcome: Outcome
    folders: tuple[Folder, ...] = ()
    log: str | None = None


def this_code() -> dict[str, Any]:
    """Return what computes fits in this process: a digest of the kit's code, and the versions of libraries."""
    return {"the kit's code": code_digest()[:12], **library_versions()}


def carry_out(
    tables: SentTables, job: Job, inputs: Iterable[Folder], known: frozenset[str], home: Path, worker: str
) -> Delivery:
    """Carry out a task on a worker.

    Args:
        tables: The competition.
        job: The task; its run is the one that the results go to, which need not be seen from here.
        inputs: What it reads of earlier stages.
        known: The keys of target transforms that need not be sent back.
        home: The worker's folder.
        worker: The worker's name, for messages.
    """
    here = this_code()
    if here != tables.code:
        names = sorted(name for name in here.keys() | tables.code.keys() if here.get(name) != tables.code.get(name))
        differences = "; ".join(f"{name}: {here.get(name)} there, {tables.code.get(name)} here" for name in names)
        told = f"worker {worker} computes with another code ({differences}); install the same versions on both sides"
        return Delivery(Outcome(job.task, {}, error=told))
    with _ONE_AT_A_TIME:
        run = home / digest(str(job.run))[:16]
        for folder in inputs:
            folder.write(run)
        outcome = run_job(replace(job, competition=tables.open(home), run=run))
        if outcome.error is not None:
            log = run / "errors" / f"{job.task.path}.log"
            text = log.read_text(encoding="utf-8") if log.is_file() else None
            told = outcome.error.replace(str(run), str(job.run))
            return Delivery(replace(outcome, error=f"{told} (worker {worker})"), log=text)
        path, target = str(job.task.path), outcome.metrics["target"]
        folders = [Folder.read(run, path)]
        shutil.rmtree(run / path)
        if target not in known:
            folders.insert(0, Folder.read(run, str(target_directory(run, target).relative_to(run))))
        return Delivery(outcome, tuple(folders))


_ONE_AT_A_TIME = threading.Lock()
"""A worker with several threads does one task after the other: limits of threads and warnings hold for a process."""


def receive(delivery: Delivery, run: Path) -> None:
    """Write what a worker sent back into the run's directory, the target transform first.

    Raises:
        RunError: It cannot be written.
    """
    for folder in delivery.folders:
        folder.write(run)
    if delivery.log is not None:
        log = run / "errors" / f"{delivery.outcome.task.path}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(delivery.log, encoding="utf-8")


def inputs_of(job: Job) -> list[str]:
    """Return the directories of earlier stages that a task reads, within the run."""
    return [str(path) for path in output_paths(job.task)]
