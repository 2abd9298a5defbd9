"""The table of wells of the four CPJUMP1 plates, and what retrieval gets on all of its wells with nothing learnt.

python -m benchmarks.cell_painting PLATES competitions/cell_painting/data

PLATES holds cpjump1_plate1.parquet to cpjump1_plate4.parquet: the profiles of
github.com/broadinstitute/FeatureAggregation (BSD-3), one line a well.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from kit.features import Normalised
from kit.metrics import MeanAveragePrecision, PercentReplicating, PrecisionAtR, label_significance

_NAMES = {
    "Metadata_Plate": "plate",
    "Metadata_Well": "well",
    "Metadata_pert_iname": "compound",
    "Metadata_gene": "gene",
}
_NORMALISATIONS: dict[str, dict[str, object]] = {
    "none": {"method": "centre"},
    "z by plate": {"within": ["plate"]},
    "robust z by plate": {"within": ["plate"], "method": "robust"},
    "sphered by plate, 10": {"within": ["plate"], "method": "sphere", "regularization": 10.0},
    "sphered by plate, 1": {"within": ["plate"], "method": "sphere", "regularization": 1.0},
    "sphered by plate, 0.01": {"within": ["plate"], "method": "sphere", "regularization": 0.01},
}


def joined(plates: Path) -> pd.DataFrame:
    """Return the wells of all plates: plate, well, compound, gene and the features."""
    tables = [pd.read_parquet(file) for file in sorted(plates.glob("cpjump1_plate*.parquet"))]
    if not tables:
        raise SystemExit(f"{plates} holds no cpjump1_plate*.parquet")
    wells = pd.concat(tables, ignore_index=True).rename(columns=_NAMES)
    features = [name for name in wells.columns if name[0] == "f" and name[1:].isdecimal()]
    return wells[[*_NAMES.values(), *features]].astype(dict.fromkeys(_NAMES.values(), str))


def main() -> None:
    """Write the table and print a line for each normalisation."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plates", type=Path)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    wells = joined(given.plates)
    given.out.mkdir(parents=True, exist_ok=True)
    table = given.out / "wells.parquet"
    wells.to_parquet(table, index=False)
    Y = pd.get_dummies(wells["compound"]).to_numpy(dtype="float32")
    raw = wells.filter(regex=r"^f\d+$").to_numpy(dtype="float32")
    print(f"{len(wells)} wells, {Y.shape[1]} compounds, {raw.shape[1]} features")
    drawn = [np.random.default_rng(seed).standard_normal((len(wells), 64)).astype("float32") for seed in range(5)]
    metrics = (MeanAveragePrecision(), PrecisionAtR(), PercentReplicating())
    chance = np.mean([[metric(Y, vectors) for metric in metrics] for vectors in drawn], axis=0)
    print("| normalisation | mAP | P@R | replicating | compounds found (q < .05) |\n|---|---|---|---|---|")
    for name, options in _NORMALISATIONS.items():
        vectors = raw
        if name != "none":
            builder = Normalised(str(table), ["plate", "well"], {"pattern": r"f\d+"}, **options)  # type: ignore[arg-type]
            vectors = builder.fit_transform(wells[["plate", "well"]])
        significant = (label_significance(Y, vectors)["q_value"] < 0.05).mean()
        scores = [metric(Y, vectors) for metric in metrics]
        print(f"| {name} | {' | '.join(f'{score:.4f}' for score in scores)} | {significant:.3f} |")
    print(f"| random vectors | {' | '.join(f'{score:.4f}' for score in chance)} | |")


if __name__ == "__main__":
    main()
