"""The kit in Python: competitions, recipes and runs as objects, data frames in and out."""

from kit.api.comparison import Comparison, compare
from kit.api.competition import Competition, load_competition
from kit.api.recipe import Recipe, load_recipe
from kit.api.run import Run, load_run, train, train_shard
from kit.api.study import Study, tune

__all__ = [
    "Comparison",
    "Competition",
    "Recipe",
    "Run",
    "Study",
    "compare",
    "load_competition",
    "load_recipe",
    "load_run",
    "train",
    "train_shard",
    "tune",
]
