"""A comparison of three recipes that differ in a penalty."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kit.comparing.candidates import Candidate
from kit.comparing.comparison import compare
from kit.comparing.comparison_files import save_comparison
from kit.reporting.comparisons.facts import ComparisonFacts
from kit.reports.comparison import make_tables
from tests.tiny import Tiny

LINEAR = ("models.trees=null", "blend=mean")
PENALTIES = (("soft", 0.1), ("middle", 10.0), ("stiff", 1000.0))


def candidate(tiny: Tiny, name: str, *overrides: str, seeds: int = 1) -> Candidate:
    recipes = tuple(tiny.standard(*LINEAR, *overrides, f"seed={3 + nth}") for nth in range(seeds))
    return Candidate(name, recipes, tiny.read(recipes[0]))


def compared(
    tiny: Tiny,
    folder: Path,
    candidates: list[Candidate],
    truth: Path | None = None,
    failures: dict[str, str] | None = None,
) -> ComparisonFacts:
    out = folder / "out"
    found = replace(compare(candidates, out, 1, truth=truth), failures=failures or {})
    directory = out / "tiny" / "comparisons" / "these"
    tables = make_tables(found.scores, found.runs, found.failures, found.test)
    save_comparison(found, tables, directory, "kit compare these")
    return ComparisonFacts(directory)


@pytest.fixture(scope="session")
def comparison(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> ComparisonFacts:
    candidates = [candidate(tiny, name, f"models.ridge.params.penalty={value}") for name, value in PENALTIES]
    return compared(tiny, tmp_path_factory.mktemp("compared"), candidates, tiny.data / "truth.parquet")
