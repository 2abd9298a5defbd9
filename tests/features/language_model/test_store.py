"""Embeddings on disk: found again, apart by model, whole or not there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kit.features.language_model.store import EmbeddingStore


def vectors(n_texts: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n_texts, 2, 5)).astype(np.float32)


def test_what_was_written_is_found_in_many_files(tmp_path: Path) -> None:
    store = EmbeddingStore(str(tmp_path), "model", None)
    assert store.read(["a"]) == {}
    first, second = vectors(2), vectors(1, 1)
    store.write(["a", "é" * 3000], first)
    store.write(["c"], second)
    found = EmbeddingStore(str(tmp_path), "model", None).read(["c", "é" * 3000, "absent"])
    assert sorted(found) == ["c", "é" * 3000]
    np.testing.assert_array_equal(found["c"], second[0])
    np.testing.assert_array_equal(found["é" * 3000], first[1])


def test_models_and_lengths_are_apart(tmp_path: Path) -> None:
    EmbeddingStore(str(tmp_path), "model", None).write(["a"], vectors(1))
    assert EmbeddingStore(str(tmp_path), "other", None).read(["a"]) == {}
    assert EmbeddingStore(str(tmp_path), "model", 12).read(["a"]) == {}


def test_the_environment_says_where(own_cache: Path) -> None:
    store = EmbeddingStore(None, "model", None)
    store.write(["a"], vectors(1))
    assert len(list((own_cache / "embeddings").rglob("*.npz"))) == 1


@pytest.mark.parametrize("damage", ["cut off", "changed", "empty", "another layout"])
def test_what_is_damaged_is_as_if_absent(tmp_path: Path, damage: str) -> None:
    store = EmbeddingStore(str(tmp_path), "model", None)
    store.write(["a"], vectors(1))
    [file] = tmp_path.rglob("*.npz")
    content = bytearray(file.read_bytes())
    if damage == "cut off":
        file.write_bytes(content[: len(content) // 2])
    elif damage == "changed":
        place = content.index(vectors(1).tobytes())
        content[place] ^= 1
        file.write_bytes(content)
    elif damage == "empty":
        file.write_bytes(b"")
    else:
        np.savez(file, keys=np.array(["x"]), vectors=np.zeros((3, 2)))
    assert store.read(["a"]) == {}
    store.write(["a"], vectors(1))
    np.testing.assert_array_equal(store.read(["a"])["a"], vectors(1)[0])


def test_a_disk_that_takes_nothing_costs_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.warns(UserWarning, match=r"No space left on device.*KIT_CACHE"):
        EmbeddingStore(str(tmp_path), "model", None).write(["a"], vectors(1))
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
