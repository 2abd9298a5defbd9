"""Metrics of predicted rows: row by row and of whole sets, their reduced form, scores of many members, intervals."""

from kit.metrics.base import METRICS, Metric, RowMetric, as_weights, metric_name
from kit.metrics.bootstrap import Interval, bootstrap_interval
from kit.metrics.classes import (
    CLASS_METRICS,
    F1,
    NDCG,
    Accuracy,
    BalancedAccuracy,
    ClassMetric,
    DescendantAccuracy,
    HierarchicalF1,
    LogLoss,
    Precision,
    ReciprocalRank,
    TopK,
)
from kit.metrics.effects import StrongestTargets, TopDirection, TopOverlap, WeightedMSE
from kit.metrics.groupwise import DeltaPearson, Discrimination, GroupMetric
from kit.metrics.reduced import reduced_mean, reduced_per_row
from kit.metrics.rescale import BestScale, best_scale
from kit.metrics.retrieval import (
    RETRIEVAL_METRICS,
    MeanAveragePrecision,
    PercentReplicating,
    PrecisionAtR,
    RetrievalMetric,
    label_significance,
)
from kit.metrics.rowwise import (
    BENCHMARK_METRICS,
    MRRMSE,
    BlockMetric,
    Cosine,
    DistanceMetric,
    MeanAbsoluteError,
    Pearson,
    Spearman,
    row_scores,
)
from kit.metrics.scores import Difference, Scorer, Scores, table_metrics
from kit.metrics.targetwise import ExplainedVariance, TargetPearson
from kit.metrics.weighted import WeightedMetric

__all__ = [
    "BENCHMARK_METRICS",
    "CLASS_METRICS",
    "F1",
    "METRICS",
    "MRRMSE",
    "NDCG",
    "RETRIEVAL_METRICS",
    "Accuracy",
    "BalancedAccuracy",
    "BestScale",
    "BlockMetric",
    "ClassMetric",
    "Cosine",
    "DeltaPearson",
    "DescendantAccuracy",
    "Difference",
    "Discrimination",
    "DistanceMetric",
    "ExplainedVariance",
    "GroupMetric",
    "HierarchicalF1",
    "Interval",
    "LogLoss",
    "MeanAbsoluteError",
    "MeanAveragePrecision",
    "Metric",
    "Pearson",
    "PercentReplicating",
    "Precision",
    "PrecisionAtR",
    "ReciprocalRank",
    "RetrievalMetric",
    "RowMetric",
    "Scorer",
    "Scores",
    "Spearman",
    "StrongestTargets",
    "TargetPearson",
    "TopDirection",
    "TopK",
    "TopOverlap",
    "WeightedMSE",
    "WeightedMetric",
    "as_weights",
    "best_scale",
    "bootstrap_interval",
    "label_significance",
    "metric_name",
    "reduced_mean",
    "reduced_per_row",
    "row_scores",
    "table_metrics",
]
