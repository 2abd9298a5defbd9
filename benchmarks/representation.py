"""The tables of competitions/representation from images of one's own.

python -m benchmarks.representation IMAGES OUT [--label digit] [--train 300] [--validation 100] [--draws 10] [--seed 0]

IMAGES is a .csv or .parquet table, a row an image: its name (``image``), its label (empty where it has none), and its
pixels (``p0``, ``p1``, …). Those with a label are divided into training and validated ones, several times; those
without teach every draw. The defaults are the sizes of the experiment that three_arms.yaml repeats: 400 images with a
label (and 3,892 without). Then:

kit train competitions/representation/three_arms.yaml --set preset=own --data OUT
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from kit.data.simulate.scenarios.digits import draw_labelled
from kit.errors import InputError


def write_tables(images: pd.DataFrame, out: Path, label: str, sizes: tuple[int, int], n_draws: int, seed: int) -> str:
    """Write train.parquet and unlabelled.parquet, and return in words how many images they hold.

    Args:
        images: The images.
        out: The folder; it is made.
        label: The column of the labels.
        sizes: How many labelled images are trained on and validated in a draw.
        n_draws: How often they are drawn.
        seed: Of the draws.

    Raises:
        InputError: A column is missing, or there are fewer images with a label.
    """
    missing = [name for name in ("image", label) if name not in images]
    if missing or not [name for name in images if str(name)[1:].isdigit() and str(name).startswith("p")]:
        raise InputError(f"the images need the columns image, {label} and p0, p1, …; they have {list(images)[:8]}")
    known = images[label].notna()
    labelled = images[known].rename(columns={label: "digit"})
    without = images[~known].drop(columns=label)
    if without.empty:
        raise InputError(f"every image has a {label}: there is none to learn from without; leave some empty")
    out.mkdir(parents=True, exist_ok=True)
    draw_labelled(labelled, "digit", *sizes, n_draws, seed).to_parquet(out / "train.parquet", index=False)
    without.to_parquet(out / "unlabelled.parquet", index=False)
    return f"{out}: {n_draws} draws of {sizes} of {len(labelled)} images with a label, {len(without)} without"


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--label", default="digit")
    parser.add_argument("--train", type=int, default=300)
    parser.add_argument("--validation", type=int, default=100)
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    read = pd.read_parquet if given.images.suffix == ".parquet" else pd.read_csv
    sizes = (given.train, given.validation)
    try:
        print(write_tables(read(given.images), given.out, given.label, sizes, given.draws, given.seed))
    except InputError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
