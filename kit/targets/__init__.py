"""Target transforms: the space that models work in, and the way back."""

from kit.targets.base import TARGETS, Groups, TargetTransform
from kit.targets.identity import IdentityTarget
from kit.targets.svd import TargetSVD

__all__ = ["TARGETS", "Groups", "IdentityTarget", "TargetSVD", "TargetTransform"]
