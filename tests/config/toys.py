"""Small plug-ins that stand in for the kit's own, so that the tests of the configuration know every parameter."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Le, MinLen

from kit.blends.base import BLENDS
from kit.errors import ParameterError
from kit.features.base import FEATURES
from kit.metrics.base import METRICS
from kit.models.base import MODELS
from kit.plugins import FilePath, NameOf, OfLibrary, Plugin, PluginOf, Supplied
from kit.postprocess.base import POSTPROCESSORS
from kit.splits.base import SPLITTERS
from kit.targets.base import TARGETS

Seed = Annotated[int | None, Supplied("the recipe's seed")]


class OneHot(Plugin):
    """One column a category.

    Args:
        columns: The columns to encode,
            in order.
        min_count: Rows that a category needs.
    """

    def __init__(self, columns: list[str], min_count: Annotated[int, Ge(1)] = 1) -> None:
        self.columns = columns
        self.min_count = min_count


class Profile(Plugin):
    """Means of the targets."""

    def __init__(self, by: str, shrinkage: Annotated[float, Ge(0)] = 0.0, random_state: Seed = None) -> None:
        self.by = by
        self.shrinkage = shrinkage
        self.random_state = random_state


class Vectors(Plugin):
    """Vectors from a file."""

    def __init__(self, path: Annotated[str, FilePath()]) -> None:
        self.path = path


class Interaction(Plugin):
    """Products."""

    def __init__(
        self, left: Annotated[Plugin, PluginOf("feature")], right: Annotated[Plugin, PluginOf("feature")]
    ) -> None:
        self.left = left
        self.right = right


class StagePredictions(Plugin):
    """Predictions of a stage."""

    def __init__(self, stage: Annotated[str, NameOf("stage")], random_state: Seed = None) -> None:
        self.stage = stage
        self.random_state = random_state


class Stack(Plugin):
    """Several blocks side by side."""

    def __init__(
        self,
        parts: Annotated[list[Plugin], PluginOf("feature")],
        extra: Annotated[Plugin | None, PluginOf("feature")] = None,
    ) -> None:
        self.parts = parts
        self.extra = extra


class Ridge(Plugin):
    """Linear."""

    def __init__(
        self,
        penalty: Annotated[float, Gt(0)] | Annotated[list[Annotated[float, Gt(0)]], MinLen(1)] = 1.0,
        fit_intercept: bool = True,
        random_state: Seed = None,
    ) -> None:
        self.penalty = penalty
        self.fit_intercept = fit_intercept
        self.random_state = random_state


class Gaussian(Ridge):
    """Knows how sure it is."""

    def predict_variance(self, X: Any) -> Any: ...


class LightGBM(Plugin):
    """Trees."""

    def __init__(
        self,
        learning_rate: Annotated[float, Gt(0), Le(1)] = 0.1,
        num_leaves: Annotated[int, Ge(2)] = 31,
        max_depth: int | None = None,
        bounds: tuple[float, float] | None = None,
        library_params: Annotated[dict[str, Any] | None, OfLibrary()] = None,
        random_state: Seed = None,
    ) -> None:
        self.learning_rate = learning_rate
        self.num_leaves = num_leaves
        self.max_depth = max_depth
        self.bounds = bounds
        self.library_params = library_params
        self.random_state = random_state

    def check_parameters(self) -> None:
        super().check_parameters()
        mistakes = [
            f"library_params.{name}: LightGBM has no parameter {name!r}"
            for name in self.library_params or {}
            if name != "num_threads"
        ]
        if self.max_depth is not None and self.num_leaves > 2**self.max_depth:
            mistakes.append("more leaves than a tree of that depth can have")
        if mistakes:
            raise ParameterError("\n".join(mistakes))


class PerGroup(Plugin):
    """One model a group."""

    def __init__(self, model: Annotated[Plugin, PluginOf("model")], column: str = "cell_type") -> None:
        self.model = model
        self.column = column


class Mean(Plugin):
    """Takes nothing."""

    def __init__(self) -> None: ...


class Weighted(Plugin):
    """Weights by name."""

    def __init__(self, weights: Annotated[dict[str, Annotated[float, Ge(0)]], NameOf("model", every=True)]) -> None:
        self.weights = weights


class OfGroups(Plugin):
    """A blend a group."""

    def __init__(self, blend: Annotated[Plugin, PluginOf("blend")]) -> None:
        self.blend = blend


class Svd(Plugin):
    """Fewer coordinates."""

    def __init__(
        self, n_components: Annotated[int, Ge(1)] | Literal["auto"] = 32, center: Literal["none", "mean"] = "none"
    ) -> None:
        self.n_components = n_components
        self.center = center


class Groups(Plugin):
    """Holds out groups."""

    def __init__(self, column: str, n_splits: Annotated[int, Ge(2)] = 5, random_state: Seed = None) -> None:
        self.column = column
        self.n_splits = n_splits
        self.random_state = random_state


class KFold(Plugin):
    """Every row once."""

    def __init__(self, n_splits: Annotated[int, Ge(2)] = 5, random_state: Seed = None) -> None:
        self.n_splits = n_splits
        self.random_state = random_state


class Mix(Plugin):
    """Several splitters."""

    def __init__(self, schemes: Annotated[list[Plugin], PluginOf("splitter")]) -> None:
        self.schemes = schemes


class Clip(Plugin):
    """Clips."""

    def __init__(self, margin: Annotated[float, Ge(0)] = 0.0) -> None:
        self.margin = margin


REGISTRIES = {
    FEATURES: {
        "one_hot": OneHot,
        "vectors": Vectors,
        "profile": Profile,
        "interaction": Interaction,
        "stack": Stack,
        "stage_predictions": StagePredictions,
    },
    MODELS: {"ridge": Ridge, "lightgbm": LightGBM, "per_group": PerGroup, "gaussian": Gaussian},
    TARGETS: {"identity": type("Identity", (Mean,), {}), "svd": Svd},
    SPLITTERS: {"groups": Groups, "mix": Mix, "kfold": KFold},
    BLENDS: {"mean": Mean, "median": type("Median", (Mean,), {}), "weighted": Weighted, "of_groups": OfGroups},
    POSTPROCESSORS: {"clip": Clip},
    METRICS: {"mrrmse": type("Mrrmse", (Mean,), {})},
}
