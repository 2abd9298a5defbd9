"""Checks of a recipe before the first fit; each mistake is reported at file and line."""
