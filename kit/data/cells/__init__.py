"""Single cells → rows of a competition: what a treatment changed, measured against control cells."""

from kit.data.cells.pseudobulk import Pseudobulk, pseudobulk
from kit.data.cells.write import write_rows

__all__ = ["Pseudobulk", "pseudobulk", "write_rows"]
