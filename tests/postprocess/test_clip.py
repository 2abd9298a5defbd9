from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from kit.errors import InputError, ParameterError
from kit.plugins import Plugin
from kit.postprocess import POSTPROCESSORS, Clip

Y = np.array([[0.0, -1.0], [2.0, 5.0], [1.0, 5.0]], dtype=np.float32)
WILD = np.array([[-9.0, -9.0], [9.0, 9.0], [0.5, 1.0]], dtype=np.float32)


def test_clips_each_target_to_its_own_range() -> None:
    clipped = Clip().fit(Y).transform(WILD)
    np.testing.assert_array_equal(clipped, np.array([[0, -1], [2, 5], [0.5, 1]], dtype=np.float32))
    assert clipped.dtype == np.float32
    assert WILD[0, 0] == -9.0


def test_margin_widens_by_a_fraction_of_the_range() -> None:
    clipped = Clip(margin=0.5).fit(Y).transform(WILD)
    np.testing.assert_array_equal(clipped, np.array([[-1, -4], [3, 8], [0.5, 1]], dtype=np.float32))


@pytest.mark.parametrize("margin", [0.0, 0.5])
def test_gaps_have_no_part_in_a_range_and_what_was_never_measured_has_none(margin: float) -> None:
    gapped = np.array([[0, np.nan, np.nan], [2, 5, np.nan], [np.nan, -1, np.nan]], dtype=np.float32)
    clip = Clip(margin).fit(gapped)
    np.testing.assert_array_equal(clip.lower_, [-2 * margin, -1 - 6 * margin, -np.inf])
    np.testing.assert_array_equal(clip.upper_, [2 + 2 * margin, 5 + 6 * margin, np.inf])
    assert np.isfinite(clip.transform(np.full((2, 3), 1e6))).all()


def test_training_rows_stay_and_clipping_twice_changes_nothing() -> None:
    rng = np.random.default_rng(0)
    targets = (1e3 * rng.normal(size=(20, 7))).astype(np.float32)
    clip = Clip().fit(targets)
    np.testing.assert_array_equal(clip.transform(targets), targets)
    once = clip.transform(3 * targets)
    np.testing.assert_array_equal(clip.transform(once), once)


def test_saved_and_loaded_is_the_same(tmp_path: Path) -> None:
    clip = Clip(margin=0.1).fit(Y)
    clip.save(tmp_path / "clip")
    loaded = Plugin.load(tmp_path / "clip")
    assert isinstance(loaded, Clip)
    assert loaded.transform(WILD).tobytes() == clip.transform(WILD).tobytes()


def test_refuses_wrong_input() -> None:
    assert POSTPROCESSORS.get("clip") is Clip
    with pytest.raises(NotFittedError):
        clone(Clip().fit(Y)).transform(WILD)
    with pytest.raises(ParameterError, match="margin"):
        Clip(margin=-0.1).fit(Y)
    with pytest.raises(InputError, match="2 columns"):
        Clip().fit(Y).transform(WILD[:, :1])
    with pytest.raises(InputError, match="at least one row"):
        Clip().fit(Y[:0])
