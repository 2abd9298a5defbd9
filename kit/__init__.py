"""A modelling kit for perturbation response: from tables and a recipe to a checked submission."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("perturbation-kit")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0+unknown"

__all__ = ["__version__"]
