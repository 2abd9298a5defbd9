"""Folds that imitate the rows to predict: new pairs, new compounds, new groups, or new rows of the same kind."""

from __future__ import annotations

from typing import Any

import pandas as pd

from kit.starting.guess import Guess
from kit.starting.profile import Profile

_FOLDS, _FEW_FOLDS = 5, 3
_FEW_ROWS = 30
"""Rows below which there are fewer folds."""

_MOST = 0.5
"""The share of the rows to predict that says what is asked for."""

_ANCHORED = 0.5
"""The rows to predict are of groups with few compounds where these have less than this share of what others have."""


def folds_like(guess: Guess, train: Profile, test: Profile | None) -> tuple[dict[str, Any], str]:
    """Return the entry ``folds`` of a competition file, and why.

    Args:
        guess: What the columns mean.
        train: The training table.
        test: The rows to predict; without them, folds are of rows at random.
    """
    if test is not None:
        parts = {"compound": guess.compound, "group": guess.group}
        new = {role: name for role, name in parts.items() if name is not None and _repeat(name, train)}
        shares = {role: share for role, name in new.items() if (share := _new_share(name, train, test)) > _MOST}
        if len(shares) == len(parts):
            entry = _grouped([new[role] for role in parts], train)
            least = min(train.columns[name].different for name in new.values())
            params = entry["params"] | {"n_splits": min(_FEW_FOLDS, least), "unseen": "each"}
            return entry | {
                "params": params
            }, "both parts of most rows to predict are new: folds hide whole ones of each"
        for role, share in shares.items():
            why = f"{share:.0%} of the rows to predict have a {role} that no training row has"
            return _grouped(new[role], train), f"{why}: folds hide whole ones"
        if guess.group is not None and guess.compound is not None:
            anchors = _anchors(guess.group, guess.compound, train, test)
            if anchors >= _FEW_FOLDS:
                params = {"n_splits": min(4, anchors), "cell_type": guess.group, "compound": guess.compound}
                why = (
                    f"pairs are asked for where few are measured: folds hide some of these {anchors} {guess.compound}s"
                )
                return {"kind": "held_out_compounds", "params": params}, why
    pair = [name for name in (guess.group, guess.compound) if name is not None]
    if pair and not guess.keys and train.frame(pair).duplicated().any():
        return _grouped(pair, train), "rows at random, replicates together"
    why = "rows at random" if guess.replicate is None else "rows at random, replicates together"
    if test is not None and guess.compound is not None and _new_share(guess.compound, train, test) > _MOST:
        why = f"rows at random: each has a {guess.compound} of its own, as those to predict have"
    n_splits = _FOLDS if train.n_rows >= _FEW_ROWS else min(_FEW_FOLDS, train.n_rows)
    return {"kind": "kfold", "params": {"n_splits": n_splits}}, why


def _grouped(column: str | list[str], train: Profile) -> dict[str, Any]:
    names = [column] if isinstance(column, str) else column
    n_groups = len(train.frame(names).drop_duplicates())
    return {"kind": "group_kfold", "params": {"column": column, "n_splits": min(_FOLDS, n_groups)}}


def _new_share(name: str, train: Profile, test: Profile) -> float:
    """Return the share of rows to predict whose value no training row has."""
    return float((~test.texts(name).isin(set(train.texts(name)))).mean())


def _repeat(name: str, train: Profile) -> bool:
    """Whether rows share a value: folds of rows that are all different hide values anyhow."""
    return bool(train.texts(name).duplicated().any())


def _anchors(group: str, compound: str, train: Profile, test: Profile) -> int:
    """Return how many compounds the tested groups have, where they have much fewer than others; else 0."""
    rows = pd.DataFrame({"group": train.texts(group), "compound": train.texts(compound)})
    counts = rows.groupby("group")["compound"].nunique()
    tested = counts.index.isin(set(test.texts(group)))
    if not tested.any() or tested.all() or counts[tested].median() >= _ANCHORED * counts[~tested].median():
        return 0
    return int(rows.loc[rows["group"].isin(counts.index[tested]), "compound"].nunique())
