"""For authors of plug-ins: synthetic data with a planted truth, and suites that check what a plug-in promises.

    from kit.testing import check_no_leak, check_plugin

    def test_my_builder_keeps_its_promises():
        check_plugin(MyBuilder(columns=["cell_type"]))

    def test_my_builder_does_not_leak():
        check_no_leak(features=MyBuilder(columns=["cell_type"]))

Every suite raises an AssertionError that says which promise is broken and what to do about it.
"""

from kit.testing.competitions import make_competition
from kit.testing.conventions import check_conventions
from kit.testing.dispatch import SUITES, check_plugin
from kit.testing.joins import check_blend, check_metric, check_postprocessor, make_predictions
from kit.testing.leaks import LeakCase, check_no_leak, find_leaks
from kit.testing.reloading import Reload, check_reloads
from kit.testing.rows import make_features, make_new_rows, make_rows, replace_targets, unmeasured_pairs
from kit.testing.suites.augmentation import check_augmenter
from kit.testing.suites.features import check_feature_builder, check_own_target
from kit.testing.suites.kernels import check_kernel
from kit.testing.suites.models import check_model
from kit.testing.suites.splits import check_splitter
from kit.testing.suites.targets import check_target_transform

__all__ = [
    "SUITES",
    "LeakCase",
    "Reload",
    "check_augmenter",
    "check_blend",
    "check_conventions",
    "check_feature_builder",
    "check_kernel",
    "check_metric",
    "check_model",
    "check_no_leak",
    "check_own_target",
    "check_plugin",
    "check_postprocessor",
    "check_reloads",
    "check_splitter",
    "check_target_transform",
    "find_leaks",
    "make_competition",
    "make_features",
    "make_new_rows",
    "make_predictions",
    "make_rows",
    "replace_targets",
    "unmeasured_pairs",
]
