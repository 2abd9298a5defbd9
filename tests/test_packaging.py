"""pyproject.toml, the pinned and the lowest versions, CITATION.cff and CHANGELOG.md say the same."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from kit.config.text.yaml_file import read_yaml
from tests.documents import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
OPTIONAL = PROJECT["optional-dependencies"]


def pinned(name: str) -> dict[str, Version]:
    """Return the versions of a file of constraints by distribution."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(distribution): Version(version) for distribution, version in pairs}


def required(texts: list[str]) -> list[Requirement]:
    """Return requirements as they apply on Linux."""
    found = [Requirement(text) for text in texts]
    return [one for one in found if one.marker is None or one.marker.evaluate({"sys_platform": "linux"})]


@pytest.mark.parametrize(
    "requirement", required([*PROJECT["dependencies"], *OPTIONAL["chem"], *OPTIONAL["h5ad"]]), ids=str
)
def test_the_lowest_version_tested_is_the_lowest_allowed(requirement: Requirement) -> None:
    lowest = pinned("constraints-lowest.txt")[canonicalize_name(requirement.name)]
    (bound,) = [Version(one.version) for one in requirement.specifier if one.operator == ">="]
    assert requirement.specifier.contains(lowest)
    # 2024.9 allows 2024.9.1, which is the first of that name.
    assert lowest.release[: len(bound.release)] == bound.release


@pytest.mark.parametrize("extra", OPTIONAL)
def test_what_is_installed_is_pinned_and_allowed(extra: str) -> None:
    pins = pinned("constraints.txt")
    for requirement in required([*PROJECT["dependencies"], *OPTIONAL[extra]]):
        if extra != "dashboard":  # `make` does not install it
            assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)])


def test_the_citation_is_of_the_last_version_of_the_changelog() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## \[(\d\S*)\] - (\d{4}-\d\d-\d\d)$", changelog, re.MULTILINE)
    cited = read_yaml(ROOT / "CITATION.cff").plain()
    assert (cited["version"], str(cited["date-released"])) == versions[0]
    assert changelog.index("## [Unreleased]") < changelog.index(f"## [{versions[0][0]}]")
