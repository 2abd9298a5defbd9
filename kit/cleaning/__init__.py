"""What lies about and may go: earlier runs, what was set aside or cut off."""

from kit.cleaning.leftovers import ALWAYS, KINDS, Leftover, find_leftovers, freed, remove

__all__ = ["ALWAYS", "KINDS", "Leftover", "find_leftovers", "freed", "remove"]
