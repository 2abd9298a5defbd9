"""Category statistics of wide targets: this kit, one pandas groupby a statistic, category_encoders target by target.

Simulated targets with the design of Open Problems 2023: 6 cell types of 146, 146, 142, 146, 17 and 17 rows, 146
compounds. Everything in one process on one thread; every result is compared with its oracle in the same run.

    python -m benchmarks.encoders
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from importlib.metadata import version

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from benchmarks._measure import Measured, machine, measure
from kit.arrays import Floats
from kit.features import LeaveOneOut, TargetStatistics

COLUMNS = ["cell_type", "sm_name"]
QUANTILES = [0.1, 0.25, 0.5, 0.75, 0.9]
CELL_TYPE_SHARES = [146, 146, 142, 146, 17, 17]
TOLERANCE = 1e-5


def simulate(n_rows: int, n_targets: int) -> tuple[pd.DataFrame, Floats]:
    """Return rows with the real design's counts (scaled to ``n_rows``) and targets of a few factors plus noise."""
    rng = np.random.default_rng(0)
    sizes = [max(2, round(share * n_rows / sum(CELL_TYPE_SHARES))) for share in CELL_TYPE_SHARES]
    pairs = [(f"cell {cell}", f"compound {c:03d}") for cell, size in enumerate(sizes) for c in range(size)]
    rows = pd.DataFrame(pairs, columns=COLUMNS).sample(frac=1, random_state=0, ignore_index=True)
    Y = rng.standard_normal((len(rows), 20)) @ rng.standard_normal((20, n_targets)) / 4
    Y += rng.standard_normal(Y.shape)
    return rows, Y.astype(np.float32)


def error(found: np.ndarray, oracle: np.ndarray) -> float:
    """Return the largest difference, relative to the oracle where that exceeds 1.

    Raises:
        SystemExit: It is above the tolerance: timings of different results are not compared.
    """
    largest = float((np.abs(found - oracle) / np.maximum(1, np.abs(oracle))).max())
    if not largest <= TOLERANCE:
        raise SystemExit(f"a result differs from its oracle by {largest:.2g}, more than {TOLERANCE}")
    return largest


def by_pandas(targets: pd.DataFrame, keys: np.ndarray, statistic: str | float) -> np.ndarray:
    """Return the (n_categories, n_targets) table of one statistic, by the fastest single groupby call."""
    grouped = targets.groupby(keys)
    if statistic == 0.5:
        return grouped.median().to_numpy()
    return (grouped.quantile(statistic) if isinstance(statistic, float) else getattr(grouped, statistic)()).to_numpy()


def leave_one_out_by_pandas(targets: pd.DataFrame, keys: np.ndarray) -> np.ndarray:
    """Return the (n_rows, n_targets) means of the others, by one groupby call."""
    counts = pd.Series(keys).map(pd.Series(keys).value_counts()).to_numpy()[:, None]
    return (targets.groupby(keys).transform("sum").to_numpy() - targets.to_numpy()) / (counts - 1).astype(np.float32)


def category_encoders_seconds(rows: pd.DataFrame, Y: Floats, ours: Floats, n_sample: int) -> tuple[float, float]:
    """Return the CPU seconds of category_encoders' leave-one-out over all targets, from a sample, and our error."""
    from category_encoders import LeaveOneOutEncoder

    n_targets = Y.shape[1]
    sample = np.random.default_rng(0).choice(n_targets, min(n_sample, n_targets), replace=False)
    targets = [pd.Series(Y[:, target].astype(np.float64)) for target in sample]

    def loop() -> list[pd.DataFrame]:
        return [LeaveOneOutEncoder(cols=COLUMNS).fit_transform(rows, target) for target in targets]

    measured = measure(loop, repeats=1)
    theirs = np.concatenate([frame.to_numpy() for frame in measured.result], axis=1)
    mine = np.stack([ours[:, sample], ours[:, n_targets + sample]], axis=2).reshape(len(rows), -1)
    # Theirs gives the only row of a category its own target as a part of the prior; ours does not.
    several = np.stack([rows.groupby(column)[column].transform("size") > 1 for column in COLUMNS], axis=1)
    compared = np.tile(several, len(sample))
    return measured.cpu * n_targets / len(sample), error(mine[compared], theirs[compared])


class Table:
    """A markdown table of our CPU seconds beside others'."""

    def __init__(self) -> None:
        self.lines = [
            "| by cell type and by compound | kit, CPU s | peak MB | other | CPU s | peak MB | ratio | error |",
            "|---|---:|---:|---|---:|---:|---:|---:|",
        ]

    def add(self, name: str, kit: Measured, other: str, cpu: float, peak: int | None, largest: float) -> None:
        """Append one line."""
        ours, theirs = (f"{size / 1e6:.0f}" if size is not None else "–" for size in (kit.peak, peak))
        ratio = f"{cpu / kit.cpu:.1f}×"
        self.lines.append(
            f"| {name} | {kit.cpu:.3f} | {ours} | {other} | {cpu:.3f} | {theirs} | {ratio} | {largest:.0e} |"
        )


def compare_statistics(table: Table, rows: pd.DataFrame, Y: Floats, repeats: int, memory: bool) -> tuple[float, float]:
    """Add a line for every statistic alone and one for all in one fit; return our CPU seconds together and pandas'."""
    targets = pd.DataFrame(Y)
    keys = [rows[column].to_numpy() for column in COLUMNS]
    slow, peaks = 0.0, [0]
    oracles: list[list[np.ndarray]] = []
    for statistic in ["mean", "std", *QUANTILES]:

        def call(statistic: str | float = statistic) -> list[np.ndarray]:
            return [by_pandas(targets, key, statistic) for key in keys]

        theirs = measure(call, 1 if isinstance(statistic, float) and statistic != 0.5 else repeats, memory)
        ours = measure(_fitter(rows, Y, [statistic]), repeats, memory)
        largest = _largest_error(ours.result, [[oracle] for oracle in theirs.result])
        name = f"quantile {statistic}" if isinstance(statistic, float) else statistic
        table.add(name, ours, "pandas", theirs.cpu, theirs.peak, largest)
        slow += theirs.cpu
        peaks.append(theirs.peak or 0)
        oracles.append(theirs.result)
    ours = measure(_fitter(rows, Y, ["mean", "std", *QUANTILES]), repeats, memory)
    largest = _largest_error(ours.result, [list(tables) for tables in zip(*oracles, strict=True)])
    table.add("these seven in one fit", ours, "pandas, sum", slow, max(peaks) if memory else None, largest)
    return ours.cpu, slow


def _fitter(rows: pd.DataFrame, Y: Floats, wanted: Sequence[str | float]) -> Callable[[], TargetStatistics]:
    statistics = [name for name in wanted if isinstance(name, str)]
    quantiles = [probability for probability in wanted if isinstance(probability, float)]
    builder = TargetStatistics(list(COLUMNS), statistics, quantiles)  # type: ignore[arg-type]
    return lambda: builder.fit(rows, Y)


def _largest_error(builder: TargetStatistics, oracles: list[list[np.ndarray]]) -> float:
    """Compare the fitted tables, all but their last row (the prior), with those of pandas; a std of one row is 0."""
    return max(
        error(found[:-1], np.nan_to_num(oracle))
        for tables, expected in zip(builder.tables_, oracles, strict=True)
        for found, oracle in zip(tables, expected, strict=True)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=614)
    parser.add_argument("--targets", type=int, default=18211)
    parser.add_argument("--sample", type=int, default=500, help="targets that category_encoders is timed on")
    parser.add_argument(
        "--repeats", type=int, default=5, help="calls of which the fastest counts (pandas' quantiles: 1)"
    )
    parser.add_argument("--no-memory", action="store_true", help="leave out peak memory (saves half the time)")
    given = parser.parse_args()
    memory = not given.no_memory
    rows, Y = simulate(given.rows, given.targets)
    table = Table()
    with threadpool_limits(1):
        ours, slow = compare_statistics(table, rows, Y, given.repeats, memory)
        keys = [rows[column].to_numpy() for column in COLUMNS]
        targets = pd.DataFrame(Y)
        plain = measure(lambda: LeaveOneOut(list(COLUMNS), sigma=0).fit_transform(rows, Y), given.repeats, memory)
        theirs = measure(
            lambda: np.concatenate([leave_one_out_by_pandas(targets, key) for key in keys], axis=1),
            given.repeats,
            memory,
        )
        # The only row of a category divides by 0 there.
        alone = ~np.isfinite(theirs.result)
        largest = error(np.where(alone, 0, plain.result), np.where(alone, 0, theirs.result))
        table.add("leave-one-out, training rows", plain, "pandas", theirs.cpu, theirs.peak, largest)
        total, total_slow = ours + plain.cpu, slow + theirs.cpu
        encoders, largest = category_encoders_seconds(rows, Y, plain.result, given.sample)
        table.add("leave-one-out, training rows", plain, "category_encoders", encoders, None, largest)
        noisy = measure(
            lambda: LeaveOneOut(list(COLUMNS), sigma=0.2, random_state=0).fit_transform(rows, Y), given.repeats
        )
    print(f"{len(rows)} rows × {Y.shape[1]:,} targets, float32, one thread, one process. {machine()}, ", end="")
    print(f"pandas {pd.__version__}, category_encoders {version('category_encoders')}.\n")
    print("\n".join(table.lines))
    print(f"\nAll statistics: kit {total:.3f} s, pandas {total_slow:.3f} s: {total_slow / total:.1f} times less CPU.")
    print(f"Leave-one-out: {encoders / plain.cpu:.0f} times less CPU than category_encoders ", end="")
    print(f"(timed on {given.sample} targets, × {Y.shape[1] / given.sample:.1f}); with noise {noisy.cpu:.3f} s.")


if __name__ == "__main__":
    main()
