"""What was fetched, in the layout of the competition: de_train.parquet, id_map.csv, sample_submission.csv."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd

from kit.data.cells import write_rows
from kit.data.tables.h5ad_tables import H5adTable
from kit.data.tables.table import open_table
from kit.data.tables.wide import write_zeros
from kit.errors import DataError
from kit.fetching.sources import ARCHIVE, BENCHMARK_TABLES, TABLES
from kit.files import link_or_copy, new_file

KEYS = ["cell_type", "sm_name"]
METADATA = ["sm_lincs_id", "SMILES", "control"]
TRUTH = "truth.parquet"
"""The benchmark's measurements of the rows to predict: for scoring, never for a fit or a choice."""


def lay_out(raw: Path, folder: Path, layer: str | None) -> None:
    """Write the competition's files from what a publisher's are.

    Args:
        raw: The folder of what was fetched.
        folder: Where to, an empty directory.
        layer: The layer of the benchmark's .h5ad files that holds the targets; None for the competition's own files.

    Raises:
        DataError: A file is damaged, lacks a part, or contradicts another.
    """
    if layer is not None:
        train, test, ids = (raw / name for name in BENCHMARK_TABLES)
        _convert(train, test, ids, folder, layer)
        return
    for name in TABLES:
        if (raw / name).is_file():
            link_or_copy(str(raw / name), str(folder / name))
        elif (raw / f"{name}.zip").is_file():
            _unpack(raw / f"{name}.zip", name, folder / name)
        else:
            _unpack(raw / ARCHIVE, name, folder / name)


def _unpack(archive: Path, name: str, target: Path) -> None:
    """Write the one file of that name, wherever in the archive it lies."""
    try:
        with zipfile.ZipFile(archive) as opened:
            inside = [entry for entry in opened.namelist() if not entry.startswith("__MACOSX/")]
            found = [entry for entry in inside if PurePosixPath(entry).name == name]
            if len(found) != 1:
                raise DataError(f"{archive} holds {len(found)} files called {name}: {', '.join(inside[:10])}")
            with opened.open(found[0]) as source, new_file(target) as temporary, temporary.open("wb") as file:
                shutil.copyfileobj(source, file, 1 << 20)
    except (zipfile.BadZipFile, EOFError) as error:
        raise DataError(f"{archive} is a damaged archive ({error}); remove it and run the same again") from None


def _convert(train: Path, test: Path, ids: Path, folder: Path, layer: str) -> None:
    """Write the benchmark's tables as the competition's, and the truth of the rows to predict beside them."""
    rows, values, genes = _read(train, layer, [*KEYS, *METADATA])
    hidden, truth, hidden_genes = _read(test, layer, KEYS)
    table = pd.read_csv(ids, dtype=str, keep_default_na=False)
    if missing := [name for name in ("id", *KEYS) if name not in table.columns]:
        raise DataError(f"{ids} has no column {', '.join(missing)}; fetch it again")
    if not table[KEYS].equals(hidden[KEYS].astype(str)):
        raise DataError(f"{ids} and {test} do not list the same rows in the same order; fetch both again")
    if set(genes) != set(hidden_genes):
        raise DataError(f"{train} and {test} do not have the same genes; fetch both again")
    place = {gene: position for position, gene in enumerate(hidden_genes)}
    truth = truth[:, [place[gene] for gene in genes]]
    write_rows(rows, values, tuple(genes), folder / TABLES[0])
    write_rows(table[["id"]], truth, tuple(genes), folder / TRUTH)
    with new_file(folder / TABLES[1]) as temporary:
        table[["id", *KEYS]].to_csv(temporary, index=False, lineterminator="\n")
    with new_file(folder / TABLES[2]) as temporary, temporary.open("wb") as file:
        write_zeros(table["id"], genes, file)


def _read(path: Path, layer: str, columns: list[str]) -> tuple[pd.DataFrame, np.ndarray, list[str]]:
    table = open_table(path, layer)
    assert isinstance(table, H5adTable)  # by its name
    if missing := [name for name in columns if name not in table.columns]:
        raise DataError(f"{path}: obs has no {', '.join(missing)}, but {', '.join(table.columns)}")
    values = np.empty((table.n_rows, len(table.candidates)), dtype=np.float32)
    table.fill(table.candidates, values)
    return pd.DataFrame(table.cells(columns)), values, table.candidates
