from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

from kit.cli.freed_memory import KEPT, keep_freed_memory

FAULTS = """
import resource, sys
import numpy as np
from kit.cli.freed_memory import keep_freed_memory
if sys.argv[1] == "kept":
    keep_freed_memory()
def work():
    made = [np.ones((600, 600)) for _ in range(20)]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    del made
    for _ in range(5):
        made = [np.ones((600, 600)) for _ in range(20)]
        del made
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
print(work())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other libraries decide themselves what they keep")
def test_freed_matrices_are_used_again_without_asking_the_system() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    kept, given_back = (
        int(
            subprocess.run([sys.executable, "-c", FAULTS, how], env=environment, capture_output=True, check=True).stdout
        )
        for how in ("kept", "as it is")
    )
    assert kept < 0.1 * given_back


GIVEN_BACK = """
import numpy as np
from kit.cli.freed_memory import KEPT, give_back_freed_memory, keep_freed_memory
from kit.training.fitting.resources import resident_memory
keep_freed_memory()
made = [np.ones(2**17) for _ in range(64)]  # 64 MiB, in arrays too small to come from the system one by one
del made
kept = resident_memory()
give_back_freed_memory()
print(kept - resident_memory())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other libraries decide themselves what they keep")
def test_what_is_kept_is_given_back_when_asked_for() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    ran = subprocess.run([sys.executable, "-c", GIVEN_BACK], env=environment, capture_output=True, check=True)
    assert int(ran.stdout) > 48 * 2**20


def test_what_the_environment_sets_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", str(2 * KEPT))
    monkeypatch.delenv("MALLOC_MMAP_THRESHOLD_", raising=False)
    keep_freed_memory()
    assert os.environ["MALLOC_TRIM_THRESHOLD_"] == str(2 * KEPT)
    assert "MALLOC_MMAP_THRESHOLD_" not in os.environ
