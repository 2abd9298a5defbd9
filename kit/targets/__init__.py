"""Target transforms: from targets to the coordinates that models predict, and back."""

from kit.targets.base import TARGETS, Groups, TargetTransform
from kit.targets.chain import ChainTarget
from kit.targets.elementwise import ClipTarget, PToScore, QuantileTarget, RankGaussTarget, ScoreToP
from kit.targets.identity import IdentityTarget
from kit.targets.labels import LabelsTarget
from kit.targets.svd import TargetSVD

__all__ = [
    "TARGETS",
    "ChainTarget",
    "ClipTarget",
    "Groups",
    "IdentityTarget",
    "LabelsTarget",
    "PToScore",
    "QuantileTarget",
    "RankGaussTarget",
    "ScoreToP",
    "TargetSVD",
    "TargetTransform",
]
