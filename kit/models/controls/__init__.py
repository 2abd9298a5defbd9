"""Controls: the floors that stand beside every score (those of the openproblems benchmark, and the additive one).

Method and names: openproblems-bio/task_perturbation_prediction, ``control_methods`` (zeros, mean_outcome, mean across
cell types, mean across compounds). `panel_map` asks how far the compounds that a cell type has predict the others.
"""

from kit.models.controls.additive import Additive
from kit.models.controls.as_is import AsIs
from kit.models.controls.constant import MeanOutcome, Zeros
from kit.models.controls.group_mean import GroupMean
from kit.models.controls.panel_map import PanelMap

__all__ = ["Additive", "AsIs", "GroupMean", "MeanOutcome", "PanelMap", "Zeros"]
