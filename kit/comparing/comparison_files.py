"""Where a comparison is kept: tables for people and for programs."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from kit.comparing.comparison import Comparison
from kit.config.load import RESOLVED
from kit.errors import InputError
from kit.files import new_file, write_json
from kit.names import why_no_name
from kit.reports.comparison import ABOUT, Tables, document, titles
from kit.training.fitting.resources import machine, today
from kit.training.planning.versions import library_versions
from kit.training.scoring.summarize import write_all_scores
from kit.version import __version__


def comparison_directory(out: Path, competition: str, name: str) -> Path:
    """Return where a comparison goes: ``<out>/<competition>/comparisons/<name>``.

    Raises:
        InputError: The name is none for a folder.
    """
    if why := why_no_name(name):
        raise InputError(f"--name {name!r}: {why}, such as mlp-vs-ridge")
    return out.resolve() / competition / "comparisons" / name


def save_comparison(comparison: Comparison, tables: Tables, directory: Path, command: str | None = None) -> None:
    """Write ``comparison.md``, ``comparison.csv``, ``by_group.csv``, ``differences.csv``; older ones are replaced.

    With a truth also ``agreement.csv``, with calibrated metrics ``calibrated.csv``. Beside them what the page is made
    of: the scores by row, the first recipe as its run resolved it, and ``comparison.json``: how it was made, of what.

    Args:
        comparison: What was compared.
        tables: Its tables.
        directory: Where to.
        command: What makes it again (default: this process's command line).

    Raises:
        RunError: A file cannot be written.
    """
    frames = {"comparison": tables.overall, "by_group": tables.by_group, "differences": tables.differences}
    if comparison.test is not None:
        frames["agreement"] = tables.agreement
    if not tables.calibrated.empty:
        frames["calibrated"] = tables.calibrated
    if not comparison.runs.empty:
        runs = comparison.runs.groupby("member", sort=False)["run"].agg(
            lambda paths: " ".join(Path(p).name for p in paths)
        )
        frames["comparison"] = tables.overall.assign(runs=tables.overall["member"].map(runs))
    for name, frame in frames.items():
        with new_file(directory / f"{name}.csv") as temporary:
            frame.to_csv(temporary, index=False)
    facts = {
        "command": command or command_line(),
        "machine": machine(),
        "date": today(),
        "versions": ", ".join([f"kit {__version__}", *(f"{name} {v}" for name, v in library_versions().items())]),
    }
    if comparison.scores is not None:
        write_all_scores(directory, comparison.scores)
        with new_file(directory / RESOLVED) as temporary:
            temporary.write_bytes((Path(comparison.runs["run"].iloc[0]) / RESOLVED).read_bytes())
    about = {
        "tables": list(frames),
        "recipes": list(comparison.runs["member"].unique()),
        "failures": comparison.failures,
        "truth": comparison.truth,
    }
    write_json(directory / ABOUT, facts | about)
    facts["command"] = f"`{facts['command']}`"
    metric = comparison.metric
    heads = titles(metric, comparison.n_seeds, comparison.drawn, comparison.truth)
    with new_file(directory / "comparison.md") as temporary:
        temporary.write_text(document(tables, metric, heads, facts), encoding="utf-8")


def command_line() -> str:
    """Return this process's command line as it would be typed."""
    return shlex.join(["kit" if Path(sys.argv[0]).name == "main.py" else Path(sys.argv[0]).name, *sys.argv[1:]])
