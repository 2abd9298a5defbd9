"""The folder of a study, as `kit tune` leaves it, without its trials having been fitted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

RATE, DEPTH, KIND, SHARE = "models.a.rate", "models.a.depth", "models.b.kind", "models.b.share"
SPACE = [
    {"name": RATE, "kind": "float", "low": 1e-3, "high": 1.0, "log": True, "step": None, "choices": []},
    {"name": DEPTH, "kind": "int", "low": 1, "high": 9, "log": False, "step": None, "choices": []},
    {"name": KIND, "kind": "choice", "low": None, "high": None, "log": False, "step": None, "choices": ["x", 2, True]},
    {"name": SHARE, "kind": "float", "low": 0.0, "high": 1.0, "log": False, "step": None, "choices": []},
]


def write_study(folder: Path, n: int = 30, **best: Any) -> Path:
    """A study whose score is good at a rate of 0.1 and at the greatest depth; two trials were pruned, one failed."""
    chance = np.random.default_rng(0)
    rate, depth = 10 ** chance.uniform(-3, 0, n), chance.integers(1, 10, n)
    rate[0], depth[0], depth[7], rate[7] = 0.01, 3, 9, 0.1
    score = 0.5 + 0.05 * (np.log10(rate) + 1) ** 2 + 0.01 * (9 - depth)
    table = pd.DataFrame({"trial": range(n), "state": "complete", "score": score, "reduced": score, "cpu_s": 2.0})
    table = table.assign(wall_s=1.0, host="h", pid=1, present_values=table["trial"] == 0, error="")
    table = table.assign(**{"fold one": score - 0.1, "fold two": score + 0.1, RATE: rate, DEPTH: depth})
    table[KIND] = [("x", 2, True)[number % 3] for number in range(n)]
    table[SHARE] = chance.random(n)
    table.loc[[5, 6], ["state", "score", "fold two"]] = ["pruned", np.nan, np.nan]
    table.loc[9, ["state", "score", "fold one", "fold two", "error"]] = ["fail", np.nan, np.nan, np.nan, "no\nmemory"]
    folder.mkdir(parents=True, exist_ok=True)
    table.to_csv(folder / "trials.csv", index=False)
    shares = pd.DataFrame({"value": [RATE, DEPTH, KIND, SHARE], "share": [0.7, 0.28, 0.01, 0.01]})
    shares.to_csv(folder / "importance.csv", index=False)
    line = table.iloc[7]
    content = {
        "study": "s",
        "storage": "journal.log",
        "objective": "mean",
        "metric": "mrrmse",
        "trial": 7,
        "values": {RATE: 0.1, DEPTH: 9, KIND: 2, SHARE: float(line[SHARE])},
        "score": float(line["score"]),
        "fold_scores": {"one": float(line["fold one"]), "two": float(line["fold two"])},
        "present_values": {"trial": 0, "score": float(table["score"][0])},
        "holdout": None,
        "luck": {"gain": 0.1, "p": 0.01, "trials": 27, "pieces": 24},
        "greater_is_better": False,
        "space": SPACE,
        "recipe": "somewhere/r.yaml",
        "output": "somewhere/r.tuned.yaml",
        "command": "kit tune r.yaml --trials 30",
    }
    (folder / "best.json").write_text(json.dumps(content | best))
    return folder
