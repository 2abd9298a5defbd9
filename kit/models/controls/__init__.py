"""Controls: the floors that stand beside every score (those of the openproblems benchmark, and the additive one).

Method and names: openproblems-bio/task_perturbation_prediction, ``control_methods`` (zeros, mean_outcome, mean across
cell types, mean across compounds).
"""

from kit.models.controls.additive import Additive
from kit.models.controls.constant import MeanOutcome, Zeros
from kit.models.controls.group_mean import GroupMean

__all__ = ["Additive", "GroupMean", "MeanOutcome", "Zeros"]
