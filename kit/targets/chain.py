"""Several target transforms in a row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Self

from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Doubles, Floats
from kit.errors import ParameterError
from kit.full_width import FullWidth
from kit.plugins import PluginOf
from kit.targets.base import TARGETS, Groups, TargetTransform
from kit.targets.identity import IdentityTarget


@TARGETS.register("chain")
class ChainTarget(TargetTransform):
    """Applies several target transforms one after the other, and undoes them in the opposite order.

    Such as ``p_to_score``, then ``svd``: the models work in the singular vectors' space of the scores.

    Args:
        steps: The transforms, at least one.

    Attributes:
        steps_: The fitted transforms.
    """

    def __init__(self, steps: Annotated[list[TargetTransform], PluginOf("target")]) -> None:
        self.steps = steps

    def check_parameters(self) -> None:
        """Check that there is a step.

        Raises:
            ParameterError: There is none.
        """
        super().check_parameters()
        if not self.steps:
            raise ParameterError("steps: a chain needs at least one target transform, got none")

    @property
    def allow_nan_targets(self) -> bool:  # type: ignore[override]
        """Whether every step takes targets with gaps, or comes after one that fills them."""
        filled = [step.fills_gaps for step in self.steps]
        first = filled.index(True) if True in filled else len(filled) - 1
        return all(step.allow_nan_targets for step in self.steps[: first + 1])

    @property
    def fills_gaps(self) -> bool:  # type: ignore[override]
        """Whether a step fills gaps."""
        return any(step.fills_gaps for step in self.steps)

    @property
    def linear(self) -> bool:
        """Whether all steps but one do nothing, and that one is linear."""
        return self._only() is not None

    def fit(self, Y: Floats, groups: Groups = None) -> Self:
        """Fit each step on what the steps before it make of (n_rows, n_targets) Y."""
        self.check_parameters()
        self.steps_: list[TargetTransform] = []
        for step in self.steps:
            fitted = clone(step).fit(Y, groups)
            Y = fitted.transform(Y, groups)
            self.steps_.append(fitted)
        return self

    def expected_components(self, n_rows: int, n_targets: int) -> int | None:
        """Return the number of coordinates after all steps for so many targets."""
        width: int | None = n_targets
        for step in self.steps:
            width = None if width is None else step.expected_components(n_rows, width)
        return width

    def estimate_seconds(self, n_rows: int, n_targets: int) -> float:
        """Return the sum over all steps."""
        return sum(step.estimate_seconds(n_rows, width) for step, width in self._widths(n_rows, n_targets))

    def estimate_memory(self, n_rows: int, n_targets: int) -> float:
        """Return that of the step that needs most."""
        return max(step.estimate_memory(n_rows, width) for step, width in self._widths(n_rows, n_targets))

    @property
    def for_many_rows(self) -> str:
        """What the first step that grows faster than its rows should be."""
        many = 10**6
        growing = [step for step in self.steps if step.estimate_memory(many, many)]
        return growing[0].for_many_rows if growing else super().for_many_rows

    def _widths(self, n_rows: int, n_targets: int) -> Iterator[tuple[TargetTransform, int]]:
        """Yield the steps with the targets that each is given, as many as before it where the data decide."""
        for step in self.steps:
            yield step, n_targets
            n_targets = step.expected_components(n_rows, n_targets) or n_targets

    def transform(self, Y: Floats, groups: Groups = None) -> Floats:
        """Return Y transformed by all steps, (n, the last step's components) float32."""
        check_is_fitted(self, "steps_")
        for step in self.steps_:
            Y = step.transform(Y, groups)
        return Y

    def inverse_transform(self, Z: Floats, groups: Groups = None) -> Floats:
        """Return (n, n_targets) float32."""
        check_is_fitted(self, "steps_")
        for step in reversed(self.steps_):
            Z = step.inverse_transform(Z, groups)
        return Z

    def project(self, Y: Floats) -> Floats:
        """Return the steps' linear parts in a row; a step that has none maps the values as it does."""
        check_is_fitted(self, "steps_")
        for step in self.steps_:
            Y = step.project(Y)
        return Y

    def residual(self, Y: Floats, groups: Groups = None) -> Doubles:
        """Return the residual of the one step that does something, if the chain is linear."""
        only = self._only(fitted=True)
        return super().residual(Y, groups) if only is None else only.residual(Y, groups)

    def full_width(self, Y: Floats, groups: Groups = None) -> FullWidth | None:
        """Return that of the one step that does something, if the chain is linear."""
        only = self._only(fitted=True)
        return None if only is None else only.full_width(Y, groups)

    def _only(self, fitted: bool = False) -> TargetTransform | None:
        """Return the one step that is not the identity, where it is linear (any step, where all are the identity)."""
        steps = self.steps_ if fitted else self.steps
        working = [step for step in steps if not isinstance(step, IdentityTarget)] or steps[:1]
        return working[0] if len(working) == 1 and working[0].linear else None
