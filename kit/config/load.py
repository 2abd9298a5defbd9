"""Loading a competition file or a recipe, with all its problems in one error."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from kit.config.choose import check_model
from kit.config.extends import read_extended
from kit.config.nodes import Node
from kit.config.origins import KeyPath, Origins, shown_path
from kit.config.overrides import apply_overrides
from kit.config.paths import resolve_paths
from kit.config.plugins import PluginChecker, params_hint
from kit.config.positions import family_at, plugin_entries
from kit.config.problems import Problem, config_error
from kit.config.references import check_references
from kit.config.schema import CompetitionConfig, RecipeConfig
from kit.config.structure import check_structure
from kit.config.yaml_file import missing_file_hint
from kit.errors import ConfigError

C = TypeVar("C", bound=CompetitionConfig)


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


def load_competition(path: Path, overrides: Iterable[str] = ()) -> Loaded[CompetitionConfig]:
    """Load what a file says about the competition.

    Args:
        path: A competition file, or a recipe, of which everything but the competition's keys is left aside.
        overrides: The texts of ``--set`` options.

    Raises:
        ConfigError: Lists every problem, each with file and line.
    """
    node = apply_overrides(read_extended(Path(path)), overrides)
    if "models" in node.value:
        kept = {key: value for key, value in node.value.items() if key in CompetitionConfig.model_fields}
        node = Node(kept, node.origin)
    return _check(CompetitionConfig, _file(node, path), node)


def load_recipe(path: Path, overrides: Iterable[str] = ()) -> Loaded[RecipeConfig]:
    """Load a recipe.

    Args:
        path: A recipe, or a competition file that names a ``default_recipe`` (relative to that file), which is loaded.
        overrides: The texts of ``--set`` options.

    Raises:
        ConfigError: Lists every problem, each with file and line.
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
            if not followed.is_file():
                hint = missing_file_hint(followed)
                raise ConfigError(f"{recipe.origin}: default_recipe: no such file {shown_path(followed)}{hint}")
            node = read_extended(followed)
            file = _file(node, followed)
    node = apply_overrides(node, overrides)
    return _check(RecipeConfig, file, node)


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
        return own if own.is_dir() else shared
    return loaded.root


def _file(node: Node, path: Path) -> Path:
    return node.origin.file or Path(path)


def _check(model: type[C], file: Path, node: Node) -> Loaded[C]:
    tree, origins = node.plain(), node.origins()
    resolve_paths(tree, origins)

    def hint(path: KeyPath) -> str | None:
        entry: Any = tree
        for segment in path[:-1]:
            entry = entry[segment]
        return params_hint(family_at(path[:-1]), entry, path)

    config, problems = check_structure(model, tree, (), hint)
    problems = [
        _models_missing(file) if problem.path == ("models",) and "models" not in tree else problem
        for problem in problems
    ]
    problems.extend(_check_plugins(tree, model))
    if problems or config is None:
        raise config_error(problems, origins)
    return Loaded(file, config, tree, origins)


def _check_plugins(tree: dict[str, Any], model: type[CompetitionConfig]) -> list[Problem]:
    """Check every plug-in of the recipe and all names."""
    blocks = tree.get("features")
    checker = PluginChecker(blocks if isinstance(blocks, dict) else {})
    target = tree.get("target", {"kind": RecipeConfig.model_fields["target"].default.kind})
    problems: list[Problem] = []
    references: dict[KeyPath, str] = {}
    for path, family, entry in plugin_entries(tree):
        if path[0] == "features":
            checked = checker.block(str(path[1]))
        elif path[0] == "models" and len(path) == 3:
            continue  # a model's own target transform is checked with the model
        elif family == "model":
            checked = check_model(checker, path, entry, target)
        else:
            checked = checker.entry(path, family, entry)
        problems.extend(checked.problems)
        references.update(checked.references)
    if issubclass(model, RecipeConfig):
        problems.extend(check_references(tree, references))
    return problems


def _models_missing(file: Path) -> Problem:
    return Problem(
        ("models",),
        f"missing: {file.name} is neither a recipe (`extends: competition.yaml` and `models: …`) nor a competition "
        "file that names its recipe (`default_recipe: baseline.yaml`)",
    )
