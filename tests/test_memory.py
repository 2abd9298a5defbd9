from __future__ import annotations

import os
from pathlib import Path

import pytest

from kit.errors import InputError
from kit.memory import machine_memory


def test_it_is_what_the_system_says_or_the_limit_of_a_container(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("KIT_MEMORY", raising=False)
    monkeypatch.setattr(os, "sysconf", lambda name: {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 1000}[name])
    none, limit = tmp_path / "none", tmp_path / "limit"
    none.write_text("max\n")
    monkeypatch.setattr("kit.memory._LIMITS", (str(none), str(tmp_path / "absent")))
    assert machine_memory() == 4_096_000
    limit.write_text("1000000\n")
    monkeypatch.setattr("kit.memory._LIMITS", (str(none), str(limit)))
    assert machine_memory() == 1_000_000
    monkeypatch.setenv("KIT_MEMORY", "1.5")
    assert machine_memory() == 3 * 2**29


@pytest.mark.parametrize("given", ["much", "0", "-3", "nan", "inf", "1e400"])
def test_a_variable_that_is_no_amount_is_refused(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("KIT_MEMORY", given)
    with pytest.raises(InputError, match=f"KIT_MEMORY={given}: expected the GiB"):
        machine_memory()
