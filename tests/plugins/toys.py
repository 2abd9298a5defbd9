"""A family of small plug-ins, apart from the kit's own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
from annotated_types import Ge, Le, MinLen
from sklearn.utils.validation import check_is_fitted

from kit.plugins import Plugin, PluginOf, Registry, Supplied

TOYS: Registry[Toy] = Registry("test_toy", "kit.test_toys")


class Toy(Plugin):
    """Base of the family."""

    def fit(self) -> Self:
        self.check_parameters()
        return self


@TOYS.register("scale")
class Scale(Toy):
    """Multiplies."""

    def __init__(
        self,
        factor: Annotated[float, Ge(0), Le(10)] = 1.0,
        kind_of: Literal["mean", "median"] = "mean",
        columns: Annotated[list[str], MinLen(1)] | None = None,
        random_state: Annotated[int | None, Supplied("the recipe's seed")] = None,
    ) -> None:
        self.factor = factor
        self.kind_of = kind_of
        self.columns = columns
        self.random_state = random_state

    def predict(self, X: np.ndarray) -> np.ndarray:
        check_is_fitted(self)
        return np.asarray(X * self.factor_)


@TOYS.register("pair")
class Pair(Toy):
    """Holds others."""

    def __init__(
        self,
        first: Annotated[Toy, PluginOf("test_toy")],
        others: Annotated[list[Toy], PluginOf("test_toy")],
        size: int = 2,
    ) -> None:
        self.first = first
        self.others = others
        self.size = size


@TOYS.register("native")
class Native(Toy):
    """Keeps a text in a format of its own."""

    native_attributes: Sequence[str] = ("text_",)  # type: ignore[misc]

    def fit(self) -> Self:
        self.text_ = "what a library writes"
        self.length_ = len(self.text_)
        return self

    def save_native(self, directory: Path) -> None:
        (directory / "model.txt").write_text(self.text_, encoding="utf-8")

    def load_native(self, directory: Path) -> None:
        self.text_ = (directory / "model.txt").read_text(encoding="utf-8")


@TOYS.register("bag")
class Bag(Toy):
    """Keeps whatever it is told to."""

    def fit_to(self, **state: Any) -> Self:
        for name, value in state.items():
            setattr(self, f"{name}_", value)
        return self
