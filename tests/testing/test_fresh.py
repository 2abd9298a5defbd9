from __future__ import annotations

import os
import sys

import pytest

from kit.errors import RunError
from kit.testing.fresh import in_fresh_process


def loaded_modules() -> tuple[int, list[str]]:
    return os.getpid(), sorted(sys.modules)


def fail(text: str) -> None:
    raise ValueError(text)


def die() -> None:
    print("last words", file=sys.stderr, flush=True)
    os._exit(3)


def test_the_process_is_another_and_has_imported_what_was_asked_for() -> None:
    process, modules = in_fresh_process(loaded_modules, modules=["wave"])
    assert process != os.getpid()
    assert "wave" in modules
    assert "pytest" not in modules or __name__ in modules


def test_an_error_keeps_its_traceback() -> None:
    with pytest.raises(RunError, match=r"(?s)in fail.*ValueError: too bad"):
        in_fresh_process(fail, "too bad")


def test_a_death_is_told() -> None:
    with pytest.raises(RunError, match=r"(?s)ended with code 3.*last words"):
        in_fresh_process(die)
