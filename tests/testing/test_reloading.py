from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

import numpy as np
import pytest

from kit.plugins import Plugin
from kit.postprocess import POSTPROCESSORS, Clip
from kit.splits import HeldOutCellType
from kit.testing import Reload, check_reloads, make_rows, unmeasured_pairs
from kit.testing.reloading import saved_bytes

Y = make_rows()[1]


@pytest.fixture(scope="module")
def forgetful() -> Iterator[ModuleType]:
    from tests.testing import forgetful

    yield forgetful
    for kind in ("forgetful_offset", "forgetful_basis"):
        POSTPROCESSORS._classes.pop(kind)


def test_what_is_forgotten_is_found(forgetful: ModuleType) -> None:
    offset = Reload(forgetful.Offset().fit(Y), "transform", (Y,))
    basis = Reload(forgetful.Basis().fit(Y), "transform", (Y,))
    honest = Reload(Clip().fit(Y), "transform", (Y,))
    with pytest.raises(AssertionError, match=r"Offset .*returns something else after saving and loading"):
        check_reloads([honest, offset])
    with pytest.raises(AssertionError, match=r"(?s)Basis .*fails after loading in a fresh process:.*KeyError: 'mean'"):
        check_reloads([basis, honest])


def test_what_the_kit_hands_in_is_set_after_loading() -> None:
    rows, targets = make_rows()
    test_rows = unmeasured_pairs(rows)
    check_reloads([Reload(HeldOutCellType(), "folds", (rows, targets), {"test_rows": test_rows})])


def test_what_cannot_be_imported_is_said() -> None:
    class Here(Clip):
        """A class of a notebook."""

    Here.__module__ = "__main__"
    with pytest.raises(AssertionError, match="its class is defined in __main__"):
        check_reloads([Reload(Here().fit(Y), "transform", (Y,))])


def test_equal_states_have_equal_bytes() -> None:
    assert saved_bytes(Clip().fit(Y)) == saved_bytes(Clip().fit(Y.copy()))
    one, other = saved_bytes(Clip().fit(Y)), saved_bytes(Clip().fit(-Y))
    assert one.keys() == other.keys() == {"state.json", "arrays.npz"}
    assert one["arrays.npz"] != other["arrays.npz"]


def test_what_cannot_be_saved_is_said() -> None:
    clip = Clip().fit(Y)
    clip.objects_ = np.array([object()])  # type: ignore[attr-defined]
    with pytest.raises(AssertionError, match=r"cannot be saved .*object array"):
        saved_bytes(clip)
    assert isinstance(clip, Plugin)
