"""A first recipe for a table that nobody has modelled yet."""

from kit.starting.recipe import start_recipe

__all__ = ["start_recipe"]
