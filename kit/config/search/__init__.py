"""The values that a recipe leaves open for `kit tune`, as dimensions of a search space."""
