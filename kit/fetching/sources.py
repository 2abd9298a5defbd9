"""Who publishes the tables of Open Problems, and how they are asked for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kit.errors import InputError, RunError
from kit.fetching.download import Downloaded, download
from kit.files import read_json
from kit.submission.kaggle import PROGRAM, call

KAGGLE = "open-problems-single-cell-perturbations"
TABLES = ("de_train.parquet", "id_map.csv", "sample_submission.csv")
"""The competition's files, as it and its layout call them."""

BENCHMARK = (
    "https://openproblems-data.s3.amazonaws.com/resources/task_perturbation_prediction/datasets/neurips-2023-data"
)
BENCHMARK_TABLES = ("de_train.h5ad", "de_test.h5ad", "id_map.csv")

ZENODO = "https://zenodo.org/api/records/10617221"
ARCHIVE = "scape-data.zip"
"""ScAPE's copy of the competition's files, among others."""

Said = Callable[[str], None]


@dataclass(frozen=True)
class Source:
    """A publisher.

    Attributes:
        name: Its name, for ``--from``.
        files: The files that are fetched.
        page: Where a person finds them.
        competition: The competition that its tables are of.
        get: Fetches one of the files into a folder.
    """

    name: str
    files: tuple[str, ...]
    page: str
    competition: str
    get: Callable[[str, Path, Said], str]

    def fetch(self, folder: Path, said: Said) -> dict[str, str]:
        """Fetch what a folder lacks; return what each file was checked against, in words.

        Raises:
            RunError: The publisher cannot be reached or has no such file; the message says how to go on by hand.
        """
        checked = {}
        for name in self.files:
            if _delivered(folder, name).is_file():
                said(f"{name}: there already, taken as it is")
                checked[name] = "nothing, it was there"
                continue
            try:
                checked[name] = self.get(name, folder, said)
            except (RunError, InputError) as error:
                lacking = [file for file in self.files if not _delivered(folder, file).is_file()]
                raise type(error)(
                    f"{error}; or get {', '.join(lacking)} from {self.page} by other means, put what "
                    f"you got into {folder}, and run the same again"
                ) from error
            said(f"{name}: fetched, checked against {checked[name]}")
        return checked


def _delivered(folder: Path, name: str) -> Path:
    """Return a file, or its archive: Kaggle's program leaves single files as ``NAME.zip``."""
    archive = folder / f"{name}.zip"
    return archive if archive.is_file() else folder / name


def _words(arrived: Downloaded) -> str:
    return f"{arrived.checked} (SHA-256 {arrived.sha256})"


def _from_kaggle(name: str, folder: Path, said: Said) -> str:
    said(f"{name}: asking Kaggle's program, which knows the token")
    command = [PROGRAM, "competitions", "download", "-c", KAGGLE, "-f", name, "-p", str(folder)]
    call(command, "--from zenodo and --from openproblems need no account")
    if not _delivered(folder, name).is_file():
        raise RunError(f"`{' '.join(command)}` ended without an error and without the file")
    return "what Kaggle's program checks"


def _from_benchmark(name: str, folder: Path, said: Said) -> str:
    return _words(download(f"{BENCHMARK}/{name}", folder / name, etag_is_md5=True, said=said))


def _from_zenodo(name: str, folder: Path, said: Said) -> str:
    listing = folder / "record.json"
    download(ZENODO, listing, said=said)
    files = {file["key"]: file for file in read_json(listing).get("files", [])}
    if name not in files:
        raise RunError(f"{ZENODO} lists no {name}, but {', '.join(files) or 'nothing'}")
    kind, _, checksum = str(files[name].get("checksum", "")).partition(":")
    md5 = checksum if kind == "md5" else None
    return _words(download(files[name]["links"]["self"], folder / name, md5, said=said))


SOURCES = {
    source.name: source
    for source in (
        Source("kaggle", TABLES, f"https://www.kaggle.com/competitions/{KAGGLE}/data", "open_problems", _from_kaggle),
        Source("openproblems", BENCHMARK_TABLES, BENCHMARK, "open_problems_benchmark", _from_benchmark),
        Source("zenodo", (ARCHIVE,), "https://zenodo.org/records/10617221", "open_problems", _from_zenodo),
    )
}
"""The publishers by name."""
