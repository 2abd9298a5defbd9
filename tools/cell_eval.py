"""Has cell-eval read what `kit export --as cell-eval` writes, and find the kit's scores in it: `make cell-eval`.

    python tools/cell_eval.py [RUN]

Without RUN the demo is trained. cell-eval is kept in build/cell-eval with its own versions of everything, 1.2 GB; what
it computes is in build/cell-eval-results. Its columns of differential expression need many cells a perturbation and are
left out.
"""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
KIT = ROOT / ".venv" / "bin" / "kit"
OWN = ROOT / "build" / "cell-eval"
RESULTS = ROOT / "build" / "cell-eval-results"
REQUIREMENT = "cell-eval==0.8.2"
CLOSE = 1e-3
"""Relative: values go through float32 and a shift."""


def main(arguments: list[str]) -> int:
    """Export, evaluate, compare; return 1 where the scores are not the kit's.

    Raises:
        CalledProcessError: A step failed.
    """
    run = Path(arguments[0]) if arguments else demo_run()
    shutil.rmtree(RESULTS, ignore_errors=True)
    call(KIT, "export", run, RESULTS / "exported", "--as", "cell-eval")
    install()
    files = ("-ap", RESULTS / "exported" / "predicted.h5ad", "-ar", RESULTS / "exported" / "real.h5ad")
    out = ("--outdir", RESULTS / "scores", "--celltype-col", "context", "--profile", "anndata")
    call(OWN / "bin" / "cell-eval", "run", *files, *out)
    rows = [row for file in sorted((RESULTS / "scores").glob("*_results.csv")) for row in read(file)]
    scale = json.loads((RESULTS / "exported" / "scale.json").read_text())["scale"]
    metrics = json.loads((run / "metrics.json").read_text())["metrics"]
    found = {"pearson": mean(rows, "pearson_delta"), "mae": mean(rows, "mae_delta") / scale}
    agreed = True
    for name, value in found.items():
        same = abs(value - metrics[name]) <= CLOSE * abs(metrics[name])
        agreed &= same
        print(f"{name}: {value:.5f} by cell-eval, {metrics[name]:.5f} by the kit{'' if same else ': NOT THE SAME'}")
    for name in ("discrimination_score_l1", "discrimination_score_l2", "discrimination_score_cosine"):
        print(f"{name}: {mean(rows, name):.5f} over {len(rows)} perturbations")
    return 0 if agreed else 1


def demo_run() -> Path:
    """Train the demo, or take the run that is there."""
    out = ROOT / "build" / "demo"
    call(KIT, "train", ROOT / "competitions" / "demo" / "competition.yaml", "--out", out)
    return max((out / "demo" / "runs").glob("baseline-*"), key=lambda run: (run / "DONE").stat().st_mtime)


def install() -> None:
    """Make cell-eval's environment, unless it is there."""
    marker = OWN / f"installed {REQUIREMENT}"
    if not marker.exists():
        venv.create(OWN, with_pip=True, clear=True)
        call(OWN / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet", REQUIREMENT)
        marker.touch()


def read(file: Path) -> list[dict[str, str]]:
    """Return the rows of one context's scores, one a perturbation; its file of averages has none."""
    if file.name.endswith("_agg_results.csv"):
        return []
    with file.open(newline="") as opened:
        return list(csv.DictReader(opened))


def mean(rows: list[dict[str, str]], column: str) -> float:
    """Return the mean of a column."""
    return sum(float(row[column]) for row in rows) / len(rows)


def call(*command: str | Path) -> None:
    """Run a command.

    Raises:
        CalledProcessError: It failed.
    """
    print("$", *command, flush=True)
    subprocess.run([str(word) for word in command], check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
