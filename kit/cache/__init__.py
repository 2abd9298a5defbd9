"""The cache: what is costly to compute again, found by its content, in one folder for all runs, with a limit."""

from kit.cache.directory import cache_directory, keep, read_kept
from kit.cache.entries import KINDS, Entry, find_entries
from kit.cache.in_use import hold, note_use
from kit.cache.pruning import is_held, keep_within_limit, removable, remove, size_limit
from kit.cache.sizes import parse_size, shown_size

__all__ = [
    "KINDS",
    "Entry",
    "cache_directory",
    "find_entries",
    "hold",
    "is_held",
    "keep",
    "keep_within_limit",
    "note_use",
    "parse_size",
    "read_kept",
    "removable",
    "remove",
    "shown_size",
    "size_limit",
]
