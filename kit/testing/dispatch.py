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
from kit.testing.promises import failure, reports_all
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


@reports_all
def check_plugin(plugin: Plugin, /, **options: Any) -> Reload:
    """Check that a plug-in keeps every promise of its family, and report all that are broken at once.

    Every plug-in
        is registered under its name and says in the first line of its docstring what it does; its constructor names
        and types every parameter, stores them as they are and does nothing else; what is wrong is an `InputError` that
        says so (`check_parameters` for parameters, `kit.arrays.as_matrix` for arrays); a call before ``fit`` is
        scikit-learn's ``NotFittedError``. ``fit`` returns itself, starts afresh, changes neither its arguments nor
        its parameters, draws every number from ``random_state`` and keeps what it learns in attributes that end in an
        underscore, so that what was saved computes the same in a fresh process. A row's result does not depend on the
        rows beside it, nor on their order.
    A feature builder (`FeatureBuilder`)
        returns finite float32, a column for every name of ``get_feature_names_out``, also for rows with categories
        that it has never seen; says by ``uses_targets`` whether it reads targets, and gives no training row features
        that its own target has a part in.
    An augmenter (`Augmenter`)
        returns changed copies of rows and the positions of the rows that they are copies of.
    A target transform (`TargetTransform`)
        leads back and forth without loss of its own coordinates; where it says that it is ``linear``, the squared
        distance of targets is that of coordinates plus ``residual``.
    A model (`Model`)
        fits any number of outputs at once, with weights of rows, constant columns and constant targets, and predicts
        finite float32 of the shape that it was fitted on; where it chooses along a path, it asks for the loss of
        held-out rows alone, and `freeze_choice` leaves nothing open.
    A kernel (`Kernel`)
        is an inner product: symmetric float64 without negative eigenvalues, its diagonal that of its matrix.
    A splitter (`Splitter`)
        gives folds of distinct names, weights above 0 and ascending positions, with no row on both sides; the same
        folds whatever the targets and the index of the rows.
    A blend (`Blend`)
        does not depend on the order of models or rows, returns a new array, and is the sum by ``weights_of`` where it
        gives weights; one that learns counts rows by their weights.
    A post-processor (`Postprocessor`)
        learns from the original training targets alone and returns finite float32 of the same shape.
    A metric (`kit.metrics.base`)
        gives finite numbers, the best one to a perfect prediction, and worse ones the more noise there is.

    Args:
        plugin: The plug-in, with small parameters: it is fitted some ten times. Nothing happens to it itself.
        **options: Arguments of the family's suite: data of one's own, promises that the plug-in does not make
            (``shows_own_target``), ``fresh_process=False`` to leave out what takes longest.

    Returns:
        What to check in a fresh process; hand many to `check_reloads` to start one process for all.

    Raises:
        AssertionError: Promises are broken; the message lists what was seen of each, and how to mend it.
    """
    for base, suite in SUITES.items():
        if isinstance(plugin, base):
            return suite(plugin, **options)
    bases = ", ".join(base.__name__ for base in SUITES)
    raise failure(plugin, "it belongs to no family", f"derive its class from one of {bases}")
