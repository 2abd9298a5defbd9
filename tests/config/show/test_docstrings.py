from __future__ import annotations

from kit.config.show.docstrings import parameter_descriptions, summary
from tests.config.toys import OneHot, Profile


def test_a_class_is_described_by_its_docstring() -> None:
    assert summary(OneHot) == "One column a category."
    assert parameter_descriptions(OneHot) == {
        "columns": "The columns to encode, in order.",
        "min_count": "Rows that a category needs.",
    }
    assert parameter_descriptions(Profile) == {}
