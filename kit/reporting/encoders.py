"""What encoders without labels have learnt: how well they reconstruct, the plane of their codes, images."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from kit.arrays import Doubles, Ints
from kit.data import Competition
from kit.data.columns import group_labels
from kit.features.autoencoder import Autoencoder
from kit.plugins import inner_plugins
from kit.reporting.facts import RunFacts
from kit.reports.page import Section
from kit.reports.page.charts import short
from kit.reports.page.svg import COLOURS, SERIES, SHAPES, drawing

_MOST_POINTS, _MOST_LABELS, _IMAGES = 2000, 12, 10
"""Rows of a plane, labels with a colour and shape of their own, images beside their reconstructions."""


def reconstruction(facts: RunFacts) -> pd.DataFrame | None:
    """Return one line for every autoencoder: its mean squared errors in scaled units; None without one.

    Returns:
        The columns ``block, measured_on, fits, reconstruction, column_means, share``, means over fits: the error of
        reconstructing rows, that of the columns' means, and one over the other.
    """
    lines = [
        {"block": block, "measured_on": report["measured_on"], "fit": (split, report["reconstruction_loss"])}
        | {"reconstruction": report["reconstruction_loss"], "column_means": report["column_mean_loss"]}
        for split, reports in facts.tasks[["split", "report"]].itertuples(index=False)
        for block, report in reports.items()
        if "reconstruction_loss" in report
    ]
    if not lines:
        return None
    # Models that read the same block have the same fit of it.
    table = pd.DataFrame(lines).drop_duplicates().groupby(["block", "measured_on"], sort=False)
    found = table.agg(
        fits=("fit", "size"), reconstruction=("reconstruction", "mean"), column_means=("column_means", "mean")
    )
    return found.assign(share=found["reconstruction"] / found["column_means"]).reset_index()


def learnt(facts: RunFacts) -> Iterator[Section]:
    """Yield the sections about autoencoders: their reconstruction, planes and images; none where there are none."""
    table = reconstruction(facts)
    if table is None:
        return
    best = table.loc[table["share"].idxmin()]
    yield Section(
        key="reconstruction",
        title=f"{best['block']} reconstructs {best['measured_on']} with {best['share']:.0%} of column means' error",
        text="Mean squared errors over rows and columns, in the units that the network reads, means over fits. Of a "
        "network that was not trained, what is left beyond column means is its first weights'.",
        tables={"Reconstruction": table},
    )
    if facts.tables is None or (pipelines := facts.saved.fold_pipelines(0)) is None:
        return
    tables, hidden = facts.tables, _hidden(facts)
    seen: set[str] = set()
    for pipeline in pipelines.values():
        for name, block in pipeline.features.items():
            encoders = [one for one in inner_plugins(block) if isinstance(one, Autoencoder)]
            if name not in seen and encoders:
                seen.add(name)
                yield from _of(name, encoders[0], tables, hidden)


def _hidden(facts: RunFacts) -> Ints:
    """Return the rows that the first fold hid, of many a sample."""
    folds = facts.oof_rows["fold"]
    rows = facts.oof_rows.loc[(folds == folds.iloc[0]).to_numpy(), "row"].to_numpy()
    chosen = np.random.default_rng(0).permutation(len(rows))[:_MOST_POINTS]
    return np.asarray(rows[np.sort(chosen)])


def _of(name: str, encoder: Autoencoder, tables: Competition, hidden: Ints) -> Iterator[Section]:
    rows = tables.rows.iloc[hidden].reset_index(drop=True)
    labels = group_labels(rows, tables.config.columns.group)
    if tables.config.problem.reads_labels:
        labels = np.array([str(tables.targets[place]) for place in np.asarray(tables.Y[hidden]).argmax(axis=1)])
    codes = encoder.transform(rows)
    if codes.shape[1] == 2 and len(rows) > 2:
        yield _plane(name, codes.astype(np.float64), labels)
    if encoder.image is not None:
        yield _images(name, encoder, rows, labels)


def _plane(name: str, codes: Doubles, labels: np.ndarray) -> Section:
    squares = np.square(codes[:, None] - codes).sum(axis=2)
    np.fill_diagonal(squares, np.inf)
    alike = float((labels[squares.argmin(axis=1)] == labels).mean())
    counts = pd.Series(labels).value_counts()
    chance = float(((counts / len(labels)) * ((counts - 1) / (len(labels) - 1))).sum())
    shown = sorted(counts.index[:_MOST_LABELS])
    with drawing(height=4.6) as made:
        [axes] = made.axes()
        rest = ~np.isin(labels, shown)
        axes.plot(*codes[rest].T, "o", color=COLOURS["floor"], markersize=3, alpha=0.5)
        for number, label in enumerate(shown):
            mine = codes[labels == label].T
            colour, shape = SERIES[number % len(SERIES)], SHAPES[number % len(SHAPES)]
            axes.plot(*mine, shape, color=colour, markersize=4, alpha=0.7, linestyle="none", label=short(label, 16))
        axes.set_xlabel("first number of the code")
        axes.set_ylabel("second number of the code")
        made.figure.legend(loc="outside lower center", ncols=min(5, len(shown)), fontsize=9)
    return Section(
        key=f"plane-{name}",
        title=f"In the plane of {name} the nearest other row is of the same label for {alike:.0%} of the rows",
        text=f"By chance it would be for {chance:.0%}. {len(labels):,} rows that the first fold hid from its models; "
        "their labels were not read to place them.",
        figure=made.svg,
        description=f"Rows by the two numbers that {name} makes of each, coloured by label",
        tables={"Rows by label": counts.rename_axis("label").reset_index(name="rows")},
    )


def _images(name: str, encoder: Autoencoder, rows: pd.DataFrame, labels: np.ndarray) -> Section:
    # The first of every label, then the second of every label …
    turn = pd.Series(labels).groupby(labels).cumcount().to_numpy()
    chosen = np.sort(np.lexsort((labels, turn))[:_IMAGES])
    chosen = chosen[np.argsort(labels[chosen], kind="stable")]
    both = encoder.reconstruct(rows.iloc[chosen])
    assert encoder.image is not None
    height, width = encoder.image
    framed = partial(np.pad, pad_width=1, constant_values=np.nan)
    tiles = [np.hstack([framed(image.reshape(height, width)) for image in images]) for images in both]
    errors = np.square(both[0] - both[1]).mean(axis=1)
    columns = encoder.code_width
    with drawing(height=1.7) as made:
        [axes] = made.axes()
        axes.imshow(np.vstack(tiles), cmap="Greys", interpolation="nearest")
        middles = (width + 2) * (np.arange(len(chosen)) + 0.5) - 0.5
        axes.set_xticks(middles, [short(label, 8) for label in labels[chosen]])
        axes.set_yticks([(height + 1) / 2, (height + 2) + (height + 1) / 2], ["original", "reconstructed"])
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
    table = pd.DataFrame({"label": labels[chosen], "error": errors})
    return Section(
        key=f"images-{name}",
        title=f"{name} makes {columns} numbers of an image, and the image again of these",
        text=f"Rows that the first fold hid, in the units that the network reads (scaling: {encoder.scaling}).",
        figure=made.svg,
        description=f"Images, and below each what {name} reconstructs of it",
        tables={"Mean squared error": table},
    )
