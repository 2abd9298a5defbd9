"""Make the README's picture, docs/_static/report.png: the head of the demo's report in a browser without a window."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "_static" / "report.png"
BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome", "chrome")
WIDTH, HEIGHT = 1100, 900


def main() -> None:
    """Train the demo, open its report, keep the head of the page in a few colours."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        sys.exit(f"no browser found; one of {', '.join(BROWSERS)} is needed")
    with tempfile.TemporaryDirectory() as folder:
        kit = [sys.executable, "-m", "kit"]
        page, shot = Path(folder) / "report.html", Path(folder) / "report.png"
        demo = str(ROOT / "competitions" / "demo" / "baseline.yaml")
        subprocess.run([*kit, "train", demo, "--out", folder, "--no-report"], check=True)
        subprocess.run([*kit, "report", "latest", "--out", folder, "-o", str(page)], check=True)
        options = ["--no-sandbox", "--hide-scrollbars", f"--window-size={WIDTH},{HEIGHT}", f"--screenshot={shot}"]
        subprocess.run([browser, *options, page.as_uri()], check=True)
        Image.open(shot).convert("RGB").quantize(64).save(PICTURE, optimize=True)
    print(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
