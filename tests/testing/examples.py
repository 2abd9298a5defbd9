"""An example of every plug-in of the kit: the table to which a new plug-in must be added."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from kit.blends import Mean, Median, Weighted
from kit.features import (
    CategoryCodes,
    Interaction,
    LeaveOneOut,
    Numeric,
    OneHot,
    TargetEncoding,
    TargetProfile,
    TargetStatistics,
)
from kit.features.augmentation import Mask, Noise
from kit.metrics import MRRMSE, Cosine, MeanAbsoluteError, Pearson, Spearman
from kit.models import Additive, GroupMean, LightGBM, MeanOutcome, Ridge, XGBoost, Zeros
from kit.plugins import Plugin
from kit.postprocess import Clip
from kit.reports.plugins import FAMILIES
from kit.splits import (
    GroupKFoldSplitter,
    HeldOutCellType,
    HeldOutCompounds,
    KFoldSplitter,
    KMeansSplitter,
    LeaveOneGroupOutSplitter,
    Mix,
)
from kit.targets import (
    ChainTarget,
    ClipTarget,
    IdentityTarget,
    PToScore,
    QuantileTarget,
    RankGaussTarget,
    ScoreToP,
    TargetSVD,
)
from kit.testing import LeakCase


@dataclass(frozen=True)
class Example:
    """A plug-in with parameters that fit the synthetic rows.

    Attributes:
        make: Constructs it.
        options: Arguments of its conformance suite: data it asks for, promises that it says it does not make.
        leak: The recipe in which it is tested for leaks; None where its family has nothing to leak.
    """

    make: Callable[[], Plugin]
    options: dict[str, Any] = field(default_factory=dict)
    leak: LeakCase | None = None


def _feature(make: Callable[[], Any], **options: Any) -> Example:
    return Example(make, options, LeakCase(features=make()))


def _model(make: Callable[[], Any], codes: bool = False) -> Example:
    features: Any = CategoryCodes(["cell_type", "sm_name"]) if codes else None
    return Example(make, {}, LeakCase(features=features, model=make()))


def _augmenter(make: Callable[[], Any]) -> Example:
    return Example(make, {}, LeakCase(augment=[make()]))


def _target(make: Callable[[], Any]) -> Example:
    return Example(make, {}, LeakCase(target=make()))


def _splitter(make: Callable[[], Any], follows_targets: bool = False) -> Example:
    leak = LeakCase(folds=make(), follows_targets=follows_targets)
    return Example(make, {"follows_targets": follows_targets}, leak)


BY: list[str | list[str]] = ["cell_type", ["cell_type", "sm_name"], "sm_name"]

EXAMPLES: dict[str, Example] = {
    "feature one_hot": _feature(lambda: OneHot(["cell_type", "sm_name"])),
    "feature one_hot, strict": Example(lambda: OneHot(["cell_type"], handle_unknown="error"), {"refuses_unseen": True}),
    "feature category_codes": _feature(lambda: CategoryCodes(["cell_type", "sm_name"])),
    "feature numeric": Example(lambda: Numeric(["dose"])),
    "feature target_statistics": _feature(
        lambda: TargetStatistics(BY, ["mean", "std", "median", "min", "max", "first", "count"], [0.1, 0.75]),
        shows_own_target=True,
    ),
    "feature target_encoding": _feature(lambda: TargetEncoding(BY)),
    "feature target_encoding, smooth": _feature(lambda: TargetEncoding(BY, n_splits=3, smooth=2.0)),
    "feature leave_one_out": _feature(lambda: LeaveOneOut(BY)),
    "feature leave_one_out, without noise": _feature(lambda: LeaveOneOut(["sm_name"], sigma=0)),
    "feature target_profile": _feature(lambda: TargetProfile()),
    "feature target_profile, centred": _feature(lambda: TargetProfile(center="cell_type", shrinkage=0.5)),
    "feature interaction": _feature(lambda: Interaction(OneHot(["cell_type"]), TargetProfile())),
    "augmenter mask": _augmenter(lambda: Mask(share=0.4)),
    "augmenter noise": _augmenter(lambda: Noise(copies=2)),
    "target identity": _target(lambda: IdentityTarget()),
    "target svd": _target(lambda: TargetSVD(n_components=5)),
    "target svd, by group": _target(lambda: TargetSVD(n_components=0.9, center="group")),
    "target svd, threshold": _target(lambda: TargetSVD(n_components="gavish_donoho", center="mean")),
    "target clip": _target(lambda: ClipTarget(1.0)),
    "target p_to_score": _target(lambda: PToScore(5.0)),
    "target score_to_p": _target(lambda: ScoreToP()),
    "target quantile": _target(lambda: QuantileTarget()),
    "target rank_gauss": _target(lambda: RankGaussTarget()),
    "target chain": _target(lambda: ChainTarget([PToScore(), TargetSVD(4)])),
    "model zeros": _model(lambda: Zeros()),
    "model mean_outcome": _model(lambda: MeanOutcome()),
    "model group_mean": _model(lambda: GroupMean(column=1), codes=True),
    "model additive": _model(lambda: Additive(), codes=True),
    "model ridge": _model(lambda: Ridge(3.0)),
    "model ridge, path": _model(lambda: Ridge([0.1, 10.0, 1000.0])),
    "model lightgbm": _model(lambda: LightGBM(n_estimators=4, num_leaves=4, min_data_in_leaf=3, extra_trees=True)),
    "model lightgbm, stopping": _model(
        lambda: LightGBM(n_estimators=8, learning_rate=0.5, min_data_in_leaf=3, early_stopping_rounds=2)
    ),
    "model xgboost": _model(lambda: XGBoost(n_estimators=4, max_depth=2, subsample=0.8)),
    "model xgboost, stopping": _model(lambda: XGBoost(n_estimators=6, max_depth=2, early_stopping_rounds=2)),
    "splitter held_out_cell_type": _splitter(lambda: HeldOutCellType()),
    "splitter held_out_compounds": _splitter(lambda: HeldOutCompounds(n_splits=2)),
    "splitter kfold": _splitter(lambda: KFoldSplitter(3)),
    "splitter kmeans": _splitter(lambda: KMeansSplitter(3, n_clusters=2), follows_targets=True),
    "splitter group_kfold": _splitter(lambda: GroupKFoldSplitter("sm_name", 3)),
    "splitter leave_one_group_out": _splitter(lambda: LeaveOneGroupOutSplitter("cell_type")),
    "splitter mix": _splitter(lambda: Mix([KFoldSplitter(2), GroupKFoldSplitter("sm_name", 2)], [2.0, 1.0])),
    "blend mean": Example(lambda: Mean(), {}, LeakCase(blend="mean")),
    "blend median": Example(lambda: Median(), {}, LeakCase(blend="median")),
    "blend weighted": Example(
        lambda: Weighted({"model": 1.0, "plain": 0.3}, normalize=False),
        {"names": ["model", "plain"]},
        LeakCase(blend=Weighted({"model": 1.0, "plain": 0.3}, normalize=False)),
    ),
    "postprocessor clip": Example(lambda: Clip(margin=0.1), {}, LeakCase(postprocess=[Clip(margin=0.1)])),
    "metric mrrmse": Example(lambda: MRRMSE()),
    "metric mae": Example(lambda: MeanAbsoluteError()),
    "metric pearson": Example(lambda: Pearson()),
    "metric spearman": Example(lambda: Spearman()),
    "metric cosine": Example(lambda: Cosine()),
}
"""Examples by family and kind, with what is special after a comma."""

CHOICES: dict[str, LeakCase] = {
    "choose a penalty": LeakCase(model="ridge", choose={"params.penalty": [0.1, 10.0, 1000.0]}),
    "choose the rank of the targets": LeakCase(model="ridge", choose={"target.params.n_components": [1, 2, 6]}),
    "choose on random inner folds": LeakCase(
        folds={"kind": "held_out_cell_type", "inner": {"kind": "kfold", "params": {"n_splits": 3}}},
        choose={"params.penalty": [0.1, 1000.0], "target.params.n_components": [2, 6]},
    ),
}
"""Recipes that choose inside a fold, by the kit's own code."""


def without_example() -> list[str]:
    """Return every plug-in of the kit that has no example, as "family kind"."""
    shown = {name.partition(",")[0] for name in EXAMPLES}
    return [
        f"{family} {cls.kind}"
        for family, registry in FAMILIES.items()
        for cls in registry
        if cls.__module__.startswith("kit.") and f"{family} {cls.kind}" not in shown
    ]
