"""A pattern of target columns that is none is refused at file and line."""

from __future__ import annotations

import pytest

from kit.config import load_competition
from kit.errors import ConfigError
from tests.config.conftest import Write


@pytest.mark.parametrize("pattern", ["(", "[A-", "*GENE"])
def test_a_pattern_that_is_no_regular_expression(write: Write, pattern: str) -> None:
    with pytest.raises(ConfigError, match=r"recipe\.yaml:3: columns\.targets\.pattern: .*no regular expression"):
        load_competition(write(f"extends: competition.yaml\ncolumns:\n  targets: {{pattern: '{pattern}'}}\n"))
