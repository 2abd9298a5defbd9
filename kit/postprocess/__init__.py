"""Post-processing: what is done to full-width predictions after the blend."""

from kit.postprocess.among import Among
from kit.postprocess.assign import Assign
from kit.postprocess.base import POSTPROCESSORS, Postprocessor
from kit.postprocess.clip import Clip
from kit.postprocess.probabilities import Probabilities
from kit.postprocess.rows import RowsPostprocessor

__all__ = ["POSTPROCESSORS", "Among", "Assign", "Clip", "Postprocessor", "Probabilities", "RowsPostprocessor"]
