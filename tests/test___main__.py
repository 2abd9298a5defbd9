from __future__ import annotations

import subprocess
import sys


def test_the_package_is_a_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kit", "schema", "--help"], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "JSON Schema" in done.stdout
