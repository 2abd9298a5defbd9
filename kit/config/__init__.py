"""From YAML to checked objects: ``extends``, ``--set``, nearest names, origins, JSON Schema."""

from kit.config.build import build_plugin
from kit.config.load import Loaded, data_root, load_competition, load_recipe
from kit.config.show.json_schema import schema
from kit.config.show.resolved import dump, render
from kit.config.text.origins import Origin, Origins

__all__ = [
    "Loaded",
    "Origin",
    "Origins",
    "build_plugin",
    "data_root",
    "dump",
    "load_competition",
    "load_recipe",
    "render",
    "schema",
]
