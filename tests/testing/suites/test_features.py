from __future__ import annotations

from typing import Self

import numpy as np
import pandas as pd
import pytest

from kit.arrays import Floats
from kit.features import FeatureBuilder, OneHot, TargetProfile, TargetStatistics
from kit.testing import check_feature_builder, check_own_target, make_rows
from tests.testing.registered import registered


class ByIndex(OneHot):
    """Joins by the rows' index."""

    def transform(self, rows: pd.DataFrame) -> Floats:
        values = super().transform(rows)
        return np.asarray(pd.DataFrame(values, index=rows.index).sort_index(), dtype=np.float32)


class Standardised(OneHot):
    """Standardises each batch by itself."""

    def transform(self, rows: pd.DataFrame) -> Floats:
        values = super().transform(rows)
        return values - values.mean(axis=0) if len(values) else values


class Wide(OneHot):
    """Returns float64."""

    def transform(self, rows: pd.DataFrame) -> Floats:
        return super().transform(rows).astype(np.float64)  # type: ignore[return-value]


class Misnamed(OneHot):
    """Names a column too few."""

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        return super().get_feature_names_out()[1:]


class Strict(OneHot):
    """Knows nothing of unseen categories."""

    def transform(self, rows: pd.DataFrame) -> Floats:
        values = super().transform(rows)
        values[values.sum(axis=1) < len(self.columns)] = np.nan
        return values


class Peeking(OneHot):
    """Reads targets and does not say so."""

    def fit(self, rows: pd.DataFrame, Y: Floats | None = None) -> Self:
        self.scale_ = 1.0 if Y is None else float(np.std(Y))
        return super().fit(rows, Y)


class Demanding(OneHot):
    """Asks for targets it does not read."""

    def fit(self, rows: pd.DataFrame, Y: Floats | None = None) -> Self:
        len(Y)  # type: ignore[arg-type]
        return super().fit(rows)


class Writing(OneHot):
    """Adds a column to the caller's rows."""

    def transform(self, rows: pd.DataFrame) -> Floats:
        rows["pair"] = 1.0
        return super().transform(rows)


class Projecting(TargetProfile):
    """Reads the projector when it transforms."""

    def transform(self, rows: pd.DataFrame) -> Floats:
        return super().transform(rows) * (1 if self.projector is None else 2)

    def fit_transform(self, rows: pd.DataFrame, Y: Floats | None = None) -> Floats:
        return super().fit_transform(rows, Y)


class Leaking(TargetProfile):
    """Gives training rows what new rows get."""

    def fit_transform(self, rows: pd.DataFrame, Y: Floats | None = None) -> Floats:
        return self.fit(rows, Y).transform(rows)


class Otherwise(TargetProfile):
    """Learns something else in fit_transform."""

    def fit_transform(self, rows: pd.DataFrame, Y: Floats | None = None) -> Floats:
        features = super().fit_transform(rows, Y)
        self.table_ = self.table_ + np.float32(1)
        return features


BROKEN: dict[type[FeatureBuilder], str] = {
    ByIndex: "depends on the rows' index",
    Standardised: "transform of a row alone differs from that within a batch",
    Wide: "(?s)what transform returns has dtype float64.*to mend: return float32",
    Misnamed: "(?s)get_feature_names_out returns .* for 4 features",
    Strict: "what transform returns holds NaN or infinity",
    Peeking: "fit learns from Y, though uses_targets is False",
    Demanding: "fit without Y raises .*though uses_targets is False",
    Writing: "transform changes its argument rows",
    Projecting: "transform reads the projector",
    Leaking: "change with that row's own target",
    Otherwise: "new rows get other features after fit_transform than after fit",
}


@pytest.mark.parametrize("cls", BROKEN, ids=lambda cls: cls.__name__)
def test_a_broken_promise_is_found(cls: type[FeatureBuilder]) -> None:
    builder = cls(["cell_type"]) if issubclass(cls, OneHot) else cls()
    with registered("feature", cls), pytest.raises(AssertionError, match=BROKEN[cls]):
        check_feature_builder(builder, fresh_process=False)


def test_an_error_on_unseen_categories_is_found_unless_it_is_said() -> None:
    strict = OneHot(["cell_type"], handle_unknown="error")
    with pytest.raises(Exception, match="which no training row has"):
        check_feature_builder(strict, fresh_process=False)
    check_feature_builder(strict, refuses_unseen=True, fresh_process=False)


def test_own_targets_in_statistics_are_found_unless_it_is_said() -> None:
    statistics = TargetStatistics(["sm_name"])
    with pytest.raises(AssertionError, match=r"shows_own_target=True"):
        check_feature_builder(statistics, fresh_process=False)
    with pytest.raises(AssertionError, match="of training row 0 change"):
        check_own_target(statistics)
    check_feature_builder(statistics, shows_own_target=True, fresh_process=False)


def test_own_data() -> None:
    rows, Y = make_rows(n_compounds=5, n_targets=7, seed=3)
    renamed = rows.rename(columns={"cell_type": "line", "sm_name": "drug"})
    reload = check_feature_builder(TargetProfile(by="drug", center="line"), renamed, Y, fresh_process=False)
    assert reload.plugin.transform(renamed).shape == (len(rows), 7)  # type: ignore[attr-defined]
