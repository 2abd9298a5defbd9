"""Gaussian processes over rows, whose covariance is learnt from the targets as replicates."""

from kit.models.processes.coregionalized_gp import CoregionalizedGP

__all__ = ["CoregionalizedGP"]
