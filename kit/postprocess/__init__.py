"""Post-processing: what is done to full-width predictions after the blend."""

from kit.postprocess.base import POSTPROCESSORS, Postprocessor
from kit.postprocess.clip import Clip
from kit.postprocess.probabilities import Probabilities

__all__ = ["POSTPROCESSORS", "Clip", "Postprocessor", "Probabilities"]
