"""From a competition file and a folder of tables to a checked `Competition`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from kit.arrays import Floats
from kit.cache import cache_directory
from kit.config.schema import ColumnsConfig, CompetitionConfig, DataConfig
from kit.data import checks
from kit.data.cache import DIGESTS, cached_matrix
from kit.data.columns import metadata_columns, missing_columns, missing_targets, plain_columns, select_targets, twice
from kit.data.competition import Competition, fingerprint_of
from kit.data.compounds import Completed, Rows, complete_compounds
from kit.data.files import locate_files
from kit.data.labels import Labels
from kit.data.labels import sample_layout as label_layout
from kit.data.mistakes import Mistakes, count
from kit.data.replicates import tell_apart
from kit.data.spellings import spelling_warnings
from kit.data.tables.set_table import with_sets
from kit.data.tables.table import Table, open_table
from kit.errors import DataError, at_place
from kit.files import remembered_sha256
from kit.gaps import measured_rows
from kit.large import row_blocks, take_rows
from kit.values import canonical_texts, tidy_types

_UNMEASURED = (
    f"{checks.FILL_IN}, or, where an empty cell is a value that was not measured, set columns.missing_targets: allow "
    "in the competition file"
)

_GAPS = "allowed"

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
    tables = _open(paths, config.data, columns)
    train, sample = tables["train"], tables.get("sample_submission")
    targets, labels, warnings = _check_headers(tables, columns)

    metadata = metadata_columns(columns, train)
    rows = train.frame([*dict.fromkeys(columns.keys), *metadata], plain_columns(columns, metadata))
    pairs = _rows_to_predict(tables, columns, metadata)
    sample_ids = list((pairs if sample is None else sample.frame([columns.id]))[columns.id])
    unlabelled = _unlabelled(tables, columns, metadata)
    completed, found = _check_keys(tables, columns, metadata, rows, pairs, sample_ids, unlabelled)
    warnings += found

    digests = cache_directory(cache) / DIGESTS
    hashes = {part: remembered_sha256(path, digests) for part, path in paths.items()}
    if "noise_free_train" in tables:
        _check_noise_free(tables["noise_free_train"], train, columns, rows)
    read = partial(_targets, config=config, targets=targets, hashes=hashes, cache=cache_directory(cache))
    Y = read("train", train, labels=labels)
    noise_free = read("noise_free_train", tables["noise_free_train"]) if "noise_free_train" in tables else None

    rows, pairs, *rest = _typed(completed.frames, metadata)
    derived = partial(_derived, config, targets, hashes, cache)
    measured = measured_rows(Y)
    if not measured.all():
        warnings.append(
            f"{train.path.name}: {count(int((~measured).sum()), 'row')} without any target value are left out, first "
            f"{train.row(int(measured.argmin()))}"
        )
        rows = rows[measured].reset_index(drop=True)
        Y = derived("rows that measured a target", len(rows), partial(_write_rows, Y, measured))
        noise_free = None if noise_free is None else take_rows(noise_free, measured)
    again = None
    if columns.replicate is not None:
        again = tell_apart(rows, Y, noise_free, columns, derived)
        if columns.weight is not None and columns.average_replicates:
            of_keys = rows.groupby(columns.keys, sort=False, observed=True)[columns.weight]
            again.rows[columns.weight] = of_keys.sum().to_numpy()
        rows, Y, noise_free = again.rows, again.Y, again.noise_free
        pairs = pairs.drop(columns=columns.replicate, errors="ignore")
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
        sample_columns=_sample_columns(sample, columns, targets),
        sample_ids=tuple(sample_ids),
        written_ids=_written_ids(tables, columns, sample_ids),
        noise_free=noise_free,
        n_replicates=None if again is None else again.counts,
        replicate_ceiling=None if again is None else again.ceiling,
        hashes={getattr(config.data, part): digest for part, digest in hashes.items()},
        fingerprint=fingerprint_of(config, hashes),
        warnings=tuple(warnings),
        unlabelled=rest[0] if rest else None,
    )


def _rows_to_predict(tables: dict[str, Table], columns: ColumnsConfig, metadata: list[str]) -> pd.DataFrame:
    """Return id, keys and metadata of the test table as text; without the table, no rows."""
    names = list(dict.fromkeys([columns.id, *columns.keys]))
    if "test" not in tables:
        return pd.DataFrame(columns=[*names, *metadata], dtype=object)
    test = tables["test"]
    present = set(test.columns)
    given = [name for name in metadata if name in present]
    plain = plain_columns(columns, given)
    if not _numbered(tables, columns):
        return test.frame([*names, *given], plain)
    pairs = test.frame([*columns.keys, *given], plain)
    pairs.insert(0, columns.id, pd.Series([str(number) for number in range(len(pairs))], dtype=object))
    return pairs


def _unlabelled(tables: dict[str, Table], columns: ColumnsConfig, metadata: list[str]) -> pd.DataFrame | None:
    """Return the keys and metadata that the table of unlabelled rows has; None without the table."""
    if "unlabelled" not in tables:
        return None
    present = set(tables["unlabelled"].columns)
    names = [name for name in dict.fromkeys([*columns.keys, *metadata]) if name in present]
    return tables["unlabelled"].frame(names, plain_columns(columns, names))


def _numbered(tables: dict[str, Table], columns: ColumnsConfig) -> bool:
    """Whether a row to predict is named by its number: nothing names it, and nothing asks for a name."""
    default = ColumnsConfig.model_fields["id"].default
    unnamed = columns.id == default and columns.id not in tables["test"].columns
    return unnamed and "sample_submission" not in tables


def _written_ids(tables: dict[str, Table], columns: ColumnsConfig, ids: list[str]) -> tuple[str, ...]:
    """Return the ids as the sample submission writes them, or else the test table."""
    if "test" not in tables or _numbered(tables, columns):
        return tuple(ids)
    return tuple(tables.get("sample_submission", tables["test"]).written(columns.id))


def _open(paths: dict[str, Path], data: DataConfig, columns: ColumnsConfig) -> dict[str, Table]:
    # Where a label is learnt, the matrix of an .h5ad file says what each row is told by.
    wide = columns.label is not None
    mistakes = Mistakes(DataError)
    tables: dict[str, Table] = {}
    for part, path in paths.items():
        with mistakes.gather():
            rows = part != "sample_submission"
            strict = part in _WITH_TARGETS or (wide and rows)
            table = open_table(path, data.layer, data.target_names, strict=strict, wide=wide and rows)
            tables[part] = with_sets(table, columns.sets) if rows else table
    mistakes.raise_if_any("the tables")
    return tables


def _sample_columns(sample: Table | None, columns: ColumnsConfig, targets: list[str]) -> tuple[str, ...]:
    """Return the columns of a submission in order: without a sample the id, and the targets or the label."""
    if sample is not None:
        return tuple(sample.layout(columns.id))
    return (columns.id, *targets) if columns.label is None else (columns.id, columns.label)


def _check_headers(tables: dict[str, Table], columns: ColumnsConfig) -> tuple[list[str], Labels | None, list[str]]:
    """Return the targets, the labels where they are classes, and warnings."""
    mistakes = Mistakes(DataError)
    targets: list[str] = []
    warnings: list[str] = []
    for table in tables.values():
        mistakes.add(*twice(table))
        with mistakes.gather():
            if table.is_empty:
                mistakes.add(f"{table.path} has a header and no rows; copy or download it again")
    train = tables["train"]
    mistakes.add(*missing_columns(train, columns.keys, "a key of the training rows"))
    if columns.label is not None:
        found = missing_columns(train, [columns.label], "the label of the training rows")
        mistakes.add(*found, place=("columns", "label"))
    with mistakes.gather():
        mistakes.add(*missing_columns(train, metadata_columns(columns, train), "metadata"))
    if "test" in tables:
        if not _numbered(tables, columns):
            mistakes.add(*missing_columns(tables["test"], [columns.id], "the id of a row to predict"))
        mistakes.add(*missing_columns(tables["test"], columns.keys, "a key of the rows to predict"))
        for name, role in ((columns.group, "group"), (columns.compound, "compound")):
            if name is not None and name not in columns.keys:
                mistakes.add(*missing_columns(tables["test"], [name], f"the {role} of a row to predict"))
    if "sample_submission" in tables:
        mistakes.add(*missing_columns(tables["sample_submission"], [columns.id], "the id of a row to predict"))
    if "unlabelled" in tables:
        named = [] if columns.compound is None else [columns.compound]
        mistakes.add(*missing_columns(tables["unlabelled"], named, "the compound of an unlabelled row"))
        mistakes.add(*_nothing_shared(tables["unlabelled"], train))
    # Without its keys in place, "every other column" would make targets of misspelt keys.
    mistakes.raise_if_any("the headers of the tables")
    labels = None
    with mistakes.gather():
        if columns.label is not None:
            with at_place("columns", "label"):
                labels = Labels.read(train, columns)
            targets, warnings = list(labels.names), labels.warnings(train, columns.label)
            if "sample_submission" in tables:
                mistakes.add(*label_layout(tables["sample_submission"], targets, columns))
        else:
            targets = select_targets(train, columns)
            if "sample_submission" in tables:
                found, warnings = checks.sample_layout(tables["sample_submission"], targets, columns, train)
                mistakes.add(*found)
        if "noise_free_train" in tables:
            mistakes.add(*missing_targets(tables["noise_free_train"], targets))
    mistakes.raise_if_any("the headers of the tables")
    return targets, labels, warnings


def _nothing_shared(table: Table, train: Table) -> list[str]:
    """Return a problem where a table has no column of the training table."""
    if set(table.columns) & set(train.columns):
        return []
    return [f"{table.path} has no column of {train.path.name}; unlabelled rows have its keys and metadata"]


def _typed(frames: list[pd.DataFrame], metadata: list[str]) -> list[pd.DataFrame]:
    """Return metadata as booleans or numbers where all values of all tables are such."""
    for name in metadata:
        having = [frame for frame in frames if name in frame]
        if all(pd.api.types.is_numeric_dtype(frame[name]) for frame in having):
            continue
        # One table may hold as numbers what another writes as text.
        together = tidy_types([text for frame in having for text in canonical_texts(frame[name])])
        start = 0
        for frame in having:
            frame[name] = together.iloc[start : start + len(frame)].to_numpy()
            start += len(frame)
    return frames


def _check_keys(
    tables: dict[str, Table],
    columns: ColumnsConfig,
    metadata: list[str],
    rows: pd.DataFrame,
    pairs: pd.DataFrame,
    sample_ids: list[str],
    unlabelled: pd.DataFrame | None,
) -> tuple[Completed, list[str]]:
    """Return the rows with what is known of their compounds, and warnings."""
    train, test, sample = tables["train"], tables.get("test"), tables.get("sample_submission")
    mistakes = Mistakes(DataError)
    parts = [name for name in (columns.group, columns.compound) if name is not None]
    named = list(dict.fromkeys([*columns.keys, *parts]))
    replicate = [] if columns.replicate is None else [columns.replicate]
    apart = "remove one, or name a column that tells them apart in columns.keys, or for replicates columns.replicate"
    mistakes.add(
        *checks.missing_values(train, rows, [*named, *replicate]),
        *checks.repeated_rows(train, rows, [*columns.keys, *replicate], apart),
        *([] if columns.weight is None else checks.bad_weights(train, rows[columns.weight], columns.weight)),
    )
    if test is not None:
        once = "a pair is predicted once: remove one, or add a key column"
        mistakes.add(
            *checks.missing_values(test, pairs, list(dict.fromkeys([columns.id, *named]))),
            *checks.repeated_rows(test, pairs, [columns.id], "every row to predict needs an id of its own"),
            *checks.repeated_rows(test, pairs, columns.keys, once),
        )
    if sample is not None:
        ids = pd.DataFrame({columns.id: sample_ids}, dtype=object)
        mistakes.add(
            *checks.missing_values(sample, ids, [columns.id]),
            *checks.repeated_rows(sample, ids, [columns.id], "every id is predicted once"),
        )
    known = [Rows(rows, partial(_place, train)), Rows(pairs, partial(_place, test or train))]
    if unlabelled is not None:
        known.append(Rows(unlabelled, partial(_place, tables["unlabelled"])))
    completed = complete_compounds(known, columns.compound, columns.smiles, metadata)
    mistakes.add(*completed.mistakes)
    warnings: list[str] = []
    # Ids that are missing or stand twice have been reported; comparing them would report them again.
    if sample is not None and test is not None and not mistakes.found:
        found, odd = checks.sample_rows(sample, sample_ids, test, list(pairs[columns.id]))
        mistakes.add(*found)
        warnings += odd
    mistakes.raise_if_any("the keys of the tables")
    return completed, [*warnings, *(checks.pairs_to_predict(rows, pairs, columns, test) if test is not None else [])]


def _place(table: Table, index: int) -> str:
    return f"{table.path.name} {table.row(index)}"


def _targets(
    part: str,
    table: Table,
    *,
    config: CompetitionConfig,
    targets: list[str],
    hashes: dict[str, str],
    cache: Path,
    labels: Labels | None = None,
) -> Floats:
    """Return the memory-map of a table's targets; what gets into the cache is finite."""
    if labels is not None:
        return cached_matrix(hashes[part], targets, table.n_rows, labels.fill, cache, _of_label(config))
    remedy = (
        "list the columns in columns.metadata if they are no targets"
        if config.columns.targets == "others"
        else "correct the cells, or take the columns out of columns.targets"
    )

    allowed = config.columns.missing_targets == "allow"

    def build(out: Floats) -> None:
        mistakes = Mistakes(DataError)
        cells = table.fill(targets, out)
        text = [cell.column for cell in cells]
        mistakes.add(*checks.text_cells(table, cells, remedy))
        mistakes.add(*checks.non_finite(table, out, targets, text, allowed, _UNMEASURED))
        if allowed:
            mistakes.add(*checks.never_measured(table, out, targets, text))
        mistakes.raise_if_any(table.path.name)

    layer = config.data.layer
    if config.data.target_names is not None:
        layer = f"{layer or 'X'}, by {config.data.target_names}"
    return cached_matrix(hashes[part], targets, table.n_rows, build, cache, layer, _GAPS if allowed else None)


def _of_label(config: CompetitionConfig) -> str:
    """Return what tells a matrix of classes from the table's numbers in the cache."""
    return f"classes of {config.columns.label}"


def _write_rows(Y: Floats, chosen: np.ndarray, out: Floats) -> None:
    positions = np.flatnonzero(chosen)
    for rows in row_blocks(out):
        out[rows] = Y[positions[rows]]


def _derived(
    config: CompetitionConfig,
    targets: list[str],
    hashes: dict[str, str],
    cache: Path | None,
    what: str,
    n_rows: int,
    build: Callable[[Floats], None],
) -> Floats:
    """Return the memory-map of what is computed from the targets of the training table."""
    source = f"{config.data.layer}, {config.data.target_names}" if config.columns.label is None else _of_label(config)
    named = f"{source}: {what}"
    return cached_matrix(hashes["train"], targets, n_rows, build, cache_directory(cache), named)


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
