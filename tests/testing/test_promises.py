from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kit.errors import InputError
from kit.features import Interaction, OneHot, TargetProfile
from kit.postprocess import Clip
from kit.splits import HeldOutCellType, KFoldSplitter, Mix
from kit.testing.promises import (
    digest,
    inner_plugins,
    require_close,
    require_error,
    require_matrix,
    require_row_by_row,
    supply,
    untouched,
)

CLIP = Clip()


def test_a_failure_names_the_plugin_what_is_broken_and_what_to_do() -> None:
    with pytest.raises(AssertionError, match=r"^Clip \(postprocessor 'clip'\): it holds NaN or infinity; every value"):
        require_matrix(CLIP, np.full((2, 2), np.nan, np.float32), "it", (2, None))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([[1.0]], "is a list"),
        (np.zeros((2, 2)), "dtype float64"),
        (np.zeros(2, np.float32), r"shape \(2,\); return shape \(2, 'any'\)"),
        (np.zeros((3, 2), np.float32), r"shape \(3, 2\)"),
    ],
)
def test_matrices(values: object, message: str) -> None:
    require_matrix(CLIP, np.zeros((2, 7), np.float32), "it", (2, None))
    with pytest.raises(AssertionError, match=message):
        require_matrix(CLIP, values, "it", (2, None))


def test_errors_must_be_of_the_class_and_say_something() -> None:
    def raising(error: Exception) -> None:
        raise error

    require_error(CLIP, InputError, "it", lambda: raising(InputError("two, expected three")))
    with pytest.raises(AssertionError, match=r"it raises IndexError .out of range.*; raise InputError with"):
        require_error(CLIP, InputError, "it", lambda: raising(IndexError("out of range")))
    with pytest.raises(AssertionError, match="without a message"):
        require_error(CLIP, InputError, "it", lambda: raising(InputError(" ")))


def test_closeness_is_relative_to_each_column() -> None:
    expected = np.array([[1000.0, 1e-3], [10.0, 2e-3]])
    require_close(CLIP, expected + np.array([[5e-3, 5e-9], [0, 0]]), expected, "it moved", "do not")
    with pytest.raises(AssertionError, match=r"it moved \(by 1\.0e-04 of the column's"):
        require_close(CLIP, expected + np.array([[0, 2e-7], [0, 0]]), expected, "it moved", "do not")
    with pytest.raises(AssertionError, match=r"shape \(1, 2\), not \(2, 2\)"):
        require_close(CLIP, expected[:1], expected, "it moved", "do not")


def test_dependence_on_the_order_is_found() -> None:
    values = np.arange(6, dtype=np.float32)[:, None]
    require_row_by_row(CLIP, "it", lambda at: values[at], 6)
    with pytest.raises(AssertionError, match="it depends on the order of the rows"):
        # A row alone and the whole in order look right.
        require_row_by_row(CLIP, "it", lambda at: np.sort(values[at], axis=0), 6)


def test_changes_are_found() -> None:
    frame, array = pd.DataFrame({"a": ["x", "y"]}), np.zeros(3)
    with untouched(CLIP, "it", frame=frame, array=array, both={"a": array}):
        frame["a"].to_numpy()
    with (
        pytest.raises(AssertionError, match="it changes its argument frame; work on a copy"),
        untouched(CLIP, "it", frame=frame),
    ):
        frame.loc[0, "a"] = "z"
    with pytest.raises(AssertionError, match="its argument both"), untouched(CLIP, "it", both={"a": array}):
        array[1] = 1
    clip = Clip()
    with pytest.raises(AssertionError, match="it changes the parameter 'margin'"), untouched(clip, "it"):
        clip.margin = 2.0


def test_digests_tell_values_apart() -> None:
    profile = TargetProfile()
    values = [
        1,
        1.5,
        "1",
        [1],
        (1,),
        {"a": 1},
        np.ones(2),
        np.ones(2, np.float32),
        np.ones((2, 1)),
        np.array(["a", None], dtype=object),
        pd.DataFrame({"a": [1]}),
        pd.DataFrame({"a": [1]}, index=[5]),
        pd.DataFrame({"a": ["1"]}),
        profile,
        TargetProfile("cell_type"),
    ]
    assert len({digest(value) for value in values}) == len(values)
    assert digest(profile) == digest(TargetProfile())


def test_plugins_inside_plugins() -> None:
    inner = KFoldSplitter(2)
    nested = Mix([inner, Mix([HeldOutCellType()])])
    assert [one.kind for one in inner_plugins(nested)] == ["mix", "kfold", "mix", "held_out_cell_type"]
    table = pd.DataFrame({"cell_type": ["B"]})
    supply(nested, test_rows=table, random_state=3)
    assert nested.schemes[1].schemes[0].test_rows is table  # type: ignore[attr-defined]
    assert inner.random_state == 3
    supply(nested, random_state=4)
    assert inner.random_state == 3
    product = Interaction(OneHot(["cell_type"]), TargetProfile())
    supply(product, projector=None)
    assert [one.kind for one in inner_plugins(product)] == ["interaction", "one_hot", "target_profile"]
