"""The section about the target transform's spectrum."""

from __future__ import annotations

import numpy as np

from kit.reporting.facts import RunFacts
from kit.reports.page import Section
from kit.reports.page.charts import logarithmic
from kit.reports.page.svg import FIRST, SECOND, drawing
from kit.targets import TargetSVD
from kit.training.fitting.target_store import TargetTransformCache


def spectrum(facts: RunFacts) -> Section | None:
    """The singular values that were kept, of the fit on all rows or of the first fold."""
    cache = TargetTransformCache(facts.path)
    for task in sorted((facts.path / "tasks").glob("*/*/seed=0/*")):
        if task.name != "final":
            continue
        transform = cache.of(task)
        for part in (transform, *getattr(transform, "steps_", [])):
            if isinstance(part, TargetSVD):
                return _of(part, task.parent.parent.name)
    return None


def _of(transform: TargetSVD, model: str) -> Section:
    values, shares = transform.singular_values_, transform.explained_variance_ratio_
    kept = float(shares.sum())
    half = int(np.searchsorted(np.cumsum(shares), kept / 2)) + 1
    places = np.arange(1, len(values) + 1)
    with drawing(height=2.6) as made:
        left, right = made.axes(2)
        left.plot(places, values, "o-", markersize=3, color=FIRST)
        logarithmic(left, "y")
        left.set_xlabel("component")
        left.set_ylabel("singular value")
        right.plot(places, np.cumsum(shares), color=SECOND)
        right.set_ylim(0, 1.02)
        right.set_xlabel("components")
        right.set_ylabel("share of the targets' square")
    return Section(
        key="spectrum",
        title=f"{transform.n_components_} components keep {kept:.0%} of the targets' square, {half} half of that",
        text=f"Of the fit of {model} on all rows. What is not kept no model of it can predict.",
        figure=made.svg,
        description="Singular values, and the share of the targets' square that they keep",
    )
