"""From the publishers' files to a competition's folder."""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.config import load_recipe
from kit.data import read_competition
from kit.data.simulate import SimulatedCompetition, simulate, write
from kit.errors import DataError, InputError, RunError
from kit.fetching import fetch, sources
from tests.extras import needs_anndata
from tests.fetching.server import Server
from tests.tiny import DESIGN

TABLES = sources.TABLES


@pytest.fixture(scope="module")
def simulated() -> SimulatedCompetition:
    return simulate(replace(DESIGN, n_genes=12), 0)


@pytest.fixture(scope="module")
def delivered(simulated: SimulatedCompetition, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(simulated, tmp_path_factory.mktemp("delivered"))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    return tmp_path


@pytest.fixture
def zenodo(server: Server, delivered: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in TABLES:
            archive.write(delivered / name, f"data/{name}")
        archive.writestr("__MACOSX/data/id_map.csv", "")
        archive.writestr("data/lfc_train.parquet", "")
    server.files["/files/scape-data.zip/content"] = packed.getvalue()
    checksum = f"md5:{hashlib.md5(packed.getvalue()).hexdigest()}"
    link = {"self": f"{server.address}/files/scape-data.zip/content"}
    listed = {"files": [{"key": "scape-data.zip", "checksum": checksum, "links": link}]}
    server.files["/record"] = json.dumps(listed).encode()
    monkeypatch.setattr(sources, "ZENODO", f"{server.address}/record")
    return server


def test_an_archive_becomes_a_competition(zenodo: Server, delivered: Path, here: Path) -> None:
    zenodo.cuts = [10_000, 5_000]  # of the list, which is shorter, and of the archive
    said: list[str] = []
    fetched = fetch("zenodo", said=said.append)
    assert fetched.folder == Path("competitions/open_problems")
    assert "publisher's MD5" in said[-1]
    for name in TABLES:
        assert (fetched.data / name).read_bytes() == (delivered / name).read_bytes()
    recipe = load_recipe(fetched.folder / "competition.yaml")
    assert recipe.name == "baseline"
    assert recipe.config.kaggle == "open-problems-single-cell-perturbations"
    tables = read_competition(recipe.config, recipe.root, here / "cache")
    assert fetched.size == f"{len(tables.rows)} rows x 12 targets, {len(tables.test)} rows to predict"
    # The same again asks nobody.
    zenodo.asked.clear()
    assert fetch("zenodo", said=said.append) == fetched
    assert zenodo.asked == []
    with pytest.raises(InputError, match="holds other tables already"):
        fetch("kaggle")
    (fetched.data / "id_map.csv").write_text("id\n")
    with pytest.raises(InputError, match=r"id_map\.csv was changed or removed"):
        fetch("zenodo")


def test_a_checksum_that_is_not_the_listed_one(zenodo: Server, here: Path) -> None:
    zenodo.files["/files/scape-data.zip/content"] += b"x"
    with pytest.raises(RunError, match=r"aside as .*scape-data\.zip\.wrong.*; or get scape-data\.zip"):
        fetch("zenodo")
    assert not (here / "competitions" / "open_problems" / "data").exists()


def test_without_a_network_it_says_what_to_get_and_takes_it(
    zenodo: Server, delivered: Path, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "ZENODO", "http://127.0.0.1:9/record")
    with pytest.raises(RunError) as failed:
        fetch("zenodo", Path("mine"))
    assert "cannot be reached" in str(failed.value)
    assert "get scape-data.zip from https://zenodo.org/records/10617221 by other means" in str(failed.value)
    (here / "mine" / "downloaded").mkdir(parents=True, exist_ok=True)
    (here / "mine" / "downloaded" / "scape-data.zip").write_bytes(zenodo.files["/files/scape-data.zip/content"])
    fetched = fetch("zenodo", Path("mine"), said=lambda text: None)
    assert (fetched.data / "id_map.csv").read_bytes() == (delivered / "id_map.csv").read_bytes()
    note = json.loads((fetched.data / "fetched.json").read_text())
    assert note["checked"] == {"scape-data.zip": "nothing, it was there"}


def test_an_archive_that_lacks_a_table(zenodo: Server, here: Path) -> None:
    (here / "mine" / "downloaded").mkdir(parents=True)
    with zipfile.ZipFile(here / "mine" / "downloaded" / "scape-data.zip", "w") as archive:
        archive.writestr("de_train.csv", "")
    with pytest.raises(DataError, match=r"holds 0 files called de_train\.parquet: de_train\.csv"):
        fetch("zenodo", Path("mine"), said=lambda text: None)
    assert not (here / "mine" / "data").exists()


STAND_IN = """\
#!/bin/sh
echo "$@" >> "$KAGGLE_CALLS"
while [ $# -gt 0 ]; do
  case "$1" in -f) file="$2" ;; -p) folder="$2" ;; esac
  shift
done
[ -f "$KAGGLE_FILES/$file" ] || { echo "404 - Not Found" >&2; exit 1; }
mkdir -p "$folder" && cp "$KAGGLE_FILES/$file" "$folder/"
"""


@pytest.fixture
def kaggle(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a program called kaggle on PATH that hands out the files of the folder that is returned."""
    program = here / "bin" / "kaggle"
    program.parent.mkdir()
    program.write_text(STAND_IN)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    (here / "at-kaggle").mkdir()
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("KAGGLE_CALLS", str(here / "calls"))
    monkeypatch.setenv("KAGGLE_FILES", str(here / "at-kaggle"))
    return here / "at-kaggle"


def test_kaggles_program_fetches_the_three_files(kaggle: Path, delivered: Path, here: Path) -> None:
    for name in TABLES:
        (kaggle / name).write_bytes((delivered / name).read_bytes())
    (kaggle / "id_map.csv").unlink()
    with pytest.raises(RunError, match=r"404 - Not Found; or get id_map\.csv, sample_submission\.csv from"):
        fetch("kaggle", said=lambda text: None)
    # The file as its program may leave it: packed.
    (kaggle / "id_map.csv").write_bytes(zipped("id_map.csv", (delivered / "id_map.csv").read_bytes()))
    raw = here / "competitions" / "open_problems" / "downloaded"
    (raw / "id_map.csv.zip").write_bytes((kaggle / "id_map.csv").read_bytes())
    fetched = fetch("kaggle", said=lambda text: None)
    assert (fetched.data / "id_map.csv").read_bytes() == (delivered / "id_map.csv").read_bytes()
    calls = (here / "calls").read_text().splitlines()
    folder = "competitions/open_problems/downloaded"
    assert calls[0] == f"competitions download -c {sources.KAGGLE} -f de_train.parquet -p {folder}"
    assert sum("de_train" in call for call in calls) == 1


def zipped(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, content)
    return packed.getvalue()


def test_without_kaggles_program(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(here))
    with pytest.raises(InputError, match=r"pip install kaggle.*--from zenodo and --from openproblems need no account"):
        fetch("kaggle", said=lambda text: None)


@pytest.fixture
def benchmark(server: Server, simulated: SimulatedCompetition, here: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The benchmark's files: genes of the test rows in another order, layers beside an X that is not there."""
    anndata = pytest.importorskip("anndata")
    genes = list(simulated.genes)
    backwards = genes[::-1]
    train = simulated.train.assign(split="train")
    hidden = simulated.test[["cell_type", "sm_name"]].assign(split="private_test")
    for name, rows, values, columns in (
        ("de_train.h5ad", train, simulated.train_targets, genes),
        ("de_test.h5ad", hidden, simulated.test_targets[:, ::-1], backwards),
    ):
        obs = rows.set_index(pd.Index([str(number) for number in range(len(rows))]))
        layers = {"clipped_sign_log10_pval": values.clip(-4, 4).astype(float), "sign_log10_pval": values.astype(float)}
        anndata.AnnData(obs=obs, var=pd.DataFrame(index=columns), layers=layers).write_h5ad(here / name)
        server.files[f"/{name}"] = (here / name).read_bytes()
    ids = hidden[["sm_name", "cell_type"]].reset_index(drop=True).rename_axis("id").reset_index()
    server.files["/id_map.csv"] = ids.to_csv(index=False).encode()
    server.etag = "md5"
    monkeypatch.setattr(sources, "BENCHMARK", server.address)
    return server


@needs_anndata
def test_the_benchmarks_layers_become_the_competitions_tables(
    benchmark: Server, simulated: SimulatedCompetition, here: Path
) -> None:
    benchmark.cuts = [20_000]
    fetched = fetch("openproblems", said=lambda text: None)
    assert fetched.folder == Path("competitions/open_problems_benchmark")
    recipe = load_recipe(fetched.folder / "competition.yaml")
    assert (recipe.config.competition, recipe.config.kaggle) == ("open_problems_benchmark", None)
    assert "kit data fetch open-problems --from openproblems" in str(recipe.config.data.source)
    tables = read_competition(recipe.config, recipe.root, here / "cache")
    np.testing.assert_array_equal(tables.Y, simulated.train_targets.clip(-4, 4))
    pd.testing.assert_frame_equal(
        tables.test[["cell_type", "sm_name"]], simulated.test[["cell_type", "sm_name"]].reset_index(drop=True)
    )
    truth = pd.read_parquet(fetched.data / "truth.parquet")
    np.testing.assert_array_equal(truth[list(simulated.genes)], simulated.test_targets.clip(-4, 4))
    note = json.loads((fetched.data / "fetched.json").read_text())
    assert all(checked.startswith("the server's MD5") for checked in note["checked"].values())
    with pytest.raises(InputError, match="holds other tables already"):
        fetch("openproblems", layer="sign_log10_pval")
    # Another layer needs no other download.
    benchmark.asked.clear()
    other = fetch("openproblems", Path("other"), "sign_log10_pval", said=lambda text: None)
    assert len(benchmark.asked) == 3
    again = pd.read_parquet(other.data / "de_train.parquet")
    np.testing.assert_array_equal(again[list(simulated.genes)], simulated.train_targets)


@needs_anndata
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"/id_map.csv": b"id,sm_name,cell_type\n0,x,y\n"}, "do not list the same rows"),
        ({"/id_map.csv": b"sm_name,cell_type\n"}, "has no column id"),
        ({"/de_test.h5ad": b"no table"}, r"de_test\.h5ad is damaged or no h5ad file"),
    ],
)
def test_contradictions_are_told_and_nothing_is_left(
    benchmark: Server, here: Path, change: dict[str, bytes], said: str
) -> None:
    benchmark.files |= change
    with pytest.raises(DataError, match=said):
        fetch("openproblems", said=lambda text: None)
    assert not (here / "competitions" / "open_problems_benchmark" / "data").exists()


@needs_anndata
def test_a_layer_that_is_not_there(benchmark: Server, here: Path) -> None:
    with pytest.raises(DataError, match=r"no layer 'sign_log_pval' \(did you mean 'sign_log10_pval'\?\)"):
        fetch("openproblems", layer="sign_log_pval", said=lambda text: None)


def test_a_publisher_that_is_none() -> None:
    with pytest.raises(InputError, match=r"no publisher 'zenod' \(did you mean 'zenodo'\?\)"):
        fetch("zenod")
