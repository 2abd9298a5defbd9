"""How a class becomes something that a recipe can name: registries, typed parameters, saving without pickle."""

from kit.plugins.parameters import Parameter, PluginOf, Supplied, parameter_model, parameters
from kit.plugins.plugin import Plugin
from kit.plugins.registry import Registry

__all__ = ["Parameter", "Plugin", "PluginOf", "Registry", "Supplied", "parameter_model", "parameters"]
