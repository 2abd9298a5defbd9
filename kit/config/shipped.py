"""Where the competition file and the recipes are that the kit brings."""

from __future__ import annotations

from pathlib import Path

COMPETITION = "competition.yaml"
"""What a competition file is called, beside which recipes lie."""


def shipped_folder() -> Path:
    """Return the folder of Open Problems: in the installed package, or in the clone that the kit is run from."""
    package = Path(__file__).parents[1]
    installed = package / "recipes"
    return installed if installed.is_dir() else package.parent / "competitions" / "open_problems"
