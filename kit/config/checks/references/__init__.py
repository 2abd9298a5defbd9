"""Checks of what refers to what within a recipe: blocks, stages, models; and what is switched off."""
