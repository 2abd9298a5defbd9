"""The version that the kit says it has."""

from __future__ import annotations

from importlib.metadata import version as installed_version

import pytest

import kit
from kit.version import PACKAGE, __version__
from tests.documents import ROOT


def test_it_is_that_of_the_distribution() -> None:
    if PACKAGE.parent != ROOT:
        pytest.skip("another kit is installed")
    assert kit.__version__ == __version__ == installed_version("perturbation-kit")
