"""Models of the hub: from a hub cache on disk, and never from the network where that is forbidden."""

from __future__ import annotations

import re
import shutil
import socket
from pathlib import Path
from typing import Any

import pytest

from kit.errors import InputError, MissingDependencyError
from kit.features.language_model.checkpoint import find_checkpoint
from kit.features.language_model.hub import is_hub_id

MODEL, COMMIT = "someone/TinyBERTa", "a" * 40


@pytest.fixture(autouse=True)
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The hub cache lies in the test's folder, and opening a connection is an error."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.delenv("TRANSFORMERS_OFFLINE", raising=False)

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return tmp_path / "hub"


def put(hub: Path, folder: Path, commit: str = COMMIT, branch: str = "main") -> Path:
    """Lay a checkpoint out as the hub's client does."""
    repository = hub / f"models--{MODEL.replace('/', '--')}"
    (repository / "refs").mkdir(parents=True, exist_ok=True)
    (repository / "refs" / branch).write_text(commit)
    return Path(shutil.copytree(folder, repository / "snapshots" / commit))


class FakeHub:
    """Stands for snapshot_download: nothing is cached, and what is asked for is copied."""

    def __init__(self, source: Path, target: Path) -> None:
        self.source, self.target = source, target
        self.calls: list[dict[str, Any]] = []

    def __call__(self, model: str, **given: Any) -> str:
        self.calls.append(given)
        if given["local_files_only"]:
            raise FileNotFoundError("not cached")
        self.target.mkdir(exist_ok=True)
        for pattern in given["allow_patterns"]:
            for path in self.source.glob(pattern):
                shutil.copy(path, self.target)
        return str(self.target)


@pytest.mark.parametrize("model", ["DeepChem/ChemBERTa-77M-MTR", "bert-base-uncased"])
def test_names_that_could_be_of_the_hub(model: str) -> None:
    assert is_hub_id(model)


@pytest.mark.parametrize("model", ["./a/b", "/a/b", "a/b/c", "~/a", "", "a b", "../a"])
def test_names_that_could_not(model: str) -> None:
    assert not is_hub_id(model)


@pytest.mark.parametrize("offline", [True, False])
def test_a_cached_model_needs_no_network(hub: Path, tiny: Path, offline: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not offline:
        monkeypatch.delenv("HF_HUB_OFFLINE")
    snapshot = put(hub, tiny)
    found = find_checkpoint(MODEL)
    assert found.folder.resolve() == snapshot.resolve()
    # The same model in a folder of its own is the same model.
    assert found.sha256 == find_checkpoint(str(tiny)).sha256


def test_a_revision_selects_among_cached_ones(hub: Path, tiny: Path, copy: Path) -> None:
    (copy / "config.json").write_text((copy / "config.json").read_text() + " ")
    put(hub, tiny)
    put(hub, copy, commit="b" * 40, branch="v2")
    assert find_checkpoint(MODEL, "v2").sha256 == find_checkpoint(MODEL, "b" * 40).sha256
    assert find_checkpoint(MODEL, "v2").sha256 != find_checkpoint(MODEL).sha256


@pytest.mark.parametrize("variable", ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"])
def test_offline_the_error_says_how_to_get_the_model(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE")
    monkeypatch.setenv(variable, "1")
    expected = (
        rf"(?s)'{MODEL}' is neither a folder \(looked in {re.escape(str(Path.cwd()))}\) nor complete in the local hub "
        rf"cache, and {variable}=1 forbids the network.*"
        rf"hf download {MODEL} --revision v2 --local-dir models/TinyBERTa.*model: models/TinyBERTa"
    )
    with pytest.raises(InputError, match=expected):
        find_checkpoint(MODEL, "v2")


def test_a_cached_model_that_lacks_weights_is_not_complete(hub: Path, copy: Path) -> None:
    (copy / "model.safetensors").unlink()
    put(hub, copy)
    with pytest.raises(InputError, match=r"(?s)nor complete in the local hub cache.*hf download"):
        find_checkpoint(MODEL)


def test_what_is_not_cached_is_fetched_once_allowed(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeHub(tiny, tmp_path / "fetched")
    monkeypatch.setattr("huggingface_hub.snapshot_download", fake)
    with pytest.raises(InputError, match="forbids the network"):
        find_checkpoint(MODEL)
    assert [call["local_files_only"] for call in fake.calls] == [True]
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    assert find_checkpoint(MODEL, "v2").sha256 == find_checkpoint(str(tiny)).sha256
    assert [call["local_files_only"] for call in fake.calls] == [True, True, False]
    assert fake.calls[-1]["revision"] == "v2"


def test_pickled_weights_are_fetched_only_where_there_are_no_others(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (copy / "pytorch_model.bin").write_bytes(b"pickled")
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setattr("huggingface_hub.snapshot_download", FakeHub(copy, tmp_path / "first"))
    assert not (find_checkpoint(MODEL).folder / "pytorch_model.bin").exists()
    (copy / "model.safetensors").unlink()
    monkeypatch.setattr("huggingface_hub.snapshot_download", FakeHub(copy, tmp_path / "second"))
    assert [path.name for path in find_checkpoint(MODEL).weights] == ["pytorch_model.bin"]


def test_a_hub_that_fails_is_an_input_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class SomeHttpError(Exception):
        """As an HTTP library has them: no OSError."""

    def fail(_: str, **given: Any) -> str:
        raise FileNotFoundError("not cached") if given["local_files_only"] else SomeHttpError("404\nmore")

    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setattr("huggingface_hub.snapshot_download", fail)
    with pytest.raises(InputError, match=r"(?s)could not be reached or refused it \(SomeHttpError: 404\).*hf download"):
        find_checkpoint(MODEL)


def test_without_the_hubs_client_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "huggingface_hub", None)
    with pytest.raises(MissingDependencyError, match=r"perturbation-kit\[lm\]"):
        find_checkpoint(MODEL)
