"""Post-processing: what is done to full-width predictions after the blend."""

from kit.postprocess.base import POSTPROCESSORS, Postprocessor
from kit.postprocess.clip import Clip

__all__ = ["POSTPROCESSORS", "Clip", "Postprocessor"]
