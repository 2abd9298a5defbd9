"""How well replicates and mechanisms of a screen are found, with nothing learnt."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.cell_painting.tables import KEYS, Wells
from kit.arrays import Floats
from kit.features import Normalised
from kit.metrics import MeanAveragePrecision, PercentReplicating, PrecisionAtR, label_significance
from kit.models import Ridge

_BY_PLATE: dict[str, Any] = {"within": ["plate"]}
_BY_CONTROLS: dict[str, Any] = _BY_PLATE | {"reference": "controls", "control": {"role": "control"}}
NORMALISATIONS: dict[str, dict[str, Any] | None] = {
    "none": None,
    "z by plate": _BY_PLATE,
    "robust z by plate": _BY_PLATE | {"method": "robust"},
    "sphered by plate, 10": _BY_PLATE | {"method": "sphere", "regularization": 10.0},
    "sphered by plate, 1": _BY_PLATE | {"method": "sphere", "regularization": 1.0},
    "sphered by plate, 0.01": _BY_PLATE | {"method": "sphere", "regularization": 0.01},
    "z by controls": _BY_CONTROLS,
    "robust z by controls": _BY_CONTROLS | {"method": "robust"},
    "sphered by controls, 10": _BY_CONTROLS | {"method": "sphere", "regularization": 10.0},
    "sphered by controls, 1": _BY_CONTROLS | {"method": "sphere", "regularization": 1.0},
    "sphered by controls, 0.01": _BY_CONTROLS | {"method": "sphere", "regularization": 0.01},
}
"""Parameters of the block `normalised` by name."""

_SPHERED, _PENALTY = NORMALISATIONS["sphered by plate, 10"] or {}, 1000.0
"""The profiles and the ridge of competitions/cell_painting/profiles.yaml."""

HEADER = """\
| normalisation | mAP | P@R | replicating | by draws of {size} | found | found, copairs' null | \
mechanism: wells | found | mechanism: compounds | found |
|---|---|---|---|---|---|---|---|---|---|---|"""

_LEVEL = 0.05


def lines(screen: Wells, path: Path) -> Iterator[str]:
    """Yield a table's lines, one a normalisation.

    Args:
        screen: The screen.
        path: Its table of wells.
    """
    rows = screen.treated
    size = int(rows["compound"].value_counts().mode()[0])
    yield HEADER.format(size=size)
    has_controls = (screen.table["role"] == "control").any()
    for name, options in NORMALISATIONS.items():
        if options is None:
            treated = screen.table[screen.table["role"] == "treatment"]
            vectors = treated.filter(regex=r"^f\d+$").to_numpy(dtype=np.float32)
        elif "control" in options and not has_controls:
            continue
        else:
            vectors = Normalised(str(path), KEYS, {"pattern": r"f\d+"}, **options).fit_transform(rows)
        yield _line(name, rows, vectors, size)
    drawn = [np.random.default_rng(seed).standard_normal((len(rows), 64)).astype(np.float32) for seed in range(5)]
    chance = np.mean([[*replicates(rows, one, size), *mechanisms(rows, one)] for one in drawn], axis=0)
    yield f"| chance (mean of five draws) | {' | '.join(f'{value:.3f}' for value in chance)} |"


def places(screen: Wells, path: Path) -> Iterator[str]:
    """Yield a table of how untreated wells of one place find each other across plates: what the place alone does.

    Beside the profiles, sphered by plate, stands what a ridge makes of them that was taught by the treated wells'
    compounds: where each compound has one place on all plates, it may learn the places.

    Args:
        screen: The screen.
        path: Its table of wells.
    """
    treated, control = (screen.table[screen.table["role"] == role] for role in ("treatment", "control"))
    if control["plate"].nunique() < 2:
        return
    block = Normalised(str(path), KEYS, {"pattern": r"f\d+"}, **_SPHERED)
    profiles, untreated = block.fit_transform(treated[KEYS]), block.fit_transform(control[KEYS])
    ridge = Ridge(_PENALTY).fit(profiles, _labels(treated["compound"]))
    drawn = np.random.default_rng(0).standard_normal((len(control), 64)).astype(np.float32)
    yield "| untreated wells, labelled by their place | mAP | replicating | found |\n|---|---|---|---|"
    for name, vectors in {
        "sphered by plate, 10": untreated,
        "and through a ridge on treated wells": ridge.predict(untreated),
        "chance": drawn,
    }.items():
        values = replicates(control.assign(compound=control["well"]), vectors, 2)
        yield f"| {name} | {values[0]:.3f} | {values[2]:.3f} | {values[4]:.3f} |"


def replicates(rows: pd.DataFrame, vectors: Floats, size: int) -> list[float]:
    """Return mAP, precision at R, percent replicating (twice) and the shares of compounds found of wells.

    Args:
        rows: (n_wells, …) with the column compound.
        vectors: (n_wells, n_dims).
        size: The wells of a draw of the second percent replicating.
    """
    Y = _labels(rows["compound"])
    metrics = (MeanAveragePrecision(), PrecisionAtR(), PercentReplicating(), PercentReplicating(size=size))
    found = [label_significance(Y, vectors, null=null)["q_value"] < _LEVEL for null in ("labels", "ranks")]
    return [*(metric(Y, vectors) for metric in metrics), *(float(one.mean()) for one in found)]


def mechanisms(rows: pd.DataFrame, vectors: Floats) -> list[float]:
    """Return mAP of mechanisms and the share found, of wells and of compounds' mean profiles.

    Of wells: those of the same compound are left out, so that a mechanism is found by its other compounds alone. What
    has no known mechanism is not searched, since it may share one.

    Args:
        rows: (n_wells, …) with the columns compound and mechanism.
        vectors: (n_wells, n_dims).
    """
    known = (rows["mechanism"] != "").to_numpy()
    wells, of_wells = rows[known].reset_index(drop=True), vectors[known]
    table = label_significance(_labels(wells["mechanism"]), of_wells, apart=wells["compound"])
    codes, names = pd.factorize(wells["compound"])
    means = pd.DataFrame(of_wells).groupby(codes).mean().to_numpy(dtype=np.float32)
    of_compound = wells.drop_duplicates("compound").set_index("compound").loc[names, "mechanism"]
    merged = label_significance(_labels(of_compound), means)
    # A label counts by its wells, as in the metric.
    return [
        value
        for one in (table, merged)
        for value in (float(np.average(one["map"], weights=one["rows"])), float((one["q_value"] < _LEVEL).mean()))
    ]


def described(screen: Wells) -> str:
    """Return in words how large a screen is."""
    rows, compounds = screen.treated, screen.compounds
    shared = compounds["mechanism"].value_counts()
    return (
        f"{screen.title}. {len(rows)} wells of {rows['compound'].nunique()} compounds, "
        f"{(screen.table['role'] == 'control').sum()} untreated wells, {screen.table.shape[1] - 5} features; "
        f"{(shared > 1).sum()} mechanisms of several compounds ({shared[shared > 1].sum()} compounds)."
    )


def _line(name: str, rows: pd.DataFrame, vectors: Floats, size: int) -> str:
    values = [*replicates(rows, vectors, size), *mechanisms(rows, vectors)]
    return f"| {name} | {' | '.join(f'{value:.3f}' for value in values)} |"


def _labels(names: pd.Series) -> Floats:
    return pd.get_dummies(names).to_numpy(dtype=np.float32)
