"""A sample of the faults that ``python -m tests.faults`` tries all of."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest

from tests.faults.layer import FOLDER, KILL, READ, RENAME, SYNC, WRITE, Fault
from tests.faults.trial import Disk, open_disk

pytestmark = [
    pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="the layer needs fork and /proc"),
    pytest.mark.xdist_group("faults"),
    pytest.mark.slow,
]

COMMANDS = ("run", "study", "blend", "simulation")


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disk]:
    with open_disk(tmp_path_factory.mktemp("faults") / "disk") as disk:
        yield disk


@pytest.mark.parametrize("name", COMMANDS)
def test_a_sample_of_faults_is_taken_as_it_should(disk: Disk, name: str) -> None:
    operations = disk.sound(name)[1]
    of_kind: dict[str, list[Fault]] = {}
    for fault in disk.faults(name):
        of_kind.setdefault(KILL if fault.error == KILL else operations[fault.number].kind, []).append(fault)
    assert of_kind.keys() >= {WRITE, RENAME, SYNC, READ, FOLDER, KILL}
    chance = random.Random(f"faults of {name}")
    for kind in (WRITE, RENAME, SYNC, READ, KILL):
        # Who dies with a journal's lock, or cannot give it back, keeps the next command waiting for half a minute; who
        # loses the storage between a trial's beginning and its worker's name, for two.
        long = (".journal.",) if kind == KILL else ("._one_trial", "._locked")
        quick = [fault for fault in of_kind[kind] if not any(part in operations[fault.number].place for part in long)]
        fault = chance.choice(quick)
        problem = disk.problem(name, fault)
        assert problem is None, f"{fault.error} at {operations[fault.number]}: {problem}"


def test_a_disk_on_which_no_large_file_fits(disk: Disk) -> None:
    """The other faults are of what Python writes; this one is of libraries too."""
    assert disk.problem("run", None, most_bytes=1000) is None


def test_the_disk_fails_where_it_is_told_to(disk: Disk) -> None:
    operations = disk.sound("simulation")[1]
    first = next(number for number, operation in enumerate(operations) if operation.kind == WRITE)
    assert "kit.data.simulate.files.write" in operations[first].place
    failed = disk.begin("simulation", Fault(first, "ENOSPC"))
    assert failed.code == 1
    assert "No space left on device; free some space in" in failed.output
    assert len(failed.operations) > first
    assert disk.begin("simulation", Fault(first, KILL)).code is None
