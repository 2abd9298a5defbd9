"""A modelling kit for perturbation response: from tables and a recipe to a checked submission."""

from importlib.metadata import PackageNotFoundError, version

UNKNOWN = "0+unknown"
"""The version of a source tree that was never installed."""

try:
    __version__ = version("perturbation-kit")
except PackageNotFoundError:
    __version__ = UNKNOWN

__all__ = ["__version__"]
