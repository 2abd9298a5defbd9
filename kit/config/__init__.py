"""From YAML to checked objects: ``extends``, ``--set``, nearest names, origins, JSON Schema."""

from kit.config.build import build_plugin
from kit.config.json_schema import schema
from kit.config.load import Loaded, data_root, load_competition, load_recipe
from kit.config.origins import Origin, Origins
from kit.config.resolved import dump, render

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
