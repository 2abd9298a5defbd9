"""The targets at full width, handed to a model beside the coordinates that it predicts."""

from __future__ import annotations

from dataclasses import dataclass

from kit.arrays import Doubles, Floats, Ints


@dataclass(frozen=True)
class FullWidth:
    """The data of an exact loss over all targets, for a model that predicts coordinates in an orthonormal basis.

    A row's targets are ``y = centres[centre_index] + z @ components + rest`` with ``‖rest‖² = residual``, so that
    ``‖y − decode(ẑ)‖² = ‖z − ẑ‖² + residual``, exactly.

    Attributes:
        Y: (n_rows, n_targets) float32, the targets themselves.
        components: (n_outputs, n_targets) float32 orthonormal rows, or None where the coordinates are the targets.
        centres: (n_centres, n_targets) float32, what the transform subtracts before it projects.
        centre_index: (n_rows,) which of the centres is a row's.
        residual: (n_rows,) float64 ≥ 0.
    """

    Y: Floats
    components: Floats | None
    centres: Floats
    centre_index: Ints
    residual: Doubles

    @property
    def n_targets(self) -> int:
        """The number of targets."""
        return int(self.Y.shape[1])

    def select_rows(self, rows: Ints) -> FullWidth:
        """Return the same for some of the rows, in the given order."""
        return FullWidth(self.Y[rows], self.components, self.centres, self.centre_index[rows], self.residual[rows])
