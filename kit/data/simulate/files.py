"""Write a synthetic competition as the files that the competition's participants got, and the truth beside them.

de_train.parquet          key columns and measured genes of the training rows
id_map.csv                id, cell_type, sm_name of the hidden rows
sample_submission.csv     id and genes, zeros
truth.parquet             id and genes: what would be measured for the hidden rows
truth_noise_free.parquet  id and genes: the expectation of truth
train_noise_free.parquet  key columns and genes: the expectation of de_train
simulation.json           design, seed, counts and the sizes of the other files; written last
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, asdict, fields
from functools import partial
from pathlib import Path
from typing import IO, Any

import pandas as pd
from pyarrow import parquet

from kit.arrays import Floats
from kit.data.simulate.designs import Design
from kit.data.simulate.generate import SimulatedCompetition
from kit.data.simulate.scenarios import Scenario
from kit.data.tables.wide import wide_table, write_zeros
from kit.files import ANOTHER_OUT, make_folder, new_file, teaching_os_errors, write_json

FORMAT = 1
"""Version of the files' layout and of the generator; raised whenever the same design and seed give other bytes."""

MARKER = "simulation.json"
IN_PROGRESS = ".simulating"
"""Present while the files are being written: those beside it are the kit's own, and not all there."""

FILES = (
    "de_train.parquet",
    "id_map.csv",
    "sample_submission.csv",
    "truth.parquet",
    "truth_noise_free.parquet",
    "train_noise_free.parquet",
)


def write(simulated: SimulatedCompetition, directory: str | Path, remedy: str = ANOTHER_OUT) -> Path:
    """Write every file of a synthetic competition, replacing those that are there.

    Each file appears whole, by a rename; as long as ``.simulating`` is there, the directory is not complete.

    Args:
        simulated: What to write.
        directory: Where to; it is made if it does not exist.
        remedy: What to do when it cannot be written.

    Returns:
        The directory.

    Raises:
        RunError: The directory or a file cannot be written.
    """
    directory = Path(directory)
    writers: dict[str, Callable[[IO[bytes]], None]] = {
        "de_train.parquet": lambda file: _write_parquet(simulated.train, simulated.train_targets, simulated, file),
        "id_map.csv": lambda file: simulated.test.to_csv(file, index=False, lineterminator="\n"),
        "sample_submission.csv": lambda file: write_zeros(simulated.test["id"], simulated.genes, file),
        "truth.parquet": lambda file: _write_parquet(simulated.test[["id"]], simulated.test_targets, simulated, file),
        "truth_noise_free.parquet": lambda file: _write_parquet(
            simulated.test[["id"]], simulated.test_noise_free, simulated, file
        ),
        "train_noise_free.parquet": lambda file: _write_parquet(
            simulated.train, simulated.train_noise_free, simulated, file
        ),
    }
    counts = {
        "train_rows": len(simulated.train),
        "test_rows": len(simulated.test),
        "compounds": len(simulated.compounds),
        "genes": len(simulated.genes),
    }
    _write_all(directory, {name: writers[name] for name in FILES}, simulated.design, simulated.seed, counts, remedy)
    return directory


def write_scenario(scenario: Scenario, seed: int, directory: str | Path, remedy: str = ANOTHER_OUT) -> Path:
    """Write every table of a scenario, as `write` does.

    Args:
        scenario: What is drawn.
        seed: The seed.
        directory: Where to; it is made if it does not exist.
        remedy: What to do when it cannot be written.

    Returns:
        The directory.

    Raises:
        RunError: The directory or a file cannot be written.
    """
    tables = scenario.tables(seed)
    writers = {name: partial(_write_frame, tables[name], name) for name in scenario.files}
    _write_all(Path(directory), writers, scenario, seed, {"described": scenario.describe(tables)}, remedy)
    return Path(directory)


def files_of(design: Design | Scenario) -> tuple[str, ...]:
    """Return the names of the tables that a design has."""
    return FILES if isinstance(design, Design) else design.files


def _write_all(
    directory: Path,
    writers: Mapping[str, Callable[[IO[bytes]], object]],
    design: Design | Scenario,
    seed: int,
    counts: Mapping[str, Any],
    remedy: str,
) -> None:
    with teaching_os_errors(directory, remedy):
        make_folder(directory)
        (directory / IN_PROGRESS).touch()
        # What is about to be overwritten is no longer complete.
        (directory / MARKER).unlink(missing_ok=True)
    for name, write_to in writers.items():
        with new_file(directory / name, remedy) as temporary, temporary.open("wb") as file:
            write_to(file)
    sizes = {name: (directory / name).stat().st_size for name in writers}
    write_json(directory / MARKER, _describe(design, seed) | {"counts": dict(counts), "files": sizes})
    (directory / IN_PROGRESS).unlink(missing_ok=True)


def _write_frame(frame: pd.DataFrame, name: str, file: IO[bytes]) -> None:
    if name.endswith(".csv"):
        frame.to_csv(file, index=False, lineterminator="\n")
    else:
        frame.to_parquet(file, index=False)


def is_complete(directory: str | Path, design: Design | Scenario, seed: int) -> bool:
    """Say whether a directory holds the whole synthetic competition of that design and seed, in the current format.

    Files are compared by their size; nothing is read but ``simulation.json``.
    """
    directory = Path(directory)
    if (directory / IN_PROGRESS).exists():
        return False
    try:
        marker = json.loads((directory / MARKER).read_text(encoding="utf-8"))
        sizes = {name: (directory / name).stat().st_size for name in files_of(design)}
    except (OSError, ValueError):
        return False
    if not isinstance(marker, dict) or marker.get("files") != sizes or not isinstance(marker.get("design"), dict):
        return False
    # What an older version did not write of a design was what is the default now.
    defaults = {field.name: field.default for field in fields(design) if field.default is not MISSING}
    marker["design"] = json.loads(json.dumps(defaults)) | marker["design"]
    wanted = _describe(design, seed)
    return {key: marker.get(key) for key in wanted} == wanted


def _describe(design: Design | Scenario, seed: int) -> dict[str, Any]:
    """Return what determines the files, as JSON reads it back (lists for tuples)."""
    version = FORMAT if isinstance(design, Design) else design.format
    described: dict[str, Any] = json.loads(json.dumps({"format": version, "design": asdict(design), "seed": int(seed)}))
    return described


def _write_parquet(keys: pd.DataFrame, values: Floats, simulated: SimulatedCompetition, file: IO[bytes]) -> None:
    """Write key columns and one float32 column a gene.

    Without dictionaries, statistics and compression, which cost time per column and save nothing on noise.
    """
    table = wide_table(keys, values, simulated.genes)
    parquet.write_table(table, file, use_dictionary=False, write_statistics=False, compression="none")
