"""The page of a run in a real browser: no error, no sideways scrolling of the page, no letter of a figure cut off."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import pytest

from kit.reporting.facts import RunFacts
from kit.reporting.run_page import run_page
from kit.reports.page import render
from kit.training.train import RunResult
from tests.tiny import PROCESS, Tiny

BROWSER = next((found for name in ("chromium-headless-shell", "chromium") if (found := shutil.which(name))), None)

# What is looked at stands in a frame as wide as the window would be; the frame tells what is wrong with it.
FRAME = """\
<!doctype html><meta charset="utf-8"><iframe id="page" src="{page}" width="{width}" height="900"></iframe>
<pre id="found"></pre>
<script>
document.getElementById("page").addEventListener("load", (event) => {{
  const page = event.target.contentDocument, root = page.documentElement, cut = [];
  for (const svg of page.querySelectorAll("figure svg")) {{
    const whole = svg.getBoundingClientRect();
    for (const text of svg.querySelectorAll("text")) {{
      const box = text.getBoundingClientRect();
      const aside = box.left < whole.left - 1 || box.right > whole.right + 1;
      if (aside || box.top < whole.top - 1 || box.bottom > whole.bottom + 1) cut.push(text.textContent.trim());
    }}
  }}
  const number = page.querySelector("th.n button"), name = number.textContent, place = number.closest("th").cellIndex;
  number.click();
  const sorted = [...number.closest("table").tBodies[0].rows].map((row) => row.cells[place].textContent);
  const figures = page.querySelectorAll("svg").length;
  const found = {{ scroll: root.scrollWidth, client: root.clientWidth, figures, cut, name, sorted }};
  document.getElementById("found").textContent = JSON.stringify(found);
}});
</script>
"""


@pytest.fixture(scope="module")
def pages(tiny: Tiny, finished: RunResult, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    if BROWSER is None:
        pytest.skip("no browser: neither chromium-headless-shell nor chromium is on PATH (Debian's packages)")
    folder = tmp_path_factory.mktemp("pages")
    process = tiny.train(folder / "runs", tiny.recipe(PROCESS, "process")).path
    written = {}
    for name, path in (("blend", finished.path), ("process", process)):
        written[name] = folder / f"{name}.html"
        written[name].write_text(render(run_page(RunFacts(path, tiny.competition))), encoding="utf-8")
    return written


@pytest.mark.parametrize("name", ["blend", "process"])
@pytest.mark.parametrize("width", [400, 1280])
def test_a_page_in_a_browser(pages: dict[str, Path], width: int, name: str) -> None:
    frame = pages[name].with_name(f"{name}-{width}.html")
    frame.write_text(FRAME.format(page=pages[name].name, width=width), encoding="utf-8")
    options = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--allow-file-access-from-files",
        "--enable-logging=stderr",
    ]
    done = subprocess.run(
        [str(BROWSER), *options, "--virtual-time-budget=5000", "--dump-dom", frame.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    text = re.search(r'<pre id="found">(.*?)</pre>', done.stdout, re.DOTALL)
    assert text is not None
    assert text.group(1), done.stderr
    found = json.loads(unescape(text.group(1)))
    assert not re.findall(r"CONSOLE.*", done.stderr)
    assert found["scroll"] <= found["client"]
    assert found["cut"] == []
    assert found["figures"] >= 5
    numbers = [float(cell) for cell in found["sorted"] if cell]
    assert numbers == sorted(numbers), found["name"]
