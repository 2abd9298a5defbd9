"""Single cells: rows of a competition (what a treatment changed), a table of many files, a covering choice of them."""

from kit.data.cells.catalogue import write_catalogue
from kit.data.cells.covering import Covering, covering_parts
from kit.data.cells.pseudobulk import Pseudobulk, pseudobulk
from kit.data.cells.write import write_rows

__all__ = ["Covering", "Pseudobulk", "covering_parts", "pseudobulk", "write_catalogue", "write_rows"]
