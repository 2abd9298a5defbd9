"""Recipes: read from a file, or built of names and plug-in objects."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from kit.api.competition import Competition, PathLike, note
from kit.api.display import page
from kit.api.entries import override, plain
from kit.config import Loaded, dump
from kit.config import load_recipe as load_file
from kit.config.built import build_recipe, changed_values, write_built
from kit.config.schema import RecipeConfig
from kit.config.search_recipe import load_search
from kit.data import Competition as Tables
from kit.data.loaded import read_loaded
from kit.errors import ConfigError, InputError
from kit.names import why_no_name

Changes = Mapping[str, Any]
"""Values in place of a recipe's own, by their dotted paths: ``{"models.ridge.params.penalty": 10.0}``."""


class Recipe:
    """How a competition is modelled: features, target transform, models, blend.

    A recipe is checked when it is made; all that is wrong with it is one error::

        recipe = kit.Recipe(
            "competitions/demo/competition.yaml",
            features={"profile": TargetProfile(by="sm_name"), "cell": OneHot(["cell_type"])},
            models={"ridge": Ridge(penalty=300.0), "trees": {"kind": "lightgbm", "features": ["profile"]}},
        )

    Args:
        competition: The competition file that it extends, or another recipe; or what `kit.load_competition` returned.
        models: Models by name: objects of `kit.models`, names (``"ridge"``), or dicts as in a recipe's file, whose
            ``kind`` may be an object (``{"kind": Ridge(), "features": ["cell"]}``). A list gives each the name of its
            kind.
        features: Feature blocks by name, of `kit.features`, likewise.
        name: Its name, which runs and submissions carry.
        **settings: What else a recipe's file may say: ``target``, ``blend``, ``seed``, ``repeats``, ``stages``, …

    Raises:
        ConfigError: Lists every problem, each with its place in the recipe.
    """

    def __init__(
        self,
        competition: PathLike | Competition,
        *,
        models: Mapping[str, Any] | Iterable[Any],
        features: Mapping[str, Any] | Iterable[Any] = (),
        name: str = "recipe",
        **settings: Any,
    ) -> None:
        if why := why_no_name(name):
            raise InputError(f"the recipe's name {name!r}: {why}")
        parts = {**settings, "features": _listed(features), "models": _listed(models)}
        values = {key: plain(value, (key,)) for key, value in parts.items()}
        file = competition.path if isinstance(competition, Competition) else Path(competition)
        self._source: _File | _Built = _Built(values, Path(os.path.abspath(file)), name)
        self._loaded = self._source.load()

    @classmethod
    def _of(cls, source: _File | _Built) -> Recipe:
        recipe = cls.__new__(cls)
        recipe._source = source
        recipe._loaded = source.load()
        return recipe

    @property
    def name(self) -> str:
        """Its name: its file's without the ending, or the one that it was given."""
        return self._loaded.name

    @property
    def config(self) -> RecipeConfig:
        """All that it says, checked."""
        return self._loaded.config

    @cached_property
    def text(self) -> str:
        """The whole recipe as YAML, what it extends included."""
        return dump(self._loaded)

    def changed(self, changes: Changes) -> Recipe:
        """Return the recipe with other values, as ``--set`` makes it.

        Args:
            changes: Values by their dotted paths; None removes an entry.

        Raises:
            ConfigError: A path leads nowhere, or a value is wrong.
        """
        return Recipe._of(self._source.changed([override(path, value) for path, value in changes.items()]))

    def to_yaml(self, path: PathLike) -> Path:
        """Write it as a file, which `kit.load_recipe` and the command line read; return the path.

        Of a recipe that was read from a file, the comments stay.

        Raises:
            ConfigError: The recipe extends this file.
            RunError: It cannot be written.
        """
        self._source.write(Path(path), self._loaded)
        return Path(path)

    def load(self, overrides: Sequence[str] = ()) -> Loaded[RecipeConfig]:
        """Return it as the rooms of the kit take it, changed by ``key=value`` texts."""
        return self._source.load(overrides) if overrides else self._loaded

    def read_tables(self, data: PathLike | None = None) -> Tables:
        """Read the tables of its competition."""
        return read_loaded(self._loaded, None if data is None else Path(data), note)

    def search_file(self) -> tuple[Path, Sequence[str]]:
        """Return the file that a study searches, and the changes of it.

        Raises:
            InputError: It has no file.
        """
        if isinstance(self._source, _Built):
            raise InputError(f"the recipe {self.name} has no file to search in: write it with recipe.to_yaml(PATH)")
        return self._source.path, self._source.overrides

    def __repr__(self) -> str:
        models = ", ".join(self.config.models)
        return f"<Recipe {self.name} of {self.config.competition}: {models}>"

    def _repr_html_(self) -> str:
        lines = [f"{key}: {value}" for key, value in self._summary().items()]
        return page(f"{self.config.title or self.config.competition}: {self.name}", *lines)

    def _summary(self) -> dict[str, str]:
        config = self.config
        return {
            "features": ", ".join(config.features),
            "target": config.target.kind,
            "models": ", ".join(f"{name} ({model.kind})" for name, model in config.models.items()),
            "blend": config.blend.kind,
        }


def load_recipe(path: PathLike, changes: Changes | None = None) -> Recipe:
    """Load a recipe.

    Args:
        path: A recipe, or a competition file that names a ``default_recipe``.
        changes: Values in place of its own, by their dotted paths.

    Raises:
        ConfigError: Lists every problem, each with file and line.
    """
    texts = [override(at, value) for at, value in (changes or {}).items()]
    return Recipe._of(_File(Path(path), texts))


def as_recipe(given: Recipe | PathLike) -> Recipe:
    """Return a recipe, loaded where its path was given.

    Raises:
        InputError: It is neither.
    """
    if isinstance(given, Recipe):
        return given
    if isinstance(given, (str, Path)):
        return load_recipe(given)
    raise InputError(f"expected a kit.Recipe or the path of a recipe's file, got {type(given).__name__}")


class _File:
    """A recipe's file and changes of it."""

    def __init__(self, path: Path, overrides: Sequence[str] = ()) -> None:
        self.path = path
        self.overrides = list(overrides)

    def load(self, overrides: Sequence[str] = ()) -> Loaded[RecipeConfig]:
        return load_file(self.path, [*self.overrides, *overrides])

    def changed(self, overrides: Sequence[str]) -> _File:
        return _File(self.path, [*self.overrides, *overrides])

    def write(self, file: Path, loaded: Loaded[RecipeConfig]) -> None:
        search = load_search(self.path, self.overrides)
        search.write(search.present_values() or {}, file)


class _Built:
    """A recipe's values and what they extend."""

    def __init__(self, values: Mapping[str, Any], competition: Path, name: str) -> None:
        self.values = values
        self.competition = competition
        self.name = name

    def load(self, overrides: Sequence[str] = ()) -> Loaded[RecipeConfig]:
        return build_recipe(self.values, self.competition, self.name, overrides)

    def changed(self, overrides: Sequence[str]) -> _Built:
        return _Built(changed_values(self.values, overrides), self.competition, self.name)

    def write(self, file: Path, loaded: Loaded[RecipeConfig]) -> None:
        write_built(self.values, self.competition, loaded, file)


def _listed(parts: Mapping[str, Any] | Iterable[Any]) -> Mapping[str, Any] | list[Any]:
    if isinstance(parts, Mapping):
        return parts
    if isinstance(parts, str) or not isinstance(parts, Iterable):
        raise ConfigError(f"expected a dict by name, or a list, of plug-ins or their names, got {parts!r}")
    return list(parts)
