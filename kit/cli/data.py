"""``kit data``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from kit.cli.commands import add
from kit.cli.options import help_when_alone
from kit.cli.output import Document, answer, note, say, show_table
from kit.errors import InputError, did_you_mean

data = typer.Typer(name="data", help="Make or fetch the tables of a competition.", rich_markup_mode=None)
data.callback(invoke_without_command=True)(help_when_alone)


def simulate(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to write the tables.")],
    like: Annotated[
        str,
        typer.Option(
            metavar="DESIGN",
            help="The design to imitate: open-problems (614 x 18,211), open-problems-ranks, demo; toy-covariance, "
            "toy-third-order; cell-painting (single cells of wells), cell-painting-small; "
            "rxrx1 (siRNAs under batch effects), rxrx1-small, rxrx1-sites (two images a well); cell-typing (cells of "
            "simulated donors, with texts about their genes), cell-typing-small; digits-three (few labels, many "
            "images), digits-fifty, digits-one-shot, digits-seven.",
        ),
    ] = "demo",
    seed: Annotated[
        int, typer.Option(min=0, metavar="N", help="Another seed gives other numbers in the same design.")
    ] = 0,
    real_design: Annotated[
        Path | None,
        typer.Option(
            "--design",
            metavar="DIR",
            help="rxrx1: the folder of the competition's own train.csv, test.csv and controls, whose wells and siRNAs "
            "are taken; with embeddings.csv (site_id and a column a dimension) its embeddings too.",
        ),
    ] = None,
) -> Document:
    """Write a synthetic competition and its hidden truth.

    The three files of Kaggle's, the true values of the rows to predict (truth.parquet), and both without noise. Files
    that are there are not replaced.
    """
    import json
    from dataclasses import fields, replace

    from kit.data.simulate import files_of, get_simulated, is_complete, write_simulated
    from kit.data.simulate.files import IN_PROGRESS, MARKER

    design = get_simulated(like)
    if real_design is not None:
        if not any(field.name == "design" for field in fields(design)):
            raise InputError(f"--design: {like} is drawn as a whole; --like rxrx1 and rxrx1-sites take a folder")
        design = replace(design, design=str(real_design.resolve()))  # type: ignore[call-arg]
    if is_complete(out, design, seed):
        note(f"{out} holds these tables already")
    else:
        taken = [name for name in files_of(design) if (out / name).exists()]
        # What an interrupted simulation left is the kit's own.
        if taken and not (out / IN_PROGRESS).exists():
            raise InputError(
                f"{out} holds {', '.join(taken)} already: real tables, or another design or seed; remove them, or "
                "choose another folder with --out"
            )
        write_simulated(design, seed, out)
    counts = json.loads((out / MARKER).read_text(encoding="utf-8"))["counts"]
    if "described" in counts:
        say(f"{out}: {counts['described']}")
        return
    size = f"{counts['train_rows']} rows x {counts['genes']} targets, {counts['test_rows']} rows to predict"
    answer(f"{out}: {size}, and their hidden truth")
    return {"folder": out, "design": like, "seed": seed, **counts}


def fetch(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The competition: open-problems.")],
    publisher: Annotated[
        Literal["kaggle", "openproblems", "zenodo"],
        typer.Option(
            "--from",
            help="kaggle: the competition's files, by Kaggle's own program and your account; zenodo: a copy of them; "
            "openproblems: the benchmark's, with other rows and genes, and the truth to score with.",
        ),
    ] = "kaggle",
    layer: Annotated[
        str, typer.Option(metavar="NAME", help="openproblems: the layer that holds the targets.")
    ] = "clipped_sign_log10_pval",
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="The competition's folder (default: one in competitions)."),
    ] = None,
) -> Document:
    """Fetch a competition's tables, check them, and lay them out.

    The same command goes on where it was interrupted. What was fetched stays in DIR/downloaded, where files that you
    got by other means are taken too; the tables are in DIR/data.
    """
    import shlex

    from kit.fetching import fetch as fetch_tables

    if name != "open-problems":
        raise InputError(f"{name} cannot be fetched{did_you_mean(name, ['open-problems'])}")
    fetched = fetch_tables(publisher, out, layer, note)
    answer(f"{fetched.data}: {fetched.size}")
    say(f"next: kit train {shlex.quote(str(fetched.folder / 'competition.yaml'))}")
    return {"data": fetched.data, "competition": fetched.folder / "competition.yaml", "size": fetched.size}


def pseudobulk(
    cells: Annotated[Path, typer.Argument(metavar="CELLS.h5ad", help="Cells x genes, with the cells' columns in obs.")],
    by: Annotated[str, typer.Option(metavar="A,B", help="The columns of obs whose combinations become rows.")],
    control: Annotated[
        str, typer.Option(metavar="COLUMN=VALUE", help="What makes a cell a control, such as sm_name=DMSO.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="The table: .parquet or .csv.")],
    replicates: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Donors or plates: differences are taken within each, then averaged."),
    ] = None,
    value: Annotated[
        Literal["change", "signed-p"],
        typer.Option(help="The mean change of log(1 + count per 10,000), or its signed -log10 p."),
    ] = "change",
    layer: Annotated[str | None, typer.Option(metavar="NAME", help="The layer of the counts (default: X).")] = None,
    normalised: Annotated[
        bool, typer.Option("--normalised", help="The values are logarithms already, not counts.")
    ] = False,
    min_cells: Annotated[
        int, typer.Option(min=1, metavar="N", help="Rows of fewer cells are left out, and named.")
    ] = 10,
) -> Document:
    """Turn single cells into rows: each treatment's difference to the control cells of its context.

    Controls are compared with rows that share their other columns of --by. Other columns of obs that are the same in
    all cells of every row (a structure, a dose) are kept. Without --replicates a p-value takes cells as independent,
    which those of one well are not.
    """
    from kit.data.cells import pseudobulk as make
    from kit.data.cells import write_rows
    from kit.data.tables.h5ad_tables import H5adTable
    from kit.data.tables.table import open_table

    table = open_table(cells, layer)
    if not isinstance(table, H5adTable):
        raise InputError(f"{cells}: cells are read from an .h5ad file; write one with anndata")
    name, equals, text = control.partition("=")
    if not equals:
        raise InputError(f"--control {control}: write COLUMN=VALUE, such as sm_name=DMSO")
    columns = [column.strip() for column in by.split(",") if column.strip()]
    made = make(table, columns, {name.strip(): text.strip()}, replicates, value, normalised, min_cells)
    write_rows(made.rows, made.Y, made.genes, out)
    for line in made.left_out:
        note(f"left out: {line}")
    answer(f"{out}: {len(made.rows)} rows x {len(made.genes)} targets")
    return {"table": out, "rows": len(made.rows), "targets": len(made.genes), "left_out": list(made.left_out)}


def cells(
    files: Annotated[list[Path], typer.Argument(metavar="CELLS.h5ad…", help="AnnData files, as many as there are.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="The table: .parquet.")],
    layer: Annotated[str | None, typer.Option(metavar="NAME", help="The layer of the counts (default: X).")] = None,
) -> Document:
    """Write what is known of the cells of many files as one table, and show how much each file counted.

    Every cell and every column of obs is kept, as text; with the file, the sum of a cell's values (counts) and how many
    of them are not 0 (genes).
    """
    from kit.data.cells import write_catalogue

    lines = write_catalogue(files, layer, out)
    show_table(lines, f"{lines['cells'].sum()} cells of {len(lines)} files", digits=0)
    answer(f"{out}: {lines['cells'].sum()} cells of {len(lines)} files")
    return {"table": out, "files": lines}


def cover(
    table: Annotated[
        Path, typer.Argument(metavar="CELLS", help="A line a cell: what `kit data cells` writes, or an .h5ad file.")
    ],
    label: Annotated[str, typer.Option(metavar="COLUMN", help="The column of the classes.")],
    by: Annotated[str, typer.Option(metavar="A,B", help="The columns that name a part, such as file,donor.")],
    n_cells: Annotated[int, typer.Option("--cells", min=1, metavar="N", help="The cells that each class is to have.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="The table of chosen parts: .csv.")],
    n_parts: Annotated[
        int, typer.Option("--parts", min=1, metavar="N", help="The parts that each class is to be in.")
    ] = 1,
) -> Document:
    """Choose the fewest cells, in whole parts, that show every class often enough.

    An integer programme; a class that has less than it is to have is covered as far as it goes.
    """
    from kit.data.cells import covering_parts
    from kit.data.tables.table import open_table
    from kit.files import new_file

    if out.suffix != ".csv" or out.exists():
        raise InputError(f"{out}: expected the name of a .csv file that is not there yet")
    names = [name.strip() for name in by.split(",") if name.strip()]
    opened = open_table(table)
    for name in (label, *names):
        if name not in opened.columns:
            raise InputError(f"{table} has no column {name!r}{did_you_mean(name, opened.columns)}")
    found = covering_parts(opened.frame([label, *names]), label, names, n_cells, n_parts)
    with new_file(out) as temporary:
        found.parts.to_csv(temporary, index=False)
    chosen, total = int(found.parts["cells"].sum()), opened.n_rows
    show_table(found.classes, f"{chosen} of {total} cells, in {len(found.parts)} parts")
    answer(f"{out}: {len(found.parts)} parts, {chosen} of {total} cells")
    return {"table": out, "parts": found.parts, "classes": found.classes}


add(data, simulate, "kit data simulate --like demo --seed 1 --out tables")
add(data, fetch, "kit data fetch open-problems")
add(
    data,
    pseudobulk,
    "kit data pseudobulk cells.h5ad --by cell_type,sm_name --control sm_name=DMSO --replicates donor -o train.parquet",
)
add(data, cells, "kit data cells cells.h5ad -o cells.parquet")
add(data, cover, "kit data cover cells.h5ad --label cell_type --by donor,well --cells 100 --parts 3 -o chosen.csv")
