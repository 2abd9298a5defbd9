from __future__ import annotations

import pytest

from kit.metrics import MRRMSE
from kit.models import Ridge
from kit.plugins import Plugin
from kit.postprocess import Clip
from kit.reports.plugins import FAMILIES
from kit.testing import SUITES, check_plugin


def test_there_is_a_suite_for_every_family() -> None:
    for registry in FAMILIES.values():
        for cls in registry:
            if cls.__module__.startswith("kit."):
                assert sum(issubclass(cls, base) for base in SUITES) == 1, cls


def test_the_family_decides() -> None:
    assert check_plugin(Ridge(), fresh_process=False).method == "predict"
    assert check_plugin(MRRMSE(), fresh_process=False).method == "per_row"


def test_one_call_checks_everything() -> None:
    assert check_plugin(Clip()).method == "transform"


def test_no_family() -> None:
    class Orphan(Plugin): ...

    with pytest.raises(AssertionError, match="it belongs to no family; derive its class from one of Splitter, Feature"):
        check_plugin(Orphan())
