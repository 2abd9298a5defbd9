"""Every operation of every command fails or kills it once: ``python -m tests.faults [COMMAND...]``."""

from __future__ import annotations

import collections
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.trial import open_disk


def main(names: list[str]) -> int:
    bad = 0
    with tempfile.TemporaryDirectory() as folder, open_disk(Path(folder) / "disk") as disk:
        for name in names or list(disk.scenarios):
            began = time.monotonic()
            operations = disk.sound(name)[1]
            faults = disk.faults(name)
            counts = collections.Counter(operation.kind for operation in operations)
            print(f"{name}: {len(operations)} operations {dict(counts)}, {len(faults)} faults", flush=True)
            for fault in faults:
                problem = disk.problem(name, fault)
                if problem is not None:
                    bad += 1
                    operation = operations[fault.number]
                    print(f"FAILS {name}: {fault.error} at {operation.kind} {fault.number} of {operation.place}")
                    print("    " + problem.replace("\n", "\n    "), flush=True)
            for most_bytes in (100, 1000, 10_000, 100_000):
                problem = disk.problem(name, None, most_bytes)
                if problem is not None:
                    bad += 1
                    print(f"FAILS {name}: no file larger than {most_bytes} bytes")
                    print("    " + problem.replace("\n", "\n    "), flush=True)
            print(f"{name}: done in {time.monotonic() - began:.0f} s", flush=True)
    print(f"{bad} faults are not taken as they should" if bad else "every fault is taken as it should")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
