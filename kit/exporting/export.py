"""One run, one folder, one form."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from kit.data import Competition
from kit.errors import InputError
from kit.exporting.block import write_block
from kit.exporting.bundle import write_bundle
from kit.exporting.tables import write_anndata, write_cell_eval, write_long
from kit.exporting.winning_solution import write_winning_solution
from kit.files import new_plain_directory
from kit.training.joining.saved_run import SavedRun

FORMS = ("bundle", "block", "kaggle", "h5ad", "long", "cell-eval")


def export(
    run: Path, folder: Path, form: str, tables: Competition | None = None, block: str | None = None
) -> list[Path]:
    """Write a finished run in a form of the field; the folder is complete or absent.

    Args:
        run: The run's directory.
        folder: A directory that does not exist yet.
        form: One of `FORMS`: "bundle" (the models that predict new rows), "block" (a feature block that was fitted on
            all rows, such as an autoencoder for others to start from), "kaggle" (what Kaggle asks winners for),
            "h5ad" and "long" (predictions of the test rows), "cell-eval" (validated rows, predicted and real).
        tables: The competition's tables; not needed for "bundle", "block" and "kaggle".
        block: For "block", its name.

    Returns:
        The files, relative to the folder.

    Raises:
        InputError: The folder is there, or the run has nothing in that form.
        StateError: The run is not finished, or was changed.
    """
    if form not in FORMS:
        raise InputError(f"there is no form {form!r}; choose one of {', '.join(FORMS)}")
    if folder.exists():
        raise InputError(f"{folder} is there already; choose another folder, or remove it")
    if (form == "block") != (block is not None):
        raise InputError("name the block, and nothing else: `--as block --block NAME`")
    saved = SavedRun(run)
    with new_plain_directory(folder) as temporary:
        if form == "bundle":
            write_bundle(run, temporary)
        elif block is not None:
            write_block(run, temporary, block)
        elif form == "kaggle":
            write_winning_solution(run, temporary)
        else:
            _write_tables(saved, temporary, form, _needed(tables, form))
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())


def _needed(tables: Competition | None, form: str) -> Competition:
    if tables is None:
        raise InputError(f"{form} needs the competition's tables")
    return tables


def _write_tables(saved: SavedRun, folder: Path, form: str, tables: Competition) -> None:
    run = saved.path
    if form == "cell-eval":
        compound = tables.config.columns.compound
        if compound is None:
            raise InputError("cell-eval compares perturbations: name the column of the compounds as columns.compound")
        rows = pd.read_parquet(run / "oof_rows.parquet")
        write_cell_eval(tables, rows["row"].to_numpy(), np.load(run / "oof.npy", mmap_mode="r"), compound, folder)
        return
    if not len(tables.test):
        raise InputError(f"{run.name} predicted no rows: its competition has no test table (data.test)")
    predictions = np.load(run / "test.npy", mmap_mode="r", allow_pickle=False)
    known = tables.test[[name for name in tables.test.columns if tables.test[name].notna().all()]]
    if form == "long":
        write_long(known, predictions, tables.targets, folder / "predictions.parquet")
    else:
        write_anndata(known, predictions, tables.targets, folder / "predictions.h5ad")
