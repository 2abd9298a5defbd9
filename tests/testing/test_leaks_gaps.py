"""The leak test on targets with gaps: neither values nor gaps of validation rows reach what is fitted without them."""

from __future__ import annotations

import pytest

from kit.blends import NonNegative
from kit.features import CategoryCodes, LeaveOneOut, OneHot, TargetEncoding, TargetProfile, TargetStatistics
from kit.models import KernelRidge, LightGBM, Ridge
from kit.models.processes import CoregionalizedGP
from kit.testing import LeakCase, find_leaks

BOTH = OneHot(["cell_type", "sm_name"])
INSIDE = {"kind": "held_out_cell_type", "inner": {"kind": "kfold", "params": {"n_splits": 3}}}

CASES = {
    "in coordinates": LeakCase(gaps=True, features=BOTH, model=Ridge([1.0, 30.0]), folds=INSIDE),
    "the targets themselves": LeakCase(
        gaps=True, features=BOTH, model=Ridge([1.0, 30.0]), target="identity", blend=NonNegative(), folds=INSIDE
    ),
    "trees": LeakCase(
        gaps=True,
        features=BOTH,
        model=LightGBM(n_estimators=5, min_data_in_leaf=3, early_stopping_rounds=2),
        target="identity",
        folds=INSIDE,
    ),
    "a kernel": LeakCase(gaps=True, features=BOTH, model=KernelRidge(penalty="auto"), target="identity", folds=INSIDE),
    "encoders": LeakCase(
        gaps=True,
        features={
            "profile": TargetProfile(center="cell_type"),
            "loo": LeaveOneOut(["sm_name"]),
            "encoding": TargetEncoding(["cell_type"], n_splits=3),
            "statistics": TargetStatistics(["sm_name"]),
        },
        folds=INSIDE,
    ),
    "a process": LeakCase(
        gaps=True,
        features=CategoryCodes(["cell_type", "sm_name"]),
        model=CoregionalizedGP(n_steps=3),
        target="identity",
    ),
}


@pytest.fixture(scope="module")
def leaks() -> dict[str, list[str]]:
    return find_leaks(CASES)


@pytest.mark.parametrize("name", CASES)
def test_nothing_depends_on_what_validation_rows_measured(name: str, leaks: dict[str, list[str]]) -> None:
    assert leaks[name] == []
