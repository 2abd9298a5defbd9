from __future__ import annotations

import numpy as np
import pytest

from kit.errors import InputError
from kit.features import StagePredictions, with_predictions
from kit.targets import TargetSVD
from kit.testing import make_rows


def test_hands_on_what_the_stage_predicts() -> None:
    rows, Y = make_rows()
    one, other = with_predictions(rows, "one", Y), with_predictions(rows, "one more", 2 * Y)
    both = with_predictions(one, "one more", 2 * Y)
    np.testing.assert_array_equal(StagePredictions("one").fit_transform(both), Y)
    np.testing.assert_array_equal(StagePredictions("one more").fit_transform(other), 2 * Y)
    assert list(StagePredictions("one").fit(both).get_feature_names_out()[:2]) == ["one_0", "one_1"]


def test_in_reduced_space_they_are_the_coordinates_of_the_targets() -> None:
    rows, Y = make_rows(n_targets=600)
    svd = TargetSVD(4, center="mean").fit(Y)
    block = StagePredictions("one", projector=svd).fit(with_predictions(rows, "one", Y))
    assert block.get_feature_names_out().shape == (4,)
    block.projector = None
    np.testing.assert_allclose(block.transform(with_predictions(rows, "one", Y)), svd.project(Y), atol=1e-4)


def test_rows_without_the_stage_or_of_another_width_are_refused() -> None:
    rows, Y = make_rows()
    block = StagePredictions("one").fit(with_predictions(rows, "one", Y))
    with pytest.raises(InputError, match="no predictions of the stage 'one'; in a recipe training adds them"):
        block.transform(with_predictions(rows, "two", Y))
    with pytest.raises(InputError, match="predicts 5 targets for these rows, 20 when"):
        block.transform(with_predictions(rows, "one", Y[:, :5]))
