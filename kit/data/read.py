"""From a competition file and a folder of tables to a checked `Competition`."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from kit.arrays import Floats
from kit.cache import cache_directory
from kit.config.schema import ColumnsConfig, CompetitionConfig
from kit.data import checks
from kit.data.cache import cached_matrix
from kit.data.columns import metadata_columns, missing_columns, missing_targets, select_targets, twice
from kit.data.competition import Competition, fingerprint_of
from kit.data.files import locate_files
from kit.data.mistakes import Mistakes
from kit.data.smiles import Structure, compounds_without, smiles_per_compound, unparsable_smiles
from kit.data.tables.table import Table, open_table
from kit.errors import DataError
from kit.files import file_sha256


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
    tables = _open(paths, config.data.layer)
    train, test, sample = tables["train"], tables["test"], tables["sample_submission"]
    targets, warnings = _check_headers(tables, columns)

    metadata = metadata_columns(columns)
    rows = _frame(train, columns.keys, metadata, columns.smiles)
    pairs = _frame(test, [columns.id, *columns.keys], metadata, columns.smiles)
    sample_ids = list(sample.frame([columns.id])[columns.id])
    structures, found = _check_keys(tables, columns, rows, pairs, sample_ids)
    warnings += found

    hashes = {part: file_sha256(path) for part, path in paths.items()}
    if "noise_free_train" in tables:
        _check_noise_free(tables["noise_free_train"], train, columns, rows)
    read = partial(_targets, config=config, targets=targets, hashes=hashes, cache=cache_directory(cache))
    Y = read("train", train)
    noise_free = read("noise_free_train", tables["noise_free_train"]) if "noise_free_train" in tables else None

    if columns.compound is not None:
        pairs = _fill_metadata(pairs, rows, columns.compound, metadata, structures, columns.smiles)
        if columns.smiles is not None:
            compounds = list(dict.fromkeys([*rows[columns.compound], *pairs[columns.compound]]))
            warnings += compounds_without(structures, compounds, columns.smiles)
    return Competition(
        config=config,
        root=Path(root),
        rows=rows,
        Y=Y,
        targets=tuple(targets),
        test=pairs,
        sample_columns=tuple(sample.columns),
        sample_ids=tuple(sample_ids),
        noise_free=noise_free,
        hashes={getattr(config.data, part): digest for part, digest in hashes.items()},
        fingerprint=fingerprint_of(config, hashes),
        warnings=tuple(warnings),
    )


def _open(paths: dict[str, Path], layer: str | None) -> dict[str, Table]:
    mistakes = Mistakes(DataError)
    tables: dict[str, Table] = {}
    for part, path in paths.items():
        with mistakes.gather():
            tables[part] = open_table(path, layer)
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


def _frame(table: Table, names: list[str], metadata: list[str], smiles: str | None) -> pd.DataFrame:
    """Read ids and keys as strings, and the metadata that the table has (SMILES as strings, the rest as it is)."""
    present = set(table.columns)
    own = [name for name in metadata if name in present]
    text = list(dict.fromkeys(names))
    frame = table.frame([*text, *(name for name in own if name == smiles)], [name for name in own if name != smiles])
    return frame[[*text, *own]]


def _check_keys(
    tables: dict[str, Table],
    columns: ColumnsConfig,
    rows: pd.DataFrame,
    pairs: pd.DataFrame,
    sample_ids: list[str],
) -> tuple[dict[str, Structure], list[str]]:
    """Return the structures by compound, and warnings."""
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
    structures: dict[str, Structure] = {}
    warnings: list[str] = []
    if columns.compound is not None and columns.smiles is not None:
        structures, conflicts = smiles_per_compound([(train, rows), (test, pairs)], columns.compound, columns.smiles)
        unparsable, unchecked = unparsable_smiles(structures, columns.smiles)
        mistakes.add(*conflicts, *unparsable)
        warnings += unchecked
    # Ids that are missing or stand twice have been reported; comparing them would report them again.
    test_ids = list(pairs[columns.id])
    if not mistakes.found:
        found, odd = checks.sample_rows(sample, sample_ids, test, test_ids)
        mistakes.add(*found)
        warnings += odd
    mistakes.raise_if_any("the keys of the tables")
    return structures, [*warnings, *checks.pairs_to_predict(rows, pairs, columns, test)]


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

    return cached_matrix(hashes[part], targets, table.n_rows, build, cache, config.data.layer)


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


def _fill_metadata(
    pairs: pd.DataFrame,
    rows: pd.DataFrame,
    compound: str,
    metadata: list[str],
    structures: dict[str, Structure],
    smiles: str | None,
) -> pd.DataFrame:
    """Add what the training table says about a compound to the rows to predict, where it says one thing only."""
    filled = pairs.copy()
    for name in metadata:
        if name == smiles:
            by_compound: dict[str, object] = {key: structure.smiles for key, structure in structures.items()}
        elif name in pairs:
            continue
        else:
            known = rows[[compound, name]].dropna().drop_duplicates()
            if known[compound].duplicated().any():
                continue
            by_compound = dict(zip(known[compound], known[name], strict=True))
        values = [by_compound.get(value) for value in pairs[compound]]
        filled[name] = pd.Series(values, index=pairs.index, dtype=None if name != smiles else object)
    return filled
