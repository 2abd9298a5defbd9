"""``kit_version``: the versions of the kit that a file was written for.

It is looked at before anything else of a file: what a kit of another version does not know in it is no mistake of the
person who wrote it.
"""

from __future__ import annotations

from kit import version
from kit.config.text.nodes import Node
from kit.errors import ConfigError

KEY = "kit_version"


def check_kit_version(node: Node) -> None:
    """Check that this kit is one of those that a file was written for; a development version counts as its release.

    Args:
        node: What the file says.

    Raises:
        ConfigError: It is not, or ``kit_version`` is no condition on versions.
    """
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import Version

    asked = node.value.get(KEY)
    if asked is None:
        return
    try:
        if not isinstance(asked.value, str) or not asked.value.strip():
            raise InvalidSpecifier
        allowed = SpecifierSet(asked.value)
    except InvalidSpecifier:
        raise ConfigError(
            f"{asked.origin}: {KEY}: {asked.value!r} is no condition on versions; write it as in '>=0.1' or '>=0.1,<2'"
        ) from None
    if version.__version__ == version.UNKNOWN:
        return
    here = Version(version.__version__).base_version
    if not allowed.contains(here, prereleases=True):
        raise ConfigError(
            f"{asked.origin}: {KEY}: this file is for kit {asked.value}, and this is kit {here}; install a version "
            f"that fits (pip install 'perturbation-kit{asked.value}'), or see in CHANGELOG.md what has changed and "
            "write another condition here"
        )


def written_by() -> str | None:
    """Return the condition for what this kit writes: its own minor version or a later one; None where none is known."""
    return None if version.__version__ == version.UNKNOWN else ">=" + ".".join(version.__version__.split(".")[:2])
