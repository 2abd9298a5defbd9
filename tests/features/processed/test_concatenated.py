from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kit.errors import ParameterError
from kit.features import Concatenated, LeaveOneOut, Numeric, OneHot, Scaled, TargetProfile
from kit.plugins import Plugin
from tests.features.support import Basis, experiment, new_rows


def test_blocks_side_by_side() -> None:
    rows, Y = experiment()
    parts = [OneHot(["cell_type"]), LeaveOneOut(["sm_name"], sigma=0), Numeric(["dose"])]
    builder = Concatenated(parts)
    trained = builder.fit_transform(rows, Y)
    np.testing.assert_array_equal(trained, np.hstack([part.fit_transform(rows, Y) for part in parts]))
    expected = np.hstack([part.transform(new_rows()) for part in parts])
    np.testing.assert_array_equal(builder.transform(new_rows()), expected)
    names = [name for part in parts for name in part.get_feature_names_out()]
    assert builder.get_feature_names_out().tolist() == names


def test_equal_names_get_their_blocks_place() -> None:
    rows, _ = experiment()
    builder = Concatenated([Numeric(["dose"]), Scaled(Numeric(["dose"]))]).fit(rows)
    assert builder.get_feature_names_out().tolist() == ["1/dose", "2/dose"]


def test_the_blocks_given_are_not_fitted_and_the_fitted_are_saved(tmp_path: Path) -> None:
    rows, Y = experiment()
    parts = [OneHot(["cell_type"]), TargetProfile(projector=Basis().fit(Y))]
    builder = Concatenated(parts).fit(rows, Y)
    assert not hasattr(parts[0], "categories_")
    builder.save(tmp_path / "saved")
    loaded = Plugin.load(tmp_path / "saved")
    np.testing.assert_array_equal(loaded.transform(new_rows()), builder.transform(new_rows()))


def test_whether_targets_are_read() -> None:
    assert not Concatenated([OneHot(["cell_type"]), Numeric(["dose"])]).uses_targets
    assert Concatenated([OneHot(["cell_type"]), TargetProfile()]).uses_targets


@pytest.mark.parametrize("wrong", [[], "block", None, [OneHot(["cell_type"]), "block"]])
def test_what_are_no_blocks(wrong: object) -> None:
    rows, Y = experiment()
    with pytest.raises(ParameterError, match="feature builder"):
        Concatenated(wrong).fit(rows, Y)  # type: ignore[arg-type]
