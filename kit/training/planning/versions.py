"""What code computes a fit: the kit's own, and the libraries'."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from kit import __file__ as package_file
from kit.files import digest

# Rooms whose code does not change what a fit computes.
_NOT_COMPUTING = ("blending", "cli", "comparing", "reports", "submission", "testing", "tuning")
_LIBRARIES = (
    "numpy",
    "scipy",
    "scikit-learn",
    "pandas",
    "lightgbm",
    "xgboost",
    "xgboost-cpu",
    "catboost",
    "torch",
    "transformers",
    "tokenizers",
    "rdkit",
)


@cache
def code_digest() -> str:
    """Return the SHA-256 of the kit's own code that computes something: a changed kit does not reuse old fits."""
    root = Path(package_file).parent
    files = sorted(path for path in root.rglob("*.py") if path.relative_to(root).parts[0] not in _NOT_COMPUTING)
    return digest({str(path.relative_to(root)): path.read_text(encoding="utf-8") for path in files})


@cache
def library_versions() -> dict[str, str]:
    """Return the versions of the installed libraries that fits depend on."""
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
