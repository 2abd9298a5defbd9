"""Warnings of the kit are collected, those of libraries are not touched."""

from __future__ import annotations

import warnings

import pytest

from kit.errors import KitWarning, PluginWarning
from kit.noticed import collected, raise_again


def warn(text: str, category: type[Warning] = KitWarning) -> None:
    warnings.warn(text, category, stacklevel=2)


def test_each_is_kept_once_and_in_order() -> None:
    with collected() as found:
        for text in ("b", "a", "b"):
            warn(text)
    assert found == ["b", "a"]


def test_a_filter_of_the_caller_or_of_a_worker_hides_none() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with collected() as found:
            warn("x")
            warn("a library's", UserWarning)
    assert found == ["x"]


@pytest.mark.parametrize("category", [UserWarning, PluginWarning])  # what is installed is no matter of a fit
def test_others_go_where_they_went(category: type[Warning]) -> None:
    with pytest.warns(category, match="a library's"), collected() as found:
        warn("a library's", category)
    assert found == []


def test_the_inner_collection_takes_what_is_inside() -> None:
    with collected() as outer:
        with collected() as inner:
            warn("x")
        raise_again([*inner, "y"])
    assert inner == ["x"]
    assert outer == ["x", "y"]
