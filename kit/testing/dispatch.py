"""The conformance suite of a plug-in of any family."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kit.blends.base import Blend
from kit.features.augmentation import Augmenter
from kit.features.base import FeatureBuilder
from kit.metrics.base import Metric
from kit.models.base import Model
from kit.models.kernels import Kernel
from kit.plugins import Plugin
from kit.postprocess.base import Postprocessor
from kit.splits.base import Splitter
from kit.targets.base import TargetTransform
from kit.testing.joins import check_blend, check_metric, check_postprocessor
from kit.testing.promises import failure
from kit.testing.reloading import Reload
from kit.testing.suites.augmentation import check_augmenter
from kit.testing.suites.features import check_feature_builder
from kit.testing.suites.kernels import check_kernel
from kit.testing.suites.models import check_model
from kit.testing.suites.splits import check_splitter
from kit.testing.suites.targets import check_target_transform

SUITES: dict[type[Plugin], Callable[..., Reload]] = {
    Splitter: check_splitter,
    FeatureBuilder: check_feature_builder,
    Augmenter: check_augmenter,
    TargetTransform: check_target_transform,
    Model: check_model,
    Kernel: check_kernel,
    Blend: check_blend,
    Postprocessor: check_postprocessor,
    Metric: check_metric,
}
"""The suite of every family, by the family's base class."""


def check_plugin(plugin: Plugin, **options: Any) -> Reload:
    """Check that a plug-in keeps every promise of its family.

    Args:
        plugin: The plug-in.
        **options: Arguments of the family's suite: data of one's own, promises that the plug-in does not make.

    Returns:
        What to check in a fresh process; hand many to `check_reloads` to start one process for all.

    Raises:
        AssertionError: A promise is broken; the message says which and what to do.
    """
    for base, suite in SUITES.items():
        if isinstance(plugin, base):
            return suite(plugin, **options)
    bases = ", ".join(base.__name__ for base in SUITES)
    raise failure(plugin, "it belongs to no family", f"derive its class from one of {bases}")
