"""Versions of the code that computes a fit: the kit's own, plug-ins' from other packages, and the libraries'."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from kit.config.checks.plugins import plugin_class
from kit.config.checks.references.dependencies import plugins_inside
from kit.config.layers.plugin_sites import plugin_entries
from kit.config.schema import CompetitionConfig, PluginConfig
from kit.files import digest
from kit.plugins import Registry
from kit.plugins.provenance import installed, provenance
from kit.version import PACKAGE

# Rooms whose code does not change what a fit computes.
_NOT_COMPUTING = (
    "api",
    "blending",
    "cleaning",
    "cli",
    "comparing",
    "designing",
    "exporting",
    "fetching",
    "predicting",
    "reporting",
    "reports",
    "starting",
    "submission",
    "testing",
    "tracking",
    "tuning",
)
_EVERYWHERE = ("numpy", "scipy", "scikit-learn", "pandas")
"""The libraries that every fit leans on; plug-ins name the others."""


@cache
def code_digest() -> str:
    """Return the SHA-256 of the kit's own code that computes something: a changed kit does not reuse old fits."""
    root = PACKAGE
    files = sorted(path for path in root.rglob("*.py") if path.relative_to(root).parts[0] not in _NOT_COMPUTING)
    return digest({str(path.relative_to(root)): path.read_text(encoding="utf-8") for path in files})


@cache
def common_libraries() -> dict[str, str]:
    """Return the versions of the libraries that every fit leans on."""
    return installed(_EVERYWHERE)


def library_versions() -> dict[str, str]:
    """Return the versions of all installed libraries that fits may lean on: the common ones, and those of plug-ins."""
    named = {name for family in Registry.families() for cls in family for name in cls.libraries}
    return common_libraries() | installed(sorted(named))


def plugin_code(entries: Iterable[tuple[str, PluginConfig]]) -> dict[str, Any]:
    """Return what computes some plug-ins and those inside their parameters, beside what every key holds.

    Args:
        entries: The family and the checked entry of each.

    Returns:
        Packages and libraries (see `kit.plugins.provenance`) by family and kind; plug-ins of the kit that name no
        library are left out.
    """
    code: dict[str, Any] = {}
    for family, entry in entries:
        for _, inner_family, inner in plugins_inside((), family, entry.model_dump()):
            cls = plugin_class(inner_family, inner)
            if cls is not None and (described := provenance(cls)):
                code[f"{inner_family} {cls.kind}"] = described
    return code


def recipe_code(config: CompetitionConfig) -> dict[str, Any]:
    """Return what computes all plug-ins of a recipe, as `plugin_code` does."""
    entries = plugin_entries(config.model_dump())
    return plugin_code(
        (family, PluginConfig(kind=entry["kind"], params=entry["params"])) for _, family, entry in entries
    )
