"""Plug-ins, the classes that a recipe can name: registries, typed parameters, saving without pickle."""

from kit.plugins.estimator import check_is_fitted, clone
from kit.plugins.parameters import (
    ColumnOf,
    FilePath,
    NameOf,
    OfLibrary,
    Parameter,
    PluginOf,
    Supplied,
    parameter_model,
    parameters,
)
from kit.plugins.plugin import Plugin, inner_plugins
from kit.plugins.problems import CLASSIFICATION, PROBLEMS, REGRESSION, RETRIEVAL
from kit.plugins.registry import Registry

__all__ = [
    "CLASSIFICATION",
    "PROBLEMS",
    "REGRESSION",
    "RETRIEVAL",
    "ColumnOf",
    "FilePath",
    "NameOf",
    "OfLibrary",
    "Parameter",
    "Plugin",
    "PluginOf",
    "Registry",
    "Supplied",
    "check_is_fitted",
    "clone",
    "inner_plugins",
    "parameter_model",
    "parameters",
]
