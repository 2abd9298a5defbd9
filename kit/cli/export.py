"""``kit export``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from kit.cli.inputs import read_tables
from kit.cli.options import DataRoot, Out, RunName
from kit.cli.output import Document, answer


def export(
    run: RunName,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make.")],
    form: Annotated[
        Literal["bundle", "block", "kaggle", "h5ad", "long", "cell-eval"],
        typer.Option(
            "--as",
            help="bundle: the models that predict new rows, for kit predict; block: one feature block, such as an "
            "autoencoder that other recipes start from; kaggle: what Kaggle asks winners for; "
            "h5ad, long: the predicted test rows; cell-eval: the validated rows, predicted and real, for cell-eval.",
        ),
    ] = "bundle",
    block: Annotated[str | None, typer.Option(metavar="NAME", help="The block of --as block.")] = None,
    data: DataRoot = None,
    out: Out = Path("submissions"),
) -> Document:
    """Write a finished run in a form of the field."""
    from kit.config import load_recipe
    from kit.config.load import RESOLVED
    from kit.exporting import export as export_run
    from kit.training.named_runs import find_run

    found = find_run(run, out)
    tables = None if form in ("bundle", "block", "kaggle") else read_tables(load_recipe(found / RESOLVED), data)
    files = export_run(found, folder, form, tables, block)
    size = sum((folder / file).stat().st_size for file in files) / 2**20
    answer(f"{folder}: {len(files)} files, {size:.1f} MiB, of {found.name}")
    return {"folder": folder, "form": form, "run": found, "files": [str(file) for file in files]}
