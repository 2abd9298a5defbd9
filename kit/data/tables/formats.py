"""The format of a table: by its file name, checked against its first bytes."""

from __future__ import annotations

from pathlib import Path

from kit.data.tables.source import ZIP_SUFFIX, Source, find_source
from kit.errors import DataError

SUFFIXES = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
    ".csv.gz": "csv.gz",
    ".feather": "feather",
    ".arrow": "feather",
    ".h5ad": "h5ad",
}

# Content that is none of the five formats, by its first bytes (leading white space ignored), and what to do about it.
_FOREIGN = {
    b"PK\x03\x04": "a zip archive (or an Excel workbook): unpack it, or save the sheet as CSV",
    b"\xd0\xcf\x11\xe0": "an Excel workbook: save the sheet as CSV",
    b"<!DOCTYPE": "a web page: the download was probably refused, log in and download it again",
    b"<!doctype": "a web page: the download was probably refused, log in and download it again",
    b"<html": "a web page: the download was probably refused, log in and download it again",
    b"<?xml": "XML, probably an error message of the server: download it again",
    b"version https://git-lfs": "a Git LFS pointer instead of the table: run `git lfs pull`",
}

_SIGNATURES = {
    b"PAR1": "parquet",
    b"ARROW1": "feather",
    b"FEA1": "feather version 1",
    b"\x89HDF\r\n\x1a\n": "h5ad",
    b"\x1f\x8b": "csv.gz",
}

_HEAD_BYTES = 64


def table_format(path: Path) -> tuple[str, Source]:
    """Return ``parquet``, ``csv``, ``csv.gz``, ``feather`` or ``h5ad``, by name and first bytes, and the source.

    Raises:
        DataError: The file's name ends in none of the known ways, the file is empty, or it holds something else than
            its name says; the message says what, and what to do.
    """
    source = find_source(path, tuple(SUFFIXES))
    name = source.name.lower()
    expected = next((SUFFIXES[suffix] for suffix in sorted(SUFFIXES, key=len) if name.endswith(suffix)), None)
    if expected is None:
        known = ", ".join([*SUFFIXES, ZIP_SUFFIX])
        raise DataError(f"{path}: a table's name must end in one of {known}; convert or rename the file")
    try:
        with source.open() as file:
            head = file.read(_HEAD_BYTES)
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}); check its permissions") from None
    if not head:
        raise DataError(f"{path} is empty (0 bytes); copy or download it again")
    for signature, remedy in _FOREIGN.items():
        if head.lstrip().startswith(signature):
            raise DataError(f"{path} is no {expected} file but {remedy}")
    found = next((kind for signature, kind in _SIGNATURES.items() if head.startswith(signature)), "csv")
    if found == expected:
        return expected, source
    if found == "csv":
        raise DataError(
            f"{path} is damaged or no {expected} file (its first bytes are wrong); copy or download it again"
        )
    raise DataError(f"{path}: the name says {expected}, the content is {found}; rename the file to what it is")
