"""Columns whose values are sets (gene pairs, drug combinations): their members as features, all treated alike."""

from kit.features.sets.member_profile import MemberProfile
from kit.features.sets.members import MemberCodes, MultiHot

__all__ = ["MemberCodes", "MemberProfile", "MultiHot"]
