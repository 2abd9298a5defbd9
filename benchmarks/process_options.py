"""What each option of the Gaussian process over rows does: the recipe `process` with one thing changed at a time.

On the real measurements in rank form (no public row is read), under the folds that hide a cell type and under those
that hold anchors of the rare ones out, on simulated competitions, and on one of Kaggle's size. A difference is that of
the variant less the recipe as it stands, row by row, with a 95 % bootstrap interval over compounds: below 0 the change
helps. On simulated data the rows to predict, whose truth is known, are a column besides.

    python -m benchmarks.process_options [--seeds N] [--no-full-size] [--data DIR] [--work DIR]
    python -m benchmarks.process_options --ranks [--variants NAME …]

The second tries some of them on the real data, anchors hidden, and on three simulated competitions of its own size.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from benchmarks._measure import machine
from benchmarks.ablations.__main__ import cpu_seconds
from benchmarks.ablations.datasets import HERE, SIMULATED, real, simulated
from kit.comparing.candidates import Candidate, load_with_seeds
from kit.comparing.comparison import Comparison, compare
from kit.data import read_competition
from kit.data.simulate import get_design
from kit.metrics.scores import Scores
from kit.reports.comparison import RECIPE
from kit.reports.markdown import markdown_table
from kit.training.observers import Silent

COMPETITIONS = Path(__file__).parents[1] / "competitions"
CELL_TYPES = "folds={kind: held_out_cell_type, params: {cell_type: cell_type, compound: sm_name}}"
ANCHORS = "folds={kind: held_out_compounds, params: {cell_type: cell_type, compound: sm_name, n_splits: 4}}"
BASE = "as it stands"

_LINEAR = "{cell_type: free}, {cell_type: free, sm_name: identity}, {cell_type: free, sm_name: {low_rank: K}}"
_RADIAL = ", {cell_type: free, sm_name: {rbf: low_rank}}"


def _terms(rank: int, radial: bool) -> str:
    return f"terms=[{_LINEAR.replace('K', str(rank))}{_RADIAL if radial else ''}]"


VARIANTS: dict[str, str] = {
    "rows not scaled": "scale_rows=false",
    "no ratios of targets": "target_ratios=false",
    "no deviations of targets": "target_deviations=0",
    "deviations at full power": "target_deviations=1",
    "two stages": "two_stages=true",
    "without the radial term": _terms(30, radial=False),
    "10 latent numbers, no radial term": _terms(10, radial=False),
    "10 latent numbers": _terms(10, radial=True),
    "prior of latent numbers 1": "latent_precision=1",
    "300 effective targets": "effective_targets=300",
    "3,000 effective targets": "effective_targets=3000",
    "prior of free matrices 10": "prior_strength=10",
    "each target centred": "center=target",
    "each target centred by context": "center=context",
    "30 steps": "n_steps=30",
    "120 steps": "n_steps=120",
}
"""The one parameter that each variant changes."""


@dataclass(frozen=True)
class Setting:
    """Tables, a recipe for them and its folds.

    Attributes:
        name: What the results call it.
        recipe: The recipe.
        root: The folder of the tables.
        settings: What is changed of the recipe besides.
        truth: The true values of the rows to predict; None where they are not read.
    """

    name: str
    recipe: Path
    root: Path
    settings: tuple[str, ...] = ()
    truth: Path | None = None


def settings(seeds: int, full_size: bool, data: Path | None, work: Path) -> Iterator[Setting]:
    """Yield what the variants are tried on, drawing the simulated tables."""
    measured = real(data)
    ranks = COMPETITIONS / "open_problems_ranks" / "process.yaml"
    yield Setting("real, cell types hidden", ranks, measured.root, (CELL_TYPES,))
    yield Setting("real, anchors hidden", ranks, measured.root, (ANCHORS,))
    for seed in range(seeds):
        drawn = simulated(seed, work / "tables", SIMULATED)
        yield Setting(f"simulated {seed}", HERE / "simulated_process.yaml", drawn.root, (), drawn.truth)
    if full_size:
        drawn = simulated(0, work / "tables", get_design("open-problems"))
        yield Setting(
            "Kaggle's size", COMPETITIONS / "open_problems" / "process.yaml", drawn.root, (CELL_TYPES,), drawn.truth
        )


def settings_of_ranks(data: Path | None, work: Path) -> Iterator[Setting]:
    """Yield the data in rank form and three simulated competitions like them, all by the default folds."""
    ranks = COMPETITIONS / "open_problems_ranks" / "process.yaml"
    yield Setting("real", ranks, real(data).root)
    for seed in range(3):
        drawn = simulated(seed, work / "tables", get_design("open-problems-ranks"))
        yield Setting(f"simulated ranks {seed}", ranks, drawn.root, (), drawn.truth)


def run(setting: Setting, out: Path, variants: Sequence[str]) -> Comparison:
    """Train variants."""

    def candidate(name: str, changes: tuple[str, ...]) -> Candidate:
        loaded = load_with_seeds(setting.recipe, [*setting.settings, *changes], 1)
        return Candidate(name, loaded, read_competition(loaded[0].config, setting.root))

    def observe(description: str) -> Silent:
        print(f"{setting.name}: {description}", file=sys.stderr, flush=True)
        return Silent()

    changed = {name: (f"models.process.params.{change}",) for name, change in VARIANTS.items() if name in variants}
    candidates = [candidate(name, changes) for name, changes in ({BASE: ()} | changed).items()]
    return compare(candidates, out, 1, observe, setting.truth)


def lines(setting: str, found: Comparison, variants: Sequence[str]) -> Iterator[dict[str, object]]:
    """Yield a line for the recipe as it stands, and one for every variant."""
    assert found.scores is not None
    base = _of(found.scores, BASE)
    at_base: dict[str, object] = {"score": _mean(base, found.metric)}
    if found.test is not None:
        at_base["test"] = _mean(_of(found.test, BASE), found.metric)
    yield {"data": setting, "variant": BASE} | at_base
    for name in variants:
        if name in found.failures:
            yield {"data": setting, "variant": f"{name}: failed"}
            continue
        of = _of(found.scores, name)
        difference = of.difference(base)
        line: dict[str, object] = {
            "score": _mean(of, found.metric),
            "difference": difference.mean,
            "low": difference.low,
            "high": difference.high,
        }
        if found.test is not None:
            test = _of(found.test, name)
            line |= {"test": _mean(test, found.metric)}
            line |= {"test difference": test.difference(_of(found.test, BASE)).mean}
        yield {"data": setting, "variant": name} | line


def _of(scores: Scores, name: str) -> Scores:
    return scores.where(member=name, kind=RECIPE)


def _mean(scores: Scores, metric: str) -> float:
    return float(scores.means("member")[metric].iloc[0])


def report(table: pd.DataFrame, seconds: float, command: str) -> str:
    """Return the results as Markdown."""
    wanted = ["data", "variant", "score", "difference", "low", "high", "test", "test difference"]
    parts = [
        "# The options of the Gaussian process over rows",
        f"`python -m benchmarks.process_options{command}`",
        f"{machine()}; {seconds:.0f} CPU s in all (one worker)",
        markdown_table(table.reindex(columns=wanted), digits=4),
        "*difference*: MRRMSE of the cross-validation, the variant less the recipe `process` as it stands; *low* and "
        "*high*: 95 % over compounds; *test*: rows to predict whose truth is known, which entered nothing (simulated).",
    ]
    return "\n\n".join(parts) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=2, help="how many simulated competitions")
    parser.add_argument("--no-full-size", action="store_true", help="leave out Kaggle's size, which takes most time")
    parser.add_argument("--ranks", action="store_true", help="the data in rank form and simulated ones like them")
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS), help="default: all")
    parser.add_argument("--data", type=Path, default=None, help="the folder of the real tables")
    parser.add_argument("--work", type=Path, default=None, help="where runs are kept (default: a temporary folder)")
    given = parser.parse_args()
    found: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as temporary:
        work = given.work or Path(temporary)
        chosen = settings(given.seeds, not given.no_full_size, given.data, work)
        if given.ranks:
            chosen = settings_of_ranks(given.data, work)
        for number, setting in enumerate(chosen):
            found += lines(setting.name, run(setting, work / f"runs-{number}", given.variants), given.variants)
    command = shlex.join(["", *sys.argv[1:]]).removeprefix("''")
    print(report(pd.DataFrame(found), cpu_seconds(), command))


if __name__ == "__main__":
    main()
