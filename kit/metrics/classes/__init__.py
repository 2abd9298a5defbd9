"""Metrics of classes: predictions are a probability for every class, targets say which class is true."""

from kit.metrics.classes.confusion import F1, BalancedAccuracy, Precision
from kit.metrics.classes.hierarchical import DescendantAccuracy, HierarchicalF1
from kit.metrics.classes.of_rows import CLASS_METRICS, NDCG, Accuracy, ClassMetric, LogLoss, ReciprocalRank, TopK

__all__ = [
    "CLASS_METRICS",
    "F1",
    "NDCG",
    "Accuracy",
    "BalancedAccuracy",
    "ClassMetric",
    "DescendantAccuracy",
    "HierarchicalF1",
    "LogLoss",
    "Precision",
    "ReciprocalRank",
    "TopK",
]
