"""Modules in a folder, as another package's would be: written, imported, edited, imported again."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

MODEL = '''\
from kit.models import MODELS, Model, check_fit_arrays


@MODELS.register("{kind}")
class Thing(Model):
    """Predicts the mean, {factor} times."""

    def __init__(self) -> None:
        pass

    def fit(self, X, Y, sample_weight=None):
        X, Y, _ = check_fit_arrays(X, Y, sample_weight)
        self.mean_ = Y.mean(axis=0) * {factor}
        return self

    def predict(self, X):
        return self.mean_[None].repeat(len(X), axis=0) + X[:, :1] * 0.01
'''
"""A model; `kind` and `factor` are to be filled in."""


@dataclass
class Loose:
    """Modules of one folder, forgotten when the test ends.

    Attributes:
        folder: The folder, which is on the import path.
    """

    folder: Path
    loaded: set[str] = field(default_factory=set)

    def load(self, name: str, text: str | None = None) -> Any:
        """Import a module afresh, written anew with the given text."""
        if text is not None:
            (self.folder / f"{name}.py").write_text(text)
        self.loaded.add(name)
        self.forget()
        importlib.invalidate_caches()
        return importlib.import_module(name)

    def forget(self) -> None:
        """Take the modules out of what is imported."""
        for known in [one for one in sys.modules if one.partition(".")[0] in self.loaded]:
            del sys.modules[known]


@contextmanager
def loose_modules(folder: Path) -> Iterator[Loose]:
    """Put a folder on the import path while the block runs."""
    loose = Loose(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        # The bytecode of a file that is edited twice within a second would be taken for the new file's.
        patch.setattr(sys, "dont_write_bytecode", True)
        yield loose
        loose.forget()
