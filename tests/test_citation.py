"""CITATION.cff and CHANGELOG.md say the same of the last version."""

from __future__ import annotations

import re
from pathlib import Path

from kit.config.yaml_file import read_yaml

ROOT = Path(__file__).parents[1]


def test_the_citation_is_of_the_last_version_of_the_changelog() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## \[(\d\S*)\] - (\d{4}-\d\d-\d\d)$", changelog, re.MULTILINE)
    cited = read_yaml(ROOT / "CITATION.cff").plain()
    assert (cited["version"], str(cited["date-released"])) == versions[0]
    assert changelog.index("## [Unreleased]") < changelog.index(f"## [{versions[0][0]}]")
