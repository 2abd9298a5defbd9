"""Loading a competition file or a recipe, with all its problems in one error."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic

from kit.config.checks.check import C, Checked, check
from kit.config.checks.names import file_findings
from kit.config.layers.extends import read_extended
from kit.config.layers.kit_version import check_kit_version
from kit.config.layers.overrides import apply_overrides
from kit.config.layers.presets import Chosen, choose_preset
from kit.config.schema import CompetitionConfig, RecipeConfig
from kit.config.search.search_space import SearchSpace
from kit.config.text.mistakes import Finding, config_error
from kit.config.text.nodes import Node
from kit.config.text.origins import DEFAULT, Origins, dotted, shown_path
from kit.config.text.yaml_file import missing_file_hint
from kit.errors import ConfigError, InputError

RESOLVED = "config.resolved.yaml"
"""The file in a run's or blend's directory that holds its whole configuration."""


@dataclass(frozen=True)
class Loaded(Generic[C]):
    """A checked configuration and where it came from.

    Attributes:
        path: The file that was loaded in the end: the recipe, where a competition file led to it.
        config: The checked object.
        tree: The same as plain values, as written: ``extends`` and overrides applied, defaults left out.
        origins: Where every value of ``tree`` was written.
    """

    path: Path
    config: C
    tree: dict[str, Any]
    origins: Origins

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self.path.stem

    @property
    def competition_folder(self) -> Path:
        """The folder of the file that says which competition it is."""
        file = self.origins[("competition",)].file
        return (file or self.path).parent

    @property
    def root(self) -> Path:
        """``data.root`` as a path: relative to the file it is written in (for ``--set``, to the current folder).

        A root that is not written is relative to the competition's folder.
        """
        origin = self.origins.exact(("data", "root"))
        if origin.override is not None:
            return Path.cwd() / self.config.data.root
        return (origin.file.parent if origin.file is not None else self.competition_folder) / self.config.data.root

    @contextmanager
    def placing(self) -> Iterator[None]:
        """Prepend file and line to an error raised in the block that knows its place in the configuration.

        Raises:
            InputError: Instead of one that has a ``place``.
        """
        try:
            yield
        except InputError as error:
            if not error.place:
                raise
            origin = self.origins[error.place]
            where = shown_path(self.path) if origin == DEFAULT else str(origin)
            raise type(error)(f"{where}: {dotted(error.place)}: {error}") from error


def load_competition(path: Path, overrides: Iterable[str] = ()) -> Loaded[CompetitionConfig]:
    """Load what a file says about the competition.

    Args:
        path: A competition file, or a recipe, of which everything but the competition's keys is left aside.
        overrides: The texts of ``--set`` options.

    Raises:
        ConfigError: Lists every problem, each with file and line.
    """
    node = choose_preset(read_extended(Path(path)), overrides).node
    check_kit_version(node)
    if "models" in node.value:
        kept = {key: value for key, value in node.value.items() if key in CompetitionConfig.model_fields}
        node = Node(kept, node.origin)
    checked = check(CompetitionConfig, node)
    return loaded(_file(node, path), checked, checked.findings)


def load_recipe(path: Path, overrides: Iterable[str] = ()) -> Loaded[RecipeConfig]:
    """Load a recipe.

    Args:
        path: A recipe, or a competition file that names a ``default_recipe`` (relative to that file), which is loaded.
        overrides: The texts of ``--set`` options.

    Raises:
        ConfigError: Lists every problem, each with file and line.
    """
    file, chosen = read_recipe(path, overrides)
    return checked_recipe(file, chosen, file_findings(file))


def checked_recipe(file: Path, chosen: Chosen, findings: Iterable[Finding] = ()) -> Loaded[RecipeConfig]:
    """Check a recipe that was read; searched values are at their present ones.

    Args:
        file: Its file.
        chosen: What it says.
        findings: What is known to be wrong with the file.

    Raises:
        ConfigError: Lists every problem, each with file and line.
    """
    space = SearchSpace.of(file, chosen.node)
    found = [*findings, *preset_findings(chosen, file), *space.findings(), *space.without_present()]
    return loaded(file, space.check(space.base()), found)


def read_recipe(path: Path, overrides: Iterable[str] = ()) -> tuple[Path, Chosen]:
    """Read a recipe, or the one to which a competition file leads, with its preset and the ``--set`` texts.

    Returns:
        The recipe's file, and what it says, not checked.

    Raises:
        ConfigError: A file is missing or damaged, or a text is wrong.
    """
    overrides = list(overrides)
    node = read_extended(Path(path))
    file = _file(node, path)
    if "models" not in node.value:
        # The other overrides are the recipe's: here their paths may lead nowhere yet.
        leading = [text for text in overrides if text.partition("=")[0].strip() == "default_recipe"]
        recipe = apply_overrides(node, leading).value.get("default_recipe")
        # A recipe that forgot its models inherits default_recipe; only where it is written does it lead on.
        here = recipe is not None and (recipe.origin.override is not None or recipe.origin.file == file)
        if here and isinstance(recipe.value, str):
            followed = file.parent / recipe.value
            if not os.path.isfile(followed):
                hint = missing_file_hint(followed)
                raise ConfigError(f"{recipe.origin}: default_recipe: no such file {shown_path(followed)}{hint}")
            node = read_extended(followed)
            file = _file(node, followed)
    chosen = choose_preset(node, overrides)
    check_kit_version(chosen.node)
    return file, chosen


def data_root(loaded: Loaded[Any], data_option: Path | None, environ: Mapping[str, str]) -> Path:
    """Return the folder of a competition's tables.

    Args:
        loaded: The competition or recipe.
        data_option: The ``--data`` option, which wins.
        environ: The environment; next comes KIT_DATA, either a folder that holds one folder a competition, or the
            folder of the tables itself. Without both it is ``data.root``.
    """
    if data_option is not None:
        return Path(data_option)
    if environ.get("KIT_DATA"):
        shared = Path(environ["KIT_DATA"])
        own = shared / str(loaded.config.competition)
        return own if os.path.isdir(own) else shared
    return loaded.root


def _file(node: Node, path: Path) -> Path:
    return node.origin.file or Path(path)


def preset_findings(chosen: Chosen, file: Path) -> list[Finding]:
    """Return the mistakes in presets that were not chosen, as far as the recipe's own file says it.

    What is inherited was right where it is written; a recipe may have changed what it is for, and is wrong only if such
    a preset is chosen.
    """
    findings = list(chosen.findings)
    for name, (own, laid_over) in chosen.others.items():
        written = own.origins()
        places = {written[path] for path in written if path and written[path].file == file}
        if places:
            base_findings = SearchSpace.of(file, laid_over).base_findings()
            for finding in base_findings:
                if finding.exact and finding.origin in places:
                    findings.append(Finding(finding.origin, ("presets", name, *finding.path), finding.message))
    return findings


def loaded(file: Path, checked: Checked[C], findings: list[Finding]) -> Loaded[C]:
    """Return a configuration in which nothing was found wrong.

    Raises:
        ConfigError: Something was.
    """
    if findings or checked.config is None:
        raise config_error(findings)
    return Loaded(file, checked.config, checked.tree, checked.origins)
