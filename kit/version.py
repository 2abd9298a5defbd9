"""The version of the kit."""

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from pathlib import Path

PACKAGE = Path(__file__).parent
"""The folder of the package."""

UNKNOWN = "0+unknown"
"""The version of a source tree that was never installed."""

try:
    __version__ = installed_version("perturbation-kit")
except PackageNotFoundError:
    __version__ = UNKNOWN
