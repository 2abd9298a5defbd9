"""Tables of genes for the synthetic rows, whose one column of numbers is the dose."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pandas as pd

TEXTS = pd.DataFrame(
    {"gene": ["dose", "other"], "text": ["how much of a compound a well was given", "something else about a well"]}
)


@cache
def dose_vectors() -> str:
    """A file of vectors that all tests of a process share: two numbers for the dose and for a gene of no row."""
    path = Path(mkdtemp()) / "vectors.csv"
    pd.DataFrame({"gene": ["dose", "other"], "v0": [3.0, 1.0], "v1": [-4.0, 0.0]}).to_csv(path, index=False)
    return str(path)


@cache
def dose_texts() -> str:
    """A table of texts of the same genes."""
    path = Path(mkdtemp()) / "texts.csv"
    TEXTS.to_csv(path, index=False)
    return str(path)
