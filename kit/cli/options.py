"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Recipe = Annotated[Path, typer.Argument(help="A recipe, or a competition file (its default recipe is taken).")]
Overrides = Annotated[
    list[str], typer.Option("--set", metavar="A.B=C", help="Set a value of the recipe; may be given many times.")
]
DataRoot = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="The folder of the tables (instead of data.root, KIT_DATA)."),
]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where runs, submissions and the ledger are kept.")]
