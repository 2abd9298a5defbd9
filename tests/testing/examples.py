"""An example of every plug-in of the kit: the table to which a new plug-in must be added."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kit.arrays import Floats
from kit.blends import (
    ByScore,
    ByVariance,
    Greedy,
    LeastMRRMSE,
    Mean,
    Median,
    NonNegative,
    PerGroupBlend,
    Weighted,
)
from kit.features import (
    Aggregate,
    Autoencoder,
    Bags,
    CategoryCodes,
    Concatenated,
    Descriptors,
    EmbeddingTable,
    Fingerprint,
    FittedOnAllRows,
    GeneProfile,
    Imputed,
    Interaction,
    LanguageModel,
    LatentVectors,
    LeaveOneOut,
    MemberCodes,
    MemberProfile,
    MultiHot,
    NeighbourProfile,
    Normalised,
    Numeric,
    Nystroem,
    OneHot,
    Reduced,
    Scaled,
    Selected,
    Similarity,
    StagePredictions,
    TargetEncoding,
    TargetProfile,
    TargetStatistics,
    TextVectors,
    WeightedEmbedding,
    with_predictions,
)
from kit.features.augmentation import Mask, Noise
from kit.metrics import (
    MRRMSE,
    Cosine,
    DeltaPearson,
    Discrimination,
    ExplainedVariance,
    MeanAbsoluteError,
    Pearson,
    Spearman,
    TargetPearson,
    TopDirection,
    TopOverlap,
    WeightedMSE,
)
from kit.models import (
    MLP,
    Additive,
    Bagged,
    Calibrated,
    CatBoost,
    Conv,
    CoregionalizedGP,
    EmbeddingMLP,
    ExtraTrees,
    GroupMean,
    LightGBM,
    MeanOutcome,
    PanelMap,
    PerGroup,
    PerPoint,
    RandomForest,
    Recurrent,
    ResNetMLP,
    Ridge,
    Transformer,
    TwoTower,
    XGBoost,
    XGBoostSketch,
    XGBoostVectorLeaf,
    Zeros,
)
from kit.models.kernels import (
    RBF,
    SVR,
    GaussianProcess,
    KernelRidge,
    Linear,
    Nearest,
    Polynomial,
    Product,
    Sum,
    Tanimoto,
)
from kit.models.kernels import Cosine as CosineKernel
from kit.plugins import REGRESSION, Plugin
from kit.postprocess import Clip
from kit.reports.plugins import FAMILIES
from kit.splits import (
    GivenSplit,
    GroupKFoldSplitter,
    HeldOutCellType,
    HeldOutCompounds,
    KFoldSplitter,
    KMeansSplitter,
    LeaveOneGroupOutSplitter,
    Mix,
    StructureKFold,
    UnseenMembers,
    ValidateOnly,
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
from kit.testing import LeakCase, make_new_rows, make_rows
from tests.extras import HAS_TORCH, needs_torch, of_torch
from tests.features.compound_vectors import compound_vectors
from tests.features.gene_tables import dose_texts, dose_vectors
from tests.features.language_model.tiny import tiny_checkpoint
from tests.features.points_table import points_table


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


def _grouped(make: Callable[[], Any]) -> Example:
    """A model that names its rows' group by the block ``codes``."""
    features = {"codes": CategoryCodes(["cell_type"]), "profile": TargetProfile()}
    return Example(make, {}, LeakCase(features=features, model=make()))


def _augmenter(make: Callable[[], Any]) -> Example:
    return Example(make, {}, LeakCase(augment=[make()]))


def _target(make: Callable[[], Any]) -> Example:
    return Example(make, {}, LeakCase(target=make()))


def _splitter(make: Callable[[], Any], follows_targets: bool = False) -> Example:
    leak = LeakCase(folds=make(), follows_targets=follows_targets)
    return Example(make, {"follows_targets": follows_targets}, leak)


BY: list[str | list[str]] = ["cell_type", ["cell_type", "sm_name"], "sm_name"]

PLAIN: dict[str, Any] = {"cell": OneHot(["cell_type"]), "profile": TargetProfile()}
STACKED: dict[str, Any] = PLAIN | {"first": StagePredictions("first")}
FIRST: dict[str, Any] = {"first": {"models": {"a": {"kind": "ridge", "features": ["cell", "profile"]}}}}
# Few rows are left inside of a fold inside of a fold: too few to hold out a cell type there.
RANDOM_INSIDE: dict[str, Any] = {
    "kind": "held_out_cell_type",
    "inner": {"kind": "kfold", "params": {"n_splits": 3}},
}
LEARNING: dict[str, Any] = {
    "models": {
        "a": {"kind": "ridge", "features": ["cell", "profile"]},
        "b": {"kind": "ridge", "features": ["profile"], "params": {"penalty": 0.1}},
    },
    "blend": {"kind": "nnls"},
}


PROCESS_TERMS: Any = [
    {"cell": "free"},
    {"cell": "free", "drug": {"low_rank": 3}},
    {"cell": "identity", "drug": {"rbf": "low_rank"}},
    {"drug": {"kernel": "rbf", "of": "structure"}},
]


def _learnt(make: Callable[[], Any]) -> Example:
    return Example(make, {}, LeakCase(blend=make(), folds=RANDOM_INSIDE))


def staged_rows(stage: str) -> tuple[pd.DataFrame, Floats, pd.DataFrame]:
    """Return rows, targets and new rows with predictions of a stage: noise, which is as good as any here."""
    rows, Y = make_rows()
    new_rows = make_new_rows(rows)
    rng = np.random.default_rng(0)
    with_noise = [
        with_predictions(one, stage, rng.standard_normal((len(one), Y.shape[1]), dtype=np.float32))
        for one in (rows, new_rows)
    ]
    return with_noise[0], Y, with_noise[1]


EXAMPLES: dict[str, Example] = {
    "feature one_hot": _feature(lambda: OneHot(["cell_type", "sm_name"])),
    "feature one_hot, strict": Example(lambda: OneHot(["cell_type"], handle_unknown="error"), {"refuses_unseen": True}),
    "feature category_codes": _feature(lambda: CategoryCodes(["cell_type", "sm_name"])),
    "feature numeric": Example(lambda: Numeric(["dose"])),
    "feature impute": Example(lambda: Imputed(["dose"])),
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
    "feature language_model": Example(
        lambda: LanguageModel(tiny_checkpoint(), cache=f"{tiny_checkpoint()}/../cache", pooling="both", n_components=3)
    ),
    "feature text_vectors": Example(lambda: TextVectors("plate", n_components=3, min_texts=1)),
    "feature weighted_embedding": Example(lambda: WeightedEmbedding(dose_vectors(), ["dose"])),
    "feature weighted_embedding, of texts": Example(
        lambda: WeightedEmbedding(dose_texts(), ["dose"], "gene", vectors=TextVectors("text", min_texts=1))
    ),
    "feature embedding_table": Example(lambda: EmbeddingTable(compound_vectors(), normalize="l2")),
    "feature target_profile, per cell type": _feature(
        lambda: TargetProfile(per="cell_type", center="cell_type", shrinkage=0.5)
    ),
    "feature target_profile, weighted": Example(lambda: TargetProfile(by="cell_type", weights="dose")),
    "feature gene_profile": _feature(lambda: GeneProfile(genes=1000, per="cell_type")),
    # Which targets vary most is learnt from all training rows, and said so.
    "feature gene_profile, a few": _feature(lambda: GeneProfile(genes=5, center="cell_type"), shows_own_target=True),
    # The rotation of its vectors holds a share of every target.
    "feature latent_vectors": _feature(
        lambda: LatentVectors(CoregionalizedGP(n_steps=3), n_components=3, n_splits=2), shows_own_target=True
    ),
    "feature multi_hot": _feature(lambda: MultiHot("sm_name")),
    "feature member_codes": _feature(lambda: MemberCodes("sm_name")),
    "feature member_profile": _feature(lambda: MemberProfile("sm_name", shrinkage=0.5)),
    "feature fingerprint": _feature(lambda: Fingerprint(n_bits=64, counts=True, indicator=True)),
    "feature fingerprint, maccs": _feature(lambda: Fingerprint(method="maccs")),
    "feature descriptors": _feature(lambda: Descriptors(clip=0.05)),
    "feature similarity": _feature(lambda: Similarity(Fingerprint(n_bits=64))),
    "feature similarity, nearest": _feature(
        lambda: Similarity(Descriptors(names=["MolWt", "TPSA"]), metric="rbf", k=3)
    ),
    "feature neighbour_profile": _feature(lambda: NeighbourProfile(Fingerprint(n_bits=64), k=3)),
    "feature neighbour_profile, centred": _feature(
        lambda: NeighbourProfile(Fingerprint(n_bits=64), metric="cosine", center="cell_type", shrinkage=0.3, power=2.0)
    ),
    "feature scaled": _feature(lambda: Scaled(Descriptors(names=["MolWt", "TPSA", "MolLogP"]))),
    "feature scaled, rank_gauss": _feature(lambda: Scaled(OneHot(["cell_type"]), method="rank_gauss")),
    # The scale, basis or choice around features made of targets is learnt from all training rows, and said so.
    "feature scaled, of targets": _feature(lambda: Scaled(TargetProfile(), method="robust"), shows_own_target=True),
    "feature nystroem": _feature(lambda: Nystroem(Fingerprint(n_bits=64), n_components=6, metric="tanimoto")),
    "feature reduced": _feature(lambda: Reduced(Fingerprint(n_bits=64), n_components=4, whiten=True)),
    "feature reduced, of targets": _feature(
        lambda: Reduced(TargetProfile(), n_components=8, center="none"), shows_own_target=True
    ),
    "feature selected": _feature(lambda: Selected(Fingerprint(n_bits=64), n_features=10)),
    "feature selected, by targets": _feature(
        lambda: Selected(TargetProfile(), n_features=8, by="f_score"), shows_own_target=True
    ),
    "feature concatenated": _feature(lambda: Concatenated([OneHot(["cell_type"]), TargetProfile()])),
    "feature interaction": _feature(lambda: Interaction(OneHot(["cell_type"]), TargetProfile())),
    "feature stage_predictions": Example(
        lambda: StagePredictions("first"),
        dict(zip(("rows", "Y", "new_rows"), staged_rows("first"), strict=True)),
        LeakCase(features=STACKED, stages=FIRST),
    ),
    "feature autoencoder": _feature(lambda: Autoencoder(Fingerprint(n_bits=32), layers=[8, 8], n_epochs=3)),
    "feature autoencoder, greedy": Example(
        lambda: Autoencoder(Numeric(["dose"]), layers=[6], bottleneck=2, output="bottleneck", greedy=True, n_epochs=2)
    ),
    "feature fitted_on_all_rows": _feature(lambda: FittedOnAllRows(Scaled(Fingerprint(n_bits=32)))),
    "feature aggregate": Example(
        lambda: Aggregate(
            points_table(), ["sm_name"], ["x0", "x1"], ["mean", "second_moments", "quantiles"], within=["plate"]
        )
    ),
    "feature bags": Example(lambda: Bags(points_table(), ["sm_name"], ["x0", "x1"], sample=1, within=["plate"])),
    "feature normalised": Example(lambda: Normalised(points_table(1), ["sm_name"], ["x0", "x1"], ["plate"])),
    "augmenter mask": _augmenter(lambda: Mask(share=0.4)),
    "augmenter noise": _augmenter(lambda: Noise(copies=2)),
    "target identity": _target(lambda: IdentityTarget()),
    "target svd": _target(lambda: TargetSVD(n_components=5)),
    "target svd, by group": _target(lambda: TargetSVD(n_components=0.9, center="group")),
    "target svd, threshold": _target(lambda: TargetSVD(n_components="gavish_donoho", center="mean")),
    "target svd, predicted rank": _target(lambda: TargetSVD(n_components="auto", center="mean")),
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
    "model panel_map": _model(lambda: PanelMap(), codes=True),
    "model ridge": _model(lambda: Ridge(3.0)),
    "model ridge, path": _model(lambda: Ridge([0.1, 10.0, 1000.0])),
    "model lightgbm": _model(lambda: LightGBM(n_estimators=4, num_leaves=4, min_data_in_leaf=3, extra_trees=True)),
    "model lightgbm, stopping": _model(
        lambda: LightGBM(n_estimators=8, learning_rate=0.5, min_data_in_leaf=3, early_stopping_rounds=2)
    ),
    "model xgboost": _model(lambda: XGBoost(n_estimators=4, max_depth=2, subsample=0.8)),
    "model xgboost, stopping": _model(lambda: XGBoost(n_estimators=6, max_depth=2, early_stopping_rounds=2)),
    "model xgboost_vector_leaf": _model(lambda: XGBoostVectorLeaf(n_estimators=4, max_depth=2, subsample=0.8)),
    "model xgboost_vector_leaf, stopping": _model(
        lambda: XGBoostVectorLeaf(n_estimators=6, max_depth=2, early_stopping_rounds=2)
    ),
    "model xgboost_sketch": _model(lambda: XGBoostSketch(n_estimators=4, sketch_size=2, max_depth=2)),
    "model xgboost_sketch, stopping": _model(
        lambda: XGBoostSketch(6, sketch_size=2, sketch="random_sampling", max_depth=2, early_stopping_rounds=2)
    ),
    "model catboost": _model(lambda: CatBoost(iterations=4, depth=2, bootstrap_type="MVS", subsample=0.8)),
    "model catboost, stopping": _model(lambda: CatBoost(iterations=6, depth=2, early_stopping_rounds=2)),
    "model extra_trees": _model(lambda: ExtraTrees(4, min_samples_leaf=2, max_features=0.5)),
    "model random_forest": _model(lambda: RandomForest(4, max_depth=4, max_features="sqrt")),
    "model kernel_ridge": _model(lambda: KernelRidge(Product(RBF(), Sum(Linear(), CosineKernel())), 3.0)),
    "model kernel_ridge, path": _model(lambda: KernelRidge(penalty=[0.1, 10.0, 1000.0])),
    "model kernel_ridge, landmarks": _model(lambda: KernelRidge(penalty="auto", landmarks=9)),
    "model svr": _model(lambda: SVR()),
    "model gaussian_process": _model(lambda: GaussianProcess(RBF("median"))),
    "model gaussian_process, landmarks": _model(lambda: GaussianProcess(RBF("median"), landmarks=9)),
    "model nearest": _model(lambda: Nearest(k=3)),
    "model nearest, path": _model(lambda: Nearest(RBF(), k=[2, 5, 20], neighbors="distinct")),
    "model coregionalized_gp": Example(
        lambda: CoregionalizedGP(n_steps=8),
        {},
        LeakCase(
            features=CategoryCodes(["cell_type", "sm_name"]),
            model=CoregionalizedGP(n_steps=8),
            target=IdentityTarget(),
        ),
    ),
    "model coregionalized_gp, terms": Example(
        lambda: CoregionalizedGP(
            PROCESS_TERMS,
            scale_rows=True,
            target_deviations=0.5,
            center="context",
            two_stages=True,
            n_steps=5,
            blocks={"cell": (0, 1), "drug": (1, 2), "structure": (2, 8)},
        ),
        {},
        LeakCase(
            features={
                "cell": CategoryCodes(["cell_type"]),
                "drug": CategoryCodes(["sm_name"]),
                "structure": Fingerprint(n_bits=64),
            },
            model=CoregionalizedGP(PROCESS_TERMS, scale_rows=True, target_deviations=0.5, two_stages=True, n_steps=5),
            target=IdentityTarget(),
        ),
    ),
    "kernel rbf": Example(lambda: RBF("median")),
    "kernel linear": Example(lambda: Linear()),
    "kernel polynomial": Example(lambda: Polynomial(3, 0.5)),
    "kernel tanimoto": Example(lambda: Tanimoto()),
    "kernel cosine": Example(lambda: CosineKernel()),
    "kernel product": Example(lambda: Product(RBF(), Tanimoto())),
    "kernel sum": Example(lambda: Sum(RBF(), Linear(), 2.0, 0.5)),
    "model mlp": _model(lambda: MLP((8,), n_epochs=3, dropout=0.2)),
    "model mlp, stopping": _model(lambda: MLP((8,), n_epochs=4, early_stopping_epochs=2, norm="layer")),
    "model resnet_mlp": _model(lambda: ResNetMLP(8, n_epochs=3, optimizer="lion", schedule="one_cycle")),
    "model embedding_mlp": Example(
        lambda: EmbeddingMLP("codes", embedding_dim=4, hidden=(8,), n_epochs=3),
        {},
        LeakCase(
            features={"codes": CategoryCodes(["cell_type", "sm_name"]), "profile": TargetProfile()},
            model=EmbeddingMLP("codes", embedding_dim=4, hidden=(8,), n_epochs=3),
        ),
    ),
    "model conv": _model(lambda: Conv(channels=[3, 4], hidden=[8], n_epochs=2)),
    "model conv, fourth_place": Example(
        lambda: Conv(preset="fourth_place", channels=[8, 8, 8], image_size=8, n_epochs=1)
    ),
    "model recurrent": _model(lambda: Recurrent(hidden_size=4, hidden=[8], n_epochs=2)),
    "model recurrent, lstm": _model(lambda: Recurrent("lstm", hidden_size=4, n_layers=1, hidden=[], n_epochs=2)),
    "model transformer": _model(
        lambda: Transformer(n_layers=1, d_model=8, n_heads=2, feedforward=8, pooling="cls", n_epochs=2)
    ),
    "model two_tower": _model(
        lambda: TwoTower(["cell"], ["profile"], [8, 4], rank=3, n_epochs=2, blocks={"cell": (0, 2), "profile": (2, 8)})
    ),
    "model per_group": _grouped(lambda: PerGroup(Ridge(3.0), by="codes", min_rows=1)),
    "model per_point": _grouped(lambda: PerPoint(Ridge(3.0), points="codes", n_points=1)),
    "model bagged": _model(lambda: Bagged(ExtraTrees(n_estimators=2), n_repeats=2, share=0.8)),
    "model calibrated": _grouped(lambda: Calibrated(Ridge(3.0), by="codes", n_splits=2)),
    "splitter held_out_cell_type": _splitter(lambda: HeldOutCellType()),
    "splitter held_out_compounds": _splitter(lambda: HeldOutCompounds(n_splits=2)),
    "splitter kfold": _splitter(lambda: KFoldSplitter(3)),
    "splitter kmeans": _splitter(lambda: KMeansSplitter(3, n_clusters=2), follows_targets=True),
    "splitter group_kfold": _splitter(lambda: GroupKFoldSplitter("sm_name", 3)),
    "splitter group_kfold, stratified": _splitter(lambda: GroupKFoldSplitter("sm_name", 2, stratify="SMILES")),
    "splitter leave_one_group_out": _splitter(lambda: LeaveOneGroupOutSplitter("cell_type")),
    "splitter structure_kfold": _splitter(lambda: StructureKFold(n_splits=2)),
    "splitter given": Example(
        lambda: GivenSplit("cell_type", "NK cells", "T cells CD4+"),
        {},
        LeakCase(folds=GivenSplit("control", "False", "True")),
    ),
    "splitter unseen_members": _splitter(lambda: UnseenMembers("sm_name", [1], n_splits=2)),
    "splitter validate_only": _splitter(
        lambda: ValidateOnly(KFoldSplitter(2), "cell_type", ["NK cells", "T cells CD4+"])
    ),
    "splitter mix": _splitter(lambda: Mix([KFoldSplitter(2), GroupKFoldSplitter("sm_name", 2)], [2.0, 1.0])),
    "blend mean": Example(lambda: Mean(), {}, LeakCase(blend="mean")),
    "blend median": Example(lambda: Median(), {}, LeakCase(blend="median")),
    "blend weighted": Example(
        lambda: Weighted({"model": 1.0, "plain": 0.3}, normalize=False),
        {"names": ["model", "plain"]},
        LeakCase(blend=Weighted({"model": 1.0, "plain": 0.3}, normalize=False)),
    ),
    "blend by_score": _learnt(lambda: ByScore(0.2)),
    "blend by_score, inverse_power": _learnt(lambda: ByScore(0.5, "inverse_power")),
    "blend by_variance": _learnt(lambda: ByVariance()),
    "blend by_variance, with forecasts": Example(
        lambda: ByVariance(power=4.0),
        {},
        LeakCase(
            features={"plain": OneHot(["cell_type"]), "codes": CategoryCodes(["cell_type", "sm_name"])},
            model={"kind": "coregionalized_gp", "features": ["codes"], "target": "identity", "params": {"n_steps": 3}},
            blend=ByVariance(power=4.0),
            folds=RANDOM_INSIDE,
        ),
    ),
    "blend nnls": _learnt(lambda: NonNegative(ridge=0.01)),
    "blend nnls, with any sum": _learnt(lambda: NonNegative(sum_to_one=False)),
    "blend mrrmse_weights": _learnt(lambda: LeastMRRMSE()),
    "blend greedy": _learnt(lambda: Greedy(20)),
    "blend greedy, in bags": _learnt(lambda: Greedy(10, n_bags=3, bag_share=0.7)),
    "blend per_group": _learnt(lambda: PerGroupBlend(NonNegative(), min_rows=10)),
    "blend per_group, of medians": _learnt(lambda: PerGroupBlend(Median(), min_rows=1)),
    "postprocessor clip": Example(lambda: Clip(margin=0.1), {}, LeakCase(postprocess=[Clip(margin=0.1)])),
    "metric mrrmse": Example(lambda: MRRMSE()),
    "metric mae": Example(lambda: MeanAbsoluteError()),
    "metric pearson": Example(lambda: Pearson()),
    "metric spearman": Example(lambda: Spearman()),
    "metric cosine": Example(lambda: Cosine()),
    "metric target_pearson": Example(lambda: TargetPearson()),
    "metric explained_variance": Example(lambda: ExplainedVariance()),
    "metric delta_pearson": Example(lambda: DeltaPearson()),
    "metric discrimination": Example(lambda: Discrimination()),
    "metric weighted_mse": Example(lambda: WeightedMSE()),
    "metric top_overlap": Example(lambda: TopOverlap(k=4)),
    "metric top_direction": Example(lambda: TopDirection(k=4)),
}
"""Examples by family and kind, with what is special after a comma."""

STAGES: dict[str, LeakCase] = {
    "stacked, learning blends": LeakCase(
        features=STACKED, stages=FIRST | {"first": LEARNING}, blend=NonNegative(), folds=RANDOM_INSIDE
    ),
    "taught": LeakCase(
        features=PLAIN, stages={"first": LEARNING}, pseudo_labels={"stage": "first", "rounds": 2}, folds=RANDOM_INSIDE
    ),
    "taught by the surest rows of a stacked stage": LeakCase(
        features=STACKED,
        stages=FIRST
        | {
            "second": {
                "models": {
                    "sure": {"kind": "gaussian_process", "features": ["cell", "first"]},
                    "other": {"kind": "ridge", "features": ["profile", "first"]},
                },
                "pseudo_labels": {"stage": "first", "weight": 0.5},
            }
        },
        pseudo_labels={"stage": "second", "by_variance": True, "keep": {"variance": 0.8}},
        choose={"params.penalty": [0.1, 1000.0]},
    ),
}
"""Recipes of several stages, by the kit's own code."""

CHOICES: dict[str, LeakCase] = {
    "choose a penalty": LeakCase(model="ridge", choose={"params.penalty": [0.1, 10.0, 1000.0]}),
    "choose the rank of the targets": LeakCase(model="ridge", choose={"target.params.n_components": [1, 2, 6]}),
    "choose on random inner folds": LeakCase(
        folds={"kind": "held_out_cell_type", "inner": {"kind": "kfold", "params": {"n_splits": 3}}},
        choose={"params.penalty": [0.1, 1000.0], "target.params.n_components": [2, 6]},
    ),
}
"""Recipes that choose inside a fold, by the kit's own code."""


NEED_TORCH = {name for name in EXAMPLES if of_torch(*name.partition(",")[0].split())}
"""The examples that compute with torch."""

TESTABLE = [name for name in EXAMPLES if HAS_TORCH or name not in NEED_TORCH]
"""The examples that can be computed here."""


def marked(names: Iterable[str]) -> list[Any]:
    """Return names of examples as parameters of a test; those that cannot be computed here are skipped."""
    return [pytest.param(name, marks=[needs_torch] if name in NEED_TORCH else []) for name in names]


def without_example() -> list[str]:
    """Return every plug-in of the kit that has no example, as "family kind"."""
    shown = {name.partition(",")[0] for name in EXAMPLES}
    # The suites are of regressions; what is for other kinds of problem alone has tests of its own.
    return [
        f"{family} {cls.kind}"
        for family, registry in FAMILIES.items()
        for cls in registry
        if REGRESSION in cls.problems and cls.__module__.startswith("kit.") and f"{family} {cls.kind}" not in shown
    ]
