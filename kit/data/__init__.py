"""From tables on disk to a checked `Competition`: reading, checking, the memory-mapped cache."""

from kit.cache import cache_directory
from kit.data.competition import Competition
from kit.data.read import read_competition
from kit.data.tables.table import Table, open_table
from kit.data.truth import Predictions, open_predictions, read_predictions

__all__ = [
    "Competition",
    "Predictions",
    "Table",
    "cache_directory",
    "open_predictions",
    "open_table",
    "read_competition",
    "read_predictions",
]
