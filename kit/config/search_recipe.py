"""Recipes with a search space: what `kit tune` proposes values for, and writes its result with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kit.config.checks.names import file_findings
from kit.config.load import Loaded, loaded, preset_findings, read_recipe
from kit.config.schema import RecipeConfig
from kit.config.search.dimensions import MISSING, Dimension
from kit.config.search.search_space import SearchSpace
from kit.config.text.mistakes import config_error
from kit.config.writing import write_recipe

__all__ = ["MISSING", "Dimension", "SearchRecipe", "load_search"]


@dataclass(frozen=True)
class SearchRecipe:
    """A recipe in which search nodes stand for values; it can be sent to another process.

    Attributes:
        path: Its file.
        space: Its search space.
    """

    path: Path
    space: SearchSpace

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self.path.stem

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        """The searched values, in the recipe's order; empty where nothing is searched."""
        return self.space.dimensions

    def fill(self, values: Mapping[str, Any]) -> Loaded[RecipeConfig]:
        """Return the recipe with values in place of search nodes, checked as every recipe is.

        A feature block or an earlier stage that only other values need is left out.

        Args:
            values: A value for every dimension, by its name.

        Raises:
            ConfigError: A value is missing, has no dimension or lies outside; or the values contradict each other.
        """
        checked = self.space.check(values)
        return loaded(self.path, checked, checked.findings)

    def present_values(self) -> dict[str, Any] | None:
        """Return the present value of every dimension by its name, or None where one has none.

        A value that is inherited from an extended file may lie outside of what is searched.
        """
        present = {dimension.name: dimension.present for dimension in self.dimensions}
        return None if MISSING in present.values() else present

    def write(self, values: Mapping[str, Any], file: Path, head: str = "") -> None:
        """Write the recipe with values in place of search nodes; comments, order and quotes stay.

        What ``--set`` and a chosen preset changed is written too, and what is searched in an extended file becomes an
        override of it. Relative paths stay right when the file lies in another folder. Loading the file gives the
        same as `fill`.

        Args:
            values: A value for every dimension, by its name.
            file: The file to write; it appears by rename.
            head: Lines of comments to begin with.

        Raises:
            ConfigError: As in `fill`; or the file is one that the recipe extends.
        """
        write_recipe(self.path, self.space, self.space.filled(values), self.fill(values), file, head)


def load_search(path: Path, overrides: Iterable[str] = ()) -> SearchRecipe:
    """Load a recipe with a search space, and check the recipe for every bound and every choice.

    Args:
        path: A recipe, or a competition file that names a ``default_recipe``.
        overrides: The texts of ``--set`` options; their values may be search nodes.

    Raises:
        ConfigError: Lists every problem of the space and of the recipe, each with file and line.
    """
    file, chosen = read_recipe(path, overrides)
    space = SearchSpace.of(file, chosen.node)
    findings = [*file_findings(file), *preset_findings(chosen, file), *space.findings()]
    if findings:
        raise config_error(findings)
    return SearchRecipe(file, space)
