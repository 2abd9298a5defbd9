"""A process over many rows: the same model by the algebra of blocks and low rank, without a matrix of all rows."""

from kit.models.processes.large.features import Features, is_structured
from kit.models.processes.large.objective import LargeObjective
from kit.models.processes.large.predicting import coefficients, coefficients_by_ratio, cross_covariance
from kit.models.processes.large.woodbury import Woodbury

__all__ = [
    "Features",
    "LargeObjective",
    "Woodbury",
    "coefficients",
    "coefficients_by_ratio",
    "cross_covariance",
    "is_structured",
]
