"""From a publisher to a folder from which a recipe can be trained."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from kit.config import load_competition
from kit.config.shipped import COMPETITION, shipped_folder
from kit.data import Competition, read_competition
from kit.errors import InputError, KitError, did_you_mean
from kit.fetching.layout import lay_out
from kit.fetching.sources import SOURCES, Said, Source
from kit.files import file_sha256, new_file, new_plain_directory, read_json, write_json

RAW = "downloaded"
"""The folder of what was fetched, beside the tables; it may be removed afterwards."""
NOTE = "fetched.json"
"""Beside the tables: where they come from, and their digests."""
LAYER = "clipped_sign_log10_pval"
"""What the benchmark predicts: signed −log10 p, clipped at ±4."""
_OURS = ("title: ", "competition: ", "kaggle: ")


@dataclass(frozen=True)
class Fetched:
    """What there is now.

    Attributes:
        folder: The competition's folder.
        data: The folder of its tables.
        size: Rows, targets and rows to predict, in words.
    """

    folder: Path
    data: Path
    size: str


def fetch(
    publisher: str, folder: Path | None = None, layer: str = "clipped_sign_log10_pval", said: Said = print
) -> Fetched:
    """Fetch the tables of Open Problems, check them, and lay them out beside a competition file.

    What is there already is not fetched again; what was interrupted goes on. The tables appear together or not at all,
    in ``data``, after the kit has read them as a competition.

    Args:
        publisher: One of `SOURCES`.
        folder: The competition's folder (default: in ``competitions``, by the competition's name).
        layer: The layer of the benchmark's .h5ad files that holds the targets.
        said: Takes lines of what happens.

    Raises:
        InputError: There is no such publisher, other tables are there, or what was fetched is no such competition.
        RunError: The publisher cannot be reached, or the disk is full.
    """
    if publisher not in SOURCES:
        raise InputError(f"there is no publisher {publisher!r}{did_you_mean(publisher, SOURCES)}")
    source = SOURCES[publisher]
    folder = Path("competitions") / source.competition if folder is None else folder
    used = layer if publisher == "openproblems" else None
    data, origin = folder / "data", {"from": publisher, "layer": used}
    if data.is_dir() and any(data.iterdir()):
        size = _there_already(data, origin)
        said(f"{data} holds these tables already")
        return Fetched(folder, data, size)
    checked = source.fetch(folder / RAW, said)
    with new_plain_directory(data) as temporary:
        lay_out(folder / RAW, temporary, used)
        digests = {file.name: file_sha256(file) for file in sorted(temporary.iterdir())}
        size = _size(_checked(temporary, data))
        write_json(temporary / NOTE, {**origin, "checked": checked, "size": size, "sha256": digests})
    _write_files(source, folder)
    return Fetched(folder, data, size)


def _there_already(data: Path, origin: dict[str, str | None]) -> str:
    """Return the size of tables that are those that were asked for.

    Raises:
        InputError: They are others, or were changed.
    """
    note = read_json(data / NOTE) if (data / NOTE).is_file() else {}
    if {key: note.get(key) for key in origin} != origin:
        raise InputError(f"{data} holds other tables already; move them away, or choose another folder with --out")
    for name, sha256 in note["sha256"].items():
        if not (data / name).is_file() or file_sha256(data / name) != sha256:
            raise InputError(f"{data / name} was changed or removed since it was fetched; remove {data} and run again")
    return str(note["size"])


def _checked(temporary: Path, data: Path) -> Competition:
    """Read the tables as every command will."""
    config = load_competition(shipped_folder() / COMPETITION).config
    try:
        with tempfile.TemporaryDirectory() as cache:
            return read_competition(config, temporary, Path(cache))
    except KitError as error:
        raise type(error)(str(error).replace(str(temporary), str(data))) from None


def _size(tables: Competition) -> str:
    n_rows, n_targets = tables.Y.shape
    return f"{n_rows} rows x {n_targets} targets, {len(tables.test)} rows to predict"


def _write_files(source: Source, folder: Path) -> None:
    """Put a competition file and its default recipe beside the tables, where there are none."""
    shipped = shipped_folder() / COMPETITION
    recipe = str(load_competition(shipped).config.default_recipe)
    text = shipped.read_text(encoding="utf-8")
    if source.competition != "open_problems":
        # Other rows, genes and values than Kaggle's: scores of the two are not to be mixed.
        lines = [line for line in text.splitlines() if not line.startswith((*_OURS, "#"))]
        head = [
            "# The openproblems benchmark of the same experiment: its own rows, genes and values.",
            f"competition: {source.competition}",
            "title: Open Problems - Single-Cell Perturbations, the benchmark",
        ]
        command = "kit data fetch open-problems"
        text = "\n".join([*head, *lines]).replace(command, f"{command} --from {source.name}") + "\n"
    for path, content in (
        (folder / COMPETITION, text),
        (folder / recipe, shipped.with_name(recipe).read_text(encoding="utf-8")),
    ):
        if not path.exists():
            with new_file(path) as temporary:
                temporary.write_text(content, encoding="utf-8")
