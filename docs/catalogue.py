"""Writes the pages of the plug-ins, one each, from their docstrings; a metric's has its measured floor and ceiling."""

from __future__ import annotations

import re
from pathlib import Path

from floors import Rows, measurements

from kit.plugins import Registry
from kit.reports.plugin_page import plugin_page
from kit.reports.plugins import FAMILIES

ABOUT = {
    "splitter": "`folds:` of a competition or a recipe: which rows are validated by a model that has not seen them.",
    "feature": "`features:` of a recipe: what a model reads of a row.",
    "augmenter": "`augment:` of a model: altered copies of the training rows.",
    "target": "`target:` of a recipe: the form of the targets in which models work, undone after the prediction.",
    "model": "`models:` of a recipe: what learns the targets from the features.",
    "kernel": "`kernel:` of a kernel model or a Gaussian process: how alike two rows are.",
    "blend": "`blend:` of a recipe, a stage or `kit blend`: how the predictions of several models become one.",
    "postprocessor": "`postprocess:` of a recipe: what is done to the predictions at the end.",
    "metric": "`metric:` of a competition or a recipe: the number that everything goes by.",
}
"""What each family is for."""


def write_catalogue(folder: Path) -> None:
    """Write a page for every plug-in, one for every family and one for all; pages of what is no longer there go.

    A page that has not changed is not written again, so that Sphinx need not read it again.
    """
    pages = {"index.md": _index()}
    for family, registry in FAMILIES.items():
        pages[f"{family}s/index.md"] = _family(family, registry)
        for cls in registry:
            pages[f"{family}s/{cls.kind}.md"] = _plugin(cls)
    for metric, rows in measurements().items():
        pages[f"metrics/{metric}.md"] += "\n" + _measured(rows)
    for path in folder.rglob("*.md"):
        if path.relative_to(folder).as_posix() not in pages:
            path.unlink()
    for name, text in pages.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def _index() -> str:
    lines = [
        "# Plug-ins",
        "",
        "Everything that a recipe names. `kit list` prints the same: all of it, a family (`kit list models`) or one"
        " (`kit list ridge`). A package of your own adds to it: {doc}`/own_plugin`.",
        "",
    ]
    lines += [
        f"* [{family}s ({len(registry.kinds())})]({family}s/index.md): {ABOUT[family]}"
        for family, registry in FAMILIES.items()
    ]
    return "\n".join([*lines, "", *_toctree([f"{family}s/index" for family in FAMILIES])])


def _family(family: str, registry: Registry) -> str:
    lines = [f"# {family.capitalize()}s", "", ABOUT[family], ""]
    lines += [
        f"* [`{cls.kind}`]({cls.kind}.md): {_markdown(plugin_page(cls).about.splitlines()[0])}" for cls in registry
    ]
    return "\n".join([*lines, "", *_toctree([cls.kind for cls in registry])])


def _toctree(names: list[str]) -> list[str]:
    return ["```{toctree}", ":hidden:", "", *names, "```", ""]


def _plugin(cls: type) -> str:
    page = plugin_page(cls)
    lines = [f"# `{cls.kind}`", "", _markdown(page.about), ""]
    if page.parameters:
        lines += ["## Parameters", ""]
    for parameter, told in page.parameters.items():
        name, _, rest = parameter.partition(": ")
        kind, _, default = rest.partition(" = ")
        lines += [f"**{name}**", f": `{kind}`" + (f", default `{default}`" if default else ", needed"), ""]
        lines += [f": {_markdown(told)}", ""] if told else []
    lines += ["## Use", "", "In a recipe:", "", "```yaml", page.entry, "```", "", "In Python:", ""]
    return "\n".join([*lines, "```python", page.statement, "```", ""])


def _markdown(text: str) -> str:
    """Return a docstring's text as Markdown: outside of code, signs of HTML and of formulas mean themselves."""
    parts = re.split(r"(``.*?``|`.*?`)", text, flags=re.DOTALL)
    return "".join(part if at % 2 else part.replace("<", "&lt;").replace("$", "\\$") for at, part in enumerate(parts))


def _measured(rows: Rows) -> str:
    """Return the section of a metric's page that says what it can tell apart."""
    lines = [
        "## Floor and ceiling, measured",
        "",
        "The floor is the best of the predictions that know next to nothing (zeros, means, the additive model, chance)."
        " The ceiling is the truth without its noise where the data are simulated, else no error at all. *Range* is how"
        " far they are apart, in standard errors of that difference: where it is small, the metric cannot tell good"
        " from bad.",
        "",
        "| data | floor | ceiling | range |",
        "|---|---|---|---:|",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
        "From `benchmarks/results/metrics_calibrated.md`; rows without a range are measured while this page is built,"
        " on the demo, or on scikit-learn's pictures of digits. {doc}`/metrics` says how to read them.",
    ]
    return "\n".join([*lines, ""])
