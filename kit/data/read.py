"""From a competition file and a folder of tables to a checked `Competition`."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from kit.arrays import Floats
from kit.cache import cache_directory
from kit.config.schema import ColumnsConfig, CompetitionConfig, DataConfig
from kit.data import checks
from kit.data.cache import cached_matrix
from kit.data.columns import metadata_columns, missing_columns, missing_targets, select_targets, twice
from kit.data.competition import Competition, fingerprint_of
from kit.data.compounds import Completed, Rows, complete_compounds
from kit.data.files import locate_files
from kit.data.mistakes import Mistakes
from kit.data.spellings import spelling_warnings
from kit.data.tables.table import Table, open_table
from kit.errors import DataError
from kit.files import file_sha256
from kit.values import tidy_types

_WITH_TARGETS = ("train", "noise_free_train")
"""The tables that must have the layer and the names that the competition file asks for."""


def read_competition(config: CompetitionConfig, root: Path, cache: Path | None = None) -> Competition:
    """Read a competition's tables, check them against each other and bring the targets into the cache.

    The tables are read in stages (files, headers, keys, values); all problems of a stage are reported together.

    Args:
        config: The competition file's content.
        root: The folder of the tables. Simulated tables are generated there on first use.
        cache: Where to cache wide tables (default: the environment's KIT_CACHE, else the user's cache directory).

    Raises:
        DataError: A table is missing or damaged, or the tables contradict each other or the configuration.
        MissingDependencyError: An .h5ad file is read without anndata.
    """
    columns = config.columns
    paths = locate_files(config, Path(root))
    tables = _open(paths, config.data)
    train, test, sample = tables["train"], tables["test"], tables["sample_submission"]
    targets, warnings = _check_headers(tables, columns)

    metadata = metadata_columns(columns)
    rows = train.frame([*dict.fromkeys(columns.keys), *metadata])
    own = [name for name in metadata if name in set(test.columns)]
    pairs = test.frame([*dict.fromkeys([columns.id, *columns.keys]), *own])
    sample_ids = list(sample.frame([columns.id])[columns.id])
    completed, found = _check_keys(tables, columns, rows, pairs, sample_ids)
    warnings += found

    hashes = {part: file_sha256(path) for part, path in paths.items()}
    if "noise_free_train" in tables:
        _check_noise_free(tables["noise_free_train"], train, columns, rows)
    read = partial(_targets, config=config, targets=targets, hashes=hashes, cache=cache_directory(cache))
    Y = read("train", train)
    noise_free = read("noise_free_train", tables["noise_free_train"]) if "noise_free_train" in tables else None

    rows, pairs = _typed(completed.frames, metadata)
    text = [name for name in metadata if name in rows and not pd.api.types.is_numeric_dtype(rows[name])]
    warnings += spelling_warnings(list(tables.values()), [columns.id, *columns.keys, *text])
    warnings += [*completed.warnings, *(warning for table in tables.values() for warning in table.warnings)]
    return Competition(
        config=config,
        root=Path(root),
        rows=rows,
        Y=Y,
        targets=tuple(targets),
        test=pairs,
        sample_columns=tuple(sample.layout(columns.id)),
        sample_ids=tuple(sample_ids),
        written_ids=tuple(sample.written(columns.id)),
        noise_free=noise_free,
        hashes={getattr(config.data, part): digest for part, digest in hashes.items()},
        fingerprint=fingerprint_of(config, hashes),
        warnings=tuple(warnings),
    )


def _open(paths: dict[str, Path], data: DataConfig) -> dict[str, Table]:
    mistakes = Mistakes(DataError)
    tables: dict[str, Table] = {}
    for part, path in paths.items():
        with mistakes.gather():
            tables[part] = open_table(path, data.layer, data.target_names, strict=part in _WITH_TARGETS)
    mistakes.raise_if_any("the tables")
    return tables


def _check_headers(tables: dict[str, Table], columns: ColumnsConfig) -> tuple[list[str], list[str]]:
    """Return the target columns and warnings."""
    mistakes = Mistakes(DataError)
    targets: list[str] = []
    warnings: list[str] = []
    for table in tables.values():
        mistakes.add(*twice(table))
        with mistakes.gather():
            if table.n_rows == 0:
                mistakes.add(f"{table.path} has a header and no rows; copy or download it again")
    train, test, sample = tables["train"], tables["test"], tables["sample_submission"]
    mistakes.add(*missing_columns(train, columns.keys, "a key of the training rows"))
    mistakes.add(*missing_columns(train, metadata_columns(columns), "metadata"))
    mistakes.add(*missing_columns(test, [columns.id], "the id of a row to predict"))
    mistakes.add(*missing_columns(test, columns.keys, "a key of the rows to predict"))
    mistakes.add(*missing_columns(sample, [columns.id], "the id of a row to predict"))
    # Without its keys in place, "every other column" would make targets of misspelt keys.
    mistakes.raise_if_any("the headers of the tables")
    with mistakes.gather():
        targets = select_targets(train, columns)
        found, warnings = checks.sample_layout(sample, targets, columns, train)
        mistakes.add(*found)
        if "noise_free_train" in tables:
            mistakes.add(*missing_targets(tables["noise_free_train"], targets))
    mistakes.raise_if_any("the headers of the tables")
    return targets, warnings


def _typed(frames: list[pd.DataFrame], metadata: list[str]) -> list[pd.DataFrame]:
    """Return metadata as booleans or numbers where all values of all tables are such."""
    for name in metadata:
        having = [frame for frame in frames if name in frame]
        together = tidy_types([text for frame in having for text in frame[name]])
        start = 0
        for frame in having:
            frame[name] = together.iloc[start : start + len(frame)].to_numpy()
            start += len(frame)
    return frames


def _check_keys(
    tables: dict[str, Table],
    columns: ColumnsConfig,
    rows: pd.DataFrame,
    pairs: pd.DataFrame,
    sample_ids: list[str],
) -> tuple[Completed, list[str]]:
    """Return the rows with what is known of their compounds, and warnings."""
    train, test, sample = tables["train"], tables["test"], tables["sample_submission"]
    mistakes = Mistakes(DataError)
    ids = pd.DataFrame({columns.id: sample_ids}, dtype=object)
    mistakes.add(
        *checks.missing_values(train, rows, columns.keys),
        *checks.missing_values(test, pairs, [columns.id, *columns.keys]),
        *checks.missing_values(sample, ids, [columns.id]),
        *checks.repeated_rows(
            train, rows, columns.keys, "remove one, or name another column in columns.keys that tells them apart"
        ),
        *checks.repeated_rows(test, pairs, [columns.id], "every row to predict needs an id of its own"),
        *checks.repeated_rows(test, pairs, columns.keys, "a pair is predicted once: remove one, or add a key column"),
        *checks.repeated_rows(sample, ids, [columns.id], "every id is predicted once"),
    )
    completed = complete_compounds(
        [Rows(rows, partial(_place, train)), Rows(pairs, partial(_place, test))],
        columns.compound,
        columns.smiles,
        metadata_columns(columns),
    )
    mistakes.add(*completed.mistakes)
    warnings: list[str] = []
    # Ids that are missing or stand twice have been reported; comparing them would report them again.
    test_ids = list(pairs[columns.id])
    if not mistakes.found:
        found, odd = checks.sample_rows(sample, sample_ids, test, test_ids)
        mistakes.add(*found)
        warnings += odd
    mistakes.raise_if_any("the keys of the tables")
    return completed, [*warnings, *checks.pairs_to_predict(rows, pairs, columns, test)]


def _place(table: Table, index: int) -> str:
    return f"{table.path.name} {table.row(index)}"


def _targets(
    part: str, table: Table, *, config: CompetitionConfig, targets: list[str], hashes: dict[str, str], cache: Path
) -> Floats:
    """Return the memory-map of a table's targets; what gets into the cache is finite."""
    remedy = (
        "list the columns in columns.metadata if they are no targets"
        if config.columns.targets == "others"
        else "correct the cells, or take the columns out of columns.targets"
    )

    def build(out: Floats) -> None:
        mistakes = Mistakes(DataError)
        cells = table.fill(targets, out)
        mistakes.add(*checks.text_cells(table, cells, remedy))
        mistakes.add(*checks.non_finite(table, out, targets, skip=[cell.column for cell in cells]))
        mistakes.raise_if_any(table.path.name)

    layer = config.data.layer
    if config.data.target_names is not None:
        layer = f"{layer or 'X'}, by {config.data.target_names}"
    return cached_matrix(hashes[part], targets, table.n_rows, build, cache, layer)


def _check_noise_free(table: Table, train: Table, columns: ColumnsConfig, rows: pd.DataFrame) -> None:
    """Check that the rows of the table without noise are the training rows, in order."""
    if table.n_rows != len(rows):
        raise DataError(
            f"{table.path} has {table.n_rows} rows, {train.path.name} has {len(rows)}; generate both again together"
        )
    keys = [key for key in columns.keys if key in set(table.columns)]
    if not keys:
        return
    differs = (table.frame(keys) != rows[keys]).any(axis=1).to_numpy()
    if differs.any():
        at = int(np.flatnonzero(differs)[0])
        raise DataError(
            f"{table.path}: {table.row(at)} has other keys than that row of {train.path.name}; generate both again "
            "together"
        )
