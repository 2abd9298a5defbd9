"""Pages in a real browser: no error, no sideways scrolling, no text cut off or on another; tables sorted and copied."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from kit.config import load_recipe
from kit.data import read_competition
from kit.reporting.comparisons.facts import ComparisonFacts
from kit.reporting.comparisons.page import comparison_page
from kit.reporting.facts import RunFacts
from kit.reporting.run_page import run_page
from kit.reporting.studies.facts import StudyFacts
from kit.reporting.studies.page import study_page
from kit.reports.page import Page, write_page
from kit.training.train import train
from tests.real_data import real_data
from tests.reporting.studies import write_study
from tests.tiny import PROCESS, Tiny

pytestmark = pytest.mark.xdist_group("pages")

BROWSER = next((found for name in ("chromium-headless-shell", "chromium") if (found := shutil.which(name))), None)
COMPETITIONS = Path(__file__).parents[2] / "competitions"
WIDTHS = (400, 1280)

# What is looked at stands in frames as wide as windows would be; one start of the browser looks at all of them.
FRAMES = """\
<!doctype html><meta charset="utf-8">
<body></body>
<pre id="found"></pre>
<script>
const found = {};
async function look(frame, name) {
  const page = frame.contentDocument, root = page.documentElement, cut = [], overlaps = [];
  for (const svg of page.querySelectorAll("figure svg")) {
    const whole = svg.getBoundingClientRect();
    for (const text of svg.querySelectorAll("text")) {
      const box = text.getBoundingClientRect();
      const aside = box.left < whole.left - 1 || box.right > whole.right + 1;
      if (aside || box.top < whole.top - 1 || box.bottom > whole.bottom + 1) cut.push(text.textContent.trim());
    }
    const texts = [...svg.querySelectorAll("text")].filter((text) => text.textContent.trim());
    texts.forEach((one, index) => texts.slice(0, index).forEach((other) => {
      const a = one.getBoundingClientRect(), b = other.getBoundingClientRect();
      const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (width > 4 && height > 4) overlaps.push(other.textContent.trim() + " on " + one.textContent.trim());
    }));
  }
  for (const element of page.body.querySelectorAll("*")) {
    const style = frame.contentWindow.getComputedStyle(element);
    if (["hidden", "clip"].includes(style.overflowX) && element.scrollWidth > element.clientWidth + 1)
      cut.push(element.textContent.trim());
  }
  const wide = [...page.querySelectorAll("figure")].filter((figure) => figure.scrollWidth > figure.clientWidth + 1);
  const head = page.querySelector("th.n button"), place = head.closest("th").cellIndex, table = head.closest("table");
  const cells = () => [...table.tBodies[0].rows].map((row) => row.cells[place].textContent);
  head.click();
  const up = cells();
  head.click();
  const down = cells();
  const button = table.querySelector("[data-copy]");
  button.click();
  await new Promise((done) => setTimeout(done, 200));
  const copied = button.textContent, selected = frame.contentWindow.getSelection().toString();
  found[name] = {
    scroll: root.scrollWidth, client: root.clientWidth, figures: page.querySelectorAll("svg").length, cut, overlaps,
    wide: wide.map((figure) => figure.getAttribute("aria-label")), up, down, copied, selected,
    rows: [...table.rows].map((row) => [...row.cells].map((cell) => cell.textContent.trim())),
  };
}
async function all(pages, widths) {
  for (const name of pages) for (const width of widths) {
    const frame = document.createElement("iframe");
    Object.assign(frame, { src: name + ".html", width, height: 900 });
    const loaded = new Promise((done) => frame.addEventListener("load", done));
    document.body.append(frame);
    await loaded;
    await look(frame, name + "-" + width);
  }
  document.getElementById("found").textContent = JSON.stringify(found);
}
all(PAGES, WIDTHS);
</script>
"""


def in_browser(folder: Path, pages: dict[str, Page]) -> dict[str, dict[str, Any]]:
    """Return what the browser finds in every page at every width, by ``<name>-<width>``."""
    if BROWSER is None:
        pytest.skip("no browser: neither chromium-headless-shell nor chromium is on PATH (Debian's packages)")
    for name, page in pages.items():
        write_page(page, folder / f"{name}.html")
    frames = folder / "frames.html"
    frames.write_text(
        FRAMES.replace("PAGES", json.dumps(list(pages))).replace("WIDTHS", json.dumps(WIDTHS)), encoding="utf-8"
    )
    options = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--allow-file-access-from-files",
        "--enable-logging=stderr",
        "--virtual-time-budget=20000",
    ]
    done = subprocess.run(
        [BROWSER, *options, "--dump-dom", frames.as_uri()], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert not re.findall(r"CONSOLE.*", done.stderr)
    text = re.search(r'<pre id="found">(.*?)</pre>', done.stdout, re.DOTALL)
    assert text is not None
    assert text.group(1), done.stderr
    found: dict[str, dict[str, Any]] = json.loads(unescape(text.group(1)))
    return found


def check(found: dict[str, Any]) -> None:
    assert found["scroll"] <= found["client"]
    assert found["cut"] == []
    assert found["overlaps"] == []
    up, down = ([float(cell) for cell in found[way] if cell] for way in ("up", "down"))
    assert up == sorted(up)
    assert down == up[::-1]
    # A page of a file may not reach the clipboard; it selects the table then.
    assert found["copied"] in ("copied", "selected")
    if found["copied"] == "selected":
        assert all(cell in found["selected"] for row in found["rows"] for cell in row)


@pytest.fixture(scope="module")
def looked_at(
    tiny: Tiny, comparison: ComparisonFacts, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, Any]]:
    if BROWSER is None:
        pytest.skip("no browser: neither chromium-headless-shell nor chromium is on PATH (Debian's packages)")
    folder = tmp_path_factory.mktemp("pages")
    for file in ("competition.yaml", "baseline.yaml"):
        (folder / file).write_text((COMPETITIONS / "demo" / file).read_text())
    recipe = load_recipe(folder / "baseline.yaml")
    demo = read_competition(recipe.config, recipe.root)
    run = train(recipe, demo, folder / "runs", 1).path
    process = tiny.train(folder / "runs", tiny.recipe(PROCESS, "process")).path
    pages = {
        "demo": run_page(RunFacts(run, demo)),
        "process": run_page(RunFacts(process, tiny.competition)),
        "comparison": comparison_page(comparison),
        "study": study_page(StudyFacts(write_study(folder / "study"))),
    }
    return in_browser(folder, pages)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["demo", "process", "comparison", "study"])
def test_a_page_in_a_browser(looked_at: dict[str, dict[str, Any]], name: str, width: int) -> None:
    found = looked_at[f"{name}-{width}"]
    check(found)
    assert found["figures"] >= 5
    if name in ("comparison", "study"):
        assert found["wide"] == []


@pytest.mark.slow
def test_a_run_on_real_data_in_a_browser(tmp_path: Path) -> None:
    data = real_data("open-problems-ranks")
    recipe = load_recipe(COMPETITIONS / "open_problems_ranks" / "quick.yaml")
    tables = read_competition(recipe.config, data)
    run = train(recipe, tables, tmp_path / "runs", 1).path
    for found in in_browser(tmp_path, {"quick": run_page(RunFacts(run, tables))}).values():
        check(found)
