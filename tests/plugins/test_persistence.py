from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from kit.errors import StateError, UnknownPluginError
from kit.models import Ridge
from kit.plugins import Plugin
from tests.plugins.toys import Bag, Native, Pair, Scale, Toy

KEYS = st.text(max_size=5) | st.integers() | st.none() | st.booleans()
ARRAYS = arrays.arrays(
    st.sampled_from([np.float32, np.float64, np.int64, np.bool_, "U7"]), arrays.array_shapes(min_side=0, max_dims=3)
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | ARRAYS,
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(KEYS, inner),
    max_leaves=8,
)


def same(found: Any, expected: Any) -> bool:
    """Whether two values are of one type and equal, to the bit."""
    if type(found) is not type(expected):
        return False
    if isinstance(expected, np.ndarray):
        return found.dtype == expected.dtype and found.shape == expected.shape and found.tobytes() == expected.tobytes()
    if isinstance(expected, (list, tuple)):
        return len(found) == len(expected) and all(map(same, found, expected))
    if isinstance(expected, dict):
        return same(list(found.items()), list(expected.items()))
    return repr(found) == repr(expected)


def reloaded(plugin: Plugin, directory: Path) -> Any:
    plugin.save(directory)
    return Plugin.load(directory)


@settings(max_examples=60, deadline=None)
@given(value=VALUES)
def test_every_plain_value_comes_back(value: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    found = reloaded(Bag().fit_to(value=value), tmp_path_factory.mktemp("bag") / "saved")
    assert same(found.value_, value)


def test_numpy_numbers_come_back_as_plain_ones(tmp_path: Path) -> None:
    bag = reloaded(Bag().fit_to(real=np.float32(0.5), whole=np.int64(3), yes=np.bool_(True)), tmp_path / "bag")
    assert (bag.real_, bag.whole_, bag.yes_) == (0.5, 3, True)
    assert type(bag.yes_) is bool


def test_parameters_and_inner_plugins_come_back(tmp_path: Path) -> None:
    pair = Pair(Scale(2.0, columns=["a"]), [Native().fit(), Bag().fit_to(mean=np.arange(3.0))], size=5)
    pair.inner_ = {"best": Scale(float("inf"))}  # type: ignore[attr-defined]
    found = reloaded(pair, tmp_path / "pair")
    assert type(found) is Pair
    assert found.size == 5
    assert found.first.get_params() == pair.first.get_params()
    native, bag = found.others
    assert native.text_ == "what a library writes"
    assert native.length_ == 21
    np.testing.assert_array_equal(bag.mean_, np.arange(3.0))
    assert found.inner_["best"].factor == float("inf")


def test_a_plugin_that_was_not_fitted_comes_back_so(tmp_path: Path) -> None:
    native = reloaded(Native(), tmp_path / "native")
    assert not hasattr(native, "text_")
    assert not (tmp_path / "native" / "native").exists()


def test_the_same_state_gives_the_same_bytes(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(2, 9, 3))
    for name in ("one", "other"):
        Ridge().fit(X, Y).save(tmp_path / name)
    files = [{path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("one", "other")]
    assert files[0] == files[1]


@pytest.mark.parametrize(
    "value",
    [object(), {1, 2}, b"bytes", np.array([None]), lambda: None, pd.DataFrame({"a": [1]}), np.datetime64("2023-01-01")],
    ids=lambda value: type(value).__name__,
)
def test_what_needs_pickle_is_not_saved(value: Any, tmp_path: Path) -> None:
    with pytest.raises(StateError, match=r"inner_\.x\.1: .*pickle"):
        Bag().fit_to(inner={"x": [0, value]}).save(tmp_path / "bag")


def test_a_directory_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(StateError, match="is not empty; give a new directory to save Scale in"):
        Scale().save(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    (tmp_path / "empty").mkdir()
    Scale().save(tmp_path / "empty")
    assert isinstance(Plugin.load(tmp_path / "empty"), Scale)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A pair with arrays, a native file and a plug-in inside."""
    inner = Native().fit()
    pair = Pair(inner, [])
    pair.weights_ = np.arange(4.0)  # type: ignore[attr-defined]
    pair.save(tmp_path / "pair")
    return tmp_path / "pair"


@pytest.mark.parametrize("name", ["arrays.npz", "plugins/1/native/model.txt", "plugins/1/state.json"])
def test_a_file_that_was_changed_or_lost_is_noticed(saved: Path, name: str) -> None:
    content = (saved / name).read_bytes()
    (saved / name).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(StateError, match=r"was changed after saving \(SHA-256 differs\)"):
        Plugin.load(saved)
    (saved / name).unlink()
    with pytest.raises(StateError, match="is missing; the saved 'pair' is incomplete"):
        Plugin.load(saved)


def test_a_directory_that_holds_no_plugin(tmp_path: Path, saved: Path) -> None:
    with pytest.raises(StateError, match=r"holds no saved plug-in: state\.json is missing"):
        Plugin.load(tmp_path)
    text = (saved / "state.json").read_text()
    (saved / "state.json").write_text(text[:-20])
    with pytest.raises(StateError, match=r"not valid JSON .*save again"):
        Plugin.load(saved)
    (saved / "state.json").write_text(text.replace('"format": 1', '"format": 99'))
    with pytest.raises(StateError, match="format 99, this version reads 1"):
        Plugin.load(saved)


def test_the_class_must_be_the_one_that_is_expected(saved: Path) -> None:
    assert isinstance(Toy.load(saved), Pair)
    assert isinstance(Pair.load(saved), Pair)
    with pytest.raises(StateError, match="holds the test_toy 'pair', expected Ridge"):
        Ridge.load(saved)


def write_state(directory: Path, **changes: Any) -> None:
    """Change a saved state and put the checksums right, as somebody would who means harm."""
    state = json.loads((directory / "state.json").read_text())
    for name in state["files"]:
        state["files"][name] = hashlib.sha256((directory / name).read_bytes()).hexdigest()
    (directory / "state.json").write_text(json.dumps(state | changes))


def test_loading_executes_nothing(saved: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[Any, ...]:
            return (pytest.fail, ("code from a saved file was executed",))

    bomb = np.empty(1, dtype=object)
    bomb[0] = Bomb()
    np.savez(saved / "arrays.npz", a0=bomb)
    write_state(saved)
    with pytest.raises(ValueError, match="allow_pickle=False"):
        Plugin.load(saved)


def test_a_state_of_another_version(saved: Path) -> None:
    write_state(saved, params={"first": None, "others": [], "colour": "red"})
    with pytest.raises(StateError, match=r"was saved by a version with other parameters \(.*'colour'\); fit it again"):
        Plugin.load(saved)
    write_state(saved, kind="triple")
    with pytest.raises(UnknownPluginError, match="no test_toy 'triple'"):
        Plugin.load(saved)
    (saved / "state.json").write_text("[]")
    with pytest.raises(StateError, match="format None, this version reads 1"):
        Plugin.load(saved)


@pytest.mark.parametrize(
    "state",
    [
        '{"format": 1}',
        '{"format": 1, "files": [1]}',
        '{"format": 1, "files": {}, "family": "model", "kind": "ridge", "params": 3}',
        '{"format": 1, "files": {}, "family": "model", "kind": "ridge", "params": {}, "fitted": 1}',
        "\xff",
    ],
)
def test_a_state_that_holds_something_else(tmp_path: Path, state: str) -> None:
    (tmp_path / "state.json").write_bytes(state.encode("latin-1"))
    with pytest.raises(StateError, match=r"state\.json"):
        Ridge.load(tmp_path)
