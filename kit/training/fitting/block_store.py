"""Feature blocks, fitted once for every set of training rows, shared by models and, by the cache, by runs."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from kit.arrays import Floats
from kit.config.schema import FeatureConfig
from kit.features.base import FEATURES, FeatureBuilder
from kit.files import digest, new_directory, read_array, read_json, write_array, write_json
from kit.noticed import collected, raise_again
from kit.plugins import Plugin, inner_plugins
from kit.training.fitting.kept_fits import offer, take
from kit.training.planning.recipe_model import block_files, needed_blocks
from kit.training.planning.versions import plugin_code

_MATRIX, _BUILDER, _WARNINGS = "train.npy", "builder", "warnings.json"


@dataclass(frozen=True)
class BlockStore:
    """Keeps fitted feature blocks in a folder of the run; see `kit.training.fitting.kept_fits` for what others fitted.

    Attributes:
        directory: The run's folder for them.
        content: What determines every block of these rows: data, code, positions of the rows, target transform.
    """

    directory: Path
    content: Mapping[str, Any]

    def fit_transform(
        self,
        name: str,
        blocks: Mapping[str, FeatureConfig],
        builder: FeatureBuilder,
        rows: pd.DataFrame,
        Y: Floats,
    ) -> tuple[FeatureBuilder, Floats]:
        """Return the fitted builder and its (n_rows, n_features) training matrix; what was fitted before is taken.

        Args:
            name: The block's name.
            blocks: The recipe's blocks, for those that the block refers to.
            builder: The builder, not fitted.
            rows: (n_rows, …) training rows.
            Y: (n_rows, n_targets) their targets.

        Raises:
            RunError: What was fitted cannot be written.
        """
        seeds = [getattr(plugin, "random_state", None) for plugin in inner_plugins(builder)]
        needed = {other: blocks[other] for other in needed_blocks(blocks, (name,))}
        entries = {other: entry.model_dump() for other, entry in needed.items()}
        code = plugin_code((FEATURES.family, entry) for entry in needed.values())
        files = block_files(name, blocks)
        own = {"block": name, "entries": entries, "seeds": seeds, "files": files, "plugins": code}
        key = digest(dict(self.content) | own)
        folder = self.directory / key[:16]
        if take("blocks", key, folder):
            # A fit warns of its blocks, whichever fit came first.
            raise_again(read_json(folder / _WARNINGS)["warnings"])
            return FeatureBuilder.load(folder / _BUILDER), read_array(folder / _MATRIX)
        began = time.process_time()
        with collected() as warned:
            matrix = builder.fit_transform(rows, Y)
        seconds = time.process_time() - began
        raise_again(warned)
        forget_supplied(builder)
        with new_directory(folder, key) as temporary:
            builder.save(temporary / _BUILDER)
            write_array(temporary / _MATRIX, matrix)
            write_json(temporary / _WARNINGS, {"warnings": warned})
        offer("blocks", key, folder, seconds)
        return builder, matrix


def forget_supplied(fitted: Plugin) -> None:
    """Let go of what only ``fit`` reads: the target transform, the competition's tables, layers to start from."""
    for plugin in list(inner_plugins(fitted)):
        for name in ("projector", "test_rows", "unlabelled_rows", "starts"):
            if hasattr(plugin, name):
                setattr(plugin, name, None)
