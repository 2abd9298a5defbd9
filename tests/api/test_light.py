"""`import kit` is quick: what it brings in comes with the first use."""

from __future__ import annotations

import pytest

import kit
from tests.test_house import HEAVY, LAZY, imported


def test_importing_the_kit_imports_nothing_else() -> None:
    assert imported("import kit", HEAVY | LAZY | {"pydantic", "ruamel.yaml", "kit.api"}) == []


def test_the_names_of_the_interface_are_there() -> None:
    assert set(kit.__all__) <= set(dir(kit))
    for name in kit.__all__:
        assert getattr(kit, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'trian'"):
        kit.trian  # noqa: B018
