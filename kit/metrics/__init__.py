"""Metrics of predicted rows: row-wise scores, their reduced form, intervals and tables."""

from kit.metrics.base import METRICS, RowMetric
from kit.metrics.bootstrap import Difference, Interval, bootstrap_interval, paired_difference
from kit.metrics.reduced import reduced_mrrmse, reduced_per_row
from kit.metrics.rescale import BestScale, best_scale
from kit.metrics.rowwise import MRRMSE, BlockMetric, Cosine, MeanAbsoluteError, Pearson, Spearman, row_scores
from kit.metrics.table import row_table, score_table, summarise

__all__ = [
    "METRICS",
    "MRRMSE",
    "BestScale",
    "BlockMetric",
    "Cosine",
    "Difference",
    "Interval",
    "MeanAbsoluteError",
    "Pearson",
    "RowMetric",
    "Spearman",
    "best_scale",
    "bootstrap_interval",
    "paired_difference",
    "reduced_mrrmse",
    "reduced_per_row",
    "row_scores",
    "row_table",
    "score_table",
    "summarise",
]
