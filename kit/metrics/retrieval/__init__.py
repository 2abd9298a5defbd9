"""Metrics of retrieval: predictions are vectors, and rows of one label are to be nearest to each other."""

from kit.metrics.retrieval.ranking import RETRIEVAL_METRICS, MeanAveragePrecision, PrecisionAtR, RetrievalMetric
from kit.metrics.retrieval.replicating import PercentReplicating
from kit.metrics.retrieval.significance import label_significance

__all__ = [
    "RETRIEVAL_METRICS",
    "MeanAveragePrecision",
    "PercentReplicating",
    "PrecisionAtR",
    "RetrievalMetric",
    "label_significance",
]
