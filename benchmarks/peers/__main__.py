"""What a user would pick instead of the kit, on the same folds: score, CPU, memory, lines of code.

python -m benchmarks.peers [--only kit_quick ridge …] [--data ranks simulated] [--limit 600] [--fresh]

pip installs every peer into build/peers, 5 GB in all; `rm -rf build/peers` removes it. A peer learns four folds
and then all rows, and predicts the folds' validation rows and the test. What was measured is kept there too, and is
measured again with --fresh.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from pathlib import Path

import numpy as np

from benchmarks._measure import machine
from benchmarks.peers.data import COMPETITIONS, Data, prepare
from benchmarks.peers.environments import BUILD
from benchmarks.peers.measuring import Result, result
from benchmarks.peers.peers import PEERS
from kit.metrics.bootstrap import bootstrap_interval

_OUTPUT = Path(__file__).parents[1] / "results" / "peers.md"
_BESIDE = "kit_quick"
"""What every other peer's difference is from."""

_HEAD = """\
| peer | version | folds | − `quick` | hidden rows | − `quick` | CPU s | peak, GiB | lines | |
|---|---|---:|---|---:|---|---:|---:|---:|---|"""

_EXPLAINED = """\
*folds*: MRRMSE over the validation rows of the kit's folds; *hidden rows*: over the simulated rows to predict, whose
truth no fold shows. *− `quick`*: how far it is from the kit's `quick` (below 0 is better), with the 95 % interval of a
paired bootstrap over compounds. *CPU s*: reading, five fits (four folds, all rows) and writing, on one thread where the
peer has a setting for it; of the kit also the checked submission, of nobody the installation. *peak*: of the largest
process. *lines*: of the script and of what all scripts share (`benchmarks/peers/scripts`); of the kit those of the
script and of the recipe with the files that it extends.
"""


def zeros(data: Data) -> dict[str, list[float]]:
    """Return the scores of zeros, which need no peer."""
    found = {task: data.metric.per_row(truth, np.zeros_like(truth)) for task, truth in data.truths.items()}
    return {task: values.tolist() for task, values in found.items()}


def line(title: str, found: Result, beside: Result | None, data: Data) -> str:
    """Return a line of the table."""
    cells = [title, found.version]
    for tasks in ([task for task in data.truths if task != "test"], ["test"] if "test" in data.truths else []):
        cells += _score(tasks, found, beside, data)
    if found.cpu is None or found.peak is None:
        cells += ["", ""]
    else:
        cells += [f"{found.cpu:.0f}", f"{found.peak / 2**30:.2f}"]
    return "| " + " | ".join([*cells, str(found.lines or ""), found.note.replace("|", "/")]) + " |"


def _score(tasks: list[str], found: Result, beside: Result | None, data: Data) -> list[str]:
    """Return the score of some tasks and its difference from another's; nothing where one of them is missing."""
    if not tasks or found.scores is None or not set(tasks) <= set(found.scores):
        return ["", ""]
    values = np.concatenate([found.scores[task] for task in tasks])
    score = f"{values.mean():.4f}"
    if beside is None or beside.scores is None or beside is found:
        return [score, ""]
    differences = values - np.concatenate([beside.scores[task] for task in tasks])
    compounds = np.concatenate([data.compounds[task].to_numpy() for task in tasks])
    low, high = bootstrap_interval(differences, groups=compounds)
    return [score, f"{differences.mean():+.4f} ({low:+.4f} to {high:+.4f})"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=list(PEERS), default=list(PEERS))
    parser.add_argument("--data", nargs="+", choices=list(COMPETITIONS), default=list(COMPETITIONS))
    parser.add_argument("--limit", type=int, default=600, help="CPU seconds of a peer on a data set")
    parser.add_argument("--fresh", action="store_true", help="measure what was measured before, too")
    parser.add_argument("--output", type=Path, default=_OUTPUT, help="where the table goes")
    given = parser.parse_args()
    text = [
        f"# What a user would pick instead\n\n`{shlex.join(['python', '-m', 'benchmarks.peers', *sys.argv[1:]])}`\n"
    ]
    text += [f"{machine()}; load of the machine when the table was written {os.getloadavg()[0]:.1f}."]
    text += [f"At most {given.limit} CPU s a peer and data set, which libraries with a limit of their own are told.\n"]
    text += [_EXPLAINED]
    print("\n".join(text), flush=True)
    for name in given.data:
        data = prepare(name, BUILD / name)
        beside = result(_BESIDE, PEERS[_BESIDE], data, given.limit, given.fresh)
        n_targets = next(iter(data.truths.values())).shape[1]
        text += [f"## {COMPETITIONS[name]}, {n_targets:,} targets\n\n{_HEAD}"]
        text += [line("zeros", Result("", 0, scores=zeros(data)), beside, data)]
        print("\n".join(text[-2:]), flush=True)
        for peer in given.only:
            found = beside if peer == _BESIDE else result(peer, PEERS[peer], data, given.limit, given.fresh)
            text.append(line(PEERS[peer].title, found, beside, data))
            print(text[-1], flush=True)
        text.append("")
    given.output.write_text("\n".join(text), encoding="utf-8")


if __name__ == "__main__":
    main()
