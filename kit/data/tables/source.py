"""The file of a table, or the one table inside a zip archive, as Kaggle delivers it."""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from kit.errors import DataError

ZIP_SUFFIX = ".zip"


@dataclass(frozen=True)
class Source:
    """Where a table's bytes come from.

    Attributes:
        path: The file on disk, which messages name.
        member: The table inside it, where the file is a zip archive.
    """

    path: Path
    member: str | None = None

    @property
    def name(self) -> str:
        """The name that says which format the table has."""
        return self.path.name if self.member is None else PurePosixPath(self.member).name

    def open(self) -> BinaryIO:
        """Open the table for reading from its beginning.

        Raises:
            OSError: The file cannot be read.
            DataError: The archive is damaged, or wants a password.
        """
        if self.member is None:
            return self.path.open("rb")
        try:
            with zipfile.ZipFile(self.path) as archive:
                return io.BytesIO(archive.read(self.member))
        except RuntimeError as error:  # a password is wanted
            raise DataError(f"{self.path}: {error}; unpack it") from None
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise DataError(f"{self.path} is a damaged archive ({error}); copy or download it again") from None

    def file(self) -> Path | BinaryIO:
        """Return a source that a library can open and seek in: the path, or the unpacked table in memory."""
        return self.path if self.member is None else self.open()


def find_source(path: Path, suffixes: tuple[str, ...]) -> Source:
    """Return a file as a source; a zip archive must hold one table.

    Args:
        path: The file.
        suffixes: How the names of tables end.

    Raises:
        DataError: The archive is damaged, or holds no table or several.
    """
    if not path.name.lower().endswith(ZIP_SUFFIX):
        return Source(path)
    try:
        with zipfile.ZipFile(path) as archive:
            names = [entry.filename for entry in archive.infolist() if not entry.is_dir()]
    except (zipfile.BadZipFile, OSError) as error:
        raise DataError(f"{path} is no zip archive or a damaged one ({error}); copy or download it again") from None
    # macOS puts its own files beside those that were packed.
    tables = [name for name in names if name.lower().endswith(suffixes) and not name.startswith("__MACOSX/")]
    if len(tables) != 1:
        found = f"{len(tables)} tables ({', '.join(tables[:5])})" if tables else f"no table ({', '.join(names[:5])})"
        raise DataError(f"{path} holds {found}, expected one: unpack it and name the table itself")
    return Source(path, tables[0])
