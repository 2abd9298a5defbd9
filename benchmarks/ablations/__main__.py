"""The winners' claims, each tested by recipes that differ in one thing, on real and on simulated data.

Every variant is the same small network with one change (`claims.py`), trained with several seeds on the same folds. A
difference is that of the recommended variant less the other one, row by row, with a 95 % bootstrap interval over
compounds and seeds: a claim "holds" where the whole interval is below 0 (MRRMSE: less is better), "fails" where it is
above, and is "not decided" where 0 lies in it. The rows to predict whose truth is known (the real data's public rows,
all of the simulated ones) are a column of the table and enter nothing.

    python -m benchmarks.ablations [--claims NAME …] [--seeds N] [--jobs N] [--quick] [--data DIR] [--work DIR]
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd

from benchmarks._measure import machine
from benchmarks.ablations.claims import CLAIMS, REAL_ONLY, VARIANTS, variants_of
from benchmarks.ablations.datasets import SIMULATED, DataSet, real, simulated
from kit.comparing.candidates import Candidate, load_with_seeds
from kit.comparing.comparison import Comparison, compare
from kit.data import read_competition
from kit.metrics.scores import Difference, Scores
from kit.reports.comparison import BETTER, RECIPE, WORSE, verdict
from kit.reports.markdown import markdown_table
from kit.training.observers import Silent

WORDS = {BETTER: "holds", WORSE: "fails"}
QUICK = ("models.mlp.params.n_epochs=2", "models.mlp.params.hidden=[8]", "repeats=2")


def candidate(name: str, data: DataSet, seeds: int, quick: bool) -> Candidate:
    """Return a variant on a data set."""
    settings = [text.replace("MINIMOL", str(data.minimol)) for text in VARIANTS[name]]
    # The short settings first: what a variant says of the same keys wins.
    loaded = load_with_seeds(data.recipe, [*(QUICK if quick else ()), *settings], seeds)
    return Candidate(name, loaded, read_competition(loaded[0].config, data.root))


def run(data: DataSet, claims: list[str], seeds: int, out: Path, jobs: int | None, quick: bool) -> Comparison:
    """Train every variant that the claims need on a data set."""
    names = [name for name in variants_of(claims) if data.minimol is not None or name not in REAL_ONLY]

    def observe(description: str) -> Silent:
        print(f"{data.name}: {description}", file=sys.stderr, flush=True)
        return Silent()

    return compare([candidate(name, data, seeds, quick) for name in names], out, jobs, observe, data.truth)


def lines(claims: list[str], name: str, comparison: Comparison) -> Iterator[dict[str, object]]:
    """Yield a line of the table for every pair of every claim."""
    assert comparison.scores is not None
    assert comparison.test is not None
    for claim in claims:
        for better, worse in CLAIMS[claim].pairs:
            found = _difference(comparison.scores, better, worse)
            if found is None:
                why = next((comparison.failures[n] for n in (better, worse) if n in comparison.failures), None)
                if why is not None:
                    print(f"{name}: {better} against {worse}: {why}", file=sys.stderr)
                said: dict[str, object] = {"verdict": "failed" if why else "not tested"}
            else:
                said = _said(found) | {"test": _difference(comparison.test, better, worse).mean}
            yield {"claim": claim, "recommended": better, "over": worse, "data": name} | said


def _difference(scores: Scores, a: str, b: str) -> Difference | None:
    of_a, of_b = (scores.where(member=name, kind=RECIPE) for name in (a, b))
    return None if of_a.rows.empty or of_b.rows.empty else of_a.difference(of_b)


def _said(found: Difference) -> dict[str, object]:
    said = WORDS.get(verdict(found), "not decided")
    return {"difference": found.mean, "low": found.low, "high": found.high, "verdict": said}


def report(claims: list[str], comparisons: dict[str, Comparison], seconds: float) -> str:
    """Return the results as Markdown."""
    table = pd.DataFrame([line for name, found in comparisons.items() for line in lines(claims, name, found)])
    wanted = ["claim", "recommended", "over", "data", "difference", "low", "high", "verdict", "test"]
    # Claim by claim, so that the data sets stand below each other.
    table = table.reindex(columns=wanted)
    order = {pair: place for place, pair in enumerate((c, *p) for c in claims for p in CLAIMS[c].pairs)}
    places = [order[key] for key in zip(table["claim"], table["recommended"], table["over"], strict=True)]
    table = table.iloc[pd.Series(places).argsort(kind="stable")]
    scores = {}
    for name, found in comparisons.items():
        for column, of_column in ((name, found.scores), (f"{name}: test", found.test)):
            means = of_column.where(kind=RECIPE).means("member", "seed")
            scores[column] = means.groupby("member", sort=False)[found.metric].mean()
    seeds = max(found.n_seeds for found in comparisons.values())
    said = "\n".join(f"* `{name}`: {CLAIMS[name].says}." for name in claims)
    parts = [
        "# The winners' claims, one at a time",
        f"`{' '.join(['python -m benchmarks.ablations', *sys.argv[1:]])}`",
        f"{machine()}; {seeds} seeds; {seconds:.0f} CPU s in all",
        said,
        markdown_table(table, digits=5),
        "*difference*: MRRMSE of the cross-validation, recommended less over; *low* and *high*: 95 % over compounds "
        "and seeds; *test*: the same difference on rows to predict whose truth is known, which entered nothing.",
        "## Scores",
        markdown_table(pd.DataFrame(scores).rename_axis("variant").loc[_finished(comparisons)].reset_index()),
    ]
    return "\n\n".join(parts) + "\n"


def _finished(comparisons: dict[str, Comparison]) -> list[str]:
    return list(
        dict.fromkeys(
            member for c in comparisons.values() for member in c.rows.loc[c.rows["kind"] == RECIPE, "member"].unique()
        )
    )


def cpu_seconds() -> float:
    """Return the CPU seconds of this process and of its workers that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--claims", nargs="+", choices=list(CLAIMS), default=list(CLAIMS), help="default: all")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--simulated", type=int, default=2, help="how many simulated competitions")
    parser.add_argument("--jobs", type=int, default=1, help="worker processes")
    parser.add_argument("--quick", action="store_true", help="tiny networks and tables: does everything run?")
    parser.add_argument("--data", type=Path, default=None, help="the folder of the real tables")
    parser.add_argument("--work", type=Path, default=None, help="where runs are kept (default: a temporary folder)")
    given = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as temporary:
        work = given.work or Path(temporary)
        design = replace(SIMULATED, name="quick", n_compounds=30, n_genes=40) if given.quick else SIMULATED
        sets = [simulated(seed, work / "tables", design) for seed in range(given.simulated)]
        sets = [real(given.data), *sets]
        found = {one.name: run(one, given.claims, given.seeds, work / "runs", given.jobs, given.quick) for one in sets}
    print(report(given.claims, found, cpu_seconds()))
    print(f"{time.monotonic() - began:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
