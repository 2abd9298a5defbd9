"""Splitters: folds that imitate the hidden rows, and the usual ones."""

from kit.splits.base import SPLITTERS, Fold, Splitter
from kit.splits.given import GivenSplit
from kit.splits.held_out_cell_type import HeldOutCellType
from kit.splits.held_out_compounds import HeldOutCompounds
from kit.splits.kfold import KFoldSplitter
from kit.splits.kmeans import KMeansSplitter
from kit.splits.labels_out import LabelsOut
from kit.splits.mix import Mix
from kit.splits.row_groups import GroupKFoldSplitter, LeaveOneGroupOutSplitter
from kit.splits.structures import StructureKFold
from kit.splits.unseen_members import UnseenMembers
from kit.splits.validate_only import ValidateOnly

__all__ = [
    "SPLITTERS",
    "Fold",
    "GivenSplit",
    "GroupKFoldSplitter",
    "HeldOutCellType",
    "HeldOutCompounds",
    "KFoldSplitter",
    "KMeansSplitter",
    "LabelsOut",
    "LeaveOneGroupOutSplitter",
    "Mix",
    "Splitter",
    "StructureKFold",
    "UnseenMembers",
    "ValidateOnly",
]
