"""Finished runs mirrored into trackers of experiments; a run's directory stays the truth."""

from kit.tracking.trackers import TRACKERS, check_installed, mirror

__all__ = ["TRACKERS", "check_installed", "mirror"]
