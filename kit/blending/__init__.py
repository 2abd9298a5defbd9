"""Blending what is finished: runs, and submissions from elsewhere."""

from kit.blending.blend import Blended, blend_members, competition_file

__all__ = ["Blended", "blend_members", "competition_file"]
